"""Settlement finality against published tables and specifications."""

import json
import math
from pathlib import Path
from statistics import mean

import pytest
from scipy.special import ndtri

from simulator.finality import blocks_to_finality
from simulator.finality.optimistic_rollup import OptimisticRollupFinality
from simulator.finality.proof_of_stake import ProofOfStakeFinality
from simulator.finality.proof_of_work import confirmations_below, reversal_probability
from simulator.finality.settlement_risk import (
    deviation,
    expected_bad_debt,
    finality_adjusted_haircut,
    liquidator_loss_probability,
)

DATA = Path(__file__).parent / "data"
ROSENFELD = json.loads((DATA / "rosenfeld_double_spend.json").read_text())
NAKAMOTO = json.loads((DATA / "nakamoto_double_spend.json").read_text())
ROLLUPS = json.loads((DATA / "rollup_finality.json").read_text())
LIQUIDATIONS = json.loads((DATA / "liquidation_finality.json").read_text())["rows"]


@pytest.mark.parametrize("share", ROSENFELD["P"])
def test_double_spend_probability_is_rosenfelds(share):
    for confirmations, published in enumerate(ROSENFELD["P"][share], start=1):
        assert reversal_probability(float(share), confirmations) == pytest.approx(published, abs=5e-9)


@pytest.mark.parametrize("share", ROSENFELD["n_for_P_below_0_001"])
def test_confirmations_for_one_in_a_thousand_are_rosenfelds(share):
    assert confirmations_below(float(share), 0.001) == ROSENFELD["n_for_P_below_0_001"][share]


@pytest.mark.parametrize("share", NAKAMOTO["P"])
def test_nakamotos_approximation_understates_from_two_confirmations_on(share):
    for confirmations, approximate in NAKAMOTO["P"][share].items():
        if int(confirmations) >= 2:
            assert reversal_probability(float(share), int(confirmations)) > approximate


@pytest.mark.parametrize("share", NAKAMOTO["z_for_P_below_0_001"])
def test_nakamoto_asks_for_too_few_confirmations(share):
    assert NAKAMOTO["z_for_P_below_0_001"][share] < confirmations_below(float(share), 0.001)


def test_an_ethereum_block_is_final_96_slots_less_its_place_after_it():
    """Ethereum consensus specifications, phase 0: 32 slots an epoch; slot 0 of an epoch is its checkpoint."""
    model = ProofOfStakeFinality()
    epoch = 5 * 32
    slots = [blocks_to_finality(model, head=epoch + k) for k in range(32)]
    assert slots[0] == 64
    assert slots[1:] == [96 - k for k in range(1, 32)]
    assert mean(slots) * 12 == 954


def test_a_rollup_block_takes_twenty_to_thirty_minutes_to_be_final():
    """OP Stack: 2 s blocks, six to an L1 slot. Averaged over all phases of batches and epochs."""
    model = OptimisticRollupFinality(blocks_per_slot=6)
    phases = math.lcm(model.batch_slots, model.slots_per_epoch) * model.blocks_per_slot
    minutes = mean(blocks_to_finality(model, head) for head in range(3 * 192, 3 * 192 + phases)) * 2 / 60
    low, high = ROLLUPS["op_stack"]["typical_minutes_to_final"]
    assert low < minutes < high


def test_what_is_final_on_a_rollup_is_two_epochs_deep_on_l1():
    model = OptimisticRollupFinality(blocks_per_slot=6, batch_slots=1)
    depths = []
    for head in range(5 * 192, 7 * 192):
        batch_slot = (model.final_head(head) + 1) // 6
        depths.append(head // 6 - batch_slot)
    assert min(depths) == ROLLUPS["op_stack"]["finalized_older_than_l1_slots"]


@pytest.mark.parametrize(
    ("slots", "days"),
    [
        (OptimisticRollupFinality().challenge_slots, ROLLUPS["op_stack"]["withdrawal_delay_days"]),
        (ROLLUPS["arbitrum_one"]["confirm_period_l1_blocks"], ROLLUPS["arbitrum_one"]["confirm_period_days"]),
    ],
)
def test_a_withdrawal_takes_the_published_days(slots, days):
    model = OptimisticRollupFinality(blocks_per_slot=6, batch_slots=1, challenge_slots=slots)
    assert model.withdrawal_block(0) * 2 / 86_400 == pytest.approx(days, rel=0.01)


@pytest.mark.parametrize("row", LIQUIDATIONS, ids=lambda row: f"{row['lag']}-{row['sigma']}-{row['bonus']}")
def test_liquidation_at_risk_until_final(row):
    s = row["std"]
    loss = liquidator_loss_probability(row["bonus"], s)
    bad_debt = expected_bad_debt(1.0, 1 / 1.05, s, reversal_probability=1.0)
    assert loss == pytest.approx(row["P_liquidator_loss"], rel=1e-7, abs=1e-300)
    assert bad_debt == pytest.approx(row["put_per_unit_collateral_LTV_0_952"], rel=1e-7, abs=1e-300)


@pytest.mark.parametrize("row", LIQUIDATIONS, ids=lambda row: f"{row['lag']}-{row['sigma']}-{row['bonus']}")
def test_deviation_over_the_lag(row):
    # The table counts 365.25 days a year; Seawall annualises over 365.
    assert deviation(row["sigma"], row["seconds"] * 365 / 365.25) == pytest.approx(row["std"], rel=1e-12)


def test_haircut_covers_its_quantile_of_the_price_over_margin_period_and_lag():
    volatility, day, until_final = 0.8, 86_400, 954
    z = float(ndtri(0.99))
    haircut = finality_adjusted_haircut(z, volatility, margin_period=day, lag=until_final)
    assert math.log(1 - haircut) == pytest.approx(-z * deviation(volatility, day + until_final), rel=1e-12)
