// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Standard normal distribution
/// @notice `cdf` and `pdf` in wads, and the two kernels that option pricing shares: N(-x) = decay(x) scaledTail(x).
/// @dev The coefficients are least-maximum rational fits of our own, made by scripts/fit_normal.py. Absolute error of
/// `cdf` below 3e-14.
library Normal {
    uint256 private constant WAD = 1e18;

    /// Beyond 9 standard deviations the tail is under 1.2e-19, less than one unit of a wad.
    uint256 private constant CUTOFF_WAD = 9e18;

    /// 1 / sqrt(2 pi) in wads.
    uint256 private constant PEAK_WAD = 398942280401432678;

    /// log2(e) / 2, Q64.
    uint256 private constant HALF_LOG2_E = 13306513097844322492;

    // tanh(v ln(2) / 2) = v (TANH_P0 + TANH_P1 w) / (1 + TANH_Q1 w + TANH_Q2 w^2), w = v^2 <= 1/4, Q64.
    uint256 private constant TANH_P0 = 6393154322599508130;
    uint256 private constant TANH_P1 = 73110059925696471;
    uint256 private constant TANH_Q1 = 949517190438948830;
    uint256 private constant TANH_Q2 = 2531903845019860;

    // N(-x) exp(x^2/2) as a ratio of polynomials of degree 5 and 6. Each word holds a pair of coefficients with 52
    // fractional bits: the numerator's in the upper half, the denominator's in the lower.
    uint256 private constant TAIL_0 = 0x7ffffffffffb300000000000000000010000000000000;
    uint256 private constant TAIL_1 = 0x7348dd44c99820000000000000000001b2d3e4282e17a;
    uint256 private constant TAIL_2 = 0x33dddd09647c5000000000000000000142acf535c8ab3;
    uint256 private constant TAIL_3 = 0xd480b6c60198000000000000000000086b16b0f18be7;
    uint256 private constant TAIL_4 = 0x1eb0ae59d6e20000000000000000000219d8ab83b397;
    uint256 private constant TAIL_5 = 0x1ff6d3cd7ef000000000000000000004ceb5c76990e;
    uint256 private constant TAIL_6 = 0x50204ad09a3;

    /// Clears what a shift by 48 carries from the upper half into the lower.
    uint256 private constant LANES = 0xffffffffffffffffffffffffffffffff000000000000ffffffffffffffffffff;

    /// @notice Probability that a standard normal variable is at most `x` (wad).
    function cdf(int256 x) internal pure returns (uint256) {
        bool lower = x < 0;
        if (x <= -int256(CUTOFF_WAD) || x >= int256(CUTOFF_WAD)) return lower ? 0 : WAD;
        unchecked {
            // |x| < 2^64, so no product below exceeds 2^188.
            uint256 distance = uint256(lower ? -x : x);
            uint256 tail = (decay((distance << 64) / WAD) * scaledTail((distance << 48) / WAD) * WAD) >> 116;
            return lower ? tail : WAD - tail;
        }
    }

    /// @notice Density of the standard normal distribution at `x` (wad).
    function pdf(int256 x) internal pure returns (uint256) {
        if (x <= -int256(CUTOFF_WAD) || x >= int256(CUTOFF_WAD)) return 0;
        unchecked {
            // |x| < 2^64, so the quotient is below 2^68 and the product below 2^124.
            uint256 distance = uint256(x < 0 ? -x : x);
            return (decay((distance << 64) / WAD) * PEAK_WAD) >> 64;
        }
    }

    /// @notice exp(-x^2/2) for `x` below 16, argument and result Q64. Relative error below 2e-14 before rounding.
    /// @dev 2^-(n + v) with n whole and |v| <= 1/2: n shifts, and 2^-v = (1 - t) / (1 + t), t = tanh(v ln(2) / 2).
    function decay(uint256 x) internal pure returns (uint256 result) {
        assembly ("memory-safe") {
            // x < 2^68, so the product is below 2^200.
            let exponent := shr(128, mul(mul(x, x), HALF_LOG2_E))
            let n := shr(64, add(exponent, 0x8000000000000000))
            let v := sub(exponent, shl(64, n))
            // |v| <= 2^63: every product below is under 2^128, the shifted numerator under 2^130.
            let w := shr(64, mul(v, v))
            let odd := sar(64, mul(v, add(TANH_P0, shr(64, mul(TANH_P1, w)))))
            let even := add(0x10000000000000000, shr(64, mul(add(TANH_Q1, shr(64, mul(TANH_Q2, w))), w)))
            result := shr(n, div(shl(64, sub(even, odd)), add(even, odd)))
        }
    }

    /// @notice N(-x) / exp(-x^2/2), falling from one half at zero. `x` below 32 with 48 fractional bits; the result has
    /// 52.
    /// @dev Horner on both polynomials at once. At x < 2^53 the halves stay below 2^75 (denominator at 32: 2.1e6 2^52),
    /// so that times x they are below 2^128 and do not meet.
    function scaledTail(uint256 x) internal pure returns (uint256 result) {
        assembly ("memory-safe") {
            let pair := add(shr(48, mul(TAIL_6, x)), TAIL_5)
            pair := add(and(shr(48, mul(pair, x)), LANES), TAIL_4)
            pair := add(and(shr(48, mul(pair, x)), LANES), TAIL_3)
            pair := add(and(shr(48, mul(pair, x)), LANES), TAIL_2)
            pair := add(and(shr(48, mul(pair, x)), LANES), TAIL_1)
            pair := add(and(shr(48, mul(pair, x)), LANES), TAIL_0)
            // Bits 76 to 127 are clear, so that the shift leaves the upper half times 2^52.
            result := div(shr(76, pair), and(pair, 0xffffffffffffffffffffffffffffffff))
        }
    }
}
