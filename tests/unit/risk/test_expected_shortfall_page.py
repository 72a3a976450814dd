"""docs/reference/rules/expected-shortfall.md names every parameter of the rule, and its example runs."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from simulator.risk.scenario_codec import MAX_SCENARIOS, decode
from simulator.risk.shortfall_config import ExpectedShortfallConfig

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "rules" / "expected-shortfall.md").read_text(
    encoding="utf-8"
)


@pytest.mark.parametrize("name", [field.name for field in fields(ExpectedShortfallConfig)])
def test_every_parameter_is_in_the_table(name):
    rows = [line for line in PAGE.splitlines() if line.startswith("|")]
    assert any(re.search(rf"\b{name}\b", row) for row in rows)


def test_the_example_runs():
    scope: dict = {}
    exec(re.search(r"```python\n(.*?)```", PAGE, re.DOTALL).group(1), scope)
    assert decode(b"".join(scope["plan"].chunks))[1].shape == (MAX_SCENARIOS, 2, 2)
