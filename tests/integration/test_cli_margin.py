"""`seawall margin` as a user meets it."""

import json
from pathlib import Path

import pytest
from command_line import one_line_error, seawall

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
KEYS = [
    "rule", "engine", "equity", "initial_margin", "maintenance_margin", "worst_scenario", "scenarios", "contingencies",
    "components", "gas",
]  # fmt: skip
RULES = ("derive-pm2", "deribit-pm", "paradex", "span", "scenario", "isolated")
SPREAD, PERPETUAL = EXAMPLES / "derive-call-spread.json", EXAMPLES / "derive-perpetual.json"


def answer(*arguments):
    done = seawall("margin", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_one_rule_is_one_object():
    found = answer(SPREAD, "--rule", "derive-pm2")
    assert list(found) == KEYS
    assert (found["rule"], found["engine"], found["gas"]) == ("derive-pm2", "float", None)
    assert found["initial_margin"] == pytest.approx(-35.75844560967082, rel=1e-9)
    assert found["maintenance_margin"] == pytest.approx(-25.96404757080802, rel=1e-9)
    worst = found["worst_scenario"]
    assert (worst["underlying"], worst["spot_move"], worst["vol_move"]) == ("ETH", 0.18, 0.5)
    assert worst["profit"] == min(each["profit"] for each in found["scenarios"])
    assert len(found["scenarios"]) == 31
    assert sum(each["initial"] for each in found["components"]) == pytest.approx(
        found["equity"] - found["initial_margin"]
    )


def test_several_rules_are_a_list_in_the_order_given():
    found = answer(SPREAD, "--rule", "span", "--rule", "isolated", "--rule", "paradex@2025")
    assert [each["rule"] for each in found] == ["span", "isolated", "paradex"]
    assert all(list(each) == KEYS for each in found)


def test_contract_and_mirror_agree_and_gas_is_told():
    rules = [word for rule in RULES for word in ("--rule", rule)]
    for mirror, both in zip(answer(SPREAD, *rules), answer(SPREAD, *rules, "--engine", "both"), strict=True):
        assert (mirror["engine"], both["engine"]) == ("float", "both")
        assert mirror["gas"] is None and both["gas"] > 21_000
        for key in ("equity", "initial_margin", "maintenance_margin"):
            assert both[key] == pytest.approx(mirror[key], abs=1e-8 * 8000)


def test_the_contract_alone_answers_too():
    found = answer(SPREAD, "--rule", "derive-pm2", "--engine", "chain")
    assert found["engine"] == "chain"
    assert found["initial_margin"] == pytest.approx(-35.75844560967082, rel=1e-9)


def test_rules_without_a_grid_read_joint_moves(tmp_path):
    data = json.loads(PERPETUAL.read_text(encoding="utf-8"))
    data["joint"] = {"covariance": [[0.002, 0.0], [0.0, 0.003]], "shocks": [[[-0.1, 0.2]], [[0.05, 0.0]]]}
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(data))
    parametric, shortfall = answer(
        path, "--rule", "parametric", "--rule", "expected-shortfall", "--engine", "both"
    )  # fmt: skip
    assert parametric["initial_margin"] < parametric["maintenance_margin"] < parametric["equity"]
    assert shortfall["equity"] - shortfall["maintenance_margin"] == pytest.approx(310.0, abs=1e-4)


def test_tables_show_rules_side_by_side_with_every_scenario():
    done = seawall("margin", SPREAD, "--rule", "derive-pm2", "--rule", "paradex")
    assert done.returncode == 0
    for said in ("-35.758446", "-25.964048", "spot +18 %, vol up", "linear skew", "naked short options", "worst"):
        assert said in done.stdout
    assert "ETH 28FEB25 4,000 call" in done.stdout


def test_parameters_may_come_from_a_file(tmp_path):
    params = tmp_path / "params.json"
    params.write_text('{"derive-pm2": {"config": {"perpetual_initial": 0.0, "perpetual_maintenance": 0.0}}}')
    found = answer(PERPETUAL, "--rule", "derive-pm2", "--params", params)
    assert found["initial_margin"] == pytest.approx(10 - 558)
    assert found["contingencies"] == []


def test_positions_in_an_option_chain(tmp_path):
    chain, positions = tmp_path / "chain.csv", tmp_path / "positions.csv"
    chain.write_text(
        "timestamp,symbol,optionType,strikePrice,expirationDate,underlyingPrice,markIV\n"
        "2022-01-27T00:59:57Z,ETH-4FEB22-2400-C,call,2400,2022-02-04T08:00:00Z,2481.0,90.0\n"
    )
    positions.write_text("instrument,size\nETH-4FEB22-2400-C,-1\nCASH,1000\n")
    found = answer(positions, "--market", chain, "--at", "2022-01-27T01:00:00Z", "--rule", "deribit-pm")
    assert found["worst_scenario"]["spot_move"] == 0.16
    assert one_line_error(seawall("margin", positions, "--rule", "span")).startswith(f"{positions} holds positions")


def test_a_figure_opens_offline(tmp_path):
    page = tmp_path / "surface.html"
    done = seawall("margin", SPREAD, "--rule", "derive-pm2", "--figure", page)
    assert done.returncode == 0 and f"figure: {page}" in done.stdout
    text = page.read_text(encoding="utf-8")
    assert "derive-pm2: ETH" in text and "Short a call spread" in text


def test_the_schema_describes_a_portfolio_file():
    done = seawall("margin", "--schema")
    schema = json.loads(done.stdout)
    example = json.loads(SPREAD.read_text(encoding="utf-8"))
    assert set(example) <= set(schema["properties"])
    assert schema["required"] == ["time"]
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "missing argument 'PORTFOLIO'"),
        ((SPREAD,), 2, "which rule? give --rule"),
        ((SPREAD, "--rule", "derive-pm3"), 2, "unknown rule 'derive-pm3'; did you mean 'derive-pm2'?"),
        ((SPREAD, "--rule", "span", "--engine", "gpu"), 2, "unknown engine 'gpu' (allowed: float, chain, both)"),
        ((SPREAD, "--rule", "span", "--at", "2025-01-01T00:00:00Z"), 2, "--market and --at go with a CSV"),
        (("gone.json", "--rule", "span"), 3, "gone.json: cannot be read"),
        ((EXAMPLES, "--rule", "span"), 3, "cannot be read: Is a directory"),
        ((SPREAD, "--rule", "span", "--params", "gone.json"), 3, "gone.json: cannot be read"),
        ((EXAMPLES / "span-covered-write.json", "--rule", "isolated"), 3, "only a risk array for rule span"),
        ((SPREAD, "--rule", "parametric"), 3, "joint.covariance: missing"),
    ],
    ids=lambda value: "",
)
def test_mistakes_are_one_line_with_their_exit_code(arguments, code, said, tmp_path):
    done = seawall("margin", *arguments, folder=tmp_path)
    assert done.returncode == code
    assert said in one_line_error(done)
    assert not list(tmp_path.iterdir())
