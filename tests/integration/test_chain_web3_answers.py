"""JSON-RPC answers about the same transactions, field by field: embedded chain and anvil. Needs anvil (`npm ci`)."""

from types import SimpleNamespace

import pytest
from eth_account import Account
from web3.middleware import SignAndSendRawMiddlewareBuilder
from web3_probe import factory

from simulator.chain.backends import connect

GENESIS = 1_583_971_188
SIGNER = Account.from_key("0x" + "11" * 32)
BARE = {"value": 9, "gas": 60_000, "gasPrice": 0, "nonce": 1}
UNKNOWN = "0x" + "11" * 32

# The embedded chain has no tries and no blobs, and does not encode its blocks.
ABSENT = {
    *("stateRoot", "transactionsRoot", "receiptsRoot", "withdrawalsRoot", "parentBeaconBlockRoot", "size"),
    *("blobGasUsed", "excessBlobGas", "blobGasPrice", "baseFeePerBlobGas", "blobGasUsedRatio"),
}
# Alike in form only: hashes are of content, gas is metered, and randomness comes from nowhere.
OWN = {"hash", "parentHash", "blockHash", "transactionHash", "mixHash", "gasUsed", "cumulativeGasUsed", "gasUsedRatio"}


def session(name: str) -> SimpleNamespace:
    """What a user does with web3.py: deploys, sends unsigned and signed, of every type, and fails once."""
    chain = connect(name, genesis_timestamp=GENESIS)
    w3 = chain.web3()
    w3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(SIGNER), layer=0)
    alice, bob = w3.eth.accounts[:2]
    w3.provider.make_request("anvil_setBalance", [SIGNER.address, hex(10**18)])
    hashes = [factory(w3).constructor().transact({"from": alice})]
    probe = factory(w3)(w3.eth.wait_for_transaction_receipt(hashes[0])["contractAddress"])
    hashes.append(probe.functions.add(2).transact({"from": SIGNER.address, "value": 7}))
    hashes.append(probe.functions.move(alice, (5, -6), [1, 2, 3]).transact({"from": bob}))
    bare = BARE | {"to": alice}
    listed = {"chainId": 31337, "nonce": 2, "accessList": [{"address": bob, "storageKeys": ["0x" + "00" * 31 + "05"]}]}
    for fields in (bare, bare | listed, bare | {"chainId": 31337, "nonce": 3}):
        hashes.append(w3.eth.send_raw_transaction(SIGNER.sign_transaction(fields).raw_transaction))
    hashes.append(probe.functions.failWithReason().transact({"from": bob, "gas": 200_000}))
    hashes.append(factory(w3).constructor().transact({"from": SIGNER.address}))
    blocks = [w3.eth.get_block(number)["hash"].to_0x_hex() for number in range(w3.eth.block_number + 1)]
    return SimpleNamespace(
        chain=chain,
        w3=w3,
        probe=probe.address,
        signer=SIGNER.address,
        hashes=[key.to_0x_hex() for key in hashes],
        blocks=blocks,
    )


@pytest.fixture(scope="module")
def sessions():
    both = [session("embedded"), session("anvil")]
    yield both
    for one in both:
        one.chain.close()


def encoded(s, function, *arguments):
    return factory(s.w3).encode_abi(function, arguments)


