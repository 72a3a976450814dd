"""Committed contract artifacts, as the package loads them."""

import pytest

from simulator.chain import artifacts
from simulator.errors import DataError

EIP_170_LIMIT = 24_576


@pytest.mark.parametrize("name", artifacts.names())
def test_each_artifact_is_a_deployable_contract(name):
    artifact = artifacts.load(name)
    assert artifact.name == name
    assert 0 < artifact.deployed_size <= EIP_170_LIMIT
    assert len(artifact.bytecode) >= artifact.deployed_size


@pytest.mark.parametrize("name", artifacts.names())
def test_all_artifacts_come_from_one_compiler_and_one_set_of_settings(name):
    assert artifacts.load(name).compiler == artifacts.load("TestToken").compiler


def test_a_missing_contract_is_named_with_the_remedy():
    with pytest.raises(DataError, match=r"no contract 'Absent'.*TestToken.*make compile"):
        artifacts.load("Absent")
