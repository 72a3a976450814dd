"""Margin rules by name with every number they need: data files, one for each preset and version.

A file names the rule it configures, its source, the rule's configuration (`config`) and the risk parameters of each
underlying (`risk`, with "*" for those not named). Public: `Preset`, `preset` and `preset_names`.
"""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from simulator.errors import UsageError
from simulator.risk.margin_config import IsolatedConfig, ScenarioConfig
from simulator.risk.parametric_config import ParametricConfig
from simulator.risk.presets.parameters import read_config, read_risk, refuse_unknown
from simulator.risk.shortfall_config import ExpectedShortfallConfig
from simulator.scenario.complaint import nearest

DEFAULT_VERSIONS = {
    "derive-pm2": "2025",
    "deribit-pm": "2024-btc",
    "paradex": "2026",
    "span": "16",
    "scenario": "1",
    "isolated": "1",
    "parametric": "1",
    "expected-shortfall": "1",
}
"""The version that a bare name stands for."""

Config = ScenarioConfig | IsolatedConfig | ParametricConfig | ExpectedShortfallConfig
_KINDS: dict[str, type] = {
    "scenario": ScenarioConfig,
    "isolated": IsolatedConfig,
    "parametric": ParametricConfig,
    "expected-shortfall": ExpectedShortfallConfig,
}


@dataclass(frozen=True, slots=True)
class Preset:
    """A rule, configured.

    name, version : `name@version` finds it again
    rule : the rule of `simulator.risk.rules` that is configured
    source : where the numbers are from
    config : of that rule
    risk : by symbol and "*": the six numbers of RISK_COLUMNS
    """

    name: str
    version: str
    rule: str
    source: str
    config: Config
    risk: Mapping[str, tuple[float, ...]]

    def risk_of(self, symbol: str) -> tuple[float, ...]:
        """The risk parameters of an underlying, in the order of RISK_COLUMNS."""
        return self.risk.get(symbol, self.risk["*"])


def preset_names() -> list[str]:
    """Every `name@version` there is, sorted."""
    return sorted(each.name.removesuffix(".json") for each in _folder().iterdir() if each.name.endswith(".json"))


def preset(name: str, overrides: Sequence[tuple[str, Mapping[str, Any]]] = ()) -> Preset:
    """The preset called `name` or `name@version`.

    Parameters
    ----------
    overrides
        Members that replace those of the data file, applied in order: where they come from, and `config` and `risk` as
        in the file. A table is merged member by member, a list replaced.

    Raises
    ------
    UsageError
        There is no such preset.
    DataError
        An override with an unknown or unusable parameter, one line.
    """
    base, at, version = name.partition("@")
    version = version if at else DEFAULT_VERSIONS.get(base, "")
    file = _folder() / f"{base}@{version}.json"
    if base not in DEFAULT_VERSIONS or not file.is_file():
        known = [each for each in preset_names() if each.startswith(f"{base}@")] or list(DEFAULT_VERSIONS)
        raise UsageError(f"unknown rule '{name}'{nearest(name, known)} (allowed: {', '.join(known)})")
    data = json.loads(file.read_text(encoding="utf-8"))
    where = name
    for origin, override in overrides:
        refuse_unknown(override, ("config", "risk"), origin)
        where = origin
        _merge(data, deepcopy(dict(override)))
    config = read_config(_KINDS[data["rule"]], data["config"], f"{where}: config")
    return Preset(base, version, data["rule"], data["source"], config, read_risk(data["risk"], f"{where}: risk"))


def _merge(data: dict[str, Any], override: Mapping[str, Any]) -> None:
    for key, value in override.items():
        if isinstance(value, Mapping) and isinstance(data.get(key), dict):
            _merge(data[key], value)
        else:
            data[key] = value


def _folder():
    return files("simulator.risk") / "presets"
