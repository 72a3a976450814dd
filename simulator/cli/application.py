"""The Typer application and the boundary where every exception becomes one line and an exit code."""

import os
import sys
import traceback
from typing import Annotated

import typer

from simulator import __version__
from simulator.cli.backtest import backtest
from simulator.cli.doctor import doctor
from simulator.cli.explain import explain
from simulator.cli.failure import describe, exit_code
from simulator.cli.margin import margin_command
from simulator.cli.replay import replay_command
from simulator.cli.report import report
from simulator.cli.run import run_command
from simulator.cli.scenarios import scenarios

application = typer.Typer(
    name="seawall",
    help="Simulate an on-chain collateral protocol: real margin contracts, agents, an oracle, settlement finality.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 good, 1 unexpected, 2 usage or scenario, 3 data, 4 chain, 5 invariant, 130 interrupted.",
)
application.command("run")(run_command)
application.command("report")(report)
application.command("replay")(replay_command)
application.command("explain")(explain)
application.command("backtest")(backtest)
application.command("margin")(margin_command)
application.command("scenarios")(scenarios)
application.command("doctor")(doctor)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"seawall {__version__}")
        raise typer.Exit


@application.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code. `--debug` is accepted before and after the command."""
    debug = "--debug" in arguments
    try:
        kept = [each for each in arguments if each != "--debug"]
        returned = application(kept, prog_name="seawall", standalone_mode=False)
        sys.stdout.flush()
        return returned if isinstance(returned, int) else 0
    except BrokenPipeError:
        # The reader left, as `head` does. Python would complain once more while it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if debug:
            traceback.print_exc()
        print(f"seawall: error: {describe(error)}", file=sys.stderr)
        return exit_code(error)
