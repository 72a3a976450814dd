"""Keepers post the oracle's values and checkpoints, and do the chores anyone may do: expiries, bad debt, releases."""

from agents.base import ProtocolAgent
from simulator.finality.protocol import Status


class OracleKeeper(ProtocolAgent):
    """One publisher of the oracle. Pays the going rate up to its fee cap, so congestion can make it late."""

    kind = "oracle_keeper"

    def __init__(self, model, wallet, rng, publisher, population):
        super().__init__(model, wallet, 0, rng)
        self.publisher = publisher
        self.population = population

    def act(self) -> None:
        if self.waiting:
            return
        oracle, now = self.model.oracle, self.model.now
        update = oracle.due(self.publisher, now)
        if update is not None:
            self.post("PriceOracle", "publish", update)
        if self.publisher == 0:
            for change in oracle.parameters_due(now):
                self.post("RiskParameters", "publish", change)
            for call in oracle.risk_model_due(now):
                self.post(call.contract, call.function, call)

    def post(self, contract: str, function: str, update) -> None:
        """Send what the oracle has to say."""
        bid = self.model.outbox.bid(self.population.fee_cap_gwei, urgency=1.2, kind=self.kind)
        self.model.outbox.send(self, contract, function, *update.arguments, bid=bid, context=update)

    def settled(self, sent, receipt) -> None:
        self.model.oracle.resolve(sent.context, receipt.succeeded and not sent.refused, self.model.now)


class SettlementKeeper(ProtocolAgent):
    """Does what anyone may do.

    Fixes settlement prices, settles expired positions, accrues funding, books bad debt, starts and ends auctions, and
    ends holds on the proceeds of liquidations.
    """

    kind = "settlement_keeper"
    fee_cap_gwei = 500.0
    funding_seconds = 3600

    def __init__(self, model, wallet, rng):
        super().__init__(model, wallet, 0, rng)
        self.next_funding = model.now + self.funding_seconds
        self.running: set[tuple[str | int, ...]] = set()

    def act(self) -> None:
        self.accrue_funding()
        self.settle_expiries()
        for function, accounts in self.model.liquidation.chores().items():
            for account in accounts:
                self.once("Liquidation", function, account)
        for account in self.model.house.bankrupt():
            self.once("ClearingHouse", "bookBadDebt", account)
        for function, settlements in self.model.holds.ending(self.model.block + 1, self.model.now).items():
            for settlement in settlements:
                self.once("SettlementLedger", function, settlement)

    def accrue_funding(self) -> None:
        if self.model.now >= self.next_funding:
            self.next_funding += self.funding_seconds
            for asset in sorted(set(self.model.accounts.underlyings[self.model.accounts.perpetuals].tolist())):
                self.once("ClearingHouse", "accrueFunding", asset)

    def settle_expiries(self) -> None:
        prices = self.model.prices
        for asset, expiry in self.model.market.expired():
            if prices.spot_time[asset] >= expiry and (asset, expiry) not in prices.settlement:
                self.once("PriceOracle", "fixSettlementPrice", asset, expiry)
        for account in self.model.liquidation.settleable():
            self.once("ClearingHouse", "settleExpiries", account)

    def once(self, contract: str, function: str, *arguments: int) -> None:
        """Send a call unless the same one still waits for a block."""
        task = (function, *arguments)
        if task not in self.running:
            self.running.add(task)
            bid = self.model.outbox.bid(self.fee_cap_gwei, urgency=1.1, kind=self.kind)
            self.model.outbox.send(self, contract, function, *arguments, bid=bid, context=task)

    def settled(self, sent, receipt) -> None:
        self.running.discard(sent.context)

    def recalled(self, sent) -> None:
        self.running.add(sent.context)


class CheckpointRelay(ProtocolAgent):
    """Tells the settlement ledger what is final by the model of finality, where something is held for it."""

    kind = "checkpoint_relay"
    fee_cap_gwei = 500.0

    def __init__(self, model, wallet, rng):
        super().__init__(model, wallet, 0, rng)
        self.final_count = 0

    def act(self) -> None:
        news = self.news()
        if news is not None and not self.waiting:
            bid = self.model.outbox.bid(self.fee_cap_gwei, urgency=1.1, kind=self.kind)
            self.model.outbox.send(self, "SettlementLedger", "postCheckpoint", *news, bid=bid)

    def news(self) -> tuple[int, int, bytes] | None:
        """Block, number of settlements and their hash to post; None if that would make nothing final that is held."""
        settlements, holds = self.model.settlements, self.model.holds
        final_block = settlements.final_head
        if not any(holds.final_block < hold.block <= final_block for hold in holds.open.values()):
            return None
        while self.final_count < len(holds.hashes) and settlements[self.final_count + 1].status is Status.FINAL:
            self.final_count += 1
        return final_block, self.final_count, holds.hash_at(self.final_count)
