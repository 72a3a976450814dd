"""One step is one block: market, oracle, agents, block, finality."""

from collections.abc import Container, Mapping
from typing import Any

import mesa
import numpy as np

from agents.alarm import Alarm
from agents.base import ProtocolAgent
from agents.desk import Desk
from agents.keepers import CheckpointRelay, OracleKeeper, SettlementKeeper
from agents.liquidation_view import LiquidationView
from agents.lot_view import LotView
from agents.market_view import MarketView
from agents.open_market import OpenMarket
from agents.outbox import Outbox, Sent
from agents.population import KINDS, wallet_address
from simulator.chain.block_space import BlockSpace, ProducedBlock
from simulator.chain.events import Event, EventDecoder
from simulator.chain.protocol import Block, Chain, Receipt
from simulator.chain.revert import RevertDecoder
from simulator.errors import InvariantError
from simulator.finality.factory import finality_model
from simulator.finality.settlement import Settlement
from simulator.finality.tracker import SettlementTracker
from simulator.market.feed import Market
from simulator.market.instruments import listed
from simulator.market.matching import Venue
from simulator.model import metrics
from simulator.model.closing import closing_calls
from simulator.model.genesis import prepare
from simulator.model.parameters import REFUSALS, parameter_changes
from simulator.model.reorganiser import Reorganiser
from simulator.model.settlements import settlements_of
from simulator.model.step import ParameterChange, PlacedEvent, Step
from simulator.oracle.engine import OracleEngine
from simulator.protocol.holds import HoldIndex
from simulator.protocol.house import House
from simulator.protocol.indices import account_index, token_roles
from simulator.protocol.margin_rule import configured_rule
from simulator.protocol.prices import PriceIndex
from simulator.risk.rules import margin_rule
from simulator.risk.state import Instruments
from simulator.scenario import Scenario
from simulator.streams import seed_sequence, stream

ASSET_ATTENTION_DECAY = 0.5
"""Each further asset gets this share of the attention of the one before."""


