"""`seawall explain`: why an account was liquidated, what came of it, and whom its impact pushed under."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulator.errors import UsageError

if TYPE_CHECKING:
    from simulator.explain import Cascade, Evidence, Story


MOSTLY = 0.5
"""Share of what pushed an account down from which liquidations, taken together, outweigh the market."""


def explain(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run, complete or not.")],
    account: Annotated[int | None, typer.Option(metavar="N", help="Tell the story of this account.")] = None,
    settlement: Annotated[
        int | None, typer.Option(metavar="N", help="Tell the story of this liquidation, or its part of the cascade.")
    ] = None,
    cascade: Annotated[
        bool, typer.Option("--cascade", help="Show which liquidation's price impact pushed which account under.")
    ] = False,
    since: Annotated[
        int | None, typer.Option("--from", metavar="BLOCK", help="Begin the account's story at this block.")
    ] = None,
    until: Annotated[
        int | None, typer.Option("--to", metavar="BLOCK", help="End the account's story with this block.")
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also draw the story on a timeline: one HTML file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Tell from the record of RUN, in order, what led to a liquidation, how it went, and when it was final."""
    from simulator.explain import Evidence, account_story, cascade_of, settlement_stories
    from simulator.record import Run

    _check(account, settlement, cascade, figure)
    if account is None and (since is not None or until is not None):
        raise UsageError("--from and --to go with --account; see: seawall explain --help")
    evidence = Evidence(Run.open(run))
    if cascade:
        _show_cascade(cascade_of(evidence), evidence, settlement, as_json)
        return
    if settlement is None:
        stories = [account_story(evidence, account, since, until)]
    else:
        stories = settlement_stories(evidence, settlement)
    if figure is not None:
        from simulator.report.story_page import write_story_page

        write_story_page(figure, evidence, stories)
    _show_stories(stories, run, settlement, figure, as_json)


def _check(account: int | None, settlement: int | None, cascade: bool, figure: Path | None) -> None:
    if account is not None and (settlement is not None or cascade):
        raise UsageError("--account goes with neither --settlement nor --cascade; see: seawall explain --help")
    if account is None and settlement is None and not cascade:
        raise UsageError("say what to explain: --account N, --settlement N or --cascade; see: seawall explain --help")
    if cascade and figure is not None:
        raise UsageError("--figure draws the story of --account N or --settlement N; leave it out with --cascade")


def _show_stories(
    stories: "list[Story]", run: Path, settlement: int | None, figure: Path | None, as_json: bool
) -> None:
    from simulator.cli import output
    from simulator.explain import words

    if as_json:
        told = {"run": run, "settlement": settlement, "stories": [story.as_json() for story in stories]}
        output.json(told if figure is None else {**told, "figure": figure})
        return
    for number, story in enumerate(stories):
        if number:
            output.line("")
        output.line(f"{story.title}, blocks {story.first_block} to {story.last_block}")
        output.line("")
        for moment in story.moments:
            output.line(f"{moment.block:>7}  {words.utc(moment.timestamp)}  {moment.line()}")
    if figure is not None:
        output.line(f"\nfigure  {figure}")


def _show_cascade(cascade: "Cascade", evidence: "Evidence", settlement: int | None, as_json: bool) -> None:
    from simulator.cli import output

    shown = set(range(len(cascade.nodes)))
    if settlement is not None:
        evidence.require_settlement(settlement)
        shown = cascade.around(settlement)
    if as_json:
        nodes = [
            node.as_json(number, None if node.parent is None else cascade.nodes[node.parent])
            for number, node in enumerate(cascade.nodes)
            if number in shown
        ]
        output.json({"run": evidence.run.folder, "settlement": settlement, "root": "the market", "nodes": nodes})
        return
    _tree(cascade, evidence, shown, whole=settlement is None)


def _tree(cascade: "Cascade", evidence: "Evidence", shown: set[int], whole: bool) -> None:
    """The nodes shown, as a tree; of the whole cascade those that stand alone are only counted."""
    from simulator.cli import output

    pushed = sum(node.parent is not None for node in cascade.nodes)
    depth = max((cascade.generation(number) for number in range(len(cascade.nodes))), default=0)
    plural = "breach" if len(cascade.nodes) == 1 else "breaches"
    output.line(
        f"{len(cascade.nodes):,} {plural} that ended in liquidation, {pushed:,} of them pushed by an earlier one; "
        f"{depth} generation{'' if depth == 1 else 's'}"
    )
    mostly = sum((node.liquidations_share or 0.0) > MOSTLY for node in cascade.nodes)
    output.line(f"{mostly:,} had more of their push from all earlier liquidations together than from the market")
    output.line("\nthe market")
    roots = [number for number in cascade.children(None) if number in shown]
    listed = [number for number in roots if not whole or cascade.children(number)]
    for number in listed:
        _branch(cascade, evidence, number, shown, 1)
    alone = len(roots) - len(listed)
    if alone:
        output.line(f"  {alone:,} more that pushed nobody (--json lists them)")


def _branch(cascade: "Cascade", evidence: "Evidence", number: int, shown: set[int], depth: int) -> None:
    from simulator.cli import output
    from simulator.explain import words

    node, quote = cascade.nodes[number], cascade.quote
    moves = words.listing(f"{symbol} {words.signed_percent(move)}" for symbol, move in node.moves.items())
    text = (
        f"{evidence.named(node.account)}, settlement {node.settlement}: below maintenance at block {node.breach_block}"
    )
    if node.moves:
        text += f" after {moves} since block {node.since_block}"
    if node.parent is not None:
        text += f"; {words.percent(node.share)} of the push ({words.amount(node.pushed, quote)}) is that impact"
    if node.liquidations_share is not None:
        text += f"; all liquidations before it {words.percent(node.liquidations_share)}"
    output.line("  " * depth + text)
    for child in cascade.children(number):
        if child in shown:
            _branch(cascade, evidence, child, shown, depth + 1)
