"""A record with one thing changed is not what the chain does: a replay names the first difference."""

import json
import random
import shutil

import numpy as np
import pytest
from command_line import seawall
from replaying import edit_info, replayed, rewrite

from simulator.chain.backends import connect
from simulator.chain.protocol import Transaction
from simulator.errors import DataError
from simulator.record import Run
from simulator.record.balances import Balances
from simulator.record.deployed import Deployed, recognise
from simulator.record.recorded_blocks import recorded_blocks
from simulator.record.replay import start_of

STRANGER = "0x000000000000000000000000000000000000dEaD"


def of_the_run(folder):
    """Positions and rows of the transactions after the set-up."""
    blocks, transactions = Run.open(folder).table("blocks"), Run.open(folder).table("transactions")
    first = blocks[blocks["phase"] == "run"]["number"].min()
    return [(place, row) for place, row in transactions.iterrows() if row["block"] >= first]


def chosen(folder, function="", succeeded=True):
    """Position and row of a transaction of the run."""
    return next(
        (place, row)
        for place, row in of_the_run(folder)
        if function in row["function"] and row["succeeded"] is succeeded
    )


CHANGES = {
    "sender": lambda row: STRANGER,
    "to": lambda row: STRANGER,
    "data": lambda row: row["data"][:-1] + bytes([row["data"][-1] ^ 1]),
    "succeeded": lambda row: not row["succeeded"],
    "index": lambda row: row["index"] + 1,
    "block": lambda row: row["block"] + 1,
    "function": lambda row: row["function"] + "!",
    "revert_reason": lambda row: "none",
}


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_transaction_is_named(crash_copy, column):
    place, row = chosen(crash_copy, "PriceOracle.publish")
    rewrite(crash_copy, "transactions", lambda rows: rows[place].update({column: CHANGES[column](rows[place])}))
    found = replayed(crash_copy)
    assert found.matches is False
    assert found.digest is None
    assert found.difference.block == row["block"]
    assert found.difference.transaction in (row["index"], None if column == "block" else row["index"])
    assert found.blocks == row["block"] - 1


@pytest.mark.parametrize("column", ["sender", "to"])
def test_a_letter_of_an_address_in_the_wrong_case_is_named(crash_copy, column):
    place, row = chosen(crash_copy)
    rewrite(crash_copy, "transactions", lambda rows: rows[place].update({column: rows[place][column].lower()}))
    found = replayed(crash_copy).difference
    assert (found.block, found.transaction, found.field) == (row["block"], row["index"], column)


@pytest.mark.parametrize(("column", "value"), [("to", None), ("sender", "0x12"), ("data", b"")])
def test_a_transaction_that_no_chain_takes_is_named(crash_copy, column, value):
    place, row = chosen(crash_copy, "PriceOracle.publish")
    rewrite(crash_copy, "transactions", lambda rows: rows[place].update({column: value}))
    found = replayed(crash_copy).difference
    assert (found.block, found.transaction) == (row["block"], row["index"])


@pytest.mark.parametrize("chain", ["embedded", "anvil"])
def test_a_contract_as_sender_is_caught_in_its_block(crash_copy, chain):
    place, row = chosen(crash_copy, "PriceOracle.publish")
    rewrite(crash_copy, "transactions", lambda rows: rows[place].update(sender=row["to"]))
    assert replayed(crash_copy, chain).difference.block == row["block"]


def test_a_changed_reason_of_a_failed_transaction_is_named(crash_copy):
    place, row = chosen(crash_copy, succeeded=False)
    rewrite(crash_copy, "transactions", lambda rows: rows[place].update(revert_reason="it did not"))
    found = replayed(crash_copy).difference
    assert (found.block, found.transaction, found.field) == (row["block"], row["index"], "revert_reason")
    assert found.replayed == row["revert_reason"]


def test_two_transactions_in_the_other_order_are_caught_in_their_block(crash_copy):
    place, row = next(
        (place, row) for place, row in of_the_run(crash_copy) if row["index"] == 1 and "Liquidation" in row["function"]
    )

    def swap(rows):
        rows[place - 1], rows[place] = {**rows[place], "index": 0}, {**rows[place - 1], "index": 1}

    rewrite(crash_copy, "transactions", swap)
    assert replayed(crash_copy).difference.block == row["block"]


