"""Contagion: what clearing payments and DebtRank satisfy on any network."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

from simulator.systemic import clearing_vector, debt_rank


@st.composite
def networks(draw):
    n = draw(st.integers(2, 6))
    liabilities = draw(arrays(float, (n, n), elements=st.sampled_from([0.0, 0.0, 1.0, 2.5, 7.0])))
    np.fill_diagonal(liabilities, 0.0)
    assets = draw(arrays(float, n, elements=st.sampled_from([0.0, 0.5, 3.0, 20.0])))
    owed_outside = draw(arrays(float, n, elements=st.sampled_from([0.0, 1.0, 4.0])))
    return liabilities, assets, owed_outside


@given(networks())
def test_clearing_pays_the_most_that_all_can_pay(network):
    """Eisenberg and Noe (2001), lemma 4: the greatest clearing vector maximises total payments."""
    liabilities, assets, owed_outside = network
    owed = liabilities.sum(axis=1) + owed_outside
    shares = np.divide(liabilities, owed[:, None], out=np.zeros_like(liabilities), where=owed[:, None] > 0)
    paid = clearing_vector(liabilities, assets, owed_outside)
    assert paid == pytest.approx(np.minimum(owed, assets + shares.T @ paid), abs=1e-9)
    most = linprog(-np.ones(len(owed)), np.eye(len(owed)) - shares.T, assets, bounds=[(0, limit) for limit in owed])
    assert paid == pytest.approx(most.x, abs=1e-6)


def test_without_external_assets_a_ring_of_equal_debts_clears_in_full():
    ring = np.roll(np.eye(4), 1, axis=1) * 10
    assert list(clearing_vector(ring, np.zeros(4))) == [10.0] * 4


@given(networks(), st.floats(0, 1))
def test_distress_only_grows_and_stays_a_share(network, shock):
    exposures, buffers, _ = network
    first = np.zeros(len(buffers))
    first[0] = shock
    result = debt_rank(exposures, buffers + 1.0, np.ones(len(buffers)), first)
    assert (result.stress >= first).all()
    assert (result.stress <= 1).all()
    assert result.additional >= 0
