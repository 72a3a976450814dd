"""Through a crash, what agents compute off chain is what the contracts say of the same accounts."""

import pytest


def test_margins_of_every_account_agree_with_the_clearing_house(crashed):
    assert len(crashed.valuations) > 20 * crashed.model.accounts.count
    for seen in crashed.valuations:
        assert seen.mirror == pytest.approx(seen.contract, rel=0, abs=1e-8 * seen.gross + 1e-12), seen


def test_accounts_below_maintenance_margin_are_the_same(crashed):
    by_contract = {(seen.block, seen.account) for seen in crashed.valuations if seen.contract[2] < 0}
    by_mirror = {(seen.block, seen.account) for seen in crashed.valuations if seen.mirror[2] < 0}
    assert len(by_contract) > 50
    assert by_mirror == by_contract


@pytest.mark.parametrize("solvent", [True, False], ids=["solvent", "insolvent"])
def test_price_of_an_account_on_offer_agrees_with_the_mechanism(crashed, solvent):
    offers = [offer for offer in crashed.offers if offer.solvent is solvent]
    assert len(offers) > 20
    for offer in offers:
        payment = offer.max_fraction * offer.mirror.price
        assert payment == pytest.approx(offer.payment, rel=1e-9, abs=1e-9), offer


def test_largest_fraction_of_an_account_on_offer_agrees_with_the_mechanism(crashed):
    assert {offer.max_fraction < 1 for offer in crashed.offers} == {True, False}
    for offer in crashed.offers:
        assert offer.mirror.max_fraction == pytest.approx(offer.max_fraction, rel=1e-9), offer
