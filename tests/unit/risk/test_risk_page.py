"""The examples of the page on risk statistics run."""

import re
from pathlib import Path

import numpy as np

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "risk.md"


def test_the_examples_run_one_after_the_other(capsys):
    names: dict = {}
    for number, example in enumerate(re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)):
        exec(compile(example, f"example {number}", "exec"), names)
    assert names["parts"].position.sum() + names["parts"].collateral.sum() + names["parts"].cash == np.float64(
        names["parts"].total
    )
    assert "None" not in capsys.readouterr().out
