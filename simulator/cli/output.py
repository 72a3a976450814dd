"""Where results go: standard output, as text, tables or one JSON object."""

import json as _json
from typing import Any

import typer


def line(text: str) -> None:
    """Print one line."""
    typer.echo(text)


def json(value: Any) -> None:
    """Print one JSON object; paths as text. NaN and infinity are refused: JSON has neither."""
    typer.echo(_json.dumps(value, indent=2, default=str, allow_nan=False))


def console():
    """A Rich console on standard output, 100 columns wide where that is no terminal."""
    import sys

    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else 100)
