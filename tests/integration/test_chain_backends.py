"""One history on both backends: the same blocks, events, errors, balances and addresses. Needs anvil (`npm ci`)."""

import numpy as np
import pytest
import rlp
from solidity import compiled

from simulator.chain.artifacts import load
from simulator.chain.backends import connect
from simulator.chain.contract import Contract, deployment
from simulator.chain.digest import RunDigest
from simulator.chain.events import EventDecoder
from simulator.chain.keccak import checksum_address, keccak256
from simulator.chain.protocol import Call, Transaction
from simulator.chain.revert import CallReverted
from simulator.errors import ChainError

GENESIS = 1_583_971_188  # 12 s before 2020-03-12 00:00 UTC
USERS = [checksum_address(bytes([n]) * 20) for n in range(1, 9)]
DEPLOYER = USERS[0]
BACKENDS = ("embedded", "anvil")


@pytest.fixture(scope="module")
def probe_code():
    output = compiled("tests/integration/ChainProbe.sol", "ChainProbe")
    return bytes.fromhex(output["evm"]["bytecode"]["object"]), output["abi"]


@pytest.fixture(params=BACKENDS)
def chain(request):
    chain = connect(request.param, genesis_timestamp=GENESIS)
    yield chain
    chain.close()


@pytest.fixture
def probe(chain, probe_code):
    return deploy(chain, *probe_code)


def deploy(chain, code, abi, *arguments):
    chain.fund(DEPLOYER, 10**18)
    block = chain.mine([Transaction(DEPLOYER, None, deployment(code, abi, *arguments))], chain.timestamp + 12)
    return Contract("ChainProbe", block.receipts[0].contract_address, abi)


def mine(chain, *transactions):
    return chain.mine(transactions, chain.timestamp + 12)


def what_happened(block):
    """All of a block that backends must agree on."""
    receipts = [(item.succeeded, item.output, item.logs, item.contract_address) for item in block.receipts]
    return block.number, block.timestamp, receipts


def random_transaction(rng, probe, code):
    user = USERS[rng.integers(len(USERS))]
    number = int(rng.integers(0, 9))
    point, sizes = (int(rng.integers(0, 2**60)), -number), [number] * int(rng.integers(0, 4))
    return [
        lambda: probe.transaction(user, "add", number, value=number),
        lambda: probe.transaction(user, "move", USERS[number % 8], point, sizes),
        lambda: probe.transaction(user, "look"),
        lambda: probe.transaction(user, "countTransient"),
        lambda: probe.transaction(user, "spawn"),
        lambda: probe.transaction(user, "failWithCustomError", number),
        lambda: probe.transaction(user, "failWithReason"),
        lambda: probe.transaction(user, "failWithPanic", number % 2),
        lambda: probe.transaction(user, "failSilently"),
        lambda: Transaction(user, probe.address, probe.encode("burnAllGas"), gas_limit=100_000),
        lambda: Transaction(user, probe.address, b"", value=number),
        lambda: Transaction(user, USERS[number % 8], b"", value=number),
        lambda: Transaction(user, None, code),
        lambda: Transaction(user, None, b"\xfe", gas_limit=100_000),
    ][rng.integers(14)]()


def history(name, code, abi, *, seed, blocks):
    """Run a seeded history of random transactions with reverts to snapshots; all that can be observed of it."""
    rng = np.random.default_rng(seed)
    chain = connect(name, genesis_timestamp=GENESIS)
    digest = RunDigest()
    seen = []
    try:
        for user in USERS:
            chain.fund(user, 10**18)
        probe = deploy(chain, code, abi)
        remembered = []
        for step in range(blocks):
            count = int(rng.choice([0, 1, 7, 160]))
            transactions = [random_transaction(rng, probe, code) for _ in range(count)]
            block = chain.mine(transactions, chain.timestamp + int(rng.integers(1, 30)))
            digest.update(block)
            balances = [chain.balance(address) for address in (*USERS, probe.address)]
            seen.append((what_happened(block), balances, probe.read(chain, "counter")))
            if step % 4 == 0:
                remembered.append(chain.snapshot())
            elif step % 7 == 6:
                chain.revert(remembered[-2])
                del remembered[-2:]
                seen.append((chain.head, chain.timestamp, probe.read(chain, "surroundings")))
    finally:
        chain.close()
    return seen, digest.hexdigest


