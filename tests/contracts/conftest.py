"""Brownie on a fresh anvil of its own: the committed network definition, on a port that nobody else uses."""

import socket
from pathlib import Path

import brownie
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


def pytest_configure():
    definitions = yaml.safe_load((ROOT / "scripts" / "brownie-networks.yaml").read_text())
    anvil = definitions["development"][0]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        anvil["cmd_settings"]["port"] = free.getsockname()[1]
    config = brownie._config.CONFIG  # imported by name, Brownie would try to read the compiled module as a source
    config.networks["anvil"] = anvil
    config.settings["networks"]["default"] = "anvil"


@pytest.fixture(autouse=True)
def isolate(fn_isolation):
    """Each test starts from the chain as its module's fixtures left it."""


@pytest.fixture(scope="session")
def owner(accounts):
    return accounts[0]
