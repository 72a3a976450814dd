"""The import order of the library: each layer knows only those before it."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# From the bottom up. Parts on one line may use each other, but only one way round.
LAYERS = [
    {"errors", "interruption", "streams", "wads"},
    {"scenario"},
    {"chain", "market"},
    {"oracle", "risk", "finality", "systemic", "protocol"},
    {"agents"},
    {"model"},
    {"record"},
    {"run", "experiment", "portfolio", "backtest"},
    {"explain"},
    {"report", "dashboard"},
    {"cli"},
]
RANK = {part: rank for rank, parts in enumerate(LAYERS) for part in parts}
# Contracts between parts: types only, so a lower layer may know them.
SHARED = {"simulator", "simulator.__version__", "simulator.record.schema"}


def part_of(module: str) -> str:
    """The part of the library that a module belongs to: `simulator.chain.rpc` -> `chain`."""
    names = module.split(".")
    return names[0] if names[0] == "agents" else names[1]


def library_files() -> list[Path]:
    return sorted(p for top in ("simulator", "agents") for p in (ROOT / top).rglob("*.py"))


def module_name(path: Path) -> str:
    names = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(names[:-1] if names[-1] == "__init__" else names)


def imports(path: Path) -> list[tuple[int, str]]:
    """Line and module of each import of the library's own modules, deferred ones included."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            if node.module == "simulator":
                found += [(node.lineno, f"simulator.{alias.name}") for alias in node.names]
            else:
                found.append((node.lineno, node.module))
    return [
        (line, module)
        for line, module in found
        if module.split(".")[0] in ("simulator", "agents") and module not in SHARED
    ]


@pytest.mark.parametrize("path", library_files(), ids=module_name)
def test_a_module_imports_only_from_layers_below_its_own(path):
    module = module_name(path)
    if module == "simulator":
        assert not imports(path)
        return
    own = part_of(module)
    assert own in RANK, f"simulator/{own} has no place in the import order"
    for line, imported in imports(path):
        other = part_of(imported)
        assert other in RANK, f"{path.relative_to(ROOT)}:{line}: {other} has no place in the import order"
        assert RANK[other] <= RANK[own], f"{path.relative_to(ROOT)}:{line}: {own} must not import {other}"


def test_no_two_parts_import_each_other():
    uses: dict[str, set[str]] = {part: set() for part in RANK}
    for path in library_files():
        if module_name(path) != "simulator":
            own = part_of(module_name(path))
            uses[own] |= {part_of(module) for _, module in imports(path)} - {own}
    try:
        TopologicalSorter(uses).prepare()
    except CycleError as error:
        pytest.fail(f"parts import each other in a circle: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("path", library_files(), ids=module_name)
def test_imports_are_absolute(path):
    relative = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not relative, f"{path.relative_to(ROOT)}:{relative}"
