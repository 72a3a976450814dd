"""What cannot be replayed is refused, with the reason in one line."""

import pytest
from replaying import edit_info, rewrite

from simulator.chain import artifacts
from simulator.chain.backends import connect
from simulator.cli import application
from simulator.errors import ChainError
from simulator.record import Run
from simulator.record.replay import replay, start_of


def refused(capsys, code, *arguments) -> str:
    """The one line on standard error with which `seawall replay` ends with exit code `code`."""
    assert application.run(["replay", *map(str, arguments), "--json"]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    return said.err


def test_what_cannot_be_replayed_is_refused_in_one_line(recorded_crash, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert "there is no run" in refused(capsys, 3, tmp_path / "nothing")
    assert "is not a run" in refused(capsys, 3, tmp_path / "empty")
    assert "has blocks 1 to" in refused(capsys, 2, recorded_crash, "--until", 100_000)
    assert "--chain anvil" in refused(capsys, 2, recorded_crash, "--keep")
    assert "unknown chain" in refused(capsys, 4, recorded_crash, "--chain", "moon")


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
def test_a_damaged_newer_or_foreign_run_is_refused_in_one_line(crash_copy, capsys, said):
    DAMAGES[said](crash_copy)
    assert said in refused(capsys, 3, crash_copy)


def test_a_missing_artifact_is_refused_in_one_line(recorded_crash, monkeypatch, capsys):
    left = [name for name in artifacts.names() if name != "RiskParameters"]
    monkeypatch.setattr(artifacts, "names", lambda: left)
    assert "restore simulator/artifacts" in refused(capsys, 3, recorded_crash)


def test_a_node_that_has_blocks_is_refused(recorded_crash):
    run = Run.open(recorded_crash)
    chain = connect("embedded", genesis_timestamp=start_of(run))
    chain.mine([], chain.timestamp + 1)
    with pytest.raises(ChainError, match="at block 1 already"):
        replay(run, chain)
