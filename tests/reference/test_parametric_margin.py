"""Factors and cumulants of parametric margin against published figures."""

import json
from pathlib import Path

import numpy as np
import pytest

from simulator.risk.parametric_config import ParametricConfig, tail_factors
from simulator.risk.parametric_margin import tail_loss
from simulator.risk.quadratic_form import Cumulants, cumulants_of

DATA = Path(__file__).parent / "data"
MISC = json.loads((DATA / "var_misc.json").read_text())
ES = [row for row in json.loads((DATA / "es_closed_forms.json").read_text())["rows"] if row["alpha"] >= 0.96]
LEFT_SKEWED = [row for row in MISC["cornish_fisher"]["rows"] if row["skew"] <= 0 and 1 - row["alpha"] >= 0.96]


@pytest.mark.parametrize("row", ES, ids=lambda row: str(row["alpha"]))
def test_the_gaussian_and_student_t_factors_are_the_closed_forms(row):
    for measure, column in (("var", "VaR"), ("es", "ES")):
        assert tail_factors(row["alpha"], measure).deviation == pytest.approx(row[f"normal_{column}"], rel=1e-12)
        heavy = tail_factors(row["alpha"], measure, freedom=3.0)
        assert heavy.deviation == pytest.approx(row[f"t3_std_{column}"], rel=1e-9)


@pytest.mark.parametrize("row", LEFT_SKEWED, ids=lambda row: f"{row['alpha']}-{row['skew']}")
def test_var_of_a_left_skewed_profit_is_cornish_and_fishers(row):
    factors = tail_factors(1 - row["alpha"], "var")
    profit = Cumulants(*(np.array([v]) for v in (0.0, 1.0, row["skew"], row["exkurt"])))
    assert tail_loss(profit, factors)[0] == pytest.approx(-row["z_cf"], rel=1e-12)


def test_moments_of_a_delta_gamma_profit():
    example = MISC["delta_gamma_normal"]["example"]
    cumulants = cumulants_of(
        np.array([[example["delta"], 0.0]]), np.array([[example["gamma"], 0.0]]), np.diag([example["s"] ** 2, 1e-4])
    )
    assert cumulants.mean[0] == pytest.approx(example["mean"], rel=1e-12)
    assert cumulants.variance[0] == pytest.approx(example["var"], rel=1e-12)
    assert cumulants.third[0] == pytest.approx(example["third_central"], rel=1e-12)


def test_the_default_level_is_that_of_the_tables():
    assert ParametricConfig().initial.deviation == pytest.approx(2.665214220345806, rel=1e-12)