def test_a_missing_transaction_is_named_by_its_block(crash_copy):
    place, row = chosen(crash_copy)
    rewrite(crash_copy, "transactions", lambda rows: rows.pop(place))
    assert replayed(crash_copy).difference.block == row["block"]


def test_a_transaction_in_a_block_that_does_not_exist_is_caught(crash_copy):
    rewrite(crash_copy, "transactions", lambda rows: rows[-1].update(block=rows[-1]["block"] + 10_000))
    assert replayed(crash_copy).matches is False


def test_no_flipped_bit_of_calldata_escapes(recorded_crash, tmp_path):
    draw = random.Random(20200312)
    total = len(Run.open(recorded_crash).table("transactions"))
    for number in range(8):
        folder = shutil.copytree(recorded_crash, tmp_path / str(number))
        place = draw.randrange(total)

        def flip(rows, place=place):
            data = bytearray(rows[place]["data"])
            data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
            rows[place]["data"] = bytes(data)

        rewrite(folder, "transactions", flip)
        assert replayed(folder).matches is False, place


def test_a_changed_byte_of_a_contracts_code_is_named(crash_copy):
    def flip(rows):
        data = rows[3]["data"]
        rows[3]["data"] = data[:900] + bytes([data[900] ^ 1]) + data[901:]

    rewrite(crash_copy, "transactions", flip)
    found = replayed(crash_copy).difference
    assert (found.block, found.transaction) == (4, 0)
    assert found.field.startswith("data, byte 900 of the code of ")


@pytest.mark.parametrize("column", ["number", "timestamp", "transactions", "failed", "reorged_by"])
def test_a_changed_block_is_named(crash_copy, column):
    changed = Run.open(crash_copy).table("blocks").query("phase == 'run'")["number"].iloc[5]

    def change(rows):
        row = rows[changed - 1]
        row[column] = (row[column] or 0) + 1

    rewrite(crash_copy, "blocks", change)
    found = replayed(crash_copy)
    assert found.matches is False
    assert found.difference.block == changed


@pytest.mark.parametrize("phase", ["setup", "finality"])
def test_a_changed_time_of_a_block_without_metrics_changes_the_digest(crash_copy, phase):
    changed = Run.open(crash_copy).table("blocks").query("phase == @phase")["number"].iloc[-1]
    rewrite(crash_copy, "blocks", lambda rows: rows[changed - 1].update(timestamp=rows[changed - 1]["timestamp"] - 1))
    assert replayed(crash_copy).matches is False


@pytest.mark.parametrize("column", ["block", "transaction", "index", "contract", "event", "arguments"])
def test_a_changed_event_is_caught(crash_copy, column):
    events = Run.open(crash_copy).table("events")
    place = int(events[(events["event"] == "Traded")].index[-1])
    changed = {"contract": "Quote", "event": "Minted", "arguments": "{}"}

    def change(rows):
        rows[place][column] = changed.get(column) or rows[place][column] + 1

    rewrite(crash_copy, "events", change)
    assert replayed(crash_copy).difference.block == events["block"][place]


def test_a_changed_argument_is_named_with_both_values(crash_copy):
    events = Run.open(crash_copy).table("events")
    place = int(events[(events["event"] == "Traded")].index[-1])
    name, value = next((k, v) for k, v in json.loads(events["arguments"][place]).items() if isinstance(v, int))

    def change(rows):
        arguments = json.loads(rows[place]["arguments"])
        rows[place]["arguments"] = json.dumps({**arguments, name: value + 1})

    rewrite(crash_copy, "events", change)
    found = replayed(crash_copy).difference
    assert found.field.endswith(f"Traded, {name}")
    assert (found.recorded, found.replayed) == (value + 1, value)


@pytest.mark.parametrize("column", ["cash", "positions"])
def test_a_changed_sample_of_an_account_is_named(crash_copy, column):
    """The last one, of the first account: what it has after all blocks."""
    changes = {"cash": lambda row: row["cash"] + 1e-6, "positions": lambda row: '{"ETH-PERP": 1.0}'}
    rewrite(crash_copy, "accounts", lambda rows: rows[0].update({column: changes[column](rows[0])}))
    found = replayed(crash_copy).difference
    assert found.block == Run.open(crash_copy).table("accounts")["block"][0]
    assert found.field == f"{column} of account 1 in its sample"


