"""What a portfolio file may say, and the one line that each mistake gets."""

import json
from copy import deepcopy

import pytest

from simulator.errors import DataError
from simulator.portfolio.load import load, parse

SVI = {"a": 0.0076, "b": 0.057, "rho": -0.55, "m": -0.063, "sigma": 0.048}
FILE = {
    "time": "2025-02-19T03:12:28Z",
    "underlyings": {
        "ETH": {
            "spot": 2680.0,
            "expiries": {
                "28FEB25": {"seconds": 794_852, "forward": 2683.0, "svi": SVI},
                "28MAR25": {"time": "2025-03-28T08:00:00Z", "forward": 2700.0, "volatility": 0.7},
            },
        }
    },
    "positions": [
        {"type": "option", "underlying": "ETH", "expiry": "28FEB25", "strike": 4000.0, "kind": "call", "size": -1.0},
        {"type": "future", "underlying": "ETH", "expiry": "28MAR25", "size": 2.0, "entry_price": 2650.0},
    ],
}
FEBRUARY, MARCH = ("underlyings", "ETH", "expiries", "28FEB25"), ("underlyings", "ETH", "expiries", "28MAR25")
REMOVED = object()


def changed(*edits) -> dict:
    """The file with values at paths of keys replaced or REMOVED."""
    data = deepcopy(FILE)
    for path, value in edits:
        node = data
        for key in path[:-1]:
            node = node.setdefault(key, {}) if isinstance(node, dict) else node[key]
        if value is REMOVED:
            del node[path[-1]]
        else:
            node[path[-1]] = value
    return data


def complaint(data) -> str:
    with pytest.raises(DataError) as caught:
        parse(data, "mine.json")
    message = str(caught.value)
    assert message.startswith("mine.json: ") and "\n" not in message
    return message.removeprefix("mine.json: ")


def test_a_complete_file_is_read():
    portfolio = parse(FILE, "mine.json")
    assert portfolio.time == 1_739_934_748
    assert portfolio.underlyings["ETH"].expiries["28MAR25"].time == 1_743_148_800
    assert portfolio.positions[1].entry_price == 2650.0


