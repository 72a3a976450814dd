"""From a file to a checked `Portfolio`."""

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simulator.errors import DataError
from simulator.portfolio.checks import check
from simulator.portfolio.schema import Portfolio
from simulator.scenario.complaint import complaint


def load(path: str | Path) -> Portfolio:
    """The portfolio in a JSON file.

    Raises
    ------
    DataError
        One line: file, place, what is wrong and what is allowed.
    """
    return parse(read_json(path), str(path))


def parse(data: Any, where: str) -> Portfolio:
    """The portfolio of JSON data; `where` begins every complaint. Raises DataError."""
    if not isinstance(data, dict):
        raise DataError(f"{where}: a portfolio is a JSON object, not {type(data).__name__}")
    try:
        portfolio = Portfolio.model_validate(data)
        check(portfolio)
    except ValidationError as error:
        raise DataError(f"{where}: {complaint(error, data, Portfolio)}") from None
    except DataError as error:
        raise DataError(f"{where}: {error}") from None
    return portfolio


def read_json(path: str | Path) -> Any:
    """JSON data without what JSON allows and a person did not mean: keys given twice, NaN, infinities.

    Raises
    ------
    DataError
        Naming the file, and line and column of what is no JSON.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_refuse, parse_int=_whole)
    except json.JSONDecodeError as error:
        raise DataError(f"{path}, line {error.lineno}, column {error.colno}: malformed JSON: {error.msg}") from None
    except RecursionError:
        raise DataError(f"{path}: nested too deeply for a portfolio") from None
    except ValueError as error:
        raise DataError(f"{path}: {error}") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"key '{key}' is given twice in one object; keep one")
    return dict(pairs)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number that a margin can be computed with; give a finite one")


def _whole(digits: str) -> int:
    """A whole number of a length that any price or time has."""
    if len(digits) > 30:
        raise ValueError(f"{digits[:12]}... has {len(digits)} digits; numbers have at most 30")
    return int(digits)
