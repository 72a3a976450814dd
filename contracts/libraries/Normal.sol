// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Standard normal distribution
/// @notice `cdf` and `pdf` in wads, and the two Q64 kernels (2^64 is one) that option pricing shares.
/// @dev N(-x) = exp(-x^2/2) R(x) for x >= 0, with R the rational function of degree 6 over 7 of Hart et al., Computer
/// Approximations (1968), no. 5666, as given by West, Better approximations to cumulative normal functions, Wilmott
/// (2005). Its coefficients are divided through by the leading one of the denominator, which saves a multiplication.
/// Absolute error of `cdf` below 2e-14.
library Normal {
    uint256 private constant WAD = 1e18;

    /// Beyond 9 standard deviations the tail is under 1.2e-19, less than one unit of a wad.
    uint256 private constant CUTOFF_WAD = 9e18;

    /// 1 / sqrt(2 pi) in wads.
    uint256 private constant PEAK_WAD = 398942280401432678;

    /// @notice Probability that a standard normal variable is at most `x` (wad).
    function cdf(int256 x) internal pure returns (uint256) {
        bool lower = x < 0;
        uint256 distance = lower ? (x == type(int256).min ? CUTOFF_WAD : uint256(-x)) : uint256(x);
        if (distance >= CUTOFF_WAD) return lower ? 0 : WAD;
        unchecked {
            // distance < 2^63, so no product below exceeds 2^160.
            uint256 q = (distance << 64) / WAD;
            uint256 tail = (decay(q) * scaledTail(q) * WAD) >> 128;
            return lower ? tail : WAD - tail;
        }
    }

    /// @notice Density of the standard normal distribution at `x` (wad).
    function pdf(int256 x) internal pure returns (uint256) {
        if (x <= -int256(CUTOFF_WAD) || x >= int256(CUTOFF_WAD)) return 0;
        unchecked {
            // |x| < 2^63, so the quotient is below 2^68 and the product below 2^124.
            uint256 distance = uint256(x < 0 ? -x : x);
            return (decay((distance << 64) / WAD) * PEAK_WAD) >> 64;
        }
    }

    /// @notice exp(-x^2/2) for `x` below 2^68 (16), all Q64. Absolute error below 1.1e-14.
    /// @dev Written as 2^-(n + f): n shifts, and 2^-f on [0, 1) is a near-minimax (Chebyshev) polynomial of degree 9,
    /// in 1 - f so that every coefficient is positive.
    function decay(uint256 x) internal pure returns (uint256 result) {
        assembly ("memory-safe") {
            // x^2 < 2^136, times log2(e)/2 < 2^64 in Q64: below 2^200 before the shift.
            let exponent := shr(128, mul(mul(x, x), 13306513097844322492))
            // Each step keeps the sum below 2^65 and the factor is at most 2^64: products stay below 2^129.
            let g := sub(0x10000000000000000, and(exponent, 0xffffffffffffffff))
            result := add(shr(64, mul(DECAY_9, g)), DECAY_8)
            result := add(shr(64, mul(result, g)), DECAY_7)
            result := add(shr(64, mul(result, g)), DECAY_6)
            result := add(shr(64, mul(result, g)), DECAY_5)
            result := add(shr(64, mul(result, g)), DECAY_4)
            result := add(shr(64, mul(result, g)), DECAY_3)
            result := add(shr(64, mul(result, g)), DECAY_2)
            result := add(shr(64, mul(result, g)), DECAY_1)
            result := add(shr(64, mul(result, g)), DECAY_0)
            result := shr(shr(64, exponent), result)
        }
    }

    /// @notice N(-x) / exp(-x^2/2) for `x` below 2^69 (32), all Q64; falls from one half at zero.
    function scaledTail(uint256 x) internal pure returns (uint256 result) {
        assembly ("memory-safe") {
            // Horner sums stay below 2^7 * 32^7 in Q64 = 2^106; times x < 2^69 that is below 2^175.
            let p := add(shr(64, mul(TAIL_P6, x)), TAIL_P5)
            p := add(shr(64, mul(p, x)), TAIL_P4)
            p := add(shr(64, mul(p, x)), TAIL_P3)
            p := add(shr(64, mul(p, x)), TAIL_P2)
            p := add(shr(64, mul(p, x)), TAIL_P1)
            p := add(shr(64, mul(p, x)), TAIL_P0)
            let q := add(x, TAIL_Q6)
            q := add(shr(64, mul(q, x)), TAIL_Q5)
            q := add(shr(64, mul(q, x)), TAIL_Q4)
            q := add(shr(64, mul(q, x)), TAIL_Q3)
            q := add(shr(64, mul(q, x)), TAIL_Q2)
            q := add(shr(64, mul(q, x)), TAIL_Q1)
            q := add(shr(64, mul(q, x)), TAIL_Q0)
            result := div(shl(64, p), q)
        }
    }

    // 2^(g-1) on [0, 1], Q64.
    uint256 private constant DECAY_0 = 9223372036854605273;
    uint256 private constant DECAY_1 = 6393154322635424310;
    uint256 private constant DECAY_2 = 2215698445674432132;
    uint256 private constant DECAY_3 = 511935058127479394;
    uint256 private constant DECAY_4 = 88711490294420862;
    uint256 private constant DECAY_5 = 12298380642848710;
    uint256 private constant DECAY_6 = 1419951493876241;
    uint256 private constant DECAY_7 = 141751685566376;
    uint256 private constant DECAY_8 = 11305061007097;
    uint256 private constant DECAY_9 = 1331239709597;

    // Hart 5666, divided by the denominator's leading coefficient 0.0883883476483184, Q64.
    uint256 private constant TAIL_P0 = 45957412302978445653268;
    uint256 private constant TAIL_P1 = 46167517582837039688453;
    uint256 private constant TAIL_P2 = 23391069764649589834111;
    uint256 private constant TAIL_P3 = 7077651952981373185872;
    uint256 private constant TAIL_P4 = 1330252828934777497726;
    uint256 private constant TAIL_P5 = 146170705608828487360;
    uint256 private constant TAIL_P6 = 7359321307446341854;
    uint256 private constant TAIL_Q0 = 91914824605956891306536;
    uint256 private constant TAIL_Q1 = 165672454627671351742395;
    uint256 private constant TAIL_Q2 = 133012220924014526174023;
    uint256 private constant TAIL_Q3 = 61893280553419828806136;
    uint256 private constant TAIL_Q4 = 18111232985667511360865;
    uint256 private constant TAIL_Q5 = 3352611293711545354391;
    uint256 private constant TAIL_Q6 = 366409642215570698743;
}
