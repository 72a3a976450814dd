"""A recorded run executed again: it is what the chain does, wherever it is replayed and however far."""

import json
import signal
import subprocess
from urllib.request import Request, urlopen

import pytest
from command_line import COMMAND, PATIENCE, seawall
from replaying import replayed

from simulator.record import Run
from simulator.run import run_scenario
from simulator.scenario.load import load


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """The folder of a short quiet run. Read only."""
    folder = tmp_path_factory.mktemp("quiet") / "run"
    run_scenario(load("quiet"), out=folder, blocks=5)
    return folder


@pytest.mark.parametrize("chain", ["embedded", "anvil"])
def test_a_quiet_run_replays_to_its_digest(quiet, chain):
    found = replayed(quiet, chain)
    assert found.matches is True
    assert found.digest == Run.open(quiet).info.digest
    assert found.blocks == Run.open(quiet).info.blocks


def test_a_crash_with_failed_transactions_replays_to_its_digest(recorded_crash):
    transactions = Run.open(recorded_crash).table("transactions")
    assert not transactions["succeeded"].all()
    found = replayed(recorded_crash)
    assert (found.difference, found.matches) == (None, True)
    assert found.transactions == len(transactions)


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


def test_a_replay_until_a_block_ends_there(quiet):
    last = Run.open(quiet).info.blocks - 2
    found = replayed(quiet, until=last)
    assert (found.blocks, found.matches, found.difference) == (last, None, None)


def test_the_command_prints_the_figures_as_json(quiet):
    done = seawall("replay", quiet, "--json")
    figures = json.loads(done.stdout)
    assert done.returncode == 0 and done.stderr == ""
    assert figures["matches"] is True and figures["first_difference"] is None
    assert figures["digest"] == figures["recorded_digest"]


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