@pytest.mark.parametrize("seed", [1, 2])
def test_random_histories_agree_block_by_block(probe_code, seed):
    embedded, embedded_digest = history("embedded", *probe_code, seed=seed, blocks=30)
    anvil, anvil_digest = history("anvil", *probe_code, seed=seed, blocks=30)
    for ours, theirs in zip(embedded, anvil, strict=True):
        assert ours == theirs
    assert embedded_digest == anvil_digest


def test_a_token_of_openzeppelin_behaves_alike():
    token_file = load("TestToken")
    results = []
    for name in BACKENDS:
        chain = connect(name, genesis_timestamp=GENESIS)
        token = deploy(chain, token_file.bytecode, token_file.abi, "Quote", "QUO", 6)
        block = mine(
            chain,
            token.transaction(DEPLOYER, "mint", USERS[1], 100),
            token.transaction(USERS[1], "transfer", USERS[2], 30),
            token.transaction(USERS[1], "transfer", USERS[2], 71),
            token.transaction(USERS[1], "approve", USERS[3], 5),
        )
        balances = [token.read(chain, "balanceOf", user) for user in USERS]
        events = [EventDecoder([token]).decode(log) for receipt in block.receipts for log in receipt.logs]
        results.append((what_happened(block), balances, events, token.errors.describe(block.receipts[2].output)))
        chain.close()
    assert results[0] == results[1]
    assert results[0][1][:3] == [0, 70, 30]
    assert results[0][3] == f"ERC20InsufficientBalance(sender={USERS[1]}, balance=70, needed=71)"


def test_contract_addresses_follow_the_senders_nonce(chain, probe_code):
    """CREATE address: keccak256(rlp([sender, nonce])); calls and failures count, another sender's do not."""
    code, _ = probe_code
    chain.fund(USERS[1], 10**18)
    block = mine(
        chain,
        Transaction(USERS[1], USERS[2], b""),
        Transaction(USERS[2], USERS[1], b""),
        Transaction(USERS[1], None, b"\xfe", gas_limit=100_000),
        Transaction(USERS[1], None, code),
    )
    expected = keccak256(rlp.encode([bytes.fromhex(USERS[1][2:]), 2]))[12:]
    assert block.receipts[3].contract_address == checksum_address(expected)
    assert block.receipts[2].contract_address is None


def test_contracts_see_the_same_block(chain, probe):
    block = mine(chain, probe.transaction(USERS[1], "look"))
    event = EventDecoder([probe]).decode(block.receipts[0].logs[0])
    assert event.args._asdict() == {
        "number": 2,
        "timestamp": GENESIS + 24,
        "baseFee": 0,
        "coinbase": "0x" + "00" * 20,
        "gasLimit": 10**12,
        "chainId": 31337,
        "gasPrice": 0,
        "origin": USERS[1],
        "balance": 0,
    }


def test_calls_see_the_head_and_change_nothing(chain, probe):
    mine(chain, probe.transaction(USERS[1], "add", 3))
    assert probe.read(chain, "surroundings") == (2, GENESIS + 24, 0, 31337)
    chain.call(Call(probe.address, probe.encode("add", 5), USERS[1]))
    chain.calls([probe.call("add", 5), probe.call("countTransient")])
    assert probe.read(chain, "counter") == 3
    assert chain.head == 2


def test_transient_storage_ends_with_its_transaction(chain, probe):
    transactions = [probe.transaction(USERS[1], "countTransient") for _ in range(3)]
    block = mine(chain, *transactions)
    decoder = EventDecoder([probe])
    assert [decoder.decode(receipt.logs[0]).args.value for receipt in block.receipts] == [1, 1, 1]


def test_a_reverted_call_is_decoded(chain, probe):
    with pytest.raises(CallReverted, match=r"BelowInitialMargin\(account=3, initialMargin=-12\.5e18\)") as caught:
        probe.read(chain, "failWithCustomError", 3)
    assert caught.value.arguments == {"account": 3, "initialMargin": -12_500_000_000_000_000_000}
    with pytest.raises(CallReverted, match="OutOfGas"):
        probe.read(chain, "burnAllGas")
    with pytest.raises(CallReverted, match="not today"):
        chain.calls([probe.call("counter"), probe.call("failWithReason")])


