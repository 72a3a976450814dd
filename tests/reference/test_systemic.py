"""Contagion against published examples."""

import json
from pathlib import Path

import numpy as np
import pytest

from simulator.systemic import clearing_vector, debt_rank

DATA = Path(__file__).parent / "data"
EISENBERG_NOE = json.loads((DATA / "eisenberg_noe.json").read_text())
DEBTRANK = json.loads((DATA / "debtrank.json").read_text())
EXPOSURES = np.array(DEBTRANK["assets_row_holds_on_col"])
BUFFERS = np.array(DEBTRANK["buffer"])
WEIGHTS = np.array(DEBTRANK["weights"])


def test_clearing_payments_are_those_of_the_published_example():
    paid = clearing_vector(
        np.array(EISENBERG_NOE["L"]),
        np.array(EISENBERG_NOE["external_assets"]),
        np.array(EISENBERG_NOE["external_liabilities"]),
    )
    assert paid == pytest.approx(EISENBERG_NOE["clearing_vector"], rel=1e-14)
    assert list(paid < np.array(EISENBERG_NOE["pbar"]) * (1 - 1e-9)) == EISENBERG_NOE["defaults"]


@pytest.mark.parametrize("case", DEBTRANK["single_default"], ids=lambda case: case["node"])
def test_debt_rank_of_a_single_default(case):
    shock = np.eye(3)["abc".index(case["node"])]
    result = debt_rank(EXPOSURES, BUFFERS, WEIGHTS, shock)
    assert result.additional == pytest.approx(case["additional_stress"], abs=5e-8)
    assert (result.stress >= 1).sum() - 1 == case["additional_defaults"]


def test_debt_rank_of_a_shock_to_all():
    published = DEBTRANK["uniform_shock_0_1"]
    result = debt_rank(EXPOSURES, BUFFERS, WEIGHTS, np.full(3, 0.1))
    assert result.stress == pytest.approx(published["final"], rel=1e-12)
    assert 100 * result.additional == pytest.approx(published["additional_stress_pct"], abs=0.005)
    assert (result.stress >= 1).sum() == published["defaults"]
