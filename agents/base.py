"""The common ground of all agents: a wallet, an account, a random stream, and a clock of its own."""

from typing import TYPE_CHECKING, ClassVar

import mesa
import numpy as np

if TYPE_CHECKING:
    from agents.outbox import Sent
    from agents.population import Member
    from agents.world import World
    from simulator.chain.protocol import Receipt


class ProtocolAgent(mesa.Agent):
    """An agent with its own wallet, account and random stream.

    Parameters
    ----------
    model : World
    wallet : str
        Address that signs the agent's transactions.
    account : int
        Account at the clearing house; 0 if the agent needs none.
    rng : numpy.random.Generator
        The agent's own stream: adding other agents never shifts it.
    """

    kind: ClassVar[str]
    model: "World"

    def __init__(self, model: "World", wallet: str, account: int, rng: np.random.Generator):
        super().__init__(model)
        self.wallet = wallet
        self.account = account
        self.stream = rng
        self.waiting = 0

    @property
    def row(self) -> int:
        """Row of the agent's account in the vectorised state."""
        return self.account - 1

    def step(self) -> None:
        """Act once, then sleep."""
        self.act()
        self.model.schedule(self, self.sleep_seconds())

    def act(self) -> None:
        """Look at the world and do what this kind of agent does."""
        raise NotImplementedError

    def sleep_seconds(self) -> float:
        """Seconds until the next wake-up."""
        raise NotImplementedError

    def settled(self, sent: "Sent", receipt: "Receipt") -> None:
        """A transaction of this agent was included; `receipt.succeeded` tells whether it worked.

        After a reorganisation it can be included once more: `sent.repeated`.
        """

    def recalled(self, sent: "Sent") -> None:
        """A reorganisation put a transaction of this agent back into the mempool."""


class Participant(ProtocolAgent):
    """Drawn from a population of the scenario: wakes at exponential intervals, keeps a reserve in its wallet.

    Parameters
    ----------
    model : World
    member : Member
        Wallet, account, wealth and stream that this participant was drawn with; nothing of these is drawn again.
    population : simulator.scenario.agents.Population
        What the scenario says of its kind.
    """

    fee_cap_gwei: ClassVar[float] = 300.0

    def __init__(self, model: "World", member: "Member", population):
        super().__init__(model, member.wallet, member.account, member.generator)
        self.population = population
        self.wealth = member.wealth

    def sleep_seconds(self) -> float:
        return float(self.stream.exponential(self.population.wake_seconds))

    def first_sleep_seconds(self) -> float:
        """Seconds until the first wake-up: spread over one interval, so that populations do not start in step."""
        return float(self.stream.uniform(0.0, self.population.wake_seconds))

    @property
    def equity(self) -> float:
        """Account equity at the oracle's prices, quote currency."""
        return float(self.model.house.margins.equity[self.row])

    @property
    def net_initial(self) -> float:
        """Equity minus initial margin requirement."""
        return float(self.model.house.margins.initial[self.row])

    def deposit_cash(self, amount: float) -> None:
        """Move cash from the wallet into the account, as far as the wallet goes."""
        amount = min(amount, self.model.tokens.wallet_amount(self.wallet, 0))
        if amount >= 1.0 and not self.waiting:
            self.model.outbox.send(
                self,
                "ClearingHouse",
                "deposit",
                self.account,
                self.model.tokens.address(0),
                self.model.tokens.units(0, amount),
                bid=self.model.outbox.bid(self.fee_cap_gwei, urgency=1.25),
            )
