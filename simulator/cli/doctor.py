"""`seawall doctor`: what is installed, what works, what is missing and how to get it."""

from typing import Annotated

import typer


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Check this machine. Exit code 0 if simulations can run; the optional parts may be missing."""
    from simulator.cli import output
    from simulator.cli.checks import check_all

    findings = check_all()
    core_works = all(finding.works for finding in findings if finding.core)
    if as_json:
        output.json(
            {
                "works": core_works,
                "checks": [
                    {
                        "name": finding.name,
                        "works": finding.works,
                        "core": finding.core,
                        "detail": finding.detail,
                        "remedy": finding.remedy,
                    }
                    for finding in findings
                ],
            }
        )
    else:
        _show(findings, core_works)
    raise typer.Exit(0 if core_works else 1)


def _show(findings, core_works: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    from simulator.cli import output

    table = Table(box=None, pad_edge=False)
    for heading in ("", "what", "found"):
        table.add_column(heading)
    for finding in findings:
        mark = Text("ok", "green") if finding.works else Text("FAIL", "red") if finding.core else Text("none", "yellow")
        table.add_row(mark, finding.name, Text(finding.detail))
    console = output.console()
    console.print(table)
    for finding in findings:
        if not finding.works:
            console.print(Text(f"{finding.name}: {finding.remedy}"), soft_wrap=True)
    output.line(
        "Simulations run on this machine." if core_works else "Simulations cannot run until every FAIL is mended."
    )
