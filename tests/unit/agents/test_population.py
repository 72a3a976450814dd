"""Who takes part: drawn from the scenario, each from a stream of their own."""

import numpy as np
import pytest
from eth_utils import is_checksum_address

from agents.population import KINDS, members, wallet_address
from simulator.scenario.load import load

ONE_ASSET = np.array([1.0])


def drawn(*overrides: str, scenario="quiet", attention=ONE_ASSET):
    return members(load(scenario, list(overrides)), attention)


@pytest.mark.parametrize(("median", "sigma"), [(10_000.0, 0.8), (250_000.0, 0.3)])
def test_wealth_is_lognormal_with_the_stated_median_and_spread(median, sigma):
    chosen = f"agents.noise_trader.wealth_median={median}", f"agents.noise_trader.wealth_sigma={sigma}"
    logs = np.log([m.wealth for m in drawn("agents.noise_trader.count=4000", *chosen) if m.kind == "noise_trader"])
    # Standard errors of the mean and standard deviation of a normal sample; five of them.
    assert logs.mean() == pytest.approx(np.log(median), abs=5 * sigma / np.sqrt(4000))
    assert logs.std() == pytest.approx(sigma, abs=5 * sigma / np.sqrt(8000))


def test_without_spread_everybody_has_the_median():
    wealth = {m.wealth for m in drawn("agents.hedger.wealth_sigma=0", "agents.hedger.wealth_median=5e4")
              if m.kind == "hedger"}  # fmt: skip
    assert wealth == {50_000.0}


def test_wealth_is_what_is_deposited_kept_and_pledged():
    for member in drawn():
        assert member.cash_deposit + member.cash_reserve + member.asset_value == pytest.approx(member.wealth)
        assert min(member.cash_deposit, member.cash_reserve, member.asset_value) >= 0
        assert (member.asset >= 0) == (member.asset_value > 0)


def test_hedgers_and_borrowers_alone_pledge_coins():
    assert {member.kind for member in drawn() if member.asset >= 0} == {"hedger", "borrower"}


def test_assets_are_pledged_in_proportion_to_attention():
    many = drawn("agents.borrower.count=3000", scenario="black-thursday", attention=np.array([0.75, 0.25]))
    share = np.mean([member.asset == 0 for member in many if member.kind == "borrower"])
    assert share == pytest.approx(0.75, abs=5 * np.sqrt(0.75 * 0.25 / 3000))


def test_accounts_are_numbered_in_the_order_of_the_kinds():
    people = drawn()
    assert [member.account for member in people] == list(range(1, len(people) + 1))
    order = list(KINDS)
    places = [order.index(member.kind) for member in people]
    assert places == sorted(places)


def test_more_of_one_kind_changes_nobody_else():
    def by_wallet(people):
        return {m.wallet: (m.kind, m.wealth, m.asset, m.generator.bit_generator.state["state"]) for m in people}

    few, many = by_wallet(drawn()), by_wallet(drawn("agents.leveraged_long.count=50"))
    assert len(many) == len(few) + 40
    assert few.items() <= many.items()


def test_another_seed_draws_other_people():
    first, second = ([m.wealth for m in drawn(f"seed={seed}")] for seed in (1, 2))
    assert not set(first) & set(second)


def test_wallets_are_distinct_checksummed_addresses():
    counts = [f"agents.{kind}.count=200" for kind in KINDS]
    wallets = [member.wallet for member in drawn(*counts)]
    wallets += [wallet_address(name) for name in ("administrator", "matcher", "keeper", "open_market")]
    wallets += [wallet_address("publisher", number) for number in range(15)]
    assert len(set(wallets)) == len(wallets)
    assert all(is_checksum_address(wallet) for wallet in wallets)


def test_a_wallet_depends_on_its_name_alone():
    # The last 20 bytes of keccak256("seawall/noise_trader/7").
    assert wallet_address("noise_trader", 7) == "0x663e4bFd1aBb1C1C53A3Aa4934CAeb2647fE839E"
