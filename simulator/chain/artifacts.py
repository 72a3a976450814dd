"""The compiled contracts that come with the package: what `scripts/compile.py` wrote into `simulator/artifacts`."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from simulator.errors import DataError


@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract.

    `bytecode` is the creation code without constructor arguments. `source_hash` is the SHA-256 over the names and
    contents of the source and all it imports, in hex. `compiler` holds `name`, `version` and `settings`.
    `deployed_size` is the length of the runtime code in bytes (EIP-170 allows 24,576).
    """

    name: str
    source: str
    abi: list[dict]
    bytecode: bytes
    source_hash: str
    compiler: dict
    deployed_size: int


def names() -> list[str]:
    """Names of all contracts in the package, sorted."""
    return sorted(entry.name.removesuffix(".json") for entry in _folder().iterdir() if entry.name.endswith(".json"))


@cache
def load(name: str) -> Artifact:
    """The contract called `name`.

    Raises DataError if the package has no such contract or its file cannot be read.
    """
    file = _folder() / f"{name}.json"
    if not file.is_file():
        raise DataError(
            f"no contract {name!r} in this installation (it has {', '.join(names()) or 'none'}); "
            "after adding a contract run `make compile`"
        )
    try:
        fields = json.loads(file.read_text(encoding="utf-8"))
        return Artifact(
            name=fields["name"],
            source=fields["source"],
            abi=fields["abi"],
            bytecode=bytes.fromhex(fields["bytecode"].removeprefix("0x")),
            source_hash=fields["source_hash"],
            compiler=fields["compiler"],
            deployed_size=fields["deployed_size"],
        )
    except (ValueError, KeyError) as error:
        raise DataError(
            f"simulator/artifacts/{name}.json is not a contract artifact ({error!r}); run `make compile`"
        ) from error


def _folder():
    return files("simulator") / "artifacts"
