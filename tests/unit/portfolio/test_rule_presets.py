"""Presets are complete, versioned and overridable, and refuse what no rule takes."""

import json

import pytest

from simulator.errors import DataError, UsageError
from simulator.portfolio.load import parse
from simulator.portfolio.overrides import presets_of
from simulator.risk.margin_config import SKEW_ABS, SKEW_LINEAR, VOL_DOWN, VOL_NONE, VOL_UP
from simulator.risk.presets import DEFAULT_VERSIONS, preset, preset_names

PORTFOLIO = {
    "time": 0,
    "underlyings": {"ETH": {"spot": 2000.0}},
    "positions": [{"type": "perpetual", "underlying": "ETH", "size": 1.0}],
}


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_readable_and_says_where_it_is_from(name):
    found = preset(name)
    assert f"{found.name}@{found.version}" == name
    assert found.source


@pytest.mark.parametrize("name", DEFAULT_VERSIONS)
def test_a_bare_name_is_a_version(name):
    assert preset(name) == preset(f"{name}@{DEFAULT_VERSIONS[name]}")


def test_derive_has_23_regular_scenarios_6_tails_and_2_skews():
    points = preset("derive-pm2").config.scenarios
    assert [point.weight for point in points[:23]] == [1.0] * 23
    assert all(point.weight == pytest.approx(0.036 / abs(point.spot_move)) for point in points[23:29])
    assert [point.vol_move for point in points[29:]] == [SKEW_LINEAR, SKEW_ABS]


def test_deribit_has_nine_buckets_by_three_volatilities_and_eight_extended_moves():
    found = preset("deribit-pm")
    points = found.config.scenarios
    standard = [(point.spot_move, point.vol_move) for point in points[:27]]
    assert standard == [(m / 4, v) for m in range(-4, 5) for v in (VOL_UP, VOL_NONE, VOL_DOWN)]
    moves = [round(point.spot_move * found.risk["*"][0], 12) for point in points[27:]]
    assert moves == [-0.66, -0.33, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0]


@pytest.mark.parametrize(
    ("name", "spot", "up", "down"), [("paradex", 0.16, 0.4, 0.22), ("paradex@2026-alt", 0.28, 0.64, 0.352)]
)
def test_paradex_has_sixteen_scenarios_and_eight_tails(name, spot, up, down):
    found = preset(name)
    assert found.risk["*"][:3] == (spot, up, down)
    assert len(found.config.scenarios) == 24
    moves = sorted({round(point.spot_move * spot, 9) for point in found.config.scenarios})
    regular = {round(sign * spot * part / 4, 9) for sign in (-1, 1) for part in range(5)}
    assert moves == sorted(regular | {-0.66, -0.33, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0})


def test_span_has_sixteen_scenarios():
    points = preset("span").config.scenarios
    assert len(points) == 16
    assert [(point.spot_move, point.weight) for point in points[14:]] == [(2.0, 0.35), (-2.0, 0.35)]


def test_overrides_merge_member_by_member():
    found = preset("derive-pm2", [("test", {"config": {"initial_factor": 1.5, "skew": {"width": 3.0}}})])
    plain = preset("derive-pm2").config
    assert found.config.initial_factor == 1.5
    assert found.config.skew.width == 3.0
    assert found.config.skew.vol_static == plain.skew.vol_static
    assert found.config.scenarios == plain.scenarios


def test_risk_of_one_underlying_may_differ():
    found = preset("span", [("test", {"risk": {"ETH": {"spot_shock": 0.3}}})])
    assert found.risk_of("ETH") == (0.3, *found.risk_of("BTC")[1:])


