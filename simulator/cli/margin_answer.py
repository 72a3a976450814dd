"""Margins of a portfolio for people (tables) and for machines (JSON-able data)."""

import math
from collections.abc import Sequence
from typing import Any

from simulator.portfolio.answer import PortfolioMargin
from simulator.risk.breakdown import ScenarioProfit

# More digits than a price has, fewer than the noise of floating point shows.
_MOVE_DIGITS = 12
# Of the scenarios that make up a tail, as many are named side by side; the table below marks them all.
_MOST_WORST = 3


class _Amounts:
    """Amounts with the same number of decimals, negative ones in red."""

    def __init__(self, digits: int):
        self._digits = digits

    def __call__(self, value: float):
        from rich.text import Text

        text = f"{value:,.{self._digits}f}"
        zero = not any(digit in "123456789" for digit in text)
        return Text(text.lstrip("-") if zero else text, style="red" if value < 0 and not zero else "")


def as_data(margin: PortfolioMargin) -> dict[str, Any]:
    """One rule's answer: net margins, and what they are made of."""
    costliest = min(margin.worst, key=lambda each: each.profit, default=None)
    return {
        "rule": margin.rule,
        "engine": margin.engine,
        "equity": margin.equity,
        "initial_margin": margin.initial,
        "maintenance_margin": margin.maintenance,
        "worst_scenario": None if costliest is None else _scenario(margin, costliest),
        "scenarios": [_scenario(margin, each) for each in margin.scenarios],
        "contingencies": [
            {"name": each.name, "maintenance": each.maintenance, "initial": each.initial}
            for each in margin.contingencies
        ],
        "components": [{"name": each.name, "initial": each.initial} for each in margin.components],
        "gas": margin.gas,
    }


def show(title: str, margins: Sequence[PortfolioMargin]) -> None:
    """Print the rules side by side, then what each margin is made of."""
    from rich.text import Text

    from simulator.cli import output

    console, amount = output.console(), _Amounts(_digits(margins))
    console.print(Text(f"{title}, in {margins[0].unit}", style="bold"))
    console.print(_totals(margins, amount))
    for margin in margins:
        console.print(Text(f"\n{margin.rule}", style="bold"))
        if margin.scenarios:
            console.print(_scenarios(margin, amount))
        if margin.contingencies:
            console.print(_contingencies(margin, amount))
        console.print(_components(margin, amount))
    if any(margin.maintenance < 0 for margin in margins):
        output.line("\na negative net margin: equity falls short of the requirement")


def _scenario(margin: PortfolioMargin, scenario: ScenarioProfit) -> dict[str, Any]:
    return {
        "underlying": _underlying(margin, scenario),
        "label": scenario.label,
        "spot_move": round(scenario.spot_move, _MOVE_DIGITS),
        "vol_move": round(scenario.vol_move, _MOVE_DIGITS),
        "weight": scenario.weight,
        "profit": scenario.profit,
    }


def _underlying(margin: PortfolioMargin, scenario: ScenarioProfit) -> str | None:
    return margin.assets[scenario.underlying] if scenario.underlying >= 0 else None


def _totals(margins: Sequence[PortfolioMargin], amount: _Amounts):
    from rich.text import Text

    table = _table(("", *((each.rule, "right") for each in margins)))
    rows = [
        ("equity", [amount(each.equity) for each in margins]),
        ("initial requirement", [amount(each.equity - each.initial) for each in margins]),
        ("initial margin, net", [amount(each.initial) for each in margins]),
        ("maintenance requirement", [amount(each.equity - each.maintenance) for each in margins]),
        ("maintenance margin, net", [amount(each.maintenance) for each in margins]),
        ("worst scenario", [Text("; ".join(_worst(each))) for each in margins]),
    ]
    if any(each.gas is not None for each in margins):
        rows.append(("gas of the call", ["-" if each.gas is None else f"{each.gas:,}" for each in margins]))
    if any(each.difference is not None for each in margins):
        rows.append(("contract against mirror", [f"{each.difference or 0.0:.1e}" for each in margins]))
    for name, cells in rows:
        table.add_row(name, *cells)
    return table


def _worst(margin: PortfolioMargin) -> list[str]:
    several = len(margin.worst) > 1
    labels = [
        f"{_underlying(margin, each)}: {each.label}" if several and each.underlying >= 0 else each.label
        for each in margin.worst
    ]
    rest = len(labels) - _MOST_WORST
    return labels if rest <= 0 else [*labels[:_MOST_WORST], f"{rest} more"]


def _scenarios(margin: PortfolioMargin, amount: _Amounts):
    """Every scenario, and what decides though it is none of them, as the basis contingency."""
    from rich.text import Text

    several = len({each.underlying for each in margin.scenarios}) > 1
    deciding = {margin.scenarios.index(each) for each in margin.worst if each in margin.scenarios}
    others = [each for each in margin.worst if each not in margin.scenarios]
    first = ("underlying",) if several else ()
    table = _table((*first, "scenario", ("weight", "right"), ("profit, as it counts", "right"), ""))
    for place, each in enumerate((*margin.scenarios, *others)):
        decides = "worst" if place in deciding or place >= len(margin.scenarios) else ""
        cells = (Text(each.label), f"{each.weight:.4g}", amount(each.profit), decides)
        table.add_row(*([Text(_underlying(margin, each) or "")] if several else []), *cells)
    return table


def _contingencies(margin: PortfolioMargin, amount: _Amounts):
    table = _table(("contingency", ("maintenance", "right"), ("initial", "right")))
    for each in margin.contingencies:
        table.add_row(each.name, amount(each.maintenance), amount(each.initial))
    return table


def _components(margin: PortfolioMargin, amount: _Amounts):
    from rich.text import Text

    table = _table(("what takes the initial requirement", ("amount", "right"), ("share", "right")))
    total = sum(each.initial for each in margin.components)
    for each in margin.components:
        share = f"{each.initial / total:.1%}" if total else "-"
        table.add_row(Text(each.name), amount(each.initial), share)
    return table


def _table(headings: Sequence[str | tuple[str, str]]):
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in headings:
        text, justify = heading if isinstance(heading, tuple) else (heading, "left")
        table.add_column(text, justify=justify)
    return table


def _digits(margins: Sequence[PortfolioMargin]) -> int:
    """Decimals that show the largest total with eight digits: cents of millions, satoshis of a coin."""
    totals = [abs(total) for each in margins for total in (each.equity, each.initial, each.maintenance)]
    largest = max(totals, default=0.0)
    return min(max(7 - math.floor(math.log10(largest)), 2), 10) if largest else 2
