"""docs/reference/scenario.md names every key of the market and every built-in scenario."""

from pathlib import Path

import pytest

from simulator.scenario import market
from simulator.scenario.load import builtin

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "scenario.md").read_text(encoding="utf-8")
SECTIONS = [
    market.Market,
    market.Asset,
    market.HistoricalPath,
    market.GBM,
    market.MertonJump,
    market.Heston,
    market.Listing,
    market.Impact,
    market.Premium,
    market.Surface,
]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_every_key_of_the_market_is_documented(section):
    prefixed = {name: f"{section.__name__.lower()}.{name}" for name in section.model_fields}
    tables = {"assets", "path", "listing", "impact", "premium", "surface"}
    missing = [n for n in section.model_fields if n not in tables and f"`{n}`" not in PAGE and prefixed[n] not in PAGE]
    assert not missing


def test_every_built_in_scenario_is_in_the_table():
    assert all(f"| `{summary.name}` |" in PAGE for summary in builtin())
