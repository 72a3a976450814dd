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

    /// @notice How far from the money the smile is used (wad): 4 sqrt(a + b sigma), four deviations of about the least
    /// variance. Beyond, volatility stays what it is there. Source: Derive, SVI library.
    function wing(Smile memory smile) internal pure returns (int256) {
        unchecked {
            // Members are at most 2^80: the sum is below 2^102, its root below 2^81.
            int256 least = smile.a + smile.b * smile.sigma / WAD;
            return least <= 0 ? int256(0) : int256(4 * FixedPointMathLib.sqrt(uint256(least * WAD)));
        }
    }

    /// @notice Annualised volatility (wad) at `k`.
    function vol(Smile memory smile, int256 k) internal pure returns (uint256) {
        check(smile);
        int256 bound = wing(smile);
        return FixedPointMathLib.sqrt(variance(smile, FixedPointMathLib.clamp(k, -bound, bound)) * 1e36 / smile.tau);
    }

    function _isBounded(int256 member) private pure returns (bool) {
        return member <= MAX_MEMBER && member >= -MAX_MEMBER;
    }
}
