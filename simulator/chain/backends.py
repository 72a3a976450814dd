"""Choosing a chain by name."""

from simulator.chain.embedded import EmbeddedChain
from simulator.chain.protocol import DEFAULT_CHAIN_ID, Chain
from simulator.errors import ChainError


def connect(spec: str, *, genesis_timestamp: int, chain_id: int = DEFAULT_CHAIN_ID) -> Chain:
    """The chain called `spec`; close it after use.

    Parameters
    ----------
    spec : "embedded"; "anvil", a node of our own, or "anvil:PORT" to let tools look in on that port; or the URL or IPC
        path of a development node that is already running.
    genesis_timestamp : time before the run's first block, UTC seconds.

    Raises
    ------
    ChainError : unknown name, node missing, unreachable, on another chain or past that time, port taken.
    """
    if spec == "embedded":
        return EmbeddedChain(genesis_timestamp=genesis_timestamp, chain_id=chain_id)
    kind, _, port = spec.partition(":")
    if kind != "anvil" and "://" not in spec and "/" not in spec:
        raise ChainError(f"unknown chain {spec!r}: choose embedded, anvil, anvil:PORT, a URL or an IPC path")
    # web3 takes half a second to import, and most runs need no node.
    from simulator.chain.anvil import Anvil
    from simulator.chain.jsonrpc import Node
    from simulator.chain.rpc import RpcChain, require_start

    if kind == "anvil":
        process = Anvil(chain_id=chain_id, genesis_timestamp=genesis_timestamp, port=_port(spec, port))
        return RpcChain(Node(str(process.ipc)), chain_id=chain_id, name="anvil", on_close=process.stop)
    chain = RpcChain(Node(spec), chain_id=chain_id, name=spec)
    try:
        require_start(chain, genesis_timestamp)
    except ChainError:
        chain.close()
        raise
    return chain


def _port(spec: str, text: str) -> int:
    if not text:
        return 0
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ChainError(f"{spec!r}: the port must be a number from 1 to 65535")
    return int(text)
