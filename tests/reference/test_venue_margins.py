"""Margins that venues publish, by their presets: the portfolios of docs/examples against the venues' results."""

import json
from pathlib import Path

import pytest

from simulator.portfolio.load import load, parse
from simulator.portfolio.margins import margins
from simulator.portfolio.overrides import presets_of
from simulator.risk.presets import preset

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
PUBLISHED = json.loads((Path(__file__).parent / "data" / "venue_margins.json").read_text(encoding="utf-8"))


def margin_of(example: str, rule: str, engine: str = "float"):
    return margins(load(EXAMPLES / f"{example}.json"), [preset_of(example, rule)], engine)[0]


def preset_of(example: str, rule: str):
    return presets_of([rule], load(EXAMPLES / f"{example}.json"), example)[0]


def requirement(margin, name: str) -> tuple[float, float]:
    found = next(each for each in margin.contingencies if each.name == name)
    return found.maintenance, found.initial


@pytest.mark.parametrize("engine", ["float", "both"])
@pytest.mark.parametrize("case", PUBLISHED["derive"])
def test_derive_worked_cases(case, engine):
    expected = PUBLISHED["derive"][case]
    found = margin_of(case, "derive-pm2", engine)
    assert found.initial == pytest.approx(expected["initial"], rel=1e-9)
    assert found.maintenance == pytest.approx(expected["maintenance"], rel=1e-9)
    assert found.worst[0].profit == pytest.approx(expected["worst"], rel=1e-9)


@pytest.mark.parametrize(("case", "profits"), [("derive-call-spread", "spread"), ("derive-book", "book")])
def test_derive_profit_in_each_of_31_scenarios(case, profits):
    found = margin_of(case, "derive-pm2")
    expected = PUBLISHED[f"derive_{profits}_profits"]
    assert [each.profit for each in found.scenarios] == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("case", PUBLISHED["derive_confidence"], ids=lambda case: case["case"])
def test_derive_charges_initial_margin_for_publishers_in_disagreement(case):
    portfolio = parse(
        {
            "time": 0,
            "underlyings": {
                "ETH": {
                    "spot": 3000.0,
                    "perpetual": case["perpetual"],
                    "confidence": {"spot": 0.2, "perpetual": 0.1},
                }
            },
            "positions": [
                {
                    "type": "perpetual",
                    "underlying": "ETH",
                    **{key: case[key] for key in ("size", "unrealised", "funding")},
                }
            ],
        },
        case["case"],
    )
    found = margins(portfolio, [preset("derive-pm2")])[0]
    assert found.initial == pytest.approx(case["initial"], rel=1e-9)
    assert found.maintenance == pytest.approx(case["maintenance"], rel=1e-9)
    assert requirement(found, "oracle confidence") == (0.0, pytest.approx(0.9 * 3000))


@pytest.mark.parametrize("engine", ["float", "both"])
def test_deribit_published_response(engine):
    expected = PUBLISHED["deribit_btc"]
    found = margin_of("deribit-futures", "deribit-pm", engine)
    assert found.unit == "BTC"
    standard = [each.profit for each in found.scenarios[:27]]
    assert standard == pytest.approx([each for each in expected["aggregated"] for _ in range(3)], rel=1e-9, abs=1e-15)
    assert -found.worst[0].profit == pytest.approx(expected["worst"], rel=1e-9)
    maintenance, initial = requirement(found, "roll")
    assert initial == pytest.approx(expected["roll"], rel=1e-9)
    assert maintenance == pytest.approx(0.8 * expected["roll"], rel=1e-9)
    # The venue rounds the worst case to nine decimals before it adds the rest.
    assert round(-found.worst[0].profit, 9) + initial == pytest.approx(expected["risk_matrix"], rel=1e-9)
    assert -found.initial == pytest.approx(expected["risk_matrix"], abs=5e-10)
    assert -found.maintenance == pytest.approx(expected["maintenance"], abs=5e-10)


@pytest.mark.parametrize("engine", ["float", "both"])
def test_deribit_response_with_an_offset_for_profits(engine):
    expected = PUBLISHED["deribit_eth"]
    portfolio = parse(
        {
            "time": "2026-02-15T23:20:09Z",
            "unit": "ETH",
            "underlyings": {"ETH": {"spot": expected["index"], "perpetual": expected["mark"]}},
            "positions": [{"type": "perpetual", "underlying": "ETH", "size": expected["size"]}],
        },
        "response",
    )
    found = margins(portfolio, [preset("deribit-pm@2026-eth")], engine)[0]
    buckets = [each.profit for each in found.scenarios[:27:3]]
    assert buckets == pytest.approx(expected["aggregated"], rel=1e-9, abs=1e-15)
    assert all(each.profit >= 0 for each in found.scenarios if abs(each.spot_move) > 0.18 + 1e-12)
    assert -found.worst[0].profit == pytest.approx(expected["worst"], rel=1e-9)
    assert requirement(found, "roll")[1] == pytest.approx(expected["roll"], rel=1e-9)
    assert -found.initial == pytest.approx(expected["risk_matrix"], abs=5e-10)
    assert -found.maintenance == pytest.approx(expected["maintenance"], abs=5e-10)


@pytest.mark.parametrize("engine", ["float", "both"])
def test_paradex_minimum_delta_requirement(engine):
    expected = PUBLISHED["paradex"]["min_delta_risk"]
    found = margin_of("paradex-min-delta", "paradex", engine)
    assert found.equity - found.initial == pytest.approx(expected, rel=1e-9)
    assert found.equity - found.maintenance == pytest.approx(expected / 2, rel=1e-9)
    assert requirement(found, "least requirement by delta") == pytest.approx((expected / 2, expected), rel=1e-9)


@pytest.mark.parametrize("engine", ["float", "both"])
def test_span_scan_risk_of_published_risk_arrays(engine):
    expected = PUBLISHED["span"]
    found = margin_of("span-covered-write", "span", engine)
    assert [each.profit for each in found.scenarios] == expected["covered_write"]
    assert found.equity - found.initial == expected["scan_risk"]
    assert sum(each.initial for each in found.components) == expected["scan_risk"]


@pytest.mark.parametrize("case", PUBLISHED["derive"])
def test_components_sum_to_the_initial_requirement(case):
    found = margin_of(case, "derive-pm2")
    assert sum(each.initial for each in found.components) == pytest.approx(found.equity - found.initial, rel=1e-9)
