"""What everybody has after each block of a replay: by its events, on the chain, and in the record's samples."""

import json
from collections.abc import Sequence

import pandas as pd

from simulator.chain.contract import Contract
from simulator.chain.events import Event
from simulator.chain.protocol import REVERTIBLE_BLOCKS, Block, Call, Chain
from simulator.market.instruments import listed
from simulator.protocol.history import IndexHistory
from simulator.protocol.indices import account_index, token_index, token_roles
from simulator.protocol.reconcile import Mismatch, first_mismatch
from simulator.protocol.tokens import ZERO_ADDRESS
from simulator.record.difference import Difference
from simulator.record.reader import Run
from simulator.record.recorded_blocks import checked_table

BOOKKEEPERS = ("ClearingHouse", "SettlementLedger")
"""Their events move the balances of accounts."""
PARTIES = ("account", "buyer", "seller", "from_", "to", "liquidator")
"""Arguments of those events that name an account."""


class Balances:
    """Token balances, cash, escrow, positions and collateral, to the last unit.

    Each event is taken at its word, and what it touched is then read from the chain: a balance that moved without an
    event, or otherwise than the event says, shows in its block.

    Parameters
    ----------
    run : Run
        For its scenario and table `accounts`. Raises DataError if they cannot be used.
    chain : Chain
        The one that executes the run again.
    """

    def __init__(self, run: Run, chain: Chain):
        self._scenario = run.scenario()
        self._chain = chain
        self._instruments = listed(self._scenario)
        self._names = [instrument.name for instrument in self._instruments]
        self._token_roles = token_roles(self._scenario)
        self._samples = _samples(checked_table(run, "accounts"))
        self._early: list[tuple[Event, int]] = []
        self._contracts: dict[str, Contract] = {}

    def follow(self, block: Block, events: Sequence[Event], contracts: dict[str, Contract]) -> Difference | None:
        """Take in the events of the chain's newest block and compare. `contracts`: deployed so far, by role."""
        if not self._contracts:
            self._early += [(event, block.timestamp) for event in events]
            if not {*self._token_roles, *BOOKKEEPERS} <= contracts.keys():
                return None
            self._begin(contracts, block.number)
        else:
            for event in events:
                self._apply(event, block.timestamp)
            self._history.add(block.number, block.timestamp, events)
        return self._difference(block.number, self._first_mismatch(events))

    def undo(self, ancestor: int) -> None:
        """The chain went back to block `ancestor`. Raises ValueError if the protocol was not there yet."""
        if not self._contracts:
            raise ValueError(f"block {ancestor} is part of the set-up")
        self._history.undo(ancestor)

    def sampled(self, number: int) -> Difference | None:
        """Compare the record's samples of accounts after block `number`, which stands."""
        rows = self._samples.pop(number, [])
        if rows and not self._contracts:
            return Difference(number, None, "sample of accounts", f"{len(rows)} accounts", "no protocol yet")
        for place, (account, cash, positions) in enumerate(rows):
            expected = place % self._accounts.count + 1 if self._accounts.count else None
            if account != expected:
                return Difference(number, None, "account of a sample", account, expected)
            book = sorted(self._accounts.positions[account - 1].items())
            held = {self._names[instrument]: size / 1e18 for instrument, size in book}
            for what, recorded, replayed in (
                ("cash", cash, float(self._accounts.cash[account - 1])),
                ("positions", positions, json.dumps(held)),
            ):
                if recorded != replayed:
                    return Difference(number, None, f"{what} of account {account} in its sample", recorded, replayed)
        if rows and len(rows) % self._accounts.count:
            return Difference(number, None, "accounts in a sample", len(rows), self._accounts.count)
        return None

    def finish(self, number: int, whole: bool) -> Difference | None:
        """Compare every account, touched or not; of a `whole` run no sample may be left."""
        if whole and self._samples:
            block = min(self._samples)
            return Difference(block, None, "sample of accounts", f"{len(self._samples[block])} accounts", None)
        if not self._contracts:
            return None
        numbers = range(1, self._accounts.count + 1)
        return self._difference(number, first_mismatch(self._accounts, self._house, self._chain, numbers))

    def _begin(self, contracts: dict[str, Contract], head: int) -> None:
        self._contracts = dict(contracts)
        self._house = contracts["ClearingHouse"]
        self._accounts = account_index(self._scenario, self._instruments, contracts)
        self._tokens = token_index(self._scenario, contracts)
        for event, timestamp in self._early:
            self._apply(event, timestamp)
        self._history = IndexHistory((self._accounts, self._tokens), self._apply, REVERTIBLE_BLOCKS, head)

    def _apply(self, event: Event, timestamp: int) -> None:
        if event.contract in BOOKKEEPERS:
            self._accounts.apply(event, timestamp)
        elif event.contract in self._token_roles:
            self._tokens.apply(self._contracts[event.contract].address, event)

    def _first_mismatch(self, events: Sequence[Event]) -> Mismatch | None:
        accounts: set[int] = set()
        holders: set[tuple[int, str]] = set()
        for event in events:
            if event.contract in BOOKKEEPERS:
                fields = event.args._asdict()
                accounts.update(fields[name] for name in PARTIES if isinstance(fields.get(name), int))
            elif event.name == "Transfer" and event.contract in self._token_roles:
                token = self._token_roles.index(event.contract)
                holders.update((token, holder) for holder in (event.args.from_, event.args.to))
        known = sorted(number for number in accounts if 0 < number <= self._accounts.count)
        found = first_mismatch(self._accounts, self._house, self._chain, known) if known else None
        return found or self._first_holder(sorted(each for each in holders if each[1] != ZERO_ADDRESS))

    def _first_holder(self, holders: Sequence[tuple[int, str]]) -> Mismatch | None:
        calls: list[Call] = []
        for token, holder in holders:
            calls.append(self._contracts[self._token_roles[token]].call("balanceOf", holder))
        for (token, holder), answer in zip(holders, self._chain.calls(calls) if calls else (), strict=True):
            role = self._token_roles[token]
            indexed, stored = self._tokens.balance(token, holder), self._contracts[role].decode("balanceOf", answer)
            if indexed != stored:
                return Mismatch(f"{role} of {holder}", indexed, stored)
        return None

    def _difference(self, number: int, found: Mismatch | None) -> Difference | None:
        return found and Difference(number, None, f"{found.what}, by its events", found.indexed, found.stored)


def _samples(frame: pd.DataFrame) -> dict[int, list[tuple[int, float, str]]]:
    """Block -> (account, cash, positions) of the accounts sampled after it."""
    found: dict[int, list[tuple[int, float, str]]] = {}
    for block, *row in zip(*(frame[name].tolist() for name in ("block", "account", "cash", "positions")), strict=True):
        found.setdefault(block, []).append(tuple(row))
    return found
