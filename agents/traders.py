"""Directional and hedging traders. Each acts on the difference between what it holds and what it wants."""

import numpy as np

from agents.base import Participant
from simulator.errors import ScenarioError
from simulator.risk.state import CALL, PERPETUAL, PUT


class PerpetualTrader(Participant):
    """A trader of one perpetual."""

    def __init__(self, model, member, population):
        super().__init__(model, member, population)
        perpetuals = [i for i, listed in enumerate(model.market.instruments) if listed.kind == PERPETUAL]
        self.instrument = perpetuals[
            int(self.stream.choice(len(perpetuals), p=model.market.attention_among(perpetuals)))
        ]
        self.asset = model.market.instruments[self.instrument].asset

    @property
    def position(self) -> float:
        return float(self.model.desk.exposure(self.account)[self.instrument])

    def move_to(self, target: float, tolerance: float) -> None:
        """Trade towards a target position if it is further away than `tolerance` of the larger of the two."""
        gap = target - self.position
        if abs(gap) > tolerance * max(abs(target), abs(self.position)):
            self.model.desk.trade(self.account, self.instrument, gap)


class LeveragedLong(PerpetualTrader):
    """Holds a leveraged long. A margin call is met by a top-up, by selling, or not at all."""

    kind = "leveraged_long"

    def __init__(self, model, member, population):
        super().__init__(model, member, population)
        if population.leverage_low > population.leverage_high:
            raise ScenarioError(
                f"agents.leveraged_long: leverage_low {population.leverage_low:g} is above leverage_high "
                f"{population.leverage_high:g}"
            )
        self.leverage = float(self.stream.uniform(population.leverage_low, population.leverage_high))
        self.tops_up = bool(self.stream.random() < population.top_up_probability)
        self.opened = False

    def act(self) -> None:
        if self.model.desk.in_flight(self.account) or self.equity <= 0:
            return
        price = float(self.model.market.quote.perpetual[self.asset])
        if not self.opened:
            self.opened = True
            self.open_position(price)
        elif self.net_initial < 0:
            self.answer_margin_call()
        elif self.position * price < 0.5 * self.leverage * self.equity and self.stream.random() < 0.1:
            self.open_position(price)

    def open_position(self, price: float) -> None:
        """Buy up to the target leverage, or what initial margin allows with a little to spare."""
        affordable = 0.95 / (self.model.house.initial_rate(self.asset) or 1.0)
        target = min(self.leverage, affordable) * self.equity / price
        self.move_to(target, tolerance=0.05)

    def answer_margin_call(self) -> None:
        shortfall = -self.net_initial
        if self.tops_up:
            self.deposit_cash(1.2 * shortfall)
        elif self.stream.random() < 0.3:
            self.move_to(0.7 * self.position, tolerance=0.0)


class TrendFollower(PerpetualTrader):
    """Long after a rise, short after a fall, by the sign of the return over its lookback."""

    kind = "trend_follower"

    def act(self) -> None:
        if self.model.desk.in_flight(self.account) or self.equity <= 0:
            return
        price = float(self.model.market.quote.spot[self.asset])
        change = price / self.model.market.spot_before(self.asset, self.population.lookback_seconds) - 1
        direction = 0.0 if abs(change) < 0.01 else float(np.sign(change))
        self.move_to(direction * self.population.leverage * self.equity / price, tolerance=0.25)


class NoiseTrader(Participant):
    """Trades a random instrument for a random part of its wealth, or closes one it has."""

    kind = "noise_trader"

    def act(self) -> None:
        if self.model.desk.in_flight(self.account) or self.equity <= 0:
            return
        held = np.flatnonzero(self.model.desk.exposure(self.account))
        if held.size >= 4 or (held.size and self.stream.random() < 0.4):
            chosen = int(self.stream.choice(held))
            self.model.desk.trade(self.account, chosen, -float(self.model.desk.exposure(self.account)[chosen]))
            return
        live = self.model.market.live
        if not live.size:
            return
        chosen = int(live[self.stream.integers(live.size)])
        asset = self.model.market.instruments[chosen].asset
        notional = self.population.trade_share * self.equity * float(self.stream.exponential(1.0))
        side = 1.0 if self.stream.random() < 0.55 else -1.0
        self.model.desk.trade(self.account, chosen, side * notional / float(self.model.market.quote.spot[asset]))


