"""Nodes behind the chain: our own anvil, one somebody else started, servers that are none. Needs anvil (`npm ci`)."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from solidity import ROOT, deploy

from simulator.chain.anvil import Anvil, find_anvil
from simulator.chain.backends import connect
from simulator.chain.jsonrpc import Node
from simulator.chain.keccak import checksum_address
from simulator.chain.protocol import Call, Transaction
from simulator.chain.rpc import RpcChain
from simulator.errors import ChainError

GENESIS = 1_583_971_188  # 12 s before 2020-03-12 00:00 UTC
USERS = [checksum_address(bytes([n]) * 20) for n in range(1, 9)]


def mine(chain, *transactions):
    return chain.mine(transactions, chain.timestamp + 12)


@pytest.fixture
def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def foreign_node(free_port):
    """An anvil somebody else started, as its manual says, on a URL; with the time of our genesis."""
    command = [str(find_anvil()), "--port", str(free_port), "--timestamp", str(GENESIS), "--quiet"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(2000):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", free_port)) == 0:
                break
        time.sleep(0.005)
    yield f"http://127.0.0.1:{free_port}"
    process.terminate()
    process.wait()


def test_a_node_by_url_gives_the_same_blocks_also_after_a_reorganisation(foreign_node):
    seen = []
    for name in ("embedded", foreign_node):
        chain = connect(name, genesis_timestamp=GENESIS)
        probe = deploy(chain, "tests/integration/ChainProbe.sol", "ChainProbe")
        for turn in range(2):
            block = mine(
                chain,
                *[probe.transaction(user, "add", 2 + turn) for user in USERS],
                probe.transaction(USERS[1], "failWithCustomError", 3),
                probe.transaction(USERS[1], "countTransient"),
            )
            seen.append((name, [receipt._replace(gas_used=0) for receipt in block.receipts], chain.head))
            assert chain.reorg(1) == (block,)
        chain.close()
    assert [what for name, *what in seen if name == "embedded"] == [what for name, *what in seen if name != "embedded"]


def test_another_chain_id_is_refused(foreign_node):
    with pytest.raises(ChainError, match="is on chain 31337, expected 5"):
        connect(foreign_node, genesis_timestamp=GENESIS, chain_id=5)


def test_a_node_ahead_of_the_runs_start_is_refused(foreign_node):
    with pytest.raises(ChainError, match=f"restart it with --timestamp {GENESIS - 1}"):
        connect(foreign_node, genesis_timestamp=GENESIS - 1)


def test_a_server_that_is_no_node_is_named(free_port, tmp_path):
    command = [sys.executable, "-m", "http.server", str(free_port), "--bind", "127.0.0.1", "-d", str(tmp_path)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(2000):
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", free_port)) == 0:
                    break
            time.sleep(0.005)
        with pytest.raises(ChainError, match=str(free_port)):
            connect(f"http://127.0.0.1:{free_port}", genesis_timestamp=GENESIS)
    finally:
        server.terminate()
        server.wait()


def test_a_taken_port_is_named():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(ChainError, match=f"port {port}: it is taken"):
            connect(f"anvil:{port}", genesis_timestamp=GENESIS)


def test_a_chosen_port_lets_other_tools_look_in(free_port):
    chain = connect(f"anvil:{free_port}", genesis_timestamp=GENESIS)
    mine(chain)
    assert Node(f"http://127.0.0.1:{free_port}").request("eth_blockNumber") == "0x1"
    chain.close()


def running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def gone(pid, seconds=10.0):
    deadline = time.monotonic() + seconds
    while running(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not running(pid)


def test_stopping_ends_the_process_and_removes_its_socket():
    node = Anvil(chain_id=31337, genesis_timestamp=GENESIS)
    assert node.ipc.exists()
    node.stop()
    assert not node.ipc.parent.exists()
    node.stop()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_no_node_outlives_the_program_however_it_ends(how):
    script = (
        "import time\n"
        "from simulator.chain.anvil import Anvil\n"
        f"node = Anvil(chain_id=31337, genesis_timestamp={GENESIS})\n"
        "print(node.pid, node.ipc, flush=True)\n"
        "time.sleep(60)\n"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    pid, ipc = program.stdout.readline().split()
    program.send_signal(how)
    program.wait()
    program.stdout.close()
    assert gone(int(pid))
    if how is signal.SIGINT:
        assert not Path(ipc).exists()
    shutil.rmtree(Path(ipc).parent, ignore_errors=True)


def test_a_node_that_dies_amid_a_run_is_one_clear_error():
    node = Anvil(chain_id=31337, genesis_timestamp=GENESIS)
    chain = RpcChain(Node(str(node.ipc)), chain_id=31337, name="anvil", on_close=node.stop)
    os.kill(node.pid, signal.SIGKILL)
    with pytest.raises(ChainError, match="lost the node"):
        mine(chain)
    chain.close()


def test_an_interrupted_request_does_not_leave_its_answer_to_the_next():
    chain = connect("anvil", genesis_timestamp=GENESIS)
    loops = Transaction(USERS[0], None, bytes.fromhex("6003600a5f3960035ff35b5f56"))
    endless = Call(mine(chain, loops).receipts[0].contract_address, b"", gas_limit=10**10)

    def interrupt(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(KeyboardInterrupt):
            chain.call(endless)
    finally:
        signal.signal(signal.SIGALRM, before)
    with pytest.raises(ChainError, match="lost the node"):
        chain.balance(USERS[1])
    chain.close()
