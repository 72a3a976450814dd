"""Turns the events of a transaction into settlements for the finality tracker."""

from collections.abc import Iterable, Mapping

from simulator.chain.events import Event
from simulator.finality.settlement import Category, Settlement

WAD = 1e18


def settlements_of(
    events: Iterable[Event], block: int, time: int, submitted_block: int, breach_block: Mapping[int, int]
) -> list[Settlement]:
    """The liquidations and expiry settlements among the events of one transaction.

    Parameters
    ----------
    breach_block : mapping
        Account -> block at which it was first seen below maintenance margin.
    """
    events = list(events)
    losses: dict[int, list] = {}
    for event in events:
        if event.name == "BadDebtBooked":
            losses.setdefault(event.args.settlement, []).append(event.args)
    common = {"submitted_block": submitted_block, "included_block": block, "included_time": time}
    found = []
    for event in events:
        e = event.args
        if event.name == "ClosedOut":
            lost = losses.get(e.settlement, [])
            found.append(
                Settlement(
                    settlement=e.settlement,
                    category=Category.LIQUIDATION,
                    account=e.account,
                    counterparty=e.liquidator,
                    fraction=e.fraction / WAD,
                    payment=e.payment / WAD,
                    fee=e.fee / WAD,
                    equity=e.equity / WAD,
                    maintenance_margin=e.maintenanceMargin / WAD,
                    bad_debt=sum(loss.amount for loss in lost) / WAD,
                    from_fund=sum(loss.fromFund for loss in lost) / WAD,
                    socialised=sum(loss.socialised for loss in lost) / WAD,
                    breach_block=breach_block.get(e.account),
                    **common,
                )
            )
        elif event.name == "ExpirySettled":
            found.append(
                Settlement(
                    settlement=e.settlement,
                    category=Category.EXPIRY,
                    account=e.account,
                    payment=e.amount / WAD,
                    **common,
                )
            )
    return found
