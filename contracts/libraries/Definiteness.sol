// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

/// @title Whether a matrix is a covariance
/// @notice Cholesky's decomposition of the correlation matrix with 1e-9 added to its diagonal: it exists for every
/// positive semi-definite matrix, singular or not, and for none whose correlation has an eigenvalue below -1e-9.
library Definiteness {
    /// Variances that are a wad's rounding away from nothing have no correlations to speak of; 4 is a deviation of 200 %.
    uint256 internal constant MIN_VARIANCE = 1e10;
    uint256 internal constant MAX_VARIANCE = 4e18;

    uint256 private constant ONE = 2 ** 96;
    int256 private constant RIDGE = int256(ONE) / 1e9;

    /// @notice True if every variance is within [1e-8, 4] and the matrix is positive semi-definite.
    /// @param lower the lower triangle with the diagonal, row by row, wads
    /// @param size rows of the matrix, at most 32; `lower` must have size (size + 1) / 2 entries
    function isCovariance(int256[] memory lower, uint256 size) internal pure returns (bool) {
        uint256[] memory deviations = new uint256[](size);
        int256[] memory root = new int256[](lower.length);
        uint256 row = 0;
        for (uint256 i = 0; i < size; ++i) {
            int256 variance = lower[row + i];
            if (variance < int256(MIN_VARIANCE) || variance > int256(MAX_VARIANCE)) return false;
            // 2^32 times the deviation in root wads: below 2^63, and exact to 2e-15.
            deviations[i] = FixedPointMathLib.sqrt(uint256(variance) << 64);
            if (!_decompose(lower, deviations, root, i, row)) return false;
            row += i + 1;
        }
        return true;
    }

    /// @dev Row `i` of the root, which starts at entry `row`, Q96. What is left of the diagonal falls with every entry;
    /// leaving as soon as it is used up keeps each entry below one, whatever the matrix.
    function _decompose(
        int256[] memory lower,
        uint256[] memory deviations,
        int256[] memory root,
        uint256 i,
        uint256 row
    ) private pure returns (bool) {
        unchecked {
            int256 left = int256(ONE) + RIDGE;
            uint256 other = 0;
            for (uint256 j = 0; j < i; ++j) {
                int256 entry = lower[row + j];
                if (entry > int256(MAX_VARIANCE) || entry < -int256(MAX_VARIANCE)) return false;
                // Below 2^62 2^160; the correlation may exceed one by as much as a lie, at most 2^30.
                int256 product = ((entry << 160) / int256(deviations[i] * deviations[j])) << 96;
                for (uint256 k = 0; k < j; ++k) product -= root[row + k] * root[other + k];
                // Divided by at least sqrt(RIDGE / 2) = 2^81: below 2^(222 - 81 + 1).
                int256 value = product / root[other + j];
                if (value > int256(2 * ONE) || value < -int256(2 * ONE)) return false;
                left -= (value * value) >> 96;
                if (left < RIDGE / 2) return false;
                root[row + j] = value;
                other += j + 1;
            }
            root[row + i] = int256(FixedPointMathLib.sqrt(uint256(left) << 96));
            return true;
        }
    }
}
