// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Smile} from "../interfaces/Types.sol";

/// @title Raw SVI
/// @notice Gatheral (2004): w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2)), vol = sqrt(w / tau).
library Svi {
    error InvalidSmile(uint256 tau);

    /// A total variance of 144 is 12 deviations: more volatility no longer changes any price.
    int256 private constant MAX_VARIANCE = 144e18;
    int256 private constant WAD = 1e18;

    /// @notice Annualised volatility (wad) at `k` = ln(strike / smile.forward) (wad). Total variance is kept in [0, 144].
    function vol(Smile memory smile, int256 k) internal pure returns (uint256) {
        if (smile.tau == 0) revert InvalidSmile(smile.tau);
        int256 w = smile.a;
        if (smile.b != 0) {
            int256 x = k - smile.m;
            int256 root = int256(FixedPointMathLib.sqrt(uint256(x * x + smile.sigma * smile.sigma)));
            w += smile.b * (smile.rho * x / WAD + root) / WAD;
        }
        if (w <= 0) return 0;
        if (w > MAX_VARIANCE) w = MAX_VARIANCE;
        return FixedPointMathLib.sqrt(uint256(w) * 1e36 / smile.tau);
    }
}
