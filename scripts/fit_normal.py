"""The coefficients of contracts/libraries/Normal.sol: least-maximum rational fits, printed as Solidity constants.

    python scripts/fit_normal.py        needs mpmath

A weighted least-squares rational fit is repeated with weights that grow where the error is large (Lawson's iteration),
on Chebyshev nodes and in 60 digits, which comes close to the minimax fit.
"""

from collections.abc import Callable

import mpmath as mp

NODES = 200
ROUNDS = 25
TAIL_RANGE = 10
TAIL_BITS = 52
WAIST = mp.mpf("1e-5")
"""The tail's error counts with exp(-x^2/2), but never less than this, so that far strikes stay sound."""

Function = Callable[[mp.mpf], mp.mpf]


def fit(function: Function, weight: Function, low, high, numerator: int, denominator: int):
    """Coefficients (ascending; the denominator's first is 1) and the largest weighted error."""
    nodes = [low + (high - low) * (1 - mp.cos(mp.pi * (i + mp.mpf(1) / 2) / NODES)) / 2 for i in range(NODES)]
    values, weights = [function(x) for x in nodes], [weight(x) for x in nodes]
    lawson, bottom, best = [mp.mpf(1)] * NODES, [mp.mpf(1)] * NODES, None
    for _ in range(ROUNDS):
        rows, right = mp.matrix(NODES, numerator + denominator + 1), mp.matrix(NODES, 1)
        for i, x in enumerate(nodes):
            w = weights[i] * mp.sqrt(lawson[i]) / bottom[i]
            for k in range(numerator + 1):
                rows[i, k] = w * x**k
            for k in range(1, denominator + 1):
                rows[i, numerator + k] = -w * values[i] * x**k
            right[i] = w * values[i]
        solution = list(mp.qr_solve(rows, right)[0])
        p, q = solution[: numerator + 1], [mp.mpf(1), *solution[numerator + 1 :]]
        bottom = [mp.polyval(q[::-1], x) for x in nodes]
        errors = [
            abs(w * (mp.polyval(p[::-1], x) / b - v))
            for x, b, v, w in zip(nodes, bottom, values, weights, strict=True)
        ]
        worst = max(errors)
        if best is None or worst < best[2]:
            best = p, q, worst
        lawson = [a * (e / worst + mp.mpf("1e-3")) for a, e in zip(lawson, errors, strict=True)]
        scale = NODES / sum(lawson)
        lawson = [a * scale for a in lawson]
    return best


def fixed(value: mp.mpf, bits: int) -> int:
    return int(mp.nint(value * 2**bits))


def main() -> None:
    mp.mp.dps = 60
    p, q, error = fit(
        lambda w: mp.tanh(mp.sqrt(w) * mp.log(2) / 2) / mp.sqrt(w),
        lambda w: 2 * mp.sqrt(w),
        mp.mpf("1e-12"), mp.mpf("0.25"), 1, 2,
    )  # fmt: skip
    print(f"// 2^-v, relative error {mp.nstr(error, 3)}")
    for name, value in (("P0", p[0]), ("P1", p[1]), ("Q1", q[1]), ("Q2", q[2])):
        print(f"uint256 private constant TANH_{name} = {fixed(value, 64)};")
    p, q, error = fit(
        lambda x: mp.erfc(x / mp.sqrt(2)) * mp.exp(x * x / 2) / 2,
        lambda x: max(mp.exp(-x * x / 2), WAIST),
        mp.mpf(0), mp.mpf(TAIL_RANGE), 5, 6,
    )  # fmt: skip
    print(f"// scaled tail, weighted error {mp.nstr(error, 3)}")
    for k, low in enumerate(q):
        high = p[k] if k < len(p) else mp.mpf(0)
        print(f"uint256 private constant TAIL_{k} = {hex(fixed(high, TAIL_BITS) << 128 | fixed(low, TAIL_BITS))};")


if __name__ == "__main__":
    main()
