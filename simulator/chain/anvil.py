"""An anvil process of our own: found, started over IPC, and always stopped."""

import ctypes
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import weakref
from pathlib import Path

from simulator.chain.protocol import EVM_BLOCK_GAS_LIMIT, HARDFORK, REVERTIBLE_BLOCKS
from simulator.errors import ChainError

_START_SECONDS = 30.0
_POLL_SECONDS = 0.005
_STOP_SECONDS = 5.0

# Blocks whose state, transactions and receipts anvil keeps; without a bound a long run grows by gigabytes. A
# reorganisation of the greatest depth needs the state of the block before the last it undoes.
_HISTORY = REVERTIBLE_BLOCKS + 1

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def find_anvil(project: Path | None = None) -> Path:
    """The anvil executable: of the npm package in `project` (this repository by default), else on PATH.

    The npm package's own launcher is a Node script; the binary it starts is run directly.
    """
    root = project or Path(__file__).resolve().parents[2]
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    package = root / "node_modules" / "@foundry-rs" / f"anvil-{sys.platform}-{machine}" / "bin" / "anvil"
    if package.is_file():
        return package
    on_path = shutil.which("anvil")
    if on_path:
        return Path(on_path)
    raise ChainError(
        "anvil is not installed: run `npm ci` in the project or install Foundry; --chain embedded needs neither"
    )


class Anvil:
    """A running anvil that mines on request only, without fees, for any sender.

    Parameters
    ----------
    port : TCP port it also listens on, for tools that want to look in; 0 takes any free one.

    Attributes
    ----------
    ipc : path of its socket.
    pid : its process id.
    """

    def __init__(self, *, chain_id: int, genesis_timestamp: int, port: int = 0, executable: Path | None = None):
        folder = Path(tempfile.mkdtemp(prefix="seawall-anvil-"))
        self.ipc = folder / "node.ipc"
        log = folder / "log"
        command = [
            str(executable or find_anvil()),
            *("--ipc", str(self.ipc), "--port", str(port), "--chain-id", str(chain_id)),
            *("--timestamp", str(genesis_timestamp), "--hardfork", HARDFORK, "--gas-limit", str(EVM_BLOCK_GAS_LIMIT)),
            *("--no-mining", "--order", "fifo", "--auto-impersonate", "--accounts", "0", "--quiet"),
            *("--block-base-fee-per-gas", "0", "--gas-price", "0", "--disable-min-priority-fee"),
            *("--prune-history", str(_HISTORY), "--transaction-block-keeper", str(_HISTORY)),
        ]
        with log.open("wb") as sink:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is ours to handle: the run closes its files, then stops the node
                preexec_fn=_DIE_WITH_PARENT,
            )
        self.pid = self._process.pid
        # Runs on close, on garbage collection and at interpreter exit, whichever comes first.
        self._stop = weakref.finalize(self, _stop, self._process, folder)
        try:
            self._wait_until_up(log, port)
        except BaseException:
            self._stop()
            raise

    def stop(self) -> None:
        """End the process and remove its socket. A second call does nothing."""
        self._stop()

    def _wait_until_up(self, log: Path, port: int) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not _listens(self.ipc):
            if self._process.poll() is not None:
                said = " ".join(log.read_text(errors="replace").split())
                if "in use" in said:
                    raise ChainError(f"anvil cannot listen on port {port}: it is taken; choose another or leave it out")
                raise ChainError(f"anvil stopped with code {self._process.returncode}: {said[-300:]}")
            if time.monotonic() > deadline:
                raise ChainError(f"anvil did not open {self.ipc} within {_START_SECONDS:.0f} s")
            time.sleep(_POLL_SECONDS)


def _listens(ipc: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(str(ipc)) == 0


def _stop(process: subprocess.Popen, folder: Path) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    shutil.rmtree(folder, ignore_errors=True)


def _die_with_parent():
    """On Linux, what makes a child end even if this process is killed outright; None elsewhere."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


_DIE_WITH_PARENT = _die_with_parent()
