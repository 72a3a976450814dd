"""Margins by the compiled contracts, deployed on a chain of their own."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.chain import artifacts
from simulator.chain.contract import Contract, deployment
from simulator.chain.embedded import EmbeddedChain
from simulator.chain.protocol import Transaction
from simulator.chain.revert import CallReverted, RevertDecoder
from simulator.errors import DataError, TransactionReverted
from simulator.risk.contract_structs import contract_covariance, contract_market, contract_portfolio
from simulator.risk.margin_config import contract_config
from simulator.risk.parametric_config import contract_parametric_config
from simulator.risk.rules import CONTRACTS
from simulator.risk.scenario_codec import encode
from simulator.risk.shortfall_config import contract_shortfall_config
from simulator.risk.state import Holdings, Instruments, MarketState
from simulator.wads import WAD, wad

_SENDER = "0x000000000000000000000000000000000000dEaD"
_NO_FEED = "0x" + "00" * 20
"""The oracles of a rule that is only asked about supposed markets."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a contract said: (equity, initial margin, maintenance margin), and the gas of asking."""

    totals: tuple[float, float, float]
    gas: int


class ContractEngine:
    """The margin contracts on an embedded chain.

    Parameters
    ----------
    timestamp : float
        Time of the market, UTC seconds.
    """

    def __init__(self, timestamp: float):
        self._chain = EmbeddedChain(genesis_timestamp=int(timestamp))

    def margin(
        self, rule: str, config: Any, instruments: Instruments, market: MarketState, holdings: Holdings
    ) -> Answer:
        """One account's margin under a freshly deployed and configured rule.

        Gas is that of the whole call as `eth_estimateGas` counts it: intrinsic cost, calldata, execution.

        Raises
        ------
        DataError
            The contract refuses the configuration or the portfolio; its error is decoded.
        """
        arguments = [contract_portfolio(instruments, holdings), contract_market(market)]
        if rule == "parametric":
            contract = self._deploy("ParametricMargin", *[_NO_FEED] * 3, contract_parametric_config(config))
            arguments.append(contract_covariance(market.covariance))
        elif rule == "expected-shortfall":
            contract = self._deploy("ExpectedShortfallMargin", *[_NO_FEED] * 3, contract_shortfall_config(config))
            arguments.append(encode(market.shocks))
        else:
            contract = self._deploy(CONTRACTS[rule], *[_NO_FEED] * 2, contract_config(config))
        answer, gas = self._ask(contract, "evaluate", *arguments)
        return Answer(tuple(value / WAD for value in answer), gas)

    def scan(self, sizes: np.ndarray, arrays: np.ndarray) -> tuple[float, int]:
        """The worst profit of `sizes` over given risk arrays (n_positions, n_scenarios), at most 0, and the gas."""
        contract = self._deploy("RiskArrays")
        rows = [[wad(profit) for profit in row] for row in arrays]
        (worst, _), gas = self._ask(contract, "scanRisk", [wad(size) for size in sizes], rows)
        # Products of two fixed-point numbers.
        return worst / WAD**2, gas

    def _deploy(self, name: str, *arguments: Any) -> Contract:
        artifact = artifacts.load(name)
        data = deployment(artifact.bytecode, artifact.abi, *arguments)
        receipt = self._chain.mine([Transaction(_SENDER, None, data)], self._chain.timestamp + 1).receipts[0]
        if not receipt.succeeded:
            reason = RevertDecoder([artifact.abi]).describe(receipt.output)
            raise DataError(f"{name} refuses these parameters: {reason}")
        return Contract(name, receipt.contract_address, artifact.abi)

    def _ask(self, contract: Contract, function: str, *arguments: Any) -> tuple[Any, int]:
        try:
            answer = contract.read(self._chain, function, *arguments)
        except (CallReverted, TransactionReverted) as error:
            raise DataError(f"{contract.name} refuses the portfolio: {error}") from None
        spent = Transaction(_SENDER, contract.address, contract.encode(function, *arguments))
        receipt = self._chain.mine([spent], self._chain.timestamp + 1).receipts[0]
        return answer, receipt.gas_used
