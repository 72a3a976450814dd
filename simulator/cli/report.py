"""`seawall report`: write report.html for a run that exists."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run, complete or not.")],
    show: Annotated[bool, typer.Option("--open", help="Open the report in the browser.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write RUN/report.html: one file that opens anywhere, offline."""
    from simulator.cli import output
    from simulator.report import write_report

    written = write_report(run)
    if as_json:
        output.json({"run": run, "report": written, "bytes": written.stat().st_size})
    else:
        output.line(str(written))
    if show:
        typer.launch(written.resolve().as_uri())
