"""Figures fitted to samples: what the embedded chain reports, what a transaction is charged, how far both are off."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict

import numpy as np

from gas_calibration.samples import Sample
from simulator.chain.gas_schedule import GasSchedule
from simulator.chain.metering import Fit, Metering

ROUND_TO = 1000
"""Scheduled gas is a round figure."""

LEAST_CALLS, LEAST_OF_AN_ERROR = 20, 5
"""With fewer calls only the base is fitted; an error seen less often has no fit of its own."""

CLEARED = 4800
"""Refund of a cleared slot. Source: EIP-3529."""

RIDGE = 1e-5
"""Of a coefficient in units in which its column has length one: bears only on what the calls leave open."""


def fit(calls: Sequence[Sample]) -> Fit:
    """From readings to the node's gas.

    Least squares of the relative error, around what is known beforehand: gas that is read is spent, and a cleared slot
    gives `CLEARED` back. Departures from that are shrunk by `RIDGE`, so that a call unlike those fitted is not far off.
    The bend is at the decile of the values of gas that fits best.
    """
    rows = [(c.reading.gas, c.reading.cleared, c.reading.frames, c.reading.logs, _words(c), c.node) for c in calls]
    gas, cleared, frames, logs, words, node = np.array(rows, dtype=float).T
    missing = node - gas + CLEARED * cleared
    if len(calls) < LEAST_CALLS:
        return Fit(base=float(np.median(missing)), per_cleared=-CLEARED)
    weight = 1 / node
    candidates = []
    for knee in np.unique(np.quantile(np.unique(gas), np.arange(1, 10) / 10, method="nearest")):
        columns = np.column_stack([np.ones(len(node)), gas, np.maximum(gas - knee, 0.0), cleared, frames, logs, words])
        slopes, error = _ridge(columns * weight[:, None], missing * weight)
        candidates.append((error, float(knee), slopes))
    _, knee, (base, slope, bend, per_cleared, *others) = min(candidates, key=lambda candidate: candidate[:2])
    rounded = dict(zip(("per_frame", "per_log", "per_word"), np.round(others, 2).tolist(), strict=True))
    return Fit(round(base), round(1 + slope, 4), knee, round(bend, 4), round(per_cleared - CLEARED, 2), **rounded)


def _ridge(design: np.ndarray, target: np.ndarray) -> tuple[list[float], float]:
    """Coefficients, the first of them free, and the squared error; `design` is (n_calls, n_columns)."""
    norms = np.linalg.norm(design, axis=0)
    scale = np.where(norms > 0, norms, 1.0)  # what was never seen keeps what is known beforehand
    penalty = np.sqrt(RIDGE) * np.eye(design.shape[1])[1:]
    scaled = np.vstack([design / scale, penalty])
    solution = np.linalg.lstsq(scaled, np.concatenate([target, np.zeros(len(penalty))]), rcond=None)[0]
    return (solution / scale).tolist(), float(np.sum((design / scale @ solution - target) ** 2))


def metering(samples: Iterable[Sample]) -> dict[str, dict]:
    """Entries of gas_metering.json by selector, each with the names of the functions that have it."""
    by_selector: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_selector[f"0x{sample.data[:4].hex()}"].append(sample)
    return dict(sorted((selector, _entry(calls)) for selector, calls in by_selector.items()))


def schedule(samples: Iterable[Sample]) -> dict[str, dict[str, int]]:
    """Entries of gas_schedule.json by label."""
    by_label: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_label[sample.label].append(sample)
    costs = {}
    for label, calls in sorted(by_label.items()):
        succeeded = _typical([call for call in calls if call.succeeded])
        failed = _typical([call for call in calls if not call.succeeded and call.origin == "run"])
        if succeeded:
            costs[label] = _cost(succeeded)
            if failed:
                costs[label]["reverted"] = _rounded(np.mean([call.node for call in failed]))
    return costs


def errors(samples: Iterable[Sample]) -> dict[str, dict[str, float]]:
    """By label: calls, the node's mean gas, and the error of what is reported and charged, median and 95 % quantile."""
    metered, charged = Metering.load(), GasSchedule.load()
    rows: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for each in samples:
        reported = metered.gas(each.data, each.succeeded, each.output, each.reading)
        paid = charged.charge(each.label, each.data, each.succeeded)
        rows[each.label].append((each.node, reported, paid))
    return {label: _error(np.array(row, dtype=float).T) for label, row in sorted(rows.items())}


def unmetered(samples: Iterable[Sample]) -> list[str]:
    """Functions that were called with an outcome for which the packaged calibration has nothing."""
    packaged = Metering.load()
    return sorted(
        {
            f"{each.label} ({'succeeded' if each.succeeded else 'failed'})"
            for each in samples
            if packaged.fit(each.data, each.succeeded, each.output) is None
        }
    )


def _entry(calls: Sequence[Sample]) -> dict:
    entry: dict = {"functions": sorted({call.label for call in calls})}
    succeeded, failed = ([call for call in calls if call.succeeded is outcome] for outcome in (True, False))
    if succeeded:
        entry["succeeded"] = _written(fit(succeeded))
    if failed:
        entry["failed"] = _written(fit(failed))
    seen = Counter(call.output[:4] for call in failed)
    common = sorted(error for error, count in seen.items() if count >= LEAST_OF_AN_ERROR)
    if common:
        entry["errors"] = {
            f"0x{error.hex()}": _written(fit([call for call in failed if call.output[:4] == error])) for error in common
        }
    return entry


def _written(fitted: Fit) -> dict[str, float]:
    """What differs from the default."""
    plain = asdict(Fit(base=0.0))
    return {name: value for name, value in asdict(fitted).items() if name == "base" or value != plain[name]}


def _typical(calls: Sequence[Sample]) -> list[Sample]:
    """Those of the first run in which agents sent enough of them; else all that agents sent; else all."""
    sent = [call for call in calls if call.origin == "run"]
    of_run = Counter(call.run for call in sent)
    enough = next((run for run, count in of_run.items() if count >= LEAST_CALLS), None)
    return [call for call in sent if call.run == enough] if enough else sent or list(calls)


def _cost(calls: Sequence[Sample]) -> dict[str, int]:
    """Base and gas per word of calldata."""
    words, gas = np.array([(_words(call), call.node) for call in calls], dtype=float).T
    if np.ptp(words) > 0:
        slope, base = np.polyfit(words, gas, 1)
        if slope > 0 and base >= ROUND_TO:
            return {"base": _rounded(base), "per_word": round(slope)}
    return {"base": _rounded(gas.mean())}


def _error(rows: np.ndarray) -> dict[str, float]:
    node, *estimates = rows
    reported, charged = (np.abs(estimate / node - 1) for estimate in estimates)
    return {
        "calls": len(node),
        "node": float(node.mean()),
        "median": float(np.median(reported)),
        "tail": float(np.quantile(reported, 0.95)),
        "charged_median": float(np.median(charged)),
        "charged_tail": float(np.quantile(charged, 0.95)),
    }


def _words(call: Sample) -> int:
    """Words of calldata."""
    return -(-len(call.data) // 32)


def _rounded(gas: float) -> int:
    return int(round(gas / ROUND_TO) * ROUND_TO)
