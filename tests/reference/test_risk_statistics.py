"""VaR, ES, backtests, procyclicality and haircuts against published figures."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtri

from simulator.risk.coverage import basel_multiplier, independence, kupiec, traffic_light
from simulator.risk.es_backtest import critical_value, null_distribution, p_value
from simulator.risk.haircut import exposure_after_collateral, scaled_haircut
from simulator.risk.parametric import (
    cornish_fisher_quantile,
    delta_gamma_moments,
    gaussian_tail,
    student_t_tail,
)
from simulator.risk.procyclicality import ewma_response, n_day, peak_to_trough, with_buffer_released

DATA = Path(__file__).parent / "data"


def published(name: str) -> dict:
    return json.loads((DATA / f"{name}.json").read_text())


ES = published("es_closed_forms")["rows"]
MISC = published("var_misc")
KUPIEC = published("kupiec_pof")
BASEL = published("basel_traffic_light")
PROCYCLICALITY = published("procyclicality")
HAIRCUTS = published("haircuts")["examples"]
Z2 = published("acerbi_szekely")


@pytest.mark.parametrize("row", ES, ids=lambda row: str(row["alpha"]))
def test_gaussian_var_and_es(row):
    tail = gaussian_tail(row["alpha"])
    assert (tail.var, tail.es) == pytest.approx((row["normal_VaR"], row["normal_ES"]), rel=1e-12)


@pytest.mark.parametrize("freedom", [3, 4, 5, 10, 30])
@pytest.mark.parametrize("row", ES, ids=lambda row: str(row["alpha"]))
def test_student_t_var_and_es(row, freedom):
    unit = student_t_tail(row["alpha"], freedom)
    assert unit.var == pytest.approx(row[f"t{freedom}_std_VaR"], rel=1e-10)
    assert unit.es == pytest.approx(row[f"t{freedom}_std_ES"], rel=1e-10)
    raw = student_t_tail(row["alpha"], freedom, deviation=math.sqrt(freedom / (freedom - 2)))
    assert raw.var == pytest.approx(row[f"t{freedom}_raw_VaR"], rel=1e-10)
    assert raw.es == pytest.approx(row[f"t{freedom}_raw_ES"], rel=1e-10)


@pytest.mark.parametrize("row", MISC["cornish_fisher"]["rows"], ids=lambda r: f"{r['alpha']}-{r['skew']}-{r['exkurt']}")
def test_cornish_fisher_quantile(row):
    z = cornish_fisher_quantile(ndtri(row["alpha"]), row["skew"], row["exkurt"])
    assert z == pytest.approx(row["z_cf"], rel=1e-12)


def test_delta_gamma_moments_of_one_factor():
    example = MISC["delta_gamma_normal"]["example"]
    moments = delta_gamma_moments([example["delta"]], [[example["gamma"]]], [[example["s"] ** 2]])
    assert moments.mean == pytest.approx(example["mean"], rel=1e-14)
    assert moments.deviation**2 == pytest.approx(example["var"], rel=1e-14)
    assert moments.skew * moments.deviation**3 == pytest.approx(example["third_central"], rel=1e-14)


def test_christoffersen_independence():
    example = MISC["christoffersen"]
    result = independence(example["hits"])
    assert result.statistic == pytest.approx(example["LR_ind"], rel=1e-9)
    assert result.p_value == pytest.approx(example["pvalue"], rel=1e-9)


@pytest.mark.parametrize("row", KUPIEC["rows"], ids=lambda row: f"{row['p']}-{row['T']}")
def test_kupiec_accepts_the_published_region_and_no_more(row):
    accepted = [n for n in range(row["T"] + 1) if not kupiec(n, row["T"], 1 - row["p"]).rejected()]
    assert accepted == list(range(row["accept_min"], row["accept_max"] + 1))
    lower, upper = row.get("classic_open_interval", (None, None))
    if lower is not None:
        assert (accepted[0], accepted[-1]) == (lower + 1, upper - 1)
    elif upper is not None:
        assert accepted[-1] == upper - 1


@pytest.mark.parametrize("example", KUPIEC["lr_examples"], ids=lambda e: f"{e['N']}-{e['T']}")
def test_kupiec_statistic(example):
    result = kupiec(example["N"], example["T"], 1 - example["p"])
    assert result.statistic == pytest.approx(example["LR"], abs=5e-6)
    if "pvalue" in example:
        assert result.p_value == pytest.approx(example["pvalue"], abs=5e-6)


@pytest.mark.parametrize("example", KUPIEC["varbacktest_examples"]["rows"], ids=lambda e: str(e["p"]))
def test_kupiec_decision_of_varbacktest(example):
    result = kupiec(example["N"], example["T"], 1 - example["p"])
    assert result.rejected() == example["reject"]
    assert result.statistic == pytest.approx(example["LR"], rel=1e-9)


@pytest.mark.parametrize("row", BASEL["rows"], ids=lambda row: str(row["exceptions"]))
def test_basel_zones_of_250_days(row):
    light = traffic_light(row["exceptions"])
    assert light.zone == row["zone"]
    assert 100 * light.probability == pytest.approx(row["cumulative_pct"], abs=0.00501)
    assert 100 * light.type_1 == pytest.approx(row["type1_pct_at_least"], abs=0.00501)
    assert basel_multiplier(row["exceptions"]) == row["multiplier_2019_MAR33"]


def test_basel_zone_of_varbacktest():
    example = BASEL["extra_checks"][0]
    light = traffic_light(example["N"], example["T"], 1 - example["p"])
    assert light.zone == example["zone"]
    assert light.probability == pytest.approx(example["probability"], abs=5e-6)
    assert light.type_1 == pytest.approx(example["type1"], abs=5e-6)


def test_basel_zones_of_other_samples():
    example = BASEL["extra_checks"][1]
    zones = [traffic_light(n, example["T"], 1 - example["p"]).zone for n in range(20)]
    assert zones.index("yellow") == example["yellow_starts"]
    assert zones.index("red") == example["red_starts"]


@pytest.mark.parametrize(("law", "freedom"), [("normal", None), ("t3", 3)])
def test_critical_value_of_the_shortfall_test(law, freedom):
    null = null_distribution(Z2["observations"], Z2["var_level"], np.random.default_rng(1), 40_000, freedom)
    size = 1 - Z2["test_level"]
    # Four standard errors of a 1 % quantile of 40,000 draws; both sides are simulated.
    assert critical_value(null, size) == pytest.approx(Z2[law]["critical_value"], abs=0.02)
    assert p_value(Z2["statistic"], null) == pytest.approx(Z2[law]["p_value"], abs=0.003)


@pytest.mark.parametrize("row", PROCYCLICALITY["rows"], ids=lambda row: f"{row['lam']}-{row['day']}")
def test_ewma_margin_after_volatility_doubles(row):
    ratio = ewma_response(row["lam"], row["day"])
    assert ratio == pytest.approx(row["margin_ratio"], rel=1e-12)
    called = with_buffer_released([1.0, ratio])
    assert called[1] / called[0] == pytest.approx(row["with_25pct_buffer_released"], rel=1e-12)


def test_procyclicality_of_the_published_series():
    example = PROCYCLICALITY["synthetic"]
    assert peak_to_trough(example["margin"]) == pytest.approx(example["peak_to_trough"], rel=1e-14)
    for days in (1, 5):
        rise = n_day(example["margin"], days)
        assert rise.ratio - 1 == pytest.approx(example[f"n{days}_pct"], rel=1e-12)
        assert rise.cash == example[f"n{days}_call"]


@pytest.mark.parametrize("row", [row for row in HAIRCUTS if "H" in row], ids=lambda row: f"{row['T_M']}-{row['N_R']}")
def test_haircut_scales_with_the_square_root_of_time(row):
    assert scaled_haircut(row["H10"], 10, row["T_M"], row["N_R"]) == pytest.approx(row["H"], rel=1e-12)


def test_exposure_after_collateral():
    (row,) = (row for row in HAIRCUTS if "E_star" in row)
    exposure = exposure_after_collateral(row["E"], row["C"], row["Hc"], row["He"], row["Hfx"])
    assert exposure == pytest.approx(row["E_star"], rel=1e-12)
