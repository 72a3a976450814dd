"""A run that cannot be trusted says so: an index that parted from the chain ends it."""

import os
import subprocess
import sys

import pytest
from command_line import PATIENCE, one_line_error
from crash import crash, simulated

from simulator.errors import InvariantError
from simulator.protocol.reconcile import reconcile
from simulator.record import Run

CORRUPTIONS = {
    "cash of account 3": lambda accounts: accounts.cash_wad.__setitem__(2, accounts.cash_wad[2] + 1),
    "positions of account 3": lambda accounts: accounts.positions[2].__setitem__(0, 1),
    "collateral 0 of account 3": lambda accounts: accounts.collateral_wad[2].__setitem__(0, 1),
    "suspense": lambda accounts: setattr(accounts, "suspense", accounts.suspense - 1),
    "socialised loss": lambda accounts: setattr(accounts, "socialised_outstanding", 1),
}


@pytest.mark.parametrize("what", CORRUPTIONS)
def test_an_index_that_is_a_wei_off_is_named(what):
    with simulated(crash(blocks=5)) as model:
        for _ in range(5):
            model.step()
        reconcile(model.accounts, model.contracts, model.chain)
        CORRUPTIONS[what](model.accounts)
        with pytest.raises(InvariantError, match=rf"^{what}: the index has .* the chain ") as caught:
            reconcile(model.accounts, model.contracts, model.chain)
        assert caught.value.exit_code == 5


FORGETFUL = """
from simulator.cli import main
from simulator.protocol import accounts

def forget_a_wei(index, e):
    index._add_cash(e.buyer, 1)
    right(index, e)

right, accounts._HANDLERS["Traded"] = accounts._HANDLERS["Traded"], forget_a_wei
main()
"""


def test_a_run_with_a_wrong_index_ends_with_exit_code_5_and_is_marked(tmp_path):
    arguments = ["run", "quiet", "--blocks", "20", "--out", "wrong", "--json"]
    done = subprocess.run(
        [sys.executable, "-c", FORGETFUL, *arguments],
        cwd=tmp_path, env={**os.environ, "COLUMNS": "120"}, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 5
    assert "the run cannot be trusted" in one_line_error(done)
    info = Run.open(tmp_path / "wrong").info
    assert info.status == "interrupted"
    assert info.reason.startswith("InvariantError: cash of account ")
    assert info.digest is None