class ProtocolModel(mesa.Model):
    """The simulated world of a scenario on a chain.

    Parameters
    ----------
    scenario : Scenario
    chain : Chain
        Fresh, its genesis at `simulator.model.genesis.genesis_timestamp(scenario)`.

    Attributes
    ----------
    last : Step
        What the newest step did.
    genesis : Genesis
        The set-up, its blocks included.
    """

    def __init__(self, scenario: Scenario, chain: Chain):
        super().__init__(rng=stream(scenario.seed, "model"))
        self.scenario = scenario
        self.chain = chain
        self.now = int(scenario.market.start.timestamp())
        instruments = tuple(listed(scenario))
        self.symbols = tuple(asset.symbol for asset in scenario.market.assets)
        feed = Market(scenario, seed_sequence(scenario.seed, "market"))
        self.market = MarketView(feed, instruments, _attention(len(self.symbols)))
        expiries = sorted({(i.asset, i.expiry) for i in instruments if i.expiry})
        self.oracle = OracleEngine(scenario, expiries)
        self.oracle.observe(self.market.quote, feed)
        self.genesis = prepare(chain, scenario, instruments, self.oracle, self.market.quote.spot, self.market.attention)
        self.block = chain.head
        self.cumulative = metrics.Cumulative()
        self._index_protocol(instruments, expiries)
        self._gather_agents()
        self.last: Step | None = None
        self.market_columns = metrics.market_columns(self.symbols)
        self.reorganiser = Reorganiser(self)
        self.datacollector = mesa.DataCollector(tables={"blocks": metrics.columns(self.symbols)})

    def _index_protocol(self, instruments, expiries) -> None:
        scenario, contracts, n_assets = self.scenario, self.genesis.contracts, len(self.symbols)
        self.contracts = contracts
        self.tokens = self.genesis.tokens
        self.accounts = account_index(scenario, instruments, contracts)
        self.holds = HoldIndex(scenario.settlement)
        self.prices = PriceIndex(n_assets, expiries)
        columns = Instruments(
            underlying=self.market.asset,
            kind=self.market.kind,
            expiry=self.market.expiry.astype(float),
            strike=self.market.strike,
        )
        rule = margin_rule(scenario.protocol.rule, configured_rule(scenario.protocol))
        self.house = House(rule, columns, self.accounts, self.prices)
        self.liquidation = LotView(self) if scenario.liquidation.mechanism == "english" else LiquidationView(self)
        self._token_roles = frozenset(token_roles(scenario))
        self._reverts = RevertDecoder(contract.abi for contract in contracts.values())
        self._decoder = EventDecoder(contracts.values())
        self.finality = finality_model(scenario.finality)
        self.settlements = SettlementTracker(self.finality)
        self.space = BlockSpace(
            self.chain, scenario.chain, rng=stream(scenario.seed, "block space"), start_timestamp=self.now
        )
        self.outbox = Outbox(self.chain, self.space, contracts)
        *setup, published = self.genesis.blocks
        for block in setup:
            for receipt in block.receipts:
                for event in self._decode(receipt):
                    self.apply(event, block.timestamp)
        self.first_changes: list[ParameterChange] = []
        for receipt, update in zip(published.receipts, self.genesis.updates, strict=True):
            events = self._decode(receipt)
            self.first_changes += parameter_changes(events, self.prices, update)
            for event in events:
                self.apply(event, published.timestamp)
        self.house.advance(self.now)

    def _gather_agents(self) -> None:
        scenario = self.scenario
        self.alarm = Alarm()
        self.by_account: dict[int, ProtocolAgent] = {}
        for member in self.genesis.members:
            population = getattr(scenario.agents, member.kind)
            self.by_account[member.account] = KINDS[member.kind](self, member, population)
        makers = [agent for agent in self.by_account.values() if agent.kind == "market_maker"]
        self.desk = Desk(
            self, wallet_address("matcher"), stream(scenario.seed, "matcher"), Venue(self.market.instruments), makers
        )
        self.open_market = OpenMarket(self, wallet_address("open_market"), 0, stream(scenario.seed, "open market"))
        self.keepers: list[ProtocolAgent] = [
            OracleKeeper(
                self, wallet, stream(scenario.seed, "publisher", number), number, scenario.agents.oracle_keeper
            )
            for number, wallet in enumerate(self.genesis.publishers)
        ]
        if scenario.settlement.hold == "checkpoint":
            self.keepers.append(CheckpointRelay(self, wallet_address("relay"), stream(scenario.seed, "relay")))
        self.keepers.append(SettlementKeeper(self, wallet_address("keeper"), stream(scenario.seed, "keeper")))
        for agent in self.by_account.values():
            self.schedule(agent, agent.first_sleep_seconds())

    @property
    def gas_token_price(self) -> float:
        """Price of the coin that pays for gas, quote units: the first asset of the scenario."""
        return float(self.market.quote.spot[0])

    @property
    def fund_assets(self) -> float:
        """Quote tokens in the insurance fund."""
        return self.tokens.wallet_amount(self.contracts["InsuranceFund"].address, 0)

    @property
    def fund_share_price(self) -> float:
        """Assets per share of the insurance fund, relative to the first deposit's."""
        shares = self.tokens.supply(self.tokens.fund_share)
        return self.fund_assets / shares if shares else 1.0

    def schedule(self, agent: ProtocolAgent, seconds: float) -> None:
        """Wake `agent` when `seconds` have passed."""
        self.alarm.set(self.now + seconds, agent)

    def step(self) -> None:
        """Simulate one block."""
        self.now += self.scenario.chain.block_seconds
        self.market.advance(self.now)
        self.oracle.observe(self.market.quote, self.market.feed)
        reorg = self.reorganiser.reorganise()
        self.house.advance(self.now)
        self.liquidation.advance()
        for keeper in self.keepers:
            keeper.act()
        for agent in self.alarm.due(self.now):
            agent.step()
        self.outbox.refresh()
        self.last = self.build(self.now)
        self.last.reorg = reorg
        self.datacollector.add_table_row("blocks", self.last.metrics)

    def build(self, timestamp: int, market: Mapping[str, float] | None = None, unseen: Container[int] = ()) -> Step:
        """Produce a block and take it in.

        Parameters
        ----------
        timestamp : int
            UTC seconds.
        market : mapping
            Values of `market_columns`, for a block at an earlier time.
        unseen : container of int
            Arrivals of transactions that have not reached the builder.
        """
        produced = self.space.produce(timestamp, unseen)
        self.block = produced.block.number
        step, sent = self._absorb(produced)
        step.metrics = metrics.measure(self, produced) | dict(market or {})
        self.reorganiser.built(step, sent)
        return step

    def finality_block(self) -> Step:
        """Produce a block after the last step: only finality moves, and what was held for it comes free.

        Raises
        ------
        InvariantError
            If a hold that should end does not.
        """
        self.now += self.scenario.chain.block_seconds
        head = self.chain.mine(closing_calls(self), self.now)
        for receipt in head.receipts:
            if not receipt.succeeded:
                raise InvariantError(f"block {head.number}: a hold cannot be ended: {self.describe_revert(receipt)}")
        self.block = head.number
        produced = ProducedBlock(head, (), self.space.base_fee, 0, 0, self.space.waiting)
        self.last = Step(produced, events=self.placed_events(head))
        for placed in self.last.events:
            self.apply(placed.event, head.timestamp)
        self.last.settlements = self._advance_finality(head)
        return self.last

    def _advance_finality(self, head: Block) -> list[Settlement]:
        """The settlements whose status changes with block `head`; the chain undoes nothing that is final now."""
        changed = self.settlements.advance(head.number, head.timestamp)
        self.chain.finalise(self.settlements.final_head)
        return changed

    def _absorb(self, produced: ProducedBlock) -> tuple[Step, list[Sent]]:
        step, block, index = Step(produced), produced.block, 0
        included, notes = [], []
        for pending in produced.expired:
            self.settlements.dropped(pending.arrival)
            self.outbox.expire(pending)
        for place, (pending, receipt) in enumerate(zip(produced.included, block.receipts, strict=True)):
            events = self._decode(receipt) if receipt.succeeded else []
            sent = self.outbox.sent(pending)
            step.changes += parameter_changes(events, self.prices, sent.context)
            sent.refused = any(event.name in REFUSALS for event in events)
            for event in events:
                self.apply(event, block.timestamp)
                step.events.append(PlacedEvent(place, index, event))
                index += 1
            found = settlements_of(
                events, block.number, block.timestamp, pending.submitted_block, self.liquidation.breach_block
            )
            for settlement in found:
                included.append(self.settlements.included(settlement, pending.arrival))
            self.settlements.dropped(pending.arrival)
            notes.append(self.outbox.deliver(pending, receipt))
        changed = self._advance_finality(block)
        latest = {s.key: s for s in (*included, *changed)}
        step.settlements = list(latest.values())
        return step, notes

    def placed_events(self, block: Block) -> list[PlacedEvent]:
        """The decoded events of a block, in order."""
        placed: list[PlacedEvent] = []
        for place, receipt in enumerate(block.receipts):
            for event in self._decode(receipt):
                placed.append(PlacedEvent(place, len(placed), event))
        return placed

    def describe_revert(self, receipt: Receipt) -> str:
        """Why a transaction failed, in one line, custom errors of every contract decoded."""
        return self._reverts.describe(receipt.output)

    def _decode(self, receipt: Receipt) -> list[Any]:
        return [event for log in receipt.logs if (event := self._decoder.decode(log)) is not None]

    def apply(self, event: Event, timestamp: int) -> None:
        """Take one event of a block at `timestamp` into the index it concerns."""
        role = event.contract
        self.cumulative.apply(event)
        if role == "ClearingHouse":
            self.accounts.apply(event, timestamp)
        elif role == "SettlementLedger":
            self.holds.apply(event)
            self.accounts.apply(event, timestamp)
        elif role in ("PriceOracle", "RiskParameters", "CovarianceOracle", "ScenarioSets"):
            self.prices.apply(event)
        elif role == "Liquidation":
            self.liquidation.apply(event)
        elif role in self._token_roles:
            self.tokens.apply(self.contracts[role].address, event)


def _attention(n_assets: int) -> np.ndarray:
    weights = ASSET_ATTENTION_DECAY ** np.arange(n_assets)
    return weights / weights.sum()
