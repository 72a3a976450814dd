"""A recorded run executed again: it is what the chain does, or the first difference is named."""

import json
import random
import shutil
import signal
import subprocess
from urllib.request import Request, urlopen

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command_line import COMMAND, PATIENCE, seawall
from crash import POOR_FUND, crash

from simulator.chain import artifacts
from simulator.chain.backends import connect
from simulator.chain.protocol import Transaction
from simulator.cli import application
from simulator.errors import ChainError, DataError
from simulator.record import Run
from simulator.record.balances import Balances
from simulator.record.deployed import Deployed, recognise
from simulator.record.recorded_blocks import recorded_blocks
from simulator.record.replay import replay, start_of
from simulator.run import run_scenario
from simulator.scenario.load import load

BLOCKS = 40
STRANGER = "0x000000000000000000000000000000000000dEaD"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The folder of a complete run with failed transactions and liquidations. Read only."""
    folder = tmp_path_factory.mktemp("recorded") / "run"
    run_scenario(crash(*POOR_FUND, blocks=BLOCKS), out=folder)
    return folder


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """The folder of a short quiet run. Read only."""
    folder = tmp_path_factory.mktemp("quiet") / "run"
    run_scenario(load("quiet"), out=folder, blocks=5)
    return folder


@pytest.fixture
def copy(recorded, tmp_path):
    return shutil.copytree(recorded, tmp_path / "run")


def replayed(folder, chain="embedded", **options):
    run = Run.open(folder)
    backend = connect(chain, genesis_timestamp=start_of(run))
    try:
        return replay(run, backend, **options)
    finally:
        backend.close()


def refused(capsys, code, *arguments) -> str:
    """The one line on standard error with which `seawall replay` ends with exit code `code`."""
    assert application.run(["replay", *map(str, arguments), "--json"]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    return said.err


def rewrite(folder, table, change):
    """Let `change` edit the rows, a list of dicts, of the first part of `table`."""
    path = folder / f"{table}.parquet" / "part-000001.parquet"
    whole = pq.ParquetFile(path).read()
    rows = whole.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, schema=whole.schema), path)


def edit_info(folder, **values):
    path = folder / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


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


@pytest.mark.parametrize("chain", ["embedded", "anvil"])
def test_a_quiet_run_replays_to_its_digest(quiet, chain):
    found = replayed(quiet, chain)
    assert found.matches is True
    assert found.digest == Run.open(quiet).info.digest
    assert found.blocks == Run.open(quiet).info.blocks


def test_a_crash_with_failed_transactions_replays_to_its_digest(recorded):
    transactions = Run.open(recorded).table("transactions")
    assert not transactions["succeeded"].all()
    found = replayed(recorded)
    assert (found.difference, found.matches) == (None, True)
    assert found.transactions == len(transactions)


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
def test_a_changed_transaction_is_named(copy, column):
    place, row = chosen(copy, "PriceOracle.publish")
    rewrite(copy, "transactions", lambda rows: rows[place].update({column: CHANGES[column](rows[place])}))
    found = replayed(copy)
    assert found.matches is False
    assert found.digest is None
    assert found.difference.block == row["block"]
    assert found.difference.transaction in (row["index"], None if column == "block" else row["index"])
    assert found.blocks == row["block"] - 1


@pytest.mark.parametrize("column", ["sender", "to"])
def test_a_letter_of_an_address_in_the_wrong_case_is_named(copy, column):
    place, row = chosen(copy)
    rewrite(copy, "transactions", lambda rows: rows[place].update({column: rows[place][column].lower()}))
    found = replayed(copy).difference
    assert (found.block, found.transaction, found.field) == (row["block"], row["index"], column)


@pytest.mark.parametrize(("column", "value"), [("to", None), ("sender", "0x12"), ("data", b"")])
def test_a_transaction_that_no_chain_takes_is_named(copy, column, value):
    place, row = chosen(copy, "PriceOracle.publish")
    rewrite(copy, "transactions", lambda rows: rows[place].update({column: value}))
    found = replayed(copy).difference
    assert (found.block, found.transaction) == (row["block"], row["index"])


@pytest.mark.parametrize("chain", ["embedded", "anvil"])
def test_a_contract_as_sender_is_caught_in_its_block(copy, chain):
    place, row = chosen(copy, "PriceOracle.publish")
    rewrite(copy, "transactions", lambda rows: rows[place].update(sender=row["to"]))
    assert replayed(copy, chain).difference.block == row["block"]


def test_a_changed_reason_of_a_failed_transaction_is_named(copy):
    place, row = chosen(copy, succeeded=False)
    rewrite(copy, "transactions", lambda rows: rows[place].update(revert_reason="it did not"))
    found = replayed(copy).difference
    assert (found.block, found.transaction, found.field) == (row["block"], row["index"], "revert_reason")
    assert found.replayed == row["revert_reason"]


def test_two_transactions_in_the_other_order_are_caught_in_their_block(copy):
    place, row = next(
        (place, row) for place, row in of_the_run(copy) if row["index"] == 1 and "Liquidation" in row["function"]
    )

    def swap(rows):
        rows[place - 1], rows[place] = {**rows[place], "index": 0}, {**rows[place - 1], "index": 1}

    rewrite(copy, "transactions", swap)
    assert replayed(copy).difference.block == row["block"]


def test_a_missing_transaction_is_named_by_its_block(copy):
    place, row = chosen(copy)
    rewrite(copy, "transactions", lambda rows: rows.pop(place))
    assert replayed(copy).difference.block == row["block"]


def test_a_transaction_in_a_block_that_does_not_exist_is_caught(copy):
    rewrite(copy, "transactions", lambda rows: rows[-1].update(block=rows[-1]["block"] + 10_000))
    assert replayed(copy).matches is False


def test_no_flipped_bit_of_calldata_escapes(recorded, tmp_path):
    draw = random.Random(20200312)
    total = len(Run.open(recorded).table("transactions"))
    for number in range(8):
        folder = shutil.copytree(recorded, tmp_path / str(number))
        place = draw.randrange(total)

        def flip(rows, place=place):
            data = bytearray(rows[place]["data"])
            data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
            rows[place]["data"] = bytes(data)

        rewrite(folder, "transactions", flip)
        assert replayed(folder).matches is False, place


def test_a_changed_byte_of_a_contracts_code_is_named(copy):
    def flip(rows):
        data = rows[3]["data"]
        rows[3]["data"] = data[:900] + bytes([data[900] ^ 1]) + data[901:]

    rewrite(copy, "transactions", flip)
    found = replayed(copy).difference
    assert (found.block, found.transaction) == (4, 0)
    assert found.field.startswith("data, byte 900 of the code of ")


@pytest.mark.parametrize("column", ["number", "timestamp", "transactions", "failed", "reorged_by"])
def test_a_changed_block_is_named(copy, column):
    changed = Run.open(copy).table("blocks").query("phase == 'run'")["number"].iloc[5]

    def change(rows):
        row = rows[changed - 1]
        row[column] = (row[column] or 0) + 1

    rewrite(copy, "blocks", change)
    found = replayed(copy)
    assert found.matches is False
    assert found.difference.block == changed


@pytest.mark.parametrize("phase", ["setup", "finality"])
def test_a_changed_time_of_a_block_without_metrics_changes_the_digest(copy, phase):
    changed = Run.open(copy).table("blocks").query("phase == @phase")["number"].iloc[-1]
    rewrite(copy, "blocks", lambda rows: rows[changed - 1].update(timestamp=rows[changed - 1]["timestamp"] - 1))
    assert replayed(copy).matches is False


@pytest.mark.parametrize("column", ["block", "transaction", "index", "contract", "event", "arguments"])
def test_a_changed_event_is_caught(copy, column):
    events = Run.open(copy).table("events")
    place = int(events[(events["event"] == "Traded")].index[-1])
    changed = {"contract": "Quote", "event": "Minted", "arguments": "{}"}

    def change(rows):
        rows[place][column] = changed.get(column) or rows[place][column] + 1

    rewrite(copy, "events", change)
    assert replayed(copy).difference.block == events["block"][place]


def test_a_changed_argument_is_named_with_both_values(copy):
    events = Run.open(copy).table("events")
    place = int(events[(events["event"] == "Traded")].index[-1])
    name, value = next((k, v) for k, v in json.loads(events["arguments"][place]).items() if isinstance(v, int))

    def change(rows):
        arguments = json.loads(rows[place]["arguments"])
        rows[place]["arguments"] = json.dumps({**arguments, name: value + 1})

    rewrite(copy, "events", change)
    found = replayed(copy).difference
    assert found.field.endswith(f"Traded, {name}")
    assert (found.recorded, found.replayed) == (value + 1, value)


@pytest.mark.parametrize("column", ["cash", "positions"])
def test_a_changed_sample_of_an_account_is_named(copy, column):
    """The last one, of the first account: what it has after all blocks."""
    changes = {"cash": lambda row: row["cash"] + 1e-6, "positions": lambda row: '{"ETH-PERP": 1.0}'}
    rewrite(copy, "accounts", lambda rows: rows[0].update({column: changes[column](rows[0])}))
    found = replayed(copy).difference
    assert found.block == Run.open(copy).table("accounts")["block"][0]
    assert found.field == f"{column} of account 1 in its sample"


@pytest.mark.parametrize("change", [lambda rows: rows.pop(), lambda rows: rows[-1].update(block=10**6)])
def test_a_sample_that_is_not_of_every_account_is_caught(copy, change):
    rewrite(copy, "accounts", change)
    assert replayed(copy).matches is False


UNCHECKED = {
    "transactions": ("gas_used", "max_fee_gwei", "tip_gwei", "submitted_block"),
    "blocks": ("base_fee_gwei", "gas_used", "background_gas", "waiting"),
    "settlements": ("payment",),
}


@pytest.mark.parametrize(("table", "column"), [(t, column) for t, columns in UNCHECKED.items() for column in columns])
def test_a_value_that_no_chain_knows_is_held_against_the_digest_of_its_file(copy, table, column):
    (part,) = (copy / f"{table}.parquet").glob("*.parquet")
    whole = pq.ParquetFile(part).read()
    rows = whole.to_pylist()
    rows[-1][column] += 1
    pq.write_table(pa.Table.from_pylist(rows, schema=whole.schema), part)
    found = replayed(copy)
    assert (found.matches, found.difference.field) == (False, f"SHA-256 of {table}.parquet")
    assert found.digest == Run.open(copy).info.digest


def test_a_flipped_byte_of_what_never_got_into_a_block_is_noticed(copy):
    (part,) = (copy / "unincluded.parquet").glob("*.parquet")
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.write_bytes(data)
    found = replayed(copy)
    assert (found.matches, found.difference.field) == (False, "SHA-256 of unincluded.parquet")


def test_any_flipped_bit_of_a_file_is_caught(recorded, tmp_path):
    rng = np.random.default_rng(3)
    for trial in range(12):
        folder = tmp_path / str(trial)
        shutil.copytree(recorded, folder)
        parts = sorted(folder.glob("*.parquet/*.parquet"))
        part = parts[rng.integers(len(parts))]
        content = bytearray(part.read_bytes())
        content[rng.integers(len(content))] ^= 1 << int(rng.integers(8))
        part.write_bytes(content)
        try:
            assert replayed(folder).matches is False, part
        except DataError as error:
            assert str(part) in str(error) or str(folder) in str(error)


def test_a_balance_that_moved_without_its_event_is_named(recorded):
    """A trade whose event never came: the buyer's cash is not what its events say."""
    run = Run.open(recorded)
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


