// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Order statistics of a short list
/// @dev A list is an array that is sorted ascending in its first `length` places; the rest is room. Insertion is linear:
/// meant for a handful of publishers, not for many values.
library Median {
    /// @notice Put `value` at its place among the first `length` values. The array must have room for one more.
    function insert(uint256[] memory sorted, uint256 length, uint256 value) internal pure {
        uint256 place = length;
        while (place > 0 && sorted[place - 1] > value) {
            sorted[place] = sorted[place - 1];
            --place;
        }
        sorted[place] = value;
    }

    /// @notice Middle value, or the mean of the two middle values rounded down. `length` must be positive, and the sum
    /// of two values must fit.
    function median(uint256[] memory sorted, uint256 length) internal pure returns (uint256) {
        uint256 middle = length / 2;
        if (length % 2 == 1) return sorted[middle];
        return (sorted[middle - 1] + sorted[middle]) >> 1;
    }

    /// @notice Middle value, or the larger of the two middle values: always one of the list.
    function upperMedian(uint256[] memory sorted, uint256 length) internal pure returns (uint256) {
        return sorted[length / 2];
    }
}