def test_revert_returns_to_the_head_of_the_snapshot_and_spends_it(chain, probe, probe_code):
    mine(chain, probe.transaction(USERS[1], "add", 3))
    before = chain.head, chain.timestamp
    first = chain.snapshot()
    chain.fund(USERS[5], 777)
    mine(chain, probe.transaction(USERS[1], "add", 4), Transaction(USERS[2], None, probe_code[0]))
    second = chain.snapshot()
    mine(chain, probe.transaction(USERS[1], "add", 5))
    chain.revert(first)
    assert (chain.head, chain.timestamp) == before
    assert probe.read(chain, "counter") == 3
    assert chain.balance(USERS[5]) == 0
    for spent in (first, second):
        with pytest.raises(ChainError, match="spent"):
            chain.revert(spent)
    again = mine(chain, Transaction(USERS[2], None, probe_code[0]), probe.transaction(USERS[1], "add", 1))
    assert again.number == before[0] + 1
    assert probe.read(chain, "counter") == 4


def test_many_snapshots_may_stay_open(chain, probe):
    """More than the EVM has levels of call depth; each can still be returned to."""
    marks = []
    for _ in range(1100 if chain.name == "embedded" else 200):
        marks.append(chain.snapshot())
        mine(chain, probe.transaction(USERS[1], "add", 1))
    chain.revert(marks[150])
    assert probe.read(chain, "counter") == 150
    chain.revert(marks[20])
    assert probe.read(chain, "counter") == 20


def test_time_must_move_forward(chain):
    mine(chain)
    with pytest.raises(ChainError, match="timestamp after"):
        chain.mine([], chain.timestamp)
    with pytest.raises(ChainError, match="timestamp of at most"):
        chain.mine([], 1 << 63)
    assert chain.head == chain.web3().eth.block_number == 1


@pytest.mark.parametrize(
    "bad",
    [
        Transaction(checksum_address(b"\x77" * 20), USERS[1], b"", value=1),
        Transaction(USERS[1], USERS[2], b"", value=-1),
        Transaction(USERS[1], USERS[2], b"", value=1 << 256),
        Transaction(USERS[1], USERS[2], b"", gas_limit=100),
        Transaction(USERS[1], USERS[2], b"", gas_limit=1 << 64),
        Transaction("0x1234", USERS[2], b""),
        Transaction(USERS[1], "0x1234", b""),
    ],
    ids=["poor", "negative", "no word", "little gas", "much gas", "no sender", "no receiver"],
)
def test_a_transaction_that_cannot_be_in_a_block_is_refused_with_the_whole_block(chain, probe, bad):
    require_refused(chain, probe, probe.transaction(USERS[1], "add", 1), bad)


def test_a_sender_that_spends_its_balance_twice_in_a_block_is_refused_with_the_whole_block(chain, probe):
    chain.fund(USERS[1], 10)
    spends = Transaction(USERS[1], USERS[2], b"", value=10)
    require_refused(chain, probe, spends, spends)


def require_refused(chain, probe, *transactions):
    """The chain refuses them in a block, is as it was before, and goes on."""
    before = chain.head, chain.timestamp, chain.balance(USERS[1]), probe.read(chain, "counter")
    with pytest.raises(ChainError):
        mine(chain, *transactions)
    assert (chain.head, chain.timestamp, chain.balance(USERS[1]), probe.read(chain, "counter")) == before
    w3 = chain.web3()
    assert w3.eth.get_block("latest")["number"] == before[0]
    block = mine(chain, probe.transaction(USERS[1], "add", 1))
    assert block.receipts[0].succeeded
    assert probe.read(chain, "counter") == before[3] + 1
    assert chain.reorg(1) == (block,)


def test_closing_twice_does_nothing(chain):
    chain.close()
    chain.close()


def test_more_transactions_than_a_batch_keep_their_order(chain, probe):
    """Anvil answers a large batch out of order; one sender after another, blocks must hold what was submitted."""
    rng = np.random.default_rng(3)
    senders = [USERS[i] for i in rng.integers(0, len(USERS), 400)]
    block = mine(chain, *[probe.transaction(sender, "add", 1) for sender in senders])
    decoder = EventDecoder([probe])
    events = [decoder.decode(receipt.logs[0]).args for receipt in block.receipts]
    assert [event.value for event in events] == list(range(1, 401))
    assert [event.who for event in events] == senders
