"""`seawall backtest`: hold margin rules against the losses of the past."""

import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from simulator.errors import UsageError


def backtest(
    prices: Annotated[
        list[str],
        typer.Option("--prices", metavar="[ASSET=]FILE", help="CSV of an asset's daily prices; repeatable."),
    ],
    rule: Annotated[
        list[str] | None, typer.Option("--rule", metavar="RULE", help="A rule to test; repeatable [all].")
    ] = None,
    portfolio: Annotated[
        str, typer.Option(metavar="PORTFOLIO", help="standard, one of its names, random:N, or a JSON file.")
    ] = "standard",
    level: Annotated[float, typer.Option(metavar="LEVEL", help="Share of losses that margin is to cover.")] = 0.99,
    horizon: Annotated[int, typer.Option(metavar="DAYS", help="Days over which a loss is measured.")] = 1,
    window: Annotated[int, typer.Option(metavar="DAYS", help="Days of history before the first margin.")] = 500,
    dvol: Annotated[
        list[str] | None,
        typer.Option("--dvol", metavar="[ASSET=]FILE", help="CSV of an implied-volatility index; repeatable."),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Seed of random portfolios and simulations.")] = 1,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the results.")] = Path("runs/backtest"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite the folder if it holds a backtest.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Set margins day by day from the past alone, count the losses beyond them, and say which rules are rejected."""
    from simulator import backtest as library
    from simulator.cli import output

    terms = library.make_terms(level, horizon, window, seed)
    names = library.chosen_rules(rule or (), level)
    files = _by_asset("--prices", prices)
    portfolios = library.choose_portfolios(portfolio, list(files), seed)
    history = library.read_history(files, _by_asset("--dvol", dvol or (), list(files)))
    library.require_enough(history, terms)
    library.open_folder(out, force)
    with _progress(silent=as_json) as tick:
        walked = library.walk(history, portfolios, library.build_rules(names, terms, history), terms, tick)
    judged = library.results(walked, library.scores(walked))
    summary = library.record(out, walked, judged)

    from simulator.report.backtest import write_backtest_page

    page = write_backtest_page(out, walked, judged)
    if as_json:
        output.json(summary)
    else:
        from simulator.cli.backtest_summary import show

        show(walked, judged, page)


def _by_asset(option: str, given: Sequence[str], known: Sequence[str] = ()) -> dict[str, Path]:
    """Files by asset. Without a name it is the first word of the file's name that is a known asset, or its first."""
    files: dict[str, Path] = {}
    for text in given:
        asset, equals, file = text.rpartition("=")
        if not file or (equals and not asset):
            raise UsageError(f"{option} {text!r} is not of the form FILE or ASSET=FILE; see: seawall backtest --help")
        if not asset:
            words = [word.upper() for word in re.findall(r"[A-Za-z0-9]+", Path(file).stem)] or [file]
            asset = next((word for word in words if word in known), words[0])
        if asset in files:
            raise UsageError(f"{option}: two files for {asset}; name them apart with {option} ASSET=FILE")
        files[asset] = Path(file)
    return files


@contextmanager
def _progress(silent: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, a line every `LOG_SECONDS` elsewhere, nothing if silent."""
    if silent:
        yield lambda done, total: None
        return
    if not sys.stderr.isatty():
        yield _log()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("days"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=Console(stderr=True), expand=True) as shown:
        task = shown.add_task("", total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def _log() -> Callable[[int, int], None]:
    from simulator.cli.progress import LOG_SECONDS

    last = time.monotonic()

    def tick(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= LOG_SECONDS:
            last = time.monotonic()
            print(f"backtest: day {done:,} of {total:,}", file=sys.stderr, flush=True)

    return tick