def test_another_digest_in_run_json_is_caught(copy):
    edit_info(copy, digest="0" * 64)
    found = replayed(copy)
    assert found.difference.field == "digest"
    assert found.digest == found.difference.replayed


def test_an_interrupted_run_replays_as_far_as_it_is_there(tmp_path):
    def interrupt(done, total, figures):
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_scenario(load("quiet"), out=tmp_path / "cut", blocks=10, progress=interrupt)
    found = replayed(tmp_path / "cut")
    assert (found.matches, found.recorded_digest, found.difference) == (None, None, None)
    assert found.blocks == Run.open(tmp_path / "cut").info.blocks
    done = seawall("replay", tmp_path / "cut")
    assert done.returncode == 0
    assert "no recorded digest" in done.stdout


def test_the_command_prints_the_figures_as_json(quiet):
    done = seawall("replay", quiet, "--json")
    figures = json.loads(done.stdout)
    assert done.returncode == 0 and done.stderr == ""
    assert figures["matches"] is True and figures["first_difference"] is None
    assert figures["digest"] == figures["recorded_digest"]


def test_the_command_names_the_first_difference_and_exits_with_5(copy):
    place, row = chosen(copy, "PriceOracle.publish")
    rewrite(copy, "transactions", lambda rows: rows[place].update(succeeded=False))
    done = seawall("replay", copy, "--json")
    assert done.returncode == 5
    first = json.loads(done.stdout)["first_difference"]
    assert first == {
        "block": row["block"], "transaction": row["index"], "field": "succeeded", "recorded": False, "replayed": True,
    }  # fmt: skip
    assert f"block {row['block']}, transaction {row['index']}: succeeded: recorded false, got true" in done.stderr


