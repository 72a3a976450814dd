"""Solidity sources compiled as they stand and deployed on the embedded chain."""

import json
import subprocess
from functools import cache
from pathlib import Path

from simulator.chain.contract import Contract, deployment
from simulator.chain.protocol import Transaction

ROOT = Path(__file__).resolve().parents[2]
SENDER = "0x000000000000000000000000000000000000dEaD"


@cache
def compiled(source: str, name: str) -> dict:
    """Compiler output of one contract, with the project's settings (foundry.toml); `source` is a path from the root."""
    request = {
        "language": "Solidity",
        "sources": {source: {"content": (ROOT / source).read_text(encoding="utf-8")}},
        "settings": {
            "remappings": ["@openzeppelin/=node_modules/@openzeppelin/", "solady/=node_modules/solady/"],
            "optimizer": {"enabled": True, "runs": 2000},
            "viaIR": True,
            "evmVersion": "cancun",
            "metadata": {"appendCBOR": False, "bytecodeHash": "none"},
            "outputSelection": {source: {name: ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]}},
        },
    }
    command = [str(ROOT / "scripts" / "solc"), "--standard-json", "--base-path", str(ROOT)]
    done = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, check=True, cwd=ROOT)
    output = json.loads(done.stdout)
    failures = [error["formattedMessage"] for error in output.get("errors", []) if error["severity"] == "error"]
    assert not failures, "\n".join(failures)
    return output["contracts"][source][name]


def deploy(chain, source: str, name: str, *arguments) -> Contract:
    """Deploy in a block of its own."""
    output = compiled(source, name)
    data = deployment(bytes.fromhex(output["evm"]["bytecode"]["object"]), output["abi"], *arguments)
    block = chain.mine([Transaction(SENDER, None, data)], chain.timestamp + 1)
    receipt = block.receipts[0]
    assert receipt.succeeded, receipt.output.hex()
    return Contract(name, receipt.contract_address, output["abi"])
