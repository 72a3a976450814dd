"""Runs a scenario from genesis to finality, recorded and reconciled."""

import platform
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import simulator
from simulator.chain.backends import connect
from simulator.chain.protocol import Chain
from simulator.interruption import interruption_held
from simulator.model import ProtocolModel
from simulator.model.closing import blocks_to_close, closing_calls
from simulator.model.genesis import genesis_timestamp
from simulator.protocol.reconcile import reconcile
from simulator.record import Run, RunWriter
from simulator.record.recorder import Recorder
from simulator.record.writer import FLUSH_BLOCKS
from simulator.scenario import Scenario

RECONCILE_BLOCKS = 500
"""The index is compared with the chain this often, after each reorganisation, and at the end."""

Progress = Callable[[int, int, dict[str, Any]], None]


def run_scenario(
    scenario: Scenario,
    *,
    chain: str = "embedded",
    out: Path,
    blocks: int | None = None,
    force: bool = False,
    flush_blocks: int = FLUSH_BLOCKS,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Simulate `scenario` and record it in the folder `out`.

    Parameters
    ----------
    chain : str
        ``embedded``, ``anvil``, or the URL of a development node.
    blocks : int, optional
        Stop after so many simulated blocks; the scenario's own number otherwise.
    force : bool
        Replace an earlier run in `out`.
    flush_blocks : int
        Write to disk this often; what a killed run has since then is simulated again when it is resumed.
    progress : callable, optional
        Called after each block with blocks done, blocks in all, and figures so far.

    Returns
    -------
    dict
        The figures of the run, as `seawall run --json` prints them.

    Raises
    ------
    ChainError
        If the chain backend is missing or fails.
    InvariantError
        If the index and the chain differ, or a settlement would lose its finality.
    """
    total = min(blocks or scenario.chain.blocks, scenario.chain.blocks)
    backend = connect(chain, genesis_timestamp=genesis_timestamp(scenario))
    try:
        values = scenario.model_dump(mode="json")
        writer = RunWriter(
            out,
            values,
            scenario.seed,
            backend.name,
            _versions(),
            total=total,
            force=force,
            flush_blocks=flush_blocks,
        )
        return _simulate(scenario, backend, writer, progress)
    finally:
        backend.close()


def resume_run(folder: Path, *, chain: str | None = None, progress: Progress | None = None) -> dict[str, Any]:
    """Finish a run that was interrupted or killed, as if it never had been.

    The blocks on disk are simulated again, to the same digest, and recording goes on after them.

    Parameters
    ----------
    chain : str, optional
        As for `run_scenario`; by default the kind of chain that the run began on.

    Returns
    -------
    dict
        As `run_scenario`.

    Raises
    ------
    UsageError
        If the run is complete, or still being written.
    DataError
        If it is damaged, or this installation simulates other blocks than it recorded.
    """
    run = Run.open(folder)
    scenario = run.scenario()
    backend = connect(chain or run.info.chain, genesis_timestamp=genesis_timestamp(scenario))
    try:
        return _simulate(scenario, backend, RunWriter.resume(folder), progress)
    finally:
        backend.close()


def _simulate(scenario: Scenario, backend: Chain, writer: RunWriter, progress: Progress | None) -> dict[str, Any]:
    total = writer.info.total
    with writer, interruption_held() as release:
        model = ProtocolModel(scenario, backend)
        recorder = Recorder(model, writer)
        recorder.genesis()
        for number in range(1, total + 1):
            model.step()
            recorder.step(model.last)
            if number % RECONCILE_BLOCKS == 0 or model.last.reorg is not None:
                reconcile(model.accounts, model.contracts, backend)
            if progress is not None:
                progress(number, total, {"liquidations": model.cumulative.liquidations, "time": model.now})
            release()
        finality_blocks = _settle(model, recorder, release)
        reconcile(model.accounts, model.contracts, backend)
        recorder.finish()
        writer.finish(recorder.digest, {"finality_blocks": finality_blocks})
    return Run.open(writer.folder).summary()


def _settle(model: ProtocolModel, recorder: Recorder, release: Callable[[], None]) -> int:
    """Produce blocks until every settlement is final and no hold can be ended any more; returns their number."""
    needed, produced = blocks_to_close(model), 0
    while produced < needed or closing_calls(model):
        recorder.finality_block(model.finality_block())
        produced += 1
        release()
    return produced


def _versions() -> dict[str, str]:
    found = {"seawall": simulator.__version__, "python": platform.python_version()}
    for package in ("pyrevm", "web3", "mesa", "numpy", "pandas", "pyarrow"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
