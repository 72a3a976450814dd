"""Compile `contracts/` through Brownie and write the artifacts that the package carries.

    python scripts/compile.py           compile and write simulator/artifacts/*.json
    python scripts/compile.py --check   compile and compare; exit code 1 and one line per difference

All sources go through the compiler in one run, with the settings of `brownie-config.yaml`, so the bytecode does not
depend on what was compiled before. Nothing in an artifact depends on where the checkout stands.
"""

import argparse
import hashlib
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "contracts"
ARTIFACTS = ROOT / "simulator" / "artifacts"


def compiler_settings() -> dict:
    """The `compiler` section of `brownie-config.yaml`."""
    import yaml

    return yaml.safe_load((ROOT / "brownie-config.yaml").read_text())["compiler"]


def compile_all() -> dict[str, dict]:
    """Compile every source of `contracts/`; returns name -> artifact, sorted by name."""
    os.environ.setdefault("SOLCX_BINARY_PATH", str(ROOT / "scripts" / "solcx"))
    os.chdir(ROOT)  # import paths are relative to the project, here as in Brownie
    from brownie.project import compiler
    from brownie.project.sources import get_contract_names

    settings = compiler_settings()
    solc = settings["solc"]
    compiler.set_solc_version(solc["version"])
    texts = {path.relative_to(ROOT).as_posix(): path.read_text() for path in SOURCES.rglob("*.sol")}
    paths = sorted(path for path, text in texts.items() if get_contract_names(text))  # what Brownie itself hands over
    request = compiler.generate_input_json(
        {path: texts[path] for path in paths},
        evm_version=settings["evm_version"],
        remappings=solc["remappings"],
        optimizer=solc["optimizer"],
        viaIR=solc["viaIR"],
    )
    output = compiler.compile_from_input_json(request, silent=True, allow_paths=str(ROOT))
    described = {
        "name": "solc",
        "version": str(compiler.solidity.get_version()),
        "settings": {
            "evmVersion": settings["evm_version"],
            "optimizer": solc["optimizer"],
            "viaIR": solc["viaIR"],
        },
    }
    artifacts = {
        name: artifact(name, path, output, described)
        for path in paths
        for name, contract in output["contracts"].get(path, {}).items()
        if is_deployable(contract)
    }
    return dict(sorted(artifacts.items()))


def is_deployable(contract: dict) -> bool:
    """True for concrete contracts; a library of internal functions has a stub of code, but nothing to call."""
    callable_ = any(entry["type"] in ("constructor", "fallback", "function", "receive") for entry in contract["abi"])
    return callable_ and bool(contract["evm"]["bytecode"]["object"])


def artifact(name: str, path: str, output: dict, compiler: dict) -> dict:
    """What the package keeps of one contract."""
    contract = output["contracts"][path][name]
    if contract["evm"]["bytecode"].get("linkReferences"):
        raise SystemExit(f"{path}: {name} needs external libraries to be linked; make their functions internal")
    return {
        "name": name,
        "source": path,
        "source_hash": source_hash(path, output["sources"]),
        "compiler": compiler,
        "deployed_size": len(contract["evm"]["deployedBytecode"]["object"]) // 2,
        "abi": contract["abi"],
        "bytecode": "0x" + contract["evm"]["bytecode"]["object"],
    }


def source_hash(path: str, sources: dict) -> str:
    """SHA-256 over the names and contents of a source and everything it imports."""
    seen: set[str] = set()
    waiting = [path]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        nodes = sources[current]["ast"]["nodes"]
        waiting += [node["absolutePath"] for node in nodes if node["nodeType"] == "ImportDirective"]
    digest = hashlib.sha256()
    for name in sorted(seen):
        digest.update(f"{name} {hashlib.sha256((ROOT / name).read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def render(artifact: dict) -> str:
    """The text of an artifact file: one line per ABI entry, so that a diff shows what changed."""
    fields = []
    for key, value in artifact.items():
        if key == "abi":
            entries = ",\n".join(f"    {json.dumps(entry, sort_keys=True)}" for entry in value)
            fields.append(f'  "abi": [\n{entries}\n  ]')
        else:
            fields.append(f"  {json.dumps(key)}: {json.dumps(value, sort_keys=True)}")
    return "{\n" + ",\n".join(fields) + "\n}\n"


def differences(artifacts: dict[str, dict]) -> list[str]:
    """One line for each committed artifact that is not what the sources compile to."""
    committed = {path.stem for path in ARTIFACTS.glob("*.json")}
    lines = [f"{name}: no committed artifact" for name in artifacts if name not in committed]
    lines += [f"{name}: artifact without a source" for name in sorted(committed - set(artifacts))]
    for name in sorted(committed & set(artifacts)):
        if (ARTIFACTS / f"{name}.json").read_text() != render(artifacts[name]):
            lines.append(f"{name}: the committed artifact is stale")
    return lines


def write(artifacts: dict[str, dict]) -> None:
    """Write all artifacts and remove those that have no source any more."""
    ARTIFACTS.mkdir(exist_ok=True)
    for path in ARTIFACTS.glob("*.json"):
        if path.stem not in artifacts:
            path.unlink()
    for name, artifact in artifacts.items():
        (ARTIFACTS / f"{name}.json").write_text(render(artifact))
        print(f"{name:24} {artifact['deployed_size']:6} bytes  {artifact['source']}")


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the committed artifacts, write nothing")
    check = parser.parse_args().check
    artifacts = compile_all()
    if not check:
        write(artifacts)
        return 0
    stale = differences(artifacts)
    for line in stale:
        print(f"{line}; run `make compile`", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
