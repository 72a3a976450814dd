// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Normal} from "./Normal.sol";

/// @title European options on a forward
/// @notice Black (1976): call = D (F N(d1) - K N(d2)), d1 = ln(F/K)/s + s/2, d2 = d1 - s, s = vol sqrt(tau). The error
/// is below 1e-10 of the forward for K/F in [0.1, 10].
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

    /// Beyond 8 deviations N(d1) is 0 or 1 to 7e-16.
    int256 private constant CUTOFF = 8 << 64;

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
        uint256 value = call(forward, strike, -logRatio(strike, forward), s, inverse);
        // Rounding may leave the no-arbitrage bounds by a few units of the last place.
        uint256 intrinsic = forward > strike ? forward - strike : 0;
        if (value < intrinsic) value = intrinsic;
        if (value > forward) value = forward;
        if (!isCall) value = value + strike - forward;
        return value * discount / WAD;
    }

    /// @notice Undiscounted call, the kernel of every revaluation. Unchecked: keep the stated bounds.
    /// @param forward at most 2^112
    /// @param strike at most 2^112
    /// @param logMoneyness ln(forward / strike), Q64, |.| < 2^71
    /// @param s total deviation vol sqrt(tau), Q64, as `clamp` returns it
    /// @param inverse 2^128 / s
    function call(uint256 forward, uint256 strike, int256 logMoneyness, uint256 s, uint256 inverse)
        internal
        pure
        returns (uint256)
    {
        unchecked {
            // inverse <= 2^108, so |logMoneyness * inverse| < 2^179.
            int256 d1 = ((logMoneyness * int256(inverse)) >> 64) + int256(s >> 1);
            if (d1 <= -CUTOFF) return 0;
            int256 d2 = d1 - int256(s);
            uint256 sure = d2 > 0 ? strike : 0;
            if (d1 >= CUTOFF) return forward > sure ? forward - sure : 0;
            // |d1| < 8 and s <= 16, so |d2| < 24 < 2^69 / 2^64: within the kernels' domains.
            int256 tails;
            if (d1 > 0) {
                tails = -int256(Normal.scaledTail(uint256(d1)));
                tails += d2 > 0 ? int256(Normal.scaledTail(uint256(d2))) : -int256(Normal.scaledTail(uint256(-d2)));
                sure = forward - sure;
            } else {
                tails = int256(Normal.scaledTail(uint256(-d1))) - int256(Normal.scaledTail(uint256(-d2)));
                sure = 0;
            }
            // decay <= 2^64 and |tails| <= 2^64: the product is below 2^240. sure may be negative (forward < strike).
            uint256 decay = Normal.decay(uint256(d1 < 0 ? -d1 : d1));
            int256 value = int256(sure) + ((int256(forward * decay) * tails) >> 128);
            return value > 0 ? uint256(value) : 0;
        }
    }

    /// @notice Total deviation within the kernel's range, and its inverse 2^128 / s.
    function clamp(uint256 s) internal pure returns (uint256, uint256) {
        if (s < MIN_DEVIATION) s = MIN_DEVIATION;
        if (s > MAX_DEVIATION) s = MAX_DEVIATION;
        return (s, 2 ** 128 / s);
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
        return x * 2 ** 64 / int256(WAD);
    }

    function checkPrice(uint256 value) internal pure {
        if (value == 0 || value > MAX_PRICE) revert PriceOutOfRange(value);
    }
}
