// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Smile} from "../interfaces/Types.sol";

/// @title Raw SVI
/// @notice Gatheral (2004): w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2)), vol = sqrt(w / tau).
library Svi {
    error InvalidSmile(Smile smile);

    /// A total variance of 144 is 12 deviations: more volatility no longer changes any price.
    int256 private constant MAX_VARIANCE = 144e18;
    int256 private constant WAD = 1e18;

    /// Bound of each member, 1.2e6: what keeps `variance` free of overflow.
    int256 private constant MAX_MEMBER = 2 ** 80;

    /// @notice Reverts unless `variance` can take the smile. Arbitrage is the publisher's and the oracle's concern.
    function check(Smile memory smile) internal pure {
        bool bounded = _isBounded(smile.a) && _isBounded(smile.b) && _isBounded(smile.rho) && _isBounded(smile.m)
            && _isBounded(smile.sigma);
        if (!bounded || smile.tau == 0) revert InvalidSmile(smile);
    }

    /// @notice Total variance (wad), kept in [0, 144], at `k` = ln(strike / smile.forward) (wad, |k| < 2^80).
    /// Unchecked.
    function variance(Smile memory smile, int256 k) internal pure returns (uint256) {
        int256 w = smile.a;
        if (smile.b != 0) {
            unchecked {
                // |x| < 2^81, so the squares sum to less than 2^163; root and rho x / WAD are below 2^103, times b
                // 2^183.
                int256 x = k - smile.m;
                int256 root = int256(FixedPointMathLib.sqrt(uint256(x * x + smile.sigma * smile.sigma)));
                w += smile.b * (smile.rho * x / WAD + root) / WAD;
            }
        }
        if (w <= 0) return 0;
        return uint256(w < MAX_VARIANCE ? w : MAX_VARIANCE);
    }

    /// @notice a + b sigma (wad), about the least variance of the smile: what `clip` needs.
    function least(Smile memory smile) internal pure returns (int256) {
        unchecked {
            // Members are at most 2^80: the sum is below 2^102.
            return smile.a + smile.b * smile.sigma / WAD;
        }
    }

    /// @notice `k` (wad, |k| < 2^80) kept within four deviations, 4 sqrt(least): beyond, volatility stays what it is
    /// there. Source: Derive, SVI library.
    function clip(int256 k, int256 leastVariance) internal pure returns (int256) {
        unchecked {
            // Squares decide, so that the usual strike needs no root: both sides are below 2^167.
            if (k * k <= 16 * leastVariance * WAD) return k;
            if (leastVariance <= 0) return 0;
            int256 wing = int256(4 * FixedPointMathLib.sqrt(uint256(leastVariance * WAD)));
            return k > 0 ? wing : -wing;
        }
    }

    /// @notice Annualised volatility (wad) at `k`.
    function vol(Smile memory smile, int256 k) internal pure returns (uint256) {
        check(smile);
        return FixedPointMathLib.sqrt(variance(smile, clip(k, least(smile))) * 1e36 / smile.tau);
    }

    function _isBounded(int256 member) private pure returns (bool) {
        return member <= MAX_MEMBER && member >= -MAX_MEMBER;
    }
}
