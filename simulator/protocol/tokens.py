"""Balances of the protocol's ERC-20 tokens, from their Transfer events."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar

from simulator.chain.events import Event

ZERO_ADDRESS = "0x" + 40 * "0"


class TokenIndex:
    """Exact balances in token units.

    Token 0 is the quote currency, token 1 + asset is the asset's token, the last one is the insurance fund's share.

    Parameters
    ----------
    addresses : sequence of str
    decimals : sequence of int
    """

    REVERSIBLE: ClassVar[tuple[str, ...]] = ("_balances",)

    def __init__(self, addresses: Sequence[str], decimals: Sequence[int]):
        self._addresses = tuple(addresses)
        self._decimals = tuple(decimals)
        self._number = {address: number for number, address in enumerate(addresses)}
        self._balances: dict[tuple[int, str], int] = defaultdict(int)

    def address(self, token: int) -> str:
        """Address of a token."""
        return self._addresses[token]

    @property
    def fund_share(self) -> int:
        """Number of the insurance fund's share."""
        return len(self._addresses) - 1

    def apply(self, address: str, event: Event) -> None:
        """Apply one Transfer of the token at `address`; the zero address mints and burns."""
        if event.name == "Transfer":
            number = self._number[address]
            self._balances[number, event.args.from_] -= event.args.value
            self._balances[number, event.args.to] += event.args.value

    def balance(self, token: int, holder: str) -> int:
        """Balance in token units."""
        return self._balances.get((token, holder), 0)

    def supply(self, token: int) -> float:
        """Whole tokens in existence."""
        return -self.balance(token, ZERO_ADDRESS) / 10 ** self._decimals[token]

    def wallet_amount(self, holder: str, token: int) -> float:
        """Balance in whole tokens, as a float."""
        return self.balance(token, holder) / 10 ** self._decimals[token]

    def units(self, token: int, amount: float) -> int:
        """Token units of an amount, rounded down."""
        return int(Decimal(repr(float(amount))).scaleb(self._decimals[token]))

    def wad_to_units(self, token: int, wad: int) -> int:
        """Token units of a wad, rounded down."""
        return wad // 10 ** (18 - self._decimals[token])