def test_a_parameter_file_is_stronger_than_the_portfolio(tmp_path):
    portfolio = parse({**PORTFOLIO, "parameters": {"span": {"config": {"initial_factor": 2.0}}}}, "mine.json")
    assert presets_of(["span"], portfolio, "mine.json")[0].config.initial_factor == 2.0
    file = tmp_path / "params.json"
    file.write_text(json.dumps({"span": {"config": {"initial_factor": 3.0}}, "isolated": {}}))
    assert presets_of(["span"], portfolio, "mine.json", [file])[0].config.initial_factor == 3.0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("derive-pm3", "unknown rule 'derive-pm3'; did you mean 'derive-pm2'? (allowed: derive-pm2"),
        ("paradex@1999", "unknown rule 'paradex@1999'; did you mean 'paradex@2026'? (allowed: paradex@2025"),
        ("../span", "unknown rule '../span'"),
        ("", "unknown rule ''"),
    ],
)
def test_an_unknown_rule_is_bad_usage(name, said):
    with pytest.raises(UsageError) as caught:
        preset(name)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "given", "said"),
    [
        ("span", {"confg": {}}, "unknown parameter 'confg'; did you mean 'config'?"),
        ("span", {"config": {"intial_factor": 1}}, "config: unknown parameter 'intial_factor'; did you mean"),
        ("span", {"config": {"initial_factor": "1"}}, "config.initial_factor: must be a number, not '1'"),
        ("span", {"config": {"initial_factor": True}}, "config.initial_factor: must be a number, not True"),
        ("span", {"config": {"initial_factor": float("nan")}}, "must lie between 1e-09 and 20, not nan"),
        ("span", {"config": {"initial_factor": 0.5}}, "initial_factor: 0.5 is below maintenance_factor, 1"),
        ("span", {"config": {"maintenance_factor": 0}}, "config.maintenance_factor: must lie between"),
        ("span", {"config": {"inverse": 1}}, "config.inverse: must be true or false, not 1"),
        ("span", {"config": {"skew": 3}}, "config.skew: must be a table of parameters, not 3"),
        ("span", {"config": {"collateral": []}}, "config: unknown parameter 'collateral'"),
        ("span", {"config": {"scenarios": []}}, "config.scenarios: must be 1 to 64 rows"),
        ("span", {"config": {"scenarios": [[0.1, "up"]]}}, "config.scenarios[0]: must be a row"),
        ("span", {"config": {"scenarios": [[0.1, "sideways", 1.0]]}}, "scenarios[0]: unknown vol move 'sideways'"),
        (
            "span",
            {"config": {"scenarios": [[0.1, "skew_abs", 1.0]]}},
            "scenarios[0]: a skew scenario leaves spot alone",
        ),
        ("span", {"config": {"scenarios": [[0.1, "up", 2.0]]}}, "scenarios[0][2]: must lie between"),
        ("span", {"risk": {"ETH": {"spot_shok": 0.3}}}, "risk.ETH: unknown parameter 'spot_shok'; did you mean"),
        ("span", {"risk": {"ETH": {"vol_down": 1.2}}}, "risk.ETH.vol_down: must lie between 0 and 1, not 1.2"),
        ("span", {"risk": {"ETH": 3}}, "risk.ETH: must be a table of spot_shock"),
        ("parametric", {"config": {"initial_level": 1.5}}, "config.initial_level: must lie between 0 and 1, not 1.5"),
        (
            "parametric",
            {"config": {"initial_level": 0.5}},
            "config: level 0.5: parametric margin needs one in [0.96, 1)",
        ),
        ("parametric", {"config": {"measure": "cvar"}}, "config.measure: unknown value 'cvar' (allowed: var, es)"),
        ("expected-shortfall", {"config": {"maintenance_level": -0.1}}, "maintenance_level: must lie between 0 and 1"),
        ("expected-shortfall", {"config": {"initial_level": 1.0}}, "config: "),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_unusable_parameter_is_named_with_its_place(rule, given, said):
    with pytest.raises(DataError) as caught:
        preset(rule, [("params.json: here", given)])
    message = str(caught.value)
    assert message.startswith("params.json: here: ") and "\n" not in message
    assert said in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"derive-pm3": {}}', "unknown rule 'derive-pm3'; did you mean 'derive-pm2'?"),
        ("[]", "must be a JSON object of rules by name"),
        ('{"span": 3}', "span: must be a table, not 3"),
        ('{"span": {}, "span": {}}', "key 'span' is given twice"),
        ('{"span": {"config": {"initial_factor": NaN}}}', "NaN is no number"),
    ],
)
def test_a_parameter_file_that_cannot_be_used(text, said, tmp_path):
    file = tmp_path / "params.json"
    file.write_text(text)
    with pytest.raises(DataError) as caught:
        presets_of(["span"], parse(PORTFOLIO, "mine.json"), "mine.json", [file])
    assert said in str(caught.value) and str(file) in str(caught.value)