def test_times_may_be_utc_seconds():
    assert parse(changed((("time",), 1_739_934_748)), "mine.json") == parse(FILE, "mine.json")


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ([(("positions",), [])], "positions: the portfolio is empty"),
        ([(("positions",), [FILE["positions"][0]] * 129)], "positions: 129 of them; an account holds at most 128"),
        ([(FEBRUARY, REMOVED)], "positions[0].expiry: unknown expiry of ETH '28FEB25'; did you mean '28MAR25'?"),
        ([(("positions", 0, "underlying"), "ETX")], "positions[0].underlying: unknown underlying 'ETX'; did you mean"),
        ([(("positions", 0, "expiry"), "27FEB25")], "unknown expiry of ETH '27FEB25'; did you mean '28FEB25'?"),
        ([((*MARCH, "volatility"), -0.5)], "28MAR25.volatility: must be greater than 0, not -0.5"),
        ([((*FEBRUARY, "svi"), REMOVED)], "28FEB25: no volatility for the option positions[0]"),
        ([((*FEBRUARY, "volatility"), 0.5)], "28FEB25: svi and volatility are given; give volatilities in one way"),
        ([((*FEBRUARY, "time"), 1_800_000_000)], "28FEB25: give either time or seconds"),
        ([((*FEBRUARY, "seconds"), 3_214_052)], "28MAR25: the same time as expiry 28FEB25"),
        ([((*MARCH, "time"), "2025-01-01T00:00:00Z")], "28MAR25.time: is 4245148 s before the time of the portfolio"),
        ([((*FEBRUARY, "settled_forward"), 3000.0)], "settled_forward 3000 is above the forward 2683"),
        ([((*FEBRUARY, "svi", "b"), 3.0)], "svi: the wing slope b (1 + |rho|) = 4.65 exceeds 2"),
        ([((*FEBRUARY, "svi", "sigma"), 0.0001), ((*FEBRUARY, "svi", "rho"), -0.99)], "svi: butterfly arbitrage: g ="),
        (
            [
                ((*MARCH, "volatility"), REMOVED),
                ((*MARCH, "svi"), {"a": 0.001, "b": 0.03, "rho": -0.3, "m": 0.0, "sigma": 0.1}),
            ],
            "28MAR25.svi: calendar arbitrage: total variance is",
        ),
        ([((*FEBRUARY, "svi", "rho"), -1.5)], "svi.rho: must be greater than or equal to -1, not -1.5"),
        ([(("underlyings", "ETH", "spot"), 0.0)], "underlyings.ETH.spot: must be greater than 0"),
        ([(("underlyings", "ETH", "spot"), 1e300)], "underlyings.ETH.spot: must be less than or equal to"),
        ([(("positions", 0, "size"), "one")], "positions[0].size: must be a valid number, not 'one'"),
        ([(("positions", 0, "size"), True)], "positions[0].size: must be a valid number, not True"),
        ([(("positions", 0, "kind"), "Call")], "positions[0].kind: unknown value 'Call'; did you mean 'call'?"),
        ([(("positions", 0, "type"), "swap")], "positions[0].type: unknown value 'swap' (allowed: option, future"),
        ([(("positions", 1, "unrealised"), 3.0)], "give entry_price or unrealised, not both"),
        ([(("postions",), [])], "postions: unknown key 'postions'; did you mean 'positions'?"),
        (
            [((*FEBRUARY, "forwrd"), 1.0)],
            "28FEB25.forwrd: unknown key 'forwrd'; did you mean 'forward'? (allowed: time",
        ),
        ([(("time",), REMOVED)], "time: missing; this key is required"),
        ([(("time",), "2025-02-19T00:00:00")], "has no offset; write it as 2025-02-19T00:00:00Z if it is UTC"),
        ([(("time",), "soon")], "time: 'soon' is no ISO 8601 time"),
        ([(("unit",), "BTC")], "unit: unknown underlying 'BTC' (allowed: ETH)"),
        ([(("stable",), {"price": 0.001})], "stable.price: must be greater than or equal to 0.01"),
        ([(("joint",), {"covariance": [[1.0]]})], "joint.covariance: must have 2 rows of 2"),
        ([(("joint",), {"covariance": [[1.0, 2.0], [2.0, 1.0]]})], "joint.covariance: not positive semi-definite"),
        ([(("joint",), {"covariance": [[1.0, 0.5], [0.2, 1.0]]})], "joint.covariance: not symmetric"),
        ([(("joint",), {"shocks": [[[0.1, 0.1], [0.1, 0.1]]]})], "joint.shocks[0]: has 2 underlyings, the file has 1"),
        ([(("joint",), {"shocks": [[[-1.0, 0.1]]]})], "joint.shocks[0]: a move of -1 or less leaves no price"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistake_is_named_with_its_place(edits, said):
    assert said in complaint(changed(*edits))


def test_every_option_needs_a_volatility_at_its_strike():
    given = changed(((*FEBRUARY, "svi"), REMOVED), ((*FEBRUARY, "volatilities"), [[3900.0, 0.8], [4100.0, 0.9]]))
    assert "28FEB25.volatilities: none for strike 4000 of positions[0]" in complaint(given)
    twice = changed(((*FEBRUARY, "svi"), REMOVED), ((*FEBRUARY, "volatilities"), [[4000.0, 0.8], [4000.0, 0.9]]))
    assert "28FEB25.volatilities: strike 4000 is given twice" in complaint(twice)


def test_collateral_is_named_once_and_follows_a_known_underlying():
    token = {"name": "stETH", "amount": 1.0, "price": 2650.0, "haircut": {"maintenance": 0.1}, "offsets": "ETH"}
    assert parse(changed((("collateral",), [token])), "mine.json").collateral[0].haircut.initial == 0.0
    assert "collateral[1].name: 'stETH' is given twice" in complaint(changed((("collateral",), [token, token])))
    wrong = complaint(changed((("collateral",), [{**token, "offsets": "ETX"}])))
    assert "collateral[0].offsets: unknown underlying 'ETX'; did you mean 'ETH'?" in wrong


def test_risk_arrays_have_the_same_scenarios():
    arrays = [
        {"type": "risk_array", "name": n, "size": 1.0, "profits": p} for n, p in (("a", [1.0, 2.0]), ("b", [1.0]))
    ]
    assert "positions[1].profits: 1 scenarios, a has 2" in complaint(changed((("positions",), arrays)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"time": 1, "time": 2}', "key 'time' is given twice in one object"),
        ('{"time": NaN}', "NaN is no number"),
        ('{"cash": -Infinity}', "-Infinity is no number"),
        ('{"time": 1, "cash": 1e999}', "cash: must be a finite number"),
        ('{"time": ' + "9" * 400 + "}", "999999999999... has 400 digits"),
        ("[1]", "a portfolio is a JSON object, not list"),
        ("[" * 100_000, "nested too deeply"),
    ],
    ids=["key twice", "NaN", "infinity", "overflow", "endless number", "list", "deep"],
)
def test_what_json_allows_and_a_portfolio_does_not(text, said, tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"mine\.json") as caught:
        load(path)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_broken_json_names_line_and_column(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text('{"time": 1,\n "cash" 2}')
    with pytest.raises(DataError, match=r"mine.json, line 2, column 9: malformed JSON"):
        load(path)


@pytest.mark.parametrize("name", ["gone.json", "."])
def test_a_file_that_cannot_be_read(name, tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        load(tmp_path / name)


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(FILE), encoding="utf-8-sig")
    assert load(path) == parse(FILE, "mine.json")
