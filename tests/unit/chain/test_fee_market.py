"""The base fee rule of EIP-1559, in exact integers."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.chain.fee_market import GWEI, next_base_fee

LIMIT = 30_000_000
LIMITS = st.integers(2, 10**9)
BASE_FEES = st.integers(0, 10**15)


def test_published_cases_of_go_ethereum():
    """go-ethereum, consensus/misc/eip1559 TestCalcBaseFee: limit 20 M, base fee 1 gwei."""
    assert next_base_fee(1_000_000_000, 10_000_000, 20_000_000) == 1_000_000_000
    assert next_base_fee(1_000_000_000, 9_000_000, 20_000_000) == 987_500_000
    assert next_base_fee(1_000_000_000, 11_000_000, 20_000_000) == 1_012_500_000


def test_a_full_block_raises_it_by_an_eighth_and_an_empty_one_lowers_it_by_an_eighth():
    assert next_base_fee(80 * GWEI, LIMIT, LIMIT) == 90 * GWEI
    assert next_base_fee(80 * GWEI, 0, LIMIT) == 70 * GWEI


def test_it_rises_from_zero_by_one_wei_and_rests_at_seven():
    assert next_base_fee(0, LIMIT, LIMIT) == 1
    assert next_base_fee(7, 0, LIMIT) == 7
    assert next_base_fee(8, 0, LIMIT) == 7


@settings(derandomize=True)
@given(BASE_FEES, LIMITS, st.data())
def test_it_is_the_rational_rule_rounded_towards_the_old_fee(base_fee, limit, data):
    used = data.draw(st.integers(0, limit))
    target = limit // 2
    exact = base_fee + Fraction(base_fee * (used - target), 8 * target)
    new = next_base_fee(base_fee, used, limit)
    if used > target:
        assert new == max(int(exact), base_fee + 1)
    else:
        assert base_fee >= new >= exact
        assert new - exact < 2  # two integer divisions