def test_a_replay_until_a_block_ends_there(quiet):
    last = Run.open(quiet).info.blocks - 2
    found = replayed(quiet, until=last)
    assert (found.blocks, found.matches, found.difference) == (last, None, None)


def test_a_node_is_kept_at_the_block_for_other_tools(quiet):
    last = Run.open(quiet).info.blocks - 2
    command = [*COMMAND, "replay", str(quiet), "--chain", "anvil", "--until", str(last), "--keep", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        text = ""
        while not text.endswith("}\n"):
            text += process.stdout.readline() or pytest.fail(process.stderr.read())
        ask = {"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []}
        headers = {"Content-Type": "application/json"}
        with urlopen(Request(json.loads(text)["url"], json.dumps(ask).encode(), headers), timeout=20) as answer:
            assert int(json.load(answer)["result"], 16) == last
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.communicate()


def test_what_cannot_be_replayed_is_refused_in_one_line(recorded, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert "there is no run" in refused(capsys, 3, tmp_path / "nothing")
    assert "is not a run" in refused(capsys, 3, tmp_path / "empty")
    assert "has blocks 1 to" in refused(capsys, 2, recorded, "--until", 100_000)
    assert "--chain anvil" in refused(capsys, 2, recorded, "--keep")
    assert "unknown chain" in refused(capsys, 4, recorded, "--chain", "moon")


def truncate(folder):
    path = folder / "transactions.parquet" / "part-000001.parquet"
    path.write_bytes(path.read_bytes()[:1000])


DAMAGES = {
    "the run is damaged": truncate,
    "written by a newer Seawall": lambda folder: edit_info(folder, format=99),
    "a scenario that this version cannot use": lambda folder: edit_info(folder, scenario={}),
    "recorded with other contracts": lambda folder: rewrite(
        folder, "transactions", lambda rows: rows[0].update(data=bytes.fromhex("5f5ff3"))
    ),
    "has empty values": lambda folder: rewrite(folder, "transactions", lambda rows: rows[9].update(sender=None)),
}


@pytest.mark.parametrize("said", DAMAGES)
def test_a_damaged_newer_or_foreign_run_is_refused_in_one_line(copy, capsys, said):
    DAMAGES[said](copy)
    assert said in refused(capsys, 3, copy)


def test_a_missing_artifact_is_refused_in_one_line(recorded, monkeypatch, capsys):
    left = [name for name in artifacts.names() if name != "RiskParameters"]
    monkeypatch.setattr(artifacts, "names", lambda: left)
    assert "restore simulator/artifacts" in refused(capsys, 3, recorded)


def test_a_node_that_has_blocks_is_refused(recorded):
    run = Run.open(recorded)
    chain = connect("embedded", genesis_timestamp=start_of(run))
    chain.mine([], chain.timestamp + 1)
    with pytest.raises(ChainError, match="at block 1 already"):
        replay(run, chain)
