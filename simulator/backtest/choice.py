"""From `--portfolio` to portfolios."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from simulator.backtest.portfolio_file import read_portfolio
from simulator.backtest.portfolios import Portfolio, random_portfolios, standard_portfolios
from simulator.errors import UsageError

STANDARD = "standard"
_RANDOM = "random:"


def choose_portfolios(choice: str, assets: Sequence[str], seed: int) -> tuple[Portfolio, ...]:
    """The standard set, one of it by name, `random:N`, or the portfolio of a JSON file.

    Raises
    ------
    UsageError
        Anything else.
    DataError
        A file that holds no portfolio of these assets.
    """
    known = standard_portfolios(assets)
    if choice == STANDARD:
        return known
    if choice.startswith(_RANDOM):
        number = choice.removeprefix(_RANDOM)
        if not number.isdecimal():
            raise UsageError(f"--portfolio {choice}: '{number}' is no number of portfolios; give random:20, for one")
        return random_portfolios(assets, int(number), seed)
    named = [portfolio for portfolio in known if portfolio.name == choice]
    if named:
        return tuple(named)
    if Path(choice).suffix == ".json" or Path(choice).is_file():
        return (read_portfolio(Path(choice), assets),)
    close = get_close_matches(choice, [portfolio.name for portfolio in known], n=1)
    hint = f"; did you mean '{close[0]}'?" if close else ""
    names = ", ".join([STANDARD, *(portfolio.name for portfolio in known), "random:N"])
    raise UsageError(f"unknown portfolio '{choice}'{hint} (known: {names}, or a JSON file)")
