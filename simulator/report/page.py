"""The report of a run: what identifies it, its headline numbers, and where it is written."""

from pathlib import Path

from simulator.errors import DataError
from simulator.report.document import document, figure_html
from simulator.report.figures import FIGURES
from simulator.report.findings import find
from simulator.report.quantities import MISSING, count, duration, money
from simulator.report.run_data import RunData, read_run
from simulator.report.story_page import story_figure, story_table, told
from simulator.report.tables import tables

STORY = "The most telling liquidation"
"""One that a reorganisation undid, if there is one; the largest bad debt among them."""


def write_report(folder: Path) -> Path:
    """Write `folder`/report.html and return its path.

    Raises
    ------
    DataError
        The folder is no run, a table in it cannot be read, or the file cannot be written.
    """
    path = Path(folder) / "report.html"
    text = page(read_run(folder))
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror}); check the folder's permissions") from None
    return path


def page(run: RunData) -> str:
    """The report as one HTML document."""
    story = told(run)
    drawn = [figure_html(name, module.TITLE, module.CAPTION, module.draw(run)) for name, module in FIGURES.items()]
    return document(
        title=run.scenario.get("title") or run.scenario.get("name") or run.folder.name,
        facts=facts(run),
        tiles=tiles(run),
        findings=find(run),
        figures=drawn if story is None else [*drawn, story_figure(story, "story", STORY)],
        tables=tables(run) if story is None else [*tables(run), story_table(story, "moments", STORY)],
    )


def facts(run: RunData) -> list[tuple[str, str]]:
    """What identifies the run."""
    info = run.info
    return [
        ("scenario", str(run.scenario.get("name", MISSING))),
        ("seed", str(info.seed)),
        ("chain", info.chain),
        ("margin rule", str(run.scenario.get("protocol", {}).get("rule", MISSING))),
        ("liquidation", str(run.scenario.get("liquidation", {}).get("mechanism", MISSING))),
        ("finality", str(run.scenario.get("finality", {}).get("model", MISSING)).replace("_", " ")),
        ("status", info.status),
        ("computed in", duration(info.wall_seconds)),
        ("seawall", info.versions.get("seawall", MISSING)),
        ("digest", info.digest or MISSING),
    ]


def tiles(run: RunData) -> list[tuple[str, str]]:
    """The headline numbers."""
    summary, quote = run.summary, run.quote
    simulated = len(run.metrics) and run.metrics["timestamp"].iloc[-1] - run.metrics["timestamp"].iloc[0]
    return [
        ("simulated", duration(float(simulated))),
        ("blocks", count(summary["blocks"])),
        ("transactions", count(summary["transactions"])),
        ("liquidations", count(summary["liquidations"])),
        ("bad debt", money(summary["bad_debt"], quote)),
        ("paid by the fund", money(summary["insurance_used"], quote)),
        ("socialised", money(summary["socialised_loss"], quote)),
        ("peak below maintenance", f"{count(summary['peak_accounts_below_maintenance'])} accounts"),
    ]
