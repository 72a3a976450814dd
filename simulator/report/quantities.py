"""Quantities as a reader wants them: separators, units, and "n/a" for what was not measured."""

import math
from datetime import UTC, datetime

MISSING = "n/a"


def _missing(value: float | None) -> bool:
    return value is None or not math.isfinite(value)


def money(value: float | None, quote: str = "") -> str:
    """An amount in the quote currency, without cents above 1,000."""
    if _missing(value):
        return MISSING
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}"
    text = text.lstrip("-") if not any(digit in "123456789" for digit in text) else text
    return f"{text} {quote}".strip()


def count(value: float | None) -> str:
    """A whole number."""
    return MISSING if _missing(value) else f"{value:,.0f}"


def percent(value: float | None, digits: int = 1) -> str:
    """A fraction as a percentage; what is not zero never reads as zero."""
    if _missing(value):
        return MISSING
    smallest = 10.0 ** -(digits + 2)
    if value and abs(value) < smallest:
        return f"{'−' if value < 0 else ''}<{smallest:.{digits}%}".replace("%", " %")
    return f"{value:.{digits}%}".replace("%", " %")


def duration(seconds: float | None) -> str:
    """A time span in the largest unit that keeps two significant parts."""
    if _missing(seconds):
        return MISSING
    minutes, rest = divmod(round(seconds), 60)
    if minutes == 0:
        return f"{rest} s"
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours:,} h {minutes:02} min"


def moment(timestamp: float | None) -> str:
    """UTC seconds as a date and time."""
    return MISSING if _missing(timestamp) else f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%d %H:%M:%S}"


def share(part: float, whole: float) -> float | None:
    """`part / whole`, None where there is no whole."""
    return part / whole if whole else None
