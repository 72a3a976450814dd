"""`seawall replay`: execute a recorded run again and compare."""

import signal
import socket
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from simulator.errors import InvariantError, UsageError


def replay_command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run, complete or not.")],
    chain: Annotated[str, typer.Option(metavar="CHAIN", help="embedded, anvil, or the URL of a node.")] = "embedded",
    until: Annotated[int | None, typer.Option(metavar="BLOCK", min=1, help="Last block to replay.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the anvil node at that block until Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Execute every recorded transaction of RUN again and compare statuses, events and the digest."""
    from simulator.chain.backends import connect
    from simulator.cli import output
    from simulator.cli.progress import progress
    from simulator.record import Run
    from simulator.record.replay import replay, start_of

    url = None
    if keep:
        chain, url = _reachable(chain)
    opened = Run.open(run)
    start = start_of(opened)
    total = min(until or opened.info.blocks, opened.info.blocks)
    backend = connect(chain, genesis_timestamp=start)
    try:
        with progress(total, f"replay of {run}, {chain}", silent=as_json) as tick:
            found = replay(opened, backend, until=until, progress=tick)
        if as_json:
            figures = {
                "digest": found.digest,
                "recorded_digest": found.recorded_digest,
                "matches": found.matches,
                "blocks": found.blocks,
                "transactions": found.transactions,
                "first_difference": found.difference and asdict(found.difference),
                "chain": backend.name,
                "run": run,
            }
            output.json({**figures, **({"url": url} if keep else {})})
        if found.difference is not None:
            raise InvariantError(_explain(run, found.difference))
        if not as_json:
            output.line(_verdict(found))
        if keep:
            if not as_json:
                output.line(f"anvil is at block {found.blocks}: {url} (Ctrl-C ends it)")
            _wait()
    finally:
        backend.close()


def _reachable(chain: str) -> tuple[str, str]:
    """The backend with a port that tools can use, and its URL."""
    kind, _, port = chain.partition(":")
    if kind != "anvil":
        raise UsageError(f"--keep needs a node of our own: add --chain anvil or --chain anvil:PORT, not {chain}")
    if not port:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = str(probe.getsockname()[1])
    return f"anvil:{port}", f"http://127.0.0.1:{port}"


def _verdict(found) -> str:
    done = f"{found.blocks:,} blocks, {found.transactions:,} transactions"
    if found.matches:
        return f"{found.digest}  matches: {done}"
    missing = "" if found.recorded_digest else "; the run is not complete, so it has no recorded digest to compare"
    part = "" if found.whole else "; the digest is that of this part"
    return f"{found.digest}  no difference in {done}{part}{missing}"


def _explain(run: Path, difference) -> str:
    if difference.field.startswith("SHA-256"):
        return (
            f"{run} is what the chain does, but {difference}: a value that no chain can check was changed, such as a "
            "fee, or the file was written again"
        )
    if difference.field != "digest":
        return f"{run} is not what the chain does: {difference}"
    return (
        f"{run}: every status and event agrees, but the digest is {difference.replayed}, recorded "
        f"{difference.recorded}: run.json, a block's time, or a sender or calldata without visible effect was changed"
    )


def _wait() -> None:
    """Return at Ctrl-C, or when asked to end."""
    sys.stdout.flush()
    ends = {signal.SIGINT, signal.SIGTERM}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    signal.sigwait(ends)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