@pytest.mark.parametrize("change", [lambda rows: rows.pop(), lambda rows: rows[-1].update(block=10**6)])
def test_a_sample_that_is_not_of_every_account_is_caught(crash_copy, change):
    rewrite(crash_copy, "accounts", change)
    assert replayed(crash_copy).matches is False


UNCHECKED = {
    "transactions": ("gas_used", "max_fee_gwei", "tip_gwei", "submitted_block"),
    "blocks": ("base_fee_gwei", "gas_used", "background_gas", "waiting"),
    "settlements": ("payment",),
}


@pytest.mark.parametrize(("table", "column"), [(t, column) for t, columns in UNCHECKED.items() for column in columns])
def test_a_value_that_no_chain_knows_is_held_against_the_digest_of_its_file(crash_copy, table, column):
    rewrite(crash_copy, table, lambda rows: rows[-1].update({column: rows[-1][column] + 1}))
    found = replayed(crash_copy)
    assert (found.matches, found.difference.field) == (False, f"SHA-256 of {table}.parquet")
    assert found.digest == Run.open(crash_copy).info.digest


def test_a_flipped_byte_of_what_never_got_into_a_block_is_noticed(crash_copy):
    (part,) = (crash_copy / "unincluded.parquet").glob("*.parquet")
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.write_bytes(data)
    found = replayed(crash_copy)
    assert (found.matches, found.difference.field) == (False, "SHA-256 of unincluded.parquet")


def test_any_flipped_bit_of_a_file_is_caught(recorded_crash, tmp_path):
    rng = np.random.default_rng(3)
    for trial in range(12):
        folder = tmp_path / str(trial)
        shutil.copytree(recorded_crash, folder)
        parts = sorted(folder.glob("*.parquet/*.parquet"))
        part = parts[rng.integers(len(parts))]
        content = bytearray(part.read_bytes())
        content[rng.integers(len(content))] ^= 1 << int(rng.integers(8))
        part.write_bytes(content)
        try:
            assert replayed(folder).matches is False, part
        except DataError as error:
            assert str(part) in str(error) or str(folder) in str(error)


def test_a_balance_that_moved_without_its_event_is_named(recorded_crash):
    """A trade whose event never came: the buyer's cash is not what its events say."""
    run = Run.open(recorded_crash)
    chain = connect("embedded", genesis_timestamp=start_of(run))
    deployed, balances = Deployed(), Balances(run, chain)
    for block in recorded_blocks(run):
        mined = chain.mine([Transaction(row.sender, row.to, row.data) for row in block.rows], block.timestamp)
        for receipt in mined.receipts:
            if receipt.contract_address is not None:
                deployed.add(recognise(receipt.transaction.data), receipt.contract_address)
        events = [event for _, event in deployed.events(mined)]
        trade = next((event for event in events if event.name == "Traded"), None)
        kept = [event for event in events if event is not trade]
        if trade is None:
            assert balances.follow(mined, kept, deployed.by_role()) is None
            continue
        other = trade._replace(args=trade.args._replace(cost=trade.args.cost + 1))
        found = balances.follow(mined, [*kept, other], deployed.by_role())
        assert found.block == mined.number
        assert found.field.startswith("cash of account") and abs(found.recorded - found.replayed) == 1
        return
    raise AssertionError("the run has no trade")


def test_another_digest_in_run_json_is_caught(crash_copy):
    edit_info(crash_copy, digest="0" * 64)
    found = replayed(crash_copy)
    assert found.difference.field == "digest"
    assert found.digest == found.difference.replayed


def test_the_command_names_the_first_difference_and_exits_with_5(crash_copy):
    place, row = chosen(crash_copy, "PriceOracle.publish")
    rewrite(crash_copy, "transactions", lambda rows: rows[place].update(succeeded=False))
    done = seawall("replay", crash_copy, "--json")
    assert done.returncode == 5
    first = json.loads(done.stdout)["first_difference"]
    assert first == {
        "block": row["block"], "transaction": row["index"], "field": "succeeded", "recorded": False, "replayed": True,
    }  # fmt: skip
    assert f"block {row['block']}, transaction {row['index']}: succeeded: recorded false, got true" in done.stderr
