"""The folder of a backtest: every number as JSON, CSV and Parquet."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simulator import __version__
from simulator.backtest.statistics import Procyclicality, Score
from simulator.backtest.verdict import RuleResult
from simulator.backtest.walk import Walk
from simulator.errors import DataError, UsageError

RESULT, SCORES, MARGINS, PAGE = "backtest.json", "scores.csv", "margins.parquet", "backtest.html"
_FILES = (SCORES, MARGINS, PAGE, RESULT)
_DIGITS = 10
"""Significant digits of numbers in the JSON: the last ones of a float are rounding."""


def open_folder(folder: Path, force: bool) -> None:
    """Make `folder`; with `force`, in place of a backtest that is there.

    Raises
    ------
    UsageError
        It exists and `force` is not set, or holds something that is no backtest.
    DataError
        It cannot be created.
    """
    if folder.exists():
        if not force:
            raise UsageError(f"{folder} exists; give another folder with --out, or --force to overwrite it")
        if not folder.is_dir():
            raise UsageError(f"{folder} is not a folder; nothing was removed; give another folder with --out")
        if any(folder.iterdir()) and not (folder / RESULT).is_file():
            raise UsageError(f"--force overwrites only a backtest, and {folder} is none; nothing was removed")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in _FILES:
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise DataError(f"cannot create {folder}: {error.strerror}; give another folder with --out") from None


def record(folder: Path, walk: Walk, results: Sequence[RuleResult]) -> dict[str, Any]:
    """Write the tables and the JSON of a backtest into a folder, and return what the JSON holds.

    Raises
    ------
    DataError
        A file that cannot be written.
    """
    summary = summarise(walk, results)
    try:
        pd.DataFrame(score_rows(results)).to_csv(folder / SCORES, index=False, lineterminator="\n")
        margins(walk).to_parquet(folder / MARGINS, index=False)
        # Last, as it marks the folder as a backtest.
        (folder / RESULT).write_text(json.dumps(summary, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise DataError(f"{folder}: cannot be written ({error.strerror})") from None
    return summary


def summarise(walk: Walk, results: Sequence[RuleResult]) -> dict[str, Any]:
    """The backtest as one JSON object. It rests on inputs and seed alone, so equal inputs give equal bytes."""
    history, days = walk.history, walk.days
    return _plain(
        {
            "seawall": __version__,
            **asdict(walk.terms),
            "assets": list(history.assets),
            "first_day": history.date(int(days[0])),
            "last_day": history.date(int(days[-1])),
            "observations": len(days[walk.tested]),
            "portfolios": [asdict(portfolio) for portfolio in walk.portfolios],
            "rejected": [result.name for result in results if result.rejected],
            "rules": [_rule(result) for result in results],
        }
    )


def _rule(result: RuleResult) -> dict[str, Any]:
    return {
        "rule": result.name,
        "targets_level": result.targets_level,
        "rejected": result.rejected,
        "reasons": list(result.reasons),
        "verdict": result.verdict,
        "observations": result.observations,
        "exceptions": result.exceptions,
        "expected": result.expected,
        "kupiec_p_value": result.coverage,
        "independence_p_value": result.independence,
        "conditional_coverage_p_value": result.conditional_coverage,
        "acerbi_szekely_p_value": result.shortfall,
        "zone": result.zone.value,
        "average_margin": result.average_margin,
        "leverage": result.leverage,
        "scale_to_level": result.scale,
        "worst_exceedance": result.worst.worst.size,
        "worst_date": result.worst.worst.date or None,
        "worst_portfolio": result.worst.portfolio if result.worst.worst.size else None,
        **_procyclicality(result.procyclicality),
        "portfolios": [_score(score) for score in result.scores],
    }


def _score(score: Score) -> dict[str, Any]:
    return {
        "portfolio": score.portfolio,
        "observations": score.observations,
        "exceptions": score.exceptions,
        "expected": score.expected,
        "kupiec": score.coverage.statistic,
        "kupiec_p_value": score.coverage.p_value,
        "independence": score.independence.statistic,
        "independence_p_value": score.independence.p_value,
        "conditional_coverage": score.conditional_coverage.statistic,
        "conditional_coverage_p_value": score.conditional_coverage.p_value,
        "zone": score.light.zone.value,
        "acerbi_szekely": score.shortfall.z2 if score.shortfall else None,
        "acerbi_szekely_p_value": score.shortfall.p_value if score.shortfall else None,
        "average_margin": score.average_margin,
        "largest_margin": score.largest_margin,
        "scale_to_level": score.scale,
        "worst_exceedance": score.worst.size,
        "worst_date": score.worst.date or None,
        **_procyclicality(score.procyclicality),
    }


def _procyclicality(found: Procyclicality | None) -> dict[str, Any]:
    rises = found.rises if found else {}
    return {
        "peak_to_trough": found.peak_to_trough if found else None,
        **{f"rise_{days}_day_ratio": rise.ratio for days, rise in rises.items()},
        **{f"rise_{days}_day_cash": rise.cash for days, rise in rises.items()},
    }


def score_rows(results: Sequence[RuleResult]) -> list[dict[str, Any]]:
    """One row per rule and portfolio: the columns of scores.csv."""
    return [{"rule": result.name, **_score(score)} for result in results for score in result.scores]


def margins(walk: Walk) -> pd.DataFrame:
    """One row per rule, portfolio and day: fractions of notional, but for `notional` itself."""
    frames = []
    tested, beyond = np.arange(len(walk.days)) % walk.terms.horizon == 0, walk.exceptions
    for number, rule in enumerate(walk.rules):
        for column, portfolio in enumerate(walk.portfolios):
            frames.append(
                pd.DataFrame(
                    {
                        "rule": rule.name,
                        "portfolio": portfolio.name,
                        "time": walk.time,
                        "notional": walk.notional[:, column],
                        "margin": walk.margin[number, :, column],
                        "loss": walk.loss[:, column],
                        "var": walk.var[number, :, column],
                        "es": walk.es[number, :, column],
                        "tested": tested,
                        "exception": beyond[number, :, column],
                    }
                )
            )
    return pd.concat(frames, ignore_index=True).astype({"rule": "category", "portfolio": "category"})


def _plain(value: Any) -> Any:
    """The value in JSON's own types, numbers cut to significant digits; what is not finite is null."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
    return value
