"""Events as the decoder hands them over, from the contracts' own ABI."""

from functools import cache

from simulator.chain import artifacts
from simulator.chain.abi import record_type
from simulator.chain.events import Event


@cache
def _record(contract: str, name: str) -> type:
    entry = next(e for e in artifacts.load(contract).abi if e["type"] == "event" and e["name"] == name)
    return record_type(name, [field["name"] for field in entry["inputs"]])


def event(contract: str, name: str, *values) -> Event:
    """An event with its arguments in the order of the contract's declaration."""
    return Event(contract, name, _record(contract, name)(*values))
