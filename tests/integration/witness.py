"""Watches a crash block by block: the protocol's books, and what contracts and mirrors say of the same accounts."""

from dataclasses import dataclass, field

from crash import EXPIRY_BLOCK

from simulator.chain.revert import CallReverted
from simulator.finality import blocks_to_finality
from simulator.model import ProtocolModel
from simulator.model.step import Step
from simulator.protocol.house import House
from simulator.protocol.liquidation_terms import Auction, Terms, dutch_terms, fixed_terms
from simulator.protocol.reconcile import reconcile

WAD = 10**18
TOKENS = ("Quote", "Asset0")
LOOK_EVERY = 6
"""Blocks between two looks at every account; around the expiry there is one after each block."""


@dataclass(frozen=True, slots=True)
class Books:
    """Totals after a block, wads of the quote currency or of the asset.

    cash, positions, collateral: sums over accounts by the index. The others as the contracts and tokens state them.
    held_by_vault, supply and held_by_all are in token units, in the order of TOKENS.
    """

    block: int
    cash: int
    positions: dict[int, int]
    collateral: int
    suspense: int
    socialised: int
    cash_in_vault: int
    collateral_in_vault: int
    held_by_vault: tuple[int, ...]
    supply: tuple[int, ...]
    held_by_all: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Valuation:
    """Equity, initial and maintenance margin of one account by contract and mirror; `gross` notional with cash."""

    block: int
    account: int
    contract: tuple[float, float, float]
    mirror: tuple[float, float, float]
    gross: float


@dataclass(frozen=True, slots=True)
class Offer:
    """An account on offer by the contract, and by the mirror given the contract's margins.

    `payment` is for the largest fraction that a bid may take.
    """

    block: int
    account: int
    solvent: bool
    max_fraction: float
    payment: float
    equity: float
    maintenance: float
    mirror: Terms


@dataclass(slots=True)
class History:
    """A crash from the first block until everything is final."""

    model: ProtocolModel
    steps: list[Step] = field(default_factory=list)
    books: list[Books] = field(default_factory=list)
    valuations: list[Valuation] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)

    def events(self, name: str) -> list:
        """Arguments of every event of that name, in order."""
        return [placed.event.args for step in self.steps for placed in step.events if placed.event.name == name]


def watch(model: ProtocolModel) -> History:
    """Run a model to its end and to finality. Raises InvariantError if the index and the chain part ways."""
    history = History(model)
    for number in range(1, model.scenario.chain.blocks + 1):
        model.step()
        history.steps.append(model.last)
        history.books.append(books(model))
        history.offers += offers(model)
        if number % LOOK_EVERY == 0 or 0 <= number - EXPIRY_BLOCK < LOOK_EVERY:
            history.valuations += valuations(model)
            reconcile(model.accounts, model.contracts, model.chain)
    newest = model.settlements.newest_open_block
    for _ in range(0 if newest is None else blocks_to_finality(model.finality, model.block, newest)):
        history.steps.append(model.finality_block())
    reconcile(model.accounts, model.contracts, model.chain)
    return history


def books(model: ProtocolModel) -> Books:
    """The totals now."""
    accounts, contracts, chain = model.accounts, model.contracts, model.chain
    house, vault, fund = contracts["ClearingHouse"], contracts["CollateralVault"], contracts["InsuranceFund"]
    quote, asset = (contracts[token] for token in TOKENS)
    totals: dict[int, int] = {}
    for book in accounts.positions:
        for instrument, size in book.items():
            totals[instrument] = totals.get(instrument, 0) + size
    holders = {vault.address, fund.address, model.open_market.wallet, *accounts.owners}
    return Books(
        block=model.block,
        cash=sum(accounts.cash_wad),
        positions=totals,
        collateral=sum(row[0] for row in accounts.collateral_wad),
        suspense=house.read(chain, "suspense"),
        socialised=house.read(chain, "socialisedLoss"),
        cash_in_vault=vault.read(chain, "balanceWad", quote.address),
        collateral_in_vault=vault.read(chain, "balanceWad", asset.address),
        held_by_vault=tuple(contracts[t].read(chain, "balanceOf", vault.address) for t in TOKENS),
        supply=tuple(contracts[t].read(chain, "totalSupply") for t in TOKENS),
        held_by_all=tuple(
            sum(
                contracts[t].decode("balanceOf", answer)
                for answer in chain.calls([contracts[t].call("balanceOf", holder) for holder in holders])
            )
            for t in TOKENS
        ),
    )


def valuations(model: ProtocolModel) -> list[Valuation]:
    """Every account by the contract and by a mirror that values at this very second."""
    clearing_house = model.contracts["ClearingHouse"]
    mirror = House(model.house.rule, model.house.instruments, model.accounts, model.prices)
    mirror.advance(model.chain.timestamp)
    numbers = range(1, model.accounts.count + 1)
    answers = model.chain.calls([clearing_house.call("margin", number) for number in numbers])
    margins, gross = mirror.margins, mirror.gross_notional()
    found = []
    for row, answer in enumerate(answers):
        contract = tuple(value / WAD for value in clearing_house.decode("margin", answer))
        by_mirror = tuple(float(x[row]) for x in (margins.equity, margins.initial, margins.maintenance))
        size = float(gross[row]) + abs(float(model.accounts.cash[row]))
        found.append(Valuation(model.block, row + 1, contract, by_mirror, size))
    return found


def offers(model: ProtocolModel) -> list[Offer]:
    """Every account that somebody may bid for now at a price that the mechanism names."""
    if model.scenario.liquidation.mechanism == "english":
        return []
    chain, mechanism, terms = model.chain, model.contracts["Liquidation"], model.scenario.liquidation
    found = []
    for account in model.liquidation.distressed:
        try:
            limit = mechanism.read(chain, "quote", account, 0).maxFraction
            quote = mechanism.read(chain, "quote", account, limit)
        except CallReverted as reverted:
            if reverted.name not in ("NotLiquidatable", "AuctionNotRunning"):
                raise
            continue
        margin = model.contracts["ClearingHouse"].read(chain, "margin", account)
        equity, maintenance = margin.equity / WAD, margin.maintenanceMargin / WAD
        if terms.mechanism == "fixed":
            mirror = fixed_terms(terms, equity, maintenance)
        else:
            auction = Auction(*mechanism.read(chain, "auctionOf", account))
            mirror = dutch_terms(terms, auction, chain.timestamp, equity, maintenance)
        found.append(
            Offer(
                model.block, account, quote.solvent, limit / WAD, quote.payment / WAD, equity, maintenance, mirror
            )
        )
    return found
