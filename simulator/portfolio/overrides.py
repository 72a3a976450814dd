"""Presets with what a portfolio and parameter files change in them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simulator.errors import DataError
from simulator.portfolio.load import read_json
from simulator.portfolio.schema import Portfolio
from simulator.risk.presets import DEFAULT_VERSIONS, Preset, preset
from simulator.risk.presets.parameters import refuse_unknown


def presets_of(
    rules: Sequence[str], portfolio: Portfolio, where: str, files: Sequence[str | Path] = ()
) -> list[Preset]:
    """The presets called `rules`, changed by the portfolio's `parameters` and then by each file.

    A file is a JSON object of rules by name without version, each with `config` and `risk` as in a preset. What it says
    of other rules is checked for their names alone.

    Parameters
    ----------
    where
        The portfolio's file, for complaints.

    Raises
    ------
    UsageError
        An unknown rule, or one named twice.
    DataError
        A file that cannot be read; an unknown rule or parameter in one, or a value that cannot be.
    """
    sources: list[tuple[str, Mapping[str, Any]]] = [(f"{where}: parameters", portfolio.parameters)]
    for file in files:
        data = read_json(file)
        if not isinstance(data, dict):
            raise DataError(f"{file}: must be a JSON object of rules by name, not {type(data).__name__}")
        sources.append((str(file), data))
    for origin, by_rule in sources:
        refuse_unknown(by_rule, DEFAULT_VERSIONS, origin, "rule")
    chosen = []
    for rule in rules:
        base = rule.partition("@")[0]
        overrides = [(f"{origin}: {base}", by_rule[base]) for origin, by_rule in sources if base in by_rule]
        chosen.append(preset(rule, overrides))
    return chosen
