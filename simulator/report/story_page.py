"""The story of a liquidation in a page: its timeline, and the table of what happened."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from simulator.errors import DataError
from simulator.explain import Evidence, Kind, Story, telling_story
from simulator.record import Run
from simulator.report.document import document, figure_html
from simulator.report.figures.story import CAPTION, draw
from simulator.report.findings import Finding, Tone
from simulator.report.quantities import count, moment
from simulator.report.run_data import RunData
from simulator.report.tables import ROWS, Column, Table


def write_story_page(path: Path, evidence: Evidence, stories: Sequence[Story]) -> None:
    """Write the stories to `path` as one HTML file that opens offline. Raises DataError if it cannot be written."""
    text = page(evidence, stories)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror}); name a file in a folder that exists") from None


def told(run: RunData) -> Story | None:
    """The story that says most about a run; None without liquidations, or where its scenario cannot be read."""
    try:
        return telling_story(Evidence(Run.open(run.folder)))
    except DataError:
        return None


def page(evidence: Evidence, stories: Sequence[Story]) -> str:
    """The stories as one HTML document."""
    info = evidence.run.info
    facts = [("scenario", evidence.scenario.name), ("seed", str(info.seed)), ("chain", info.chain)]
    return document(
        title=" and ".join(story.title for story in stories),
        facts=[*facts, ("mechanism", evidence.scenario.liquidation.mechanism)],
        tiles=[tile for story in stories for tile in _tiles(story)],
        findings=[last_word(story) for story in stories],
        figures=[story_figure(story, f"story-{number}") for number, story in enumerate(stories)],
        tables=[story_table(story, f"moments-{number}") for number, story in enumerate(stories)],
    )


def story_figure(story: Story, name: str, title: str | None = None) -> str:
    """The timeline as a figure of a page."""
    caption = CAPTION if title is None else f"{_sentence(story.title)}. {CAPTION}"
    return figure_html(name, title or _sentence(story.title), caption, draw(story) if story.moments else None)


def story_table(story: Story, name: str, title: str = "What happened") -> Table:
    """Every moment of a story, in the order of execution."""
    rows = pd.DataFrame(
        [(m.block, m.timestamp, m.kind.value, m.line()) for m in story.moments],
        columns=["block", "timestamp", "kind", "text"],
    )
    columns = [
        Column("block", "block", count),
        Column("timestamp", "time, UTC", moment),
        Column("kind", "kind"),
        Column("text", "what happened", sentences=True),
    ]
    caption = f"{_sentence(story.title)}, in the order in which blocks were executed. See also seawall explain."
    return Table(name, title, caption, columns, rows.head(ROWS), len(rows), "the answer of seawall explain")


def _sentence(text: str) -> str:
    """With a capital letter at its head; `str.capitalize` would take those of symbols."""
    return text[:1].upper() + text[1:]


def _tiles(story: Story) -> list[tuple[str, str]]:
    undone = sum(m.kind is Kind.LIQUIDATION and m.undone_by is not None for m in story.moments)
    bids = [m for m in story.moments if m.kind is Kind.BID]
    failed = sum(not m.figures["succeeded"] for m in bids)
    lost = sum(not m.figures["included"] for m in bids)
    return [
        (f"account {story.account}", story.kind.replace("_", " ")),
        ("liquidations", count(len(story.settlements))),
        ("undone", count(undone)),
        ("bids: all, failed, never in a block", f"{count(len(bids))}, {count(failed - lost)}, {count(lost)}"),
    ]


def last_word(story: Story) -> Finding:
    """Who bore what in the end."""
    last = [m for m in story.moments if m.kind is Kind.WATERFALL and m.undone_by is None]
    if not last:
        return _without_a_loss(story)
    bad = any(m.figures.get("bad_debt") for m in last)
    return Finding(f"account {story.account}", Tone.BAD if bad else Tone.NOTE, f"{_sentence(last[-1].line())}.")


def _without_a_loss(story: Story) -> Finding:
    """Of a story in which no liquidation stands."""
    subject = f"account {story.account}"
    if not story.settlements:
        return Finding(subject, Tone.GOOD, "It was not liquidated.")
    counted = [m for m in story.moments if m.kind is Kind.LIQUIDATION and m.settlement is None]
    others = [m for m in counted if m.figures["others"] > m.figures["undone"]]
    text = "Its liquidation came undone." if len(story.settlements) == 1 else "All its liquidations came undone."
    text += "".join(f" {_sentence(m.line())}." for m in others)
    return Finding(subject, Tone.BAD if any(m.figures["bad_debt"] for m in others) else Tone.NOTE, text)
