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


def signed_percent(value: float, digits: int = 1) -> str:
    """A change as a percentage with its sign."""
    return f"{100 * value:+,.{digits}f} %"


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
