"""Quantities in sentences."""

from collections.abc import Iterable
from datetime import UTC, datetime


def amount(value: float, unit: str) -> str:
    """Money: `15,142 USD`; cents below a thousand."""
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}"
    return f"{'0.00' if text == '-0.00' else text} {unit}"


def price(value: float) -> str:
    """A price to six digits or to the cent, whichever is finer."""
    return f"{value:,.2f}" if abs(value) >= 1000 else f"{value:,.6g}"


def size(value: float) -> str:
    """Units of an instrument or a token, four decimals at most."""
    text = f"{value:,.4f}".rstrip("0").rstrip(".")
    return f"{value:.2g}" if text in ("0", "-0") and value else text


def percent(value: float, digits: int = 1) -> str:
    """A fraction as a percentage."""
    return f"{100 * value:,.{digits}f} %"


def against(ratio: float) -> str:
    """One amount against another, to stand before that: `17.4 % above`, `3.0 % below`, `5.2 times`, `the same as`."""
    if abs(ratio - 1) < 0.0005:
        return "the same as"
    if ratio > 2:
        return f"{ratio:,.1f} times"
    return f"{percent(abs(ratio - 1))} {'above' if ratio > 1 else 'below'}"


def signed_percent(value: float, digits: int = 1) -> str:
    """A change as a percentage with its sign."""
    return f"{100 * value:+,.{digits}f} %"


def gwei(value: float) -> str:
    """A price of gas: `43.2 gwei`."""
    return f"{_gas_price(value)} gwei"


def gwei_range(low: float, high: float) -> str:
    """`43.2 gwei`, `43.2 to 61 gwei`."""
    ends = dict.fromkeys((_gas_price(low), _gas_price(high)))
    return f"{' to '.join(ends)} gwei"


def _gas_price(value: float) -> str:
    if 0 < value < 0.001:
        return "under 0.001"
    digits = 1 if value >= 10 else 2 if value >= 1 else 3
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".")


def coin(value: float, symbol: str) -> str:
    """A fee in the coin that pays for gas: `0.0132 ETH`."""
    if 0 < value < 1e-6:
        return f"under 0.000001 {symbol}"
    return f"{f'{value:,.6f}'.rstrip('0').rstrip('.')} {symbol}"


def times(number: int) -> str:
    """`once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")


def span(seconds: float) -> str:
    """A time span: `45 s`, `17 min 00 s`, `1 h 11 min`."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def blocks(number: int) -> str:
    """`1 block`, `7 blocks`."""
    return f"{number:,} block{'' if number == 1 else 's'}"


def block_range(first: int, last: int) -> str:
    """`block 41`, `blocks 324 to 330`."""
    return f"block {first}" if first == last else f"blocks {first} to {last}"


def utc(timestamp: int) -> str:
    """`2020-03-12 10:45:00`."""
    return f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%d %H:%M:%S}"


def listing(parts: Iterable[str], none: str = "nothing") -> str:
    """`a`, `a and b`, `a, b and c`."""
    parts = list(parts)
    if not parts:
        return none
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
