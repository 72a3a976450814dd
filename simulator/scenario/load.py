"""From a scenario's name or file, with overrides, to a validated `Scenario`; and back to plain data."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simulator.errors import ScenarioError
from simulator.scenario import Scenario, Section
from simulator.scenario.candles import read_csv
from simulator.scenario.complaint import complaint, nearest

_BUILTIN = Path(str(files("simulator"))) / "scenarios"
_DEFAULTS = {
    name: field.default.model_dump(mode="json")
    for name, field in Scenario.model_fields.items()
    if isinstance(field.default, Section)
}


@dataclass(frozen=True, slots=True)
class Summary:
    """A built-in scenario, as lists show it."""

    name: str
    title: str
    description: str


def builtin() -> list[Summary]:
    """The scenarios that come with Seawall, by name."""
    summaries = []
    for path in sorted(_BUILTIN.glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        summaries.append(Summary(path.stem, data.get("title", ""), " ".join(data.get("description", "").split())))
    return summaries


def load(
    name_or_path: str | Path, overrides: Sequence[str] = (), prices: Mapping[str, str | Path] | None = None
) -> Scenario:
    """Load a scenario.

    Historical prices from CSV files become bars of the scenario, cut to the run, so that the result needs no file.

    Parameters
    ----------
    name_or_path
        Name of a built-in scenario, or a TOML file.
    overrides
        "dotted.key=value" each, applied in order; the value is TOML, a bare word is a string. An element of a list is
        named by its number or, for assets, by symbol: market.assets.ETH.daily_volume=1e6.
    prices
        CSV file by symbol, in place of that asset's path.

    Raises
    ------
    ScenarioError
        One line: file or override, dotted key, what is wrong, what is allowed.
    DataError
        A CSV file that cannot be used.
    """
    path = _find(name_or_path)
    data = _parse(path)
    for override in overrides:
        _override(data, override)
    _replace_prices(data, prices or {})
    where = str(path) if path.parent != _BUILTIN else path.stem
    # A built-in scenario names no files: those that overrides name are the caller's.
    folder = path.parent if path.parent != _BUILTIN else Path.cwd()
    return _embed_files(_validate(data, where), folder, where)


def dump(scenario: Scenario) -> dict[str, Any]:
    """`scenario` as JSON-able data, defaults included; `restore` reads it back."""
    return scenario.model_dump(mode="json")


def restore(data: Mapping[str, Any]) -> Scenario:
    """The scenario of `dump`. Raises ScenarioError."""
    return _validate(data, "scenario")


def _find(name_or_path: str | Path) -> Path:
    path = Path(name_or_path)
    if path.is_file():
        return path
    if path.suffix or len(path.parts) != 1:
        raise ScenarioError(f"{path}: no such scenario file")
    built = _BUILTIN / f"{path}.toml"
    if not built.is_file():
        names = [summary.name for summary in builtin()]
        raise ScenarioError(f"unknown scenario '{path}'{nearest(str(path), names)} (built in: {', '.join(names)})")
    return built


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = re.search(r" \(at line (\d+), column \d+\)$", message)
        where = f", line {place[1]}" if place else ""
        fault = message[: place.start()] if place else message
        raise ScenarioError(f"{path}{where}: malformed TOML: {fault}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _override(data: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    keys = key.strip().split(".")
    if not equals or not all(keys):
        raise ScenarioError(f"override '{override}' is not of the form dotted.key=value")
    node: Any = data
    defaults: Any = _DEFAULTS
    for depth, name in enumerate(keys):
        last = depth == len(keys) - 1
        if isinstance(node, list):
            name = _element(node, name, override, ".".join(keys[:depth]))
        elif not isinstance(node, dict):
            raise ScenarioError(f"override '{override}': {'.'.join(keys[:depth])} is a value, not a table")
        if last:
            node[name] = _value(text.strip())
            return
        defaults = defaults.get(name, {}) if isinstance(defaults, dict) else {}
        if isinstance(node, dict):
            # One key of a table that the file leaves out changes that key alone.
            node.setdefault(name, deepcopy(defaults) if depth else {})
        node = node[name]


def _element(node: list, name: str, override: str, parent: str) -> int:
    symbols = [element.get("symbol", "") if isinstance(element, dict) else "" for element in node]
    if name in symbols:
        return symbols.index(name)
    if name.isdecimal() and int(name) < len(node):
        return int(name)
    allowed = ", ".join([symbol for symbol in symbols if symbol]) or f"0 .. {len(node) - 1}"
    raise ScenarioError(f"override '{override}': {parent} has no element '{name}' (allowed: {allowed})")


def _value(text: str) -> Any:
    """A TOML value; what is none is a string."""
    try:
        parsed = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return parsed["value"] if len(parsed) == 1 else text


def _replace_prices(data: dict[str, Any], prices: Mapping[str, str | Path]) -> None:
    assets = data.get("market", {}).get("assets", [])
    by_symbol = {asset.get("symbol"): asset for asset in assets if isinstance(asset, dict)}
    for symbol, file in prices.items():
        if symbol not in by_symbol:
            allowed = [name for name in by_symbol if name]
            raise ScenarioError(f"prices for unknown asset '{symbol}'{nearest(symbol, allowed)} ({', '.join(allowed)})")
        by_symbol[symbol]["path"] = {"process": "historical", "file": str(Path(file).absolute())}


def _validate(data: Mapping[str, Any], where: str) -> Scenario:
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        raise ScenarioError(f"{where}: {complaint(error, data, Scenario)}") from None


def _embed_files(scenario: Scenario, folder: Path, where: str) -> Scenario:
    """Bars in place of price files, other files by their absolute paths; names are relative to `folder`."""
    market, background = scenario.market, scenario.chain.background
    end = market.start + timedelta(seconds=scenario.chain.blocks * scenario.chain.block_seconds)
    data = scenario.model_dump()
    for asset in data["market"]["assets"]:
        file = asset["path"].get("file")
        if file is not None:
            bar_seconds, bars = read_csv(folder / file, market.start, end)
            asset["path"].update(source=Path(file).name, bar_seconds=bar_seconds, bars=bars, file=None)
    if background.file is not None:
        data["chain"]["background"]["file"] = str((folder / background.file).absolute())
    _locate_oracle_files(data, folder, where)
    return _validate(data, where)


def _locate_oracle_files(data: dict[str, Any], folder: Path, where: str) -> None:
    """Absolute paths for the files that the oracle reads; ScenarioError for an asset too many or too few."""
    symbols = [asset["symbol"] for asset in data["market"]["assets"]]
    oracle = data["oracle"]
    for key in ("history", "implied_files"):
        for symbol, file in oracle[key].items():
            if symbol not in symbols:
                hint = nearest(symbol, symbols)
                raise ScenarioError(f"{where}: oracle.{key}: unknown asset '{symbol}'{hint} ({', '.join(symbols)})")
            oracle[key][symbol] = str((folder / file).absolute())
    missing = [symbol for symbol in symbols if symbol not in oracle["history"]]
    if oracle["history"] and missing:
        raise ScenarioError(f"{where}: oracle.history: no file for {missing[0]}; give one for each asset, or none")
