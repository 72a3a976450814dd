"""`seawall margin`: what a portfolio must keep, under one rule or several side by side."""

from pathlib import Path
from typing import Annotated

import typer

from simulator.errors import DataError, UsageError

_RULES = "isolated, scenario, parametric, expected-shortfall, derive-pm2, deribit-pm, paradex, span"


def margin_command(
    portfolio: Annotated[
        Path | None, typer.Argument(metavar="PORTFOLIO", help="A portfolio file (JSON), or a CSV of positions.")
    ] = None,
    rules: Annotated[
        list[str] | None, typer.Option("--rule", metavar="RULE", help=f"{_RULES}; repeatable. NAME@VERSION for older.")
    ] = None,
    engine: Annotated[
        str, typer.Option(metavar="ENGINE", help="float (the mirror), chain (the contract), or both, compared.")
    ] = "float",
    params: Annotated[
        list[Path] | None, typer.Option("--params", metavar="FILE", help="JSON of parameters by rule; repeatable.")
    ] = None,
    prices: Annotated[
        list[str] | None,
        typer.Option("--prices", metavar="ASSET=FILE", help="Daily prices to estimate joint moves from; repeatable."),
    ] = None,
    market: Annotated[
        Path | None,
        typer.Option("--market", metavar="FILE", help="Market of a CSV of positions: a portfolio, or an option chain."),
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Time of valuation in an option chain, 2022-01-27T01:00:00Z.")
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the P&L surface with the scenarios on it (HTML).")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object; of several rules a list of them.")
    ] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of a portfolio file.")] = False,
) -> None:
    """Initial and maintenance margin of PORTFOLIO, and what they are made of."""
    from simulator.cli import output

    if schema:
        from simulator.portfolio.schema import Portfolio

        output.json(Portfolio.model_json_schema())
        return
    if portfolio is None:
        raise UsageError("missing argument 'PORTFOLIO'; see: seawall margin --help")
    if not rules:
        raise UsageError(f"which rule? give --rule ({_RULES}); see: seawall margin --help")

    from simulator.portfolio.margins import ENGINES, margins
    from simulator.portfolio.overrides import presets_of

    if engine not in ENGINES:
        raise UsageError(f"unknown engine '{engine}' (allowed: {', '.join(ENGINES)}); see: seawall margin --help")
    read = _read(portfolio, market, at)
    if prices:
        from simulator.portfolio.price_moves import with_price_moves

        read = with_price_moves(read, dict(_asset_and_file(text) for text in prices))
    presets = presets_of(rules, read, str(portfolio), params or ())
    try:
        found = margins(read, presets, engine)
    except DataError as error:
        raise DataError(f"{portfolio}: {error}") from None
    if figure is not None:
        from simulator.report.margin_page import write_margin_page

        write_margin_page(figure, read, list(zip(presets, found, strict=True)))
    if as_json:
        from simulator.cli.margin_answer import as_data

        answers = [as_data(each) for each in found]
        output.json(answers[0] if len(answers) == 1 else answers)
    else:
        from simulator.cli.margin_answer import show

        show(read.title or portfolio.name, found)
        if figure is not None:
            output.line(f"\nfigure: {figure}")


def _read(portfolio: Path, market: Path | None, at: str | None):
    from simulator.portfolio.imports import load_positions
    from simulator.portfolio.load import load

    if portfolio.suffix.lower() == ".csv":
        if market is None:
            raise UsageError(
                f"{portfolio} holds positions without a market; give --market FILE; see: seawall margin --help"
            )
        return load_positions(portfolio, market, _seconds(at))
    if market is not None or at is not None:
        raise UsageError("--market and --at go with a CSV of positions; see: seawall margin --help")
    return load(portfolio)


def _asset_and_file(text: str) -> tuple[str, Path]:
    asset, equals, file = text.partition("=")
    if not (asset and equals and file):
        raise UsageError(f"--prices {text!r} is not of the form ASSET=FILE; see: seawall margin --help")
    return asset, Path(file)


def _seconds(at: str | None) -> int | None:
    from datetime import datetime

    if at is None:
        return None
    try:
        time = datetime.fromisoformat(at)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise UsageError(f"--at '{at}' is no time with its offset, such as 2022-01-27T01:00:00Z")
    return int(time.timestamp())
