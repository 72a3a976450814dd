// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Normal} from "./Normal.sol";

/// @title European options on a forward
/// @notice Black (1976): call = D (F N(d1) - K N(d2)), d1 = ln(F/K)/s + s/2, d2 = d1 - s, s = vol sqrt(tau). The error
/// is below 1e-12 of the forward for K/F in [0.1, 10].
/// @dev Since K phi(d2) = F phi(d1), both tails share one exponential. Q64 means that 2^64 is one.
library Black76 {
    error PriceOutOfRange(uint256 value);
    error VolatilityOutOfRange(uint256 value);
    error TimeOutOfRange(uint256 value);

    uint256 private constant WAD = 1e18;
    uint256 private constant YEAR = 365 days;

    /// Largest forward or strike: 1.27e12 quote units.
    uint256 internal constant MAX_PRICE = 2 ** 100;

    /// Total deviations s are kept in [2^-44, 16]. Below, the time value is under 3e-14 of the forward; above, the call
    /// is worth the forward to 1e-15. Neither end needs a branch.
    uint256 private constant MIN_DEVIATION = 2 ** 20;
    uint256 private constant MAX_DEVIATION = 2 ** 68;

    /// Beyond 7 deviations the call is worthless or worth its intrinsic value to 2e-12 of the forward. Q64.
    uint256 private constant CUTOFF = 7 << 64;

    /// @notice Present value of a call or a put.
    /// @param forward wad of quote, positive, at most MAX_PRICE
    /// @param strike wad of quote, positive, at most MAX_PRICE
    /// @param vol annualised, wad
    /// @param secondsLeft time to expiry; a year has 365 days
    /// @param discount exp(-r tau), wad
    function price(bool isCall, uint256 forward, uint256 strike, uint256 vol, uint256 secondsLeft, uint256 discount)
        internal
        pure
        returns (uint256)
    {
        checkPrice(forward);
        checkPrice(strike);
        (uint256 s, uint256 inverse) = clamp(totalDeviation(vol, rootTime(secondsLeft)));
        int256 value = call(forward, strike, distance(-logRatio(strike, forward), s, inverse), s);
        // Rounding may leave the no-arbitrage bounds by a few units of the last place.
        uint256 intrinsic = forward > strike ? forward - strike : 0;
        uint256 bounded = value < int256(intrinsic) ? intrinsic : uint256(value);
        if (bounded > forward) bounded = forward;
        return (isCall ? bounded : bounded + strike - forward) * discount / WAD;
    }

    /// @notice Undiscounted call, the kernel of every revaluation. Unchecked: keep the stated bounds. Rounding may
    /// leave the result below zero by 1e-14 of the forward.
    /// @dev F N(d1) - K N(d2) = F [d1 >= 0] - K [d2 >= 0] + F exp(-d1^2/2) (-+ R(|d1|) +- R(|d2|)), with R the scaled
    /// tail and the upper signs for distances that are not negative.
    /// @param forward at most 2^112
    /// @param strike at most 2^112
    /// @param d1 as above, Q64, |d1| < 2^180
    /// @param s total deviation vol sqrt(tau), Q64, as `clamp` returns it
    function call(uint256 forward, uint256 strike, int256 d1, uint256 s) internal pure returns (int256 value) {
        unchecked {
            int256 d2 = d1 - int256(s);
            // All ones where the distance is negative, else zero; x ^ mask, less mask, is |x|.
            int256 mask1 = d1 >> 255;
            int256 mask2 = d2 >> 255;
            value = int256(forward & ~uint256(mask1)) - int256(strike & ~uint256(mask2));
            uint256 apart = uint256((d1 ^ mask1) - mask1);
            if (apart < CUTOFF) {
                // |d1| < 7 and s <= 16, so |d2| < 23: within the domain of the tail (32) and, for d1, the decay (16).
                int256 tail1 = int256(Normal.scaledTail(apart >> 16));
                int256 tail2 = int256(Normal.scaledTail(uint256((d2 ^ mask2) - mask2) >> 16));
                int256 tails = ((tail2 ^ mask2) - mask2) - ((tail1 ^ mask1) - mask1);
                // forward <= 2^112, decay <= 2^64 and |tails| <= 2^52: below 2^229.
                value += (int256(forward * Normal.decay(apart)) * tails) >> 116;
            }
        }
    }

    /// @notice d1 = logMoneyness / s + s / 2 without a division: `inverse` is 2^128 / s. All Q64, |logMoneyness| <
    /// 2^71.
    function distance(int256 logMoneyness, uint256 s, uint256 inverse) internal pure returns (int256) {
        unchecked {
            // inverse <= 2^108, so the product is below 2^179 in absolute value.
            return ((logMoneyness * int256(inverse)) >> 64) + int256(s >> 1);
        }
    }

    /// @notice Total deviation within the kernel's range, and its inverse 2^128 / s.
    function clamp(uint256 s) internal pure returns (uint256, uint256) {
        if (s < MIN_DEVIATION) s = MIN_DEVIATION;
        if (s > MAX_DEVIATION) s = MAX_DEVIATION;
        unchecked {
            return (s, 2 ** 128 / s);
        }
    }

    /// @notice vol sqrt(tau), Q64. `root` is sqrt(tau), Q64.
    function totalDeviation(uint256 vol, uint256 root) internal pure returns (uint256) {
        if (vol > type(uint128).max) revert VolatilityOutOfRange(vol);
        return vol * root / WAD;
    }

    /// @notice sqrt of a time in years, Q64.
    function rootTime(uint256 secondsLeft) internal pure returns (uint256) {
        if (secondsLeft > type(uint64).max) revert TimeOutOfRange(secondsLeft);
        return FixedPointMathLib.sqrt((secondsLeft << 128) / YEAR);
    }

    /// @notice ln(numerator / denominator), Q64. Both at most MAX_PRICE; the ratio at least 1e-18.
    function logRatio(uint256 numerator, uint256 denominator) internal pure returns (int256) {
        return toQ64(FixedPointMathLib.lnWad(int256(numerator * WAD / denominator)));
    }

    /// @notice A wad, |x| < 2^127, as Q64.
    function toQ64(int256 x) internal pure returns (int256) {
        unchecked {
            return x * 2 ** 64 / int256(WAD);
        }
    }

    function checkPrice(uint256 value) internal pure {
        if (value == 0 || value > MAX_PRICE) revert PriceOutOfRange(value);
    }
}