class OptionWriter(Participant):
    """Short volatility: sells out-of-the-money strangles until its share of initial margin is used."""

    kind = "option_writer"

    def act(self) -> None:
        if self.model.desk.in_flight(self.account) or self.equity <= 0:
            return
        if self.net_initial < 0:
            self.cut()
            return
        used = 1.0 - self.net_initial / self.equity
        if used >= self.population.utilisation:
            return
        for kind in (CALL, PUT):
            choices = self.model.market.out_of_the_money(kind)
            if choices.size:
                chosen = int(choices[self.stream.integers(choices.size)])
                asset = self.model.market.instruments[chosen].asset
                notional = (
                    0.5 * (self.population.utilisation - used) * self.equity / self.model.prices.spot_shock(asset)
                )
                self.model.desk.trade(self.account, chosen, -notional / float(self.model.market.quote.spot[asset]))

    def cut(self) -> None:
        """Buy back a part of the largest short."""
        exposure = self.model.desk.exposure(self.account)
        largest = int(np.argmin(exposure * self.model.market.fair))
        if exposure[largest] < 0:
            self.model.desk.trade(self.account, largest, -0.3 * float(exposure[largest]))


class Hedger(Participant):
    """Holds the asset as collateral and hedges a part of it with puts, or a short perpetual where puts are dear."""

    kind = "hedger"

    def __init__(self, model, member, population):
        super().__init__(model, member, population)
        self.asset = member.asset
        self.uses_puts = bool(self.stream.random() < 0.5)

    def act(self) -> None:
        if self.model.desk.in_flight(self.account) or self.equity <= 0:
            return
        held = float(self.model.accounts.collateral[self.row, self.asset])
        exposure = self.model.desk.exposure(self.account)
        of_asset = np.array([listed.asset == self.asset for listed in self.model.market.instruments])
        hedged = -float(np.sum(exposure * self.model.market.deltas, where=of_asset))
        missing = self.population.hedge_ratio * held - hedged
        if abs(missing) < 0.1 * held:
            return
        instrument = self.hedge_instrument()
        if instrument is not None:
            self.model.desk.trade(self.account, instrument, missing / float(self.model.market.deltas[instrument]))

    def hedge_instrument(self) -> int | None:
        if self.uses_puts:
            puts = [
                i
                for i in self.model.market.out_of_the_money(PUT)
                if self.model.market.instruments[i].asset == self.asset
            ]
            puts = [i for i in puts if self.model.market.deltas[i] < -0.1]
            if puts:
                return int(puts[int(self.stream.integers(len(puts)))])
        for i, listed in enumerate(self.model.market.instruments):
            if listed.asset == self.asset and listed.kind == PERPETUAL:
                return i
        return None


class Borrower(Participant):
    """Pledges the asset and draws cash against it up to a target loan-to-value, as on a lending market."""

    kind = "borrower"

    def __init__(self, model, member, population):
        super().__init__(model, member, population)
        self.asset = member.asset
        self.target = population.loan_to_value * float(self.stream.uniform(0.7, 1.0))

    def act(self) -> None:
        if self.waiting:
            return
        value = float(self.model.accounts.collateral[self.row, self.asset] * self.model.market.quote.spot[self.asset])
        debt = -float(self.model.accounts.cash[self.row])
        if value <= 0:
            return
        if self.net_initial < 0:
            if self.stream.random() < 0.3:
                self.deposit_cash(1.2 * -self.net_initial)
        elif debt < 0.8 * self.target * value:
            drawn = min(self.target * value - debt, 0.98 * self.net_initial)
            if drawn > 1.0:
                self.model.outbox.send(
                    self,
                    "ClearingHouse",
                    "withdraw",
                    self.account,
                    self.model.tokens.address(0),
                    self.model.tokens.units(0, drawn),
                    self.wallet,
                    bid=self.model.outbox.bid(self.fee_cap_gwei),
                )
