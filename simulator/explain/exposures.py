"""What a close-out could still lose when it happened: how likely, for how long, how much and whose."""

import math
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from simulator.explain import words
from simulator.explain.evidence import Evidence
from simulator.finality import Settlement, finality_model
from simulator.finality.exposure import Bearer, exposure
from simulator.finality.jump_risk import JumpDiffusion, estimated

LEVEL = 0.99
LEAST_RETURNS = 50
"""Dynamics come from the prices before the close-out, and from the run's first blocks while there are fewer."""
PAYERS = {Bearer.FUND: "the insurance fund", Bearer.ACCOUNTS: "all accounts"}


class Exposures:
    """The exposures of a run's liquidations, each seen from the block that included it."""

    def __init__(self, evidence: Evidence):
        self._evidence = evidence
        self._model = finality_model(evidence.scenario.finality)

    def told(self, settlement: Settlement, assets: Iterable[int]) -> tuple[str, Mapping[str, Any]]:
        """In words and in figures. `assets`: the underlyings that were taken over; the most volatile one counts."""
        scenario, quote = self._evidence.scenario, self._evidence.quote
        seconds, head = scenario.chain.block_seconds, settlement.included_block
        dynamics = [self._dynamics(asset, head) for asset in sorted(set(assets) or {0})]
        found = exposure(settlement, head, self._model, scenario.reorgs, dynamics, seconds, LEVEL)
        bearer = PAYERS.get(found.bearer, f"account {settlement.counterparty}")
        chance = f"undone with probability {_probability(found.reversal_probability)}"
        if math.isnan(found.reversal_probability):
            chance = "undone with a probability that the finality rule does not name"
        until = "is never final: it can be"
        if found.blocks_to_final is not None:
            until = f"is final in {words.span(found.blocks_to_final * seconds)} at best; until then it can be"
        text = f"{until} {chance}, and {words.amount(found.amount, quote)} would go back"
        if not math.isnan(found.value_at_risk):
            less = f"{words.amount(found.value_at_risk, quote)} less ({words.percent(LEVEL, 0)})"
            text += f", worth up to {less}, the loss of {bearer}"
        figures = {
            "reversal_probability": _known(found.reversal_probability),
            "seconds_to_final": None if found.blocks_to_final is None else found.blocks_to_final * seconds,
            "amount": found.amount,
            "value_at_risk": _known(found.value_at_risk),
            "bearer": settlement.counterparty if found.bearer is Bearer.LIQUIDATOR else found.bearer.value,
        }
        return text, figures

    @cached_property
    def _spot(self) -> np.ndarray:
        """Market prices, a row for each block with metrics. (blocks, assets)"""
        metrics = self._evidence.metrics
        return metrics[[f"spot_{symbol}" for symbol in self._evidence.symbols]].to_numpy(dtype=float)

    def _dynamics(self, asset: int, head: int) -> JumpDiffusion:
        before = int(np.searchsorted(self._evidence.metrics["number"].to_numpy(), head, side="right"))
        prices = self._spot[: max(before, LEAST_RETURNS + 1), asset]
        return estimated(np.diff(np.log(prices)), self._evidence.scenario.chain.block_seconds)


def _probability(value: float) -> str:
    """Two digits, however small."""
    return words.percent(value) if value >= 0.001 or not value else f"{100 * value:.1e} %"


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
