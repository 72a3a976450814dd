"""Backstop providers own the insurance fund."""

from agents.base import Participant


class BackstopDepositor(Participant):
    """Deposits into the insurance fund; gives notice when its loss exceeds tolerance, then leaves."""

    kind = "backstop"

    def __init__(self, model, member, population):
        super().__init__(model, member, population)
        self.entry_price: float | None = None
        self.leaves_at: float | None = None

    def act(self) -> None:
        if self.waiting:
            return
        price = self.model.fund_share_price
        shares = self.model.tokens.balance(self.model.tokens.fund_share, self.wallet)
        if self.entry_price is None:
            self.entry_price = price
            amount = self.model.tokens.units(0, self.model.tokens.wallet_amount(self.wallet, 0))
            if amount:
                self.send("deposit", amount, self.wallet)
        elif not shares:
            return
        elif self.leaves_at is not None:
            if self.model.now > self.leaves_at:
                self.send("redeem", shares, self.wallet, self.wallet)
        elif price < (1.0 - self.population.loss_tolerance) * self.entry_price:
            self.leaves_at = self.model.now + self.model.scenario.fund.notice_seconds + self.population.wake_seconds
            self.send("requestWithdrawal", shares)

    def send(self, function: str, *arguments) -> None:
        """Send a transaction to the fund."""
        bid = self.model.outbox.bid(self.fee_cap_gwei)
        self.model.outbox.send(self, "InsuranceFund", function, *arguments, bid=bid)
