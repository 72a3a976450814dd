"""Choosing a backend, and what is said when it cannot be had."""

import pytest

from simulator.chain.anvil import find_anvil
from simulator.chain.backends import connect
from simulator.chain.embedded import EmbeddedChain
from simulator.errors import ChainError


def test_embedded_is_the_chain_in_this_process():
    chain = connect("embedded", genesis_timestamp=1000, chain_id=7)
    assert isinstance(chain, EmbeddedChain)
    assert (chain.head, chain.timestamp, chain.chain_id) == (0, 1000, 7)


@pytest.mark.parametrize("spec", ["ganache", "anvil:x", "anvil:0", "anvil:70000", "ftp://localhost"])
def test_unknown_name_is_refused_with_what_there_is(spec):
    with pytest.raises(ChainError, match=r"choose embedded|port must be|http"):
        connect(spec, genesis_timestamp=1000)


def test_missing_anvil_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ChainError, match="npm ci"):
        find_anvil(tmp_path)


def test_unreachable_node_is_named(tmp_path):
    with pytest.raises(ChainError, match=r"http://127\.0\.0\.1:9"):
        connect("http://127.0.0.1:9", genesis_timestamp=1000)
    with pytest.raises(ChainError, match=r"none\.ipc: no node listens"):
        connect(str(tmp_path / "none.ipc"), genesis_timestamp=1000)
