"""`seawall run`: simulate a scenario, record it, report it."""

from pathlib import Path
from typing import Annotated

import typer

from simulator.errors import UsageError


def run_command(
    scenario: Annotated[
        str | None, typer.Argument(metavar="SCENARIO", help="Name of a built-in scenario, or a TOML file.")
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", min=0, help="Seed; the scenario's own by default.")] = None,
    chain: Annotated[
        str | None, typer.Option(metavar="CHAIN", help="embedded, anvil, or the URL of a node [embedded].")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of the run [runs/SCENARIO-seedN].")] = None,
    blocks: Annotated[int | None, typer.Option(metavar="N", min=1, help="Stop after N blocks.")] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the scenario; repeatable.")
    ] = None,
    prices: Annotated[
        list[str] | None, typer.Option("--prices", metavar="ASSET=FILE", help="CSV of prices for an asset; repeatable.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the folder if it exists.")] = False,
    resume: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Finish a run that was interrupted or killed.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, one line of result.")] = False,
) -> None:
    """Simulate SCENARIO on a chain, record every transaction, and write a report."""
    from simulator.cli import output
    from simulator.report import read_run, write_report

    silent = as_json or quiet
    if resume is not None:
        if scenario or seed is not None or out or blocks or overrides or prices or force:
            raise UsageError(
                "--resume RUN goes on as RUN began; besides it only --chain, --json and --quiet make sense"
            )
        folder, result = resume, _resume(resume, chain, silent)
    elif scenario is None:
        raise UsageError("name a SCENARIO, or a run to finish with --resume; `seawall scenarios` lists them")
    else:
        assigned = [*(overrides or ()), *([] if seed is None else [f"seed={seed}"])]
        folder, result = _run(scenario, assigned, prices or [], chain or "embedded", out, blocks, force, silent)
    report = write_report(folder)
    if as_json:
        output.json({**result, "report": report})
    elif quiet:
        output.line(f"{result['digest']}  {report}")
    else:
        from simulator.cli.summary import show

        show(read_run(folder), report)


def _run(scenario, assigned, prices, chain, out, blocks, force, silent) -> tuple[Path, dict]:
    from simulator.cli.failure import Interrupted
    from simulator.cli.progress import progress
    from simulator.scenario.load import load

    loaded = load(scenario, assigned, dict(_asset_and_file(text) for text in prices))
    folder = out or Path("runs") / f"{loaded.name}-seed{loaded.seed}"
    if folder.exists() and not force:
        raise UsageError(f"{folder} exists; give another folder with --out, or --force to overwrite it")

    from simulator.run import run_scenario

    total = min(blocks or loaded.chain.blocks, loaded.chain.blocks)
    try:
        with progress(total, f"{loaded.name}, seed {loaded.seed}, {chain}", silent=silent) as tick:
            result = run_scenario(loaded, chain=chain, out=folder, blocks=blocks, force=force, progress=tick)
    except KeyboardInterrupt:
        raise Interrupted(_interrupted(folder)) from None
    return folder, result


def _resume(folder: Path, chain: str | None, silent: bool) -> dict:
    from simulator.cli.failure import Interrupted
    from simulator.cli.progress import progress
    from simulator.record import Run
    from simulator.run import resume_run

    info = Run.open(folder).info
    title = f"{info.scenario.get('name')}, seed {info.seed}, resumed at block {info.blocks:,}"
    try:
        with progress(info.total, title, silent=silent) as tick:
            return resume_run(folder, chain=chain, progress=tick)
    except KeyboardInterrupt:
        raise Interrupted(_interrupted(folder)) from None


def _asset_and_file(text: str) -> tuple[str, str]:
    asset, equals, file = text.partition("=")
    if not (asset and equals and file):
        raise UsageError(f"--prices {text!r} is not of the form ASSET=FILE; see: seawall run --help")
    return asset, file


def _interrupted(folder: Path) -> str:
    if not (folder / "run.json").exists():
        return "interrupted before the first block; nothing was recorded"
    return f"interrupted; see what there is: seawall report {folder}; finish it: seawall run --resume {folder}"
