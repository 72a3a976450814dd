"""docs/reference/oracle.md names every key of the oracle, and its example runs."""

from pathlib import Path

import pytest

from simulator.scenario.oracle import Oracle, Policy

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "oracle.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("section", [Oracle, Policy])
def test_every_key_is_documented(section):
    prefix = "policy." if section is Policy else ""
    assert not [name for name in section.model_fields if f"`{prefix}{name}`" not in PAGE and name != "policy"]


def test_the_example_runs():
    names: dict = {}
    exec(PAGE.split("```python")[-1].split("```")[0], names)
    assert names["update"].inputs == {"ETH": "first", "BTC": "first"}