REQUESTS = {
    **{
        f"block {number}{' with transactions' if full else ''}": lambda s, number=number, full=full: (
            "eth_getBlockByNumber",
            number,
            full,
        )
        for number in ("0x0", "0x2", "0x3", "0x7", "latest", "earliest", "safe", "finalized")
        for full in (False, True)
    },
    "block in the future": lambda s: ("eth_getBlockByNumber", "0x63", False),
    "block by hash": lambda s: ("eth_getBlockByHash", s.blocks[2], True),
    "block of unknown hash": lambda s: ("eth_getBlockByHash", UNKNOWN, False),
    **{
        f"{what} {place}": lambda s, what=what, place=place: (f"eth_getTransaction{what}", s.hashes[place])
        for what in ("ByHash", "Receipt")
        for place in range(8)
    },
    "unknown transaction": lambda s: ("eth_getTransactionByHash", UNKNOWN),
    "unknown receipt": lambda s: ("eth_getTransactionReceipt", UNKNOWN),
    "transaction by block and place": lambda s: ("eth_getTransactionByBlockNumberAndIndex", "0x2", "0x0"),
    "transaction by block hash and place": lambda s: ("eth_getTransactionByBlockHashAndIndex", s.blocks[2], "0x0"),
    "transaction at a place too far": lambda s: ("eth_getTransactionByBlockNumberAndIndex", "0x2", "0x9"),
    "transaction of a block in the future": lambda s: ("eth_getTransactionByBlockNumberAndIndex", "0x63", "0x0"),
    "size of a block": lambda s: ("eth_getBlockTransactionCountByNumber", "0x2"),
    "size of a block by hash": lambda s: ("eth_getBlockTransactionCountByHash", s.blocks[0]),
    "receipts of a block": lambda s: ("eth_getBlockReceipts", "0x3"),
    "receipts of a block by hash": lambda s: ("eth_getBlockReceipts", s.blocks[3]),
    "receipts of a block in the future": lambda s: ("eth_getBlockReceipts", "0x63"),
    **{
        f"{label} at {block}": lambda s, method=method, extra=extra, block=block: (
            method,
            s.probe if extra else s.signer,
            *extra,
            block(s) if callable(block) else block,
        )
        for label, method, extra in (
            ("balance", "eth_getBalance", ()),
            ("nonce", "eth_getTransactionCount", ()),
            ("storage", "eth_getStorageAt", ("0x0",)),
        )
        for block in ("latest", "pending", "safe", "finalized", "earliest", "0x1", "0x2", "0x6")
    },
    "balance by block hash": lambda s: ("eth_getBalance", s.signer, s.blocks[2]),
    "balance as EIP-1898 has it": lambda s: ("eth_getBalance", s.signer, {"blockHash": s.blocks[2]}),
    "balance by number as EIP-1898 has it": lambda s: ("eth_getBalance", s.signer, {"blockNumber": "0x2"}),
    "storage by a whole word": lambda s: ("eth_getStorageAt", s.probe, "0x" + "00" * 32, "latest"),
    "code": lambda s: ("eth_getCode", s.probe, "latest"),
    "code before there was any": lambda s: ("eth_getCode", s.probe, "0x0"),
    "call": lambda s: ("eth_call", {"to": s.probe, "data": encoded(s, "counter")}, "latest"),
    "call in an earlier block": lambda s: ("eth_call", {"to": s.probe, "data": encoded(s, "surroundings")}, "0x3"),
    "call of an address without code": lambda s: ("eth_call", {"to": s.signer, "data": "0x12"}, "latest"),
    "call before the contract was there": lambda s: ("eth_call", {"to": s.probe, "data": "0x12"}, "0x0"),
    **{
        f"logs {label}": lambda s, wanted=wanted: ("eth_getLogs", wanted(s))
        for label, wanted in {
            "of the newest block": lambda s: {},
            "from the start": lambda s: {"fromBlock": "0x0"},
            "by tags": lambda s: {"fromBlock": "earliest", "toBlock": "latest"},
            "as far as the future": lambda s: {"fromBlock": "0x0", "toBlock": "0x7fffffffffffffff"},
            "of a range turned round": lambda s: {"fromBlock": "0x3", "toBlock": "0x1"},
            "of a block": lambda s: {"blockHash": s.blocks[2]},
            "of addresses": lambda s: {"fromBlock": "0x0", "address": [s.probe, s.signer]},
            "of another address": lambda s: {"fromBlock": "0x0", "address": s.signer},
            "of no address in particular": lambda s: {"fromBlock": "0x0", "address": [], "topics": []},
            "of any topic": lambda s: {"fromBlock": "0x0", "topics": [None, [], [UNKNOWN, None]]},
            "of another topic": lambda s: {"fromBlock": "0x0", "topics": [[UNKNOWN]]},
            "of fewer topics than there are": lambda s: {"fromBlock": "0x0", "topics": [None] * 2},
            "up to what is final": lambda s: {"fromBlock": "earliest", "toBlock": "finalized"},
        }.items()
    },
    "number of transactions in the pending block": lambda s: ("eth_getBlockTransactionCountByNumber", "pending"),
    "transaction of the pending block": lambda s: ("eth_getTransactionByBlockNumberAndIndex", "pending", "0x0"),
    "fees of two blocks": lambda s: ("eth_feeHistory", "0x2", "latest", [10, 50]),
    "fees of more blocks than there are": lambda s: ("eth_feeHistory", "0x99", "0x3", []),
    **{
        method: lambda s, method=method: (method,)
        for method in (
            *("eth_blockNumber", "eth_chainId", "eth_gasPrice", "eth_maxPriorityFeePerGas", "eth_accounts"),
            *("eth_syncing", "net_version", "net_listening"),
        )
    },
}


@pytest.mark.parametrize("request_of", REQUESTS.values(), ids=REQUESTS)
def test_both_give_the_same_answer(sessions, request_of):
    ours, theirs = (ask(one, request_of(one)) for one in sessions)
    assert_alike(ours, theirs)


def test_the_pending_block_follows_the_head(sessions):
    ours, theirs = (ask(one, ("eth_getBlockByNumber", "pending", False)) for one in sessions)
    for answer, one in zip((ours, theirs), sessions, strict=True):
        assert answer.pop("parentHash") == one.blocks[-1]
        del answer["timestamp"]  # anvil's is the head's, ours what the next block would have
    assert_alike(ours, theirs)
    numbers = [
        ask(one, ("eth_call", {"to": one.probe, "data": encoded(one, "surroundings")}, "pending")) for one in sessions
    ]
    assert numbers[0][:66] == numbers[1][:66]


def test_a_signed_transaction_is_known_by_the_hash_its_signer_knows(sessions):
    signed = SIGNER.sign_transaction(BARE | {"to": sessions[0].w3.eth.accounts[0]})
    for one in sessions:
        assert one.hashes[3] == signed.hash.to_0x_hex()
    assert sessions[0].hashes[1] == sessions[1].hashes[1]


def ask(one, request):
    response = one.w3.provider.make_request(request[0], list(request[1:]))
    assert "error" not in response, response
    return response["result"]


def assert_alike(ours, theirs, field=""):
    """Same keys, types, formats and values; of what is each chain's own, the form."""
    if isinstance(theirs, dict):
        assert ours.keys() == theirs.keys() - ABSENT
        for key in ours:
            assert_alike(ours[key], theirs[key], key)
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs), field
        for mine, other in zip(ours, theirs, strict=True):
            assert_alike(mine, other, "hash" if field == "transactions" else field)
    elif field in OWN:
        assert type(ours) is type(theirs), field
        assert not isinstance(theirs, str) or len(theirs) != 66 or len(ours) == 66, field
    elif field == "blockTimestamp" and isinstance(theirs, int):
        assert ours == hex(theirs)  # anvil forgets to make it a quantity in receipts
    else:
        assert normal(ours) == normal(theirs), field


def normal(value):
    return value.lower() if isinstance(value, str) else value
