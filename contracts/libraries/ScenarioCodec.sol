// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title The bytes of a scenario set
/// @notice Layout in IScenarioSets. Moves are signed and in units of 2^-26.
library ScenarioCodec {
    error InvalidSet(uint256 length);

    uint256 internal constant MAX_SCENARIOS = 512;
    uint256 internal constant MAX_UNDERLYINGS = 8;
    /// Fractional bits of a move.
    uint256 internal constant MOVE_BITS = 26;
    /// A price or a volatility of zero.
    int256 internal constant MIN_MOVE = -int256(2 ** MOVE_BITS);
    /// What one underlying takes in one scenario.
    uint256 internal constant CELL_BYTES = 8;

    /// @notice Length of a whole set.
    function size(uint256 scenarios, uint256 underlyings_) internal pure returns (uint256) {
        return headerSize(underlyings_) + scenarios * underlyings_ * CELL_BYTES;
    }

    function headerSize(uint256 underlyings_) internal pure returns (uint256) {
        return 1 + 2 * underlyings_;
    }

    /// @notice How many scenarios and underlyings a set holds. Reverts with InvalidSet if that is not a whole number
    /// within the limits.
    function shape(bytes memory set) internal pure returns (uint256 scenarios, uint256 underlyings_) {
        uint256 length = set.length;
        if (length == 0) revert InvalidSet(length);
        underlyings_ = uint8(set[0]);
        if (underlyings_ == 0 || underlyings_ > MAX_UNDERLYINGS) revert InvalidSet(length);
        uint256 row = underlyings_ * CELL_BYTES;
        uint256 header = headerSize(underlyings_);
        if (length <= header || (length - header) % row != 0) revert InvalidSet(length);
        scenarios = (length - header) / row;
        if (scenarios > MAX_SCENARIOS) revert InvalidSet(length);
    }

    /// @notice The underlying in this column, which must exist.
    function underlying(bytes memory set, uint256 column) internal pure returns (uint256 result) {
        assembly ("memory-safe") {
            result := shr(240, mload(add(add(set, 0x21), shl(1, column))))
        }
    }

    /// @notice Memory address of the first scenario, given the number of underlyings; a scenario's cells follow each
    /// other, and the scenarios likewise.
    function firstCell(bytes memory set, uint256 underlyings_) internal pure returns (uint256 cell) {
        cell = headerSize(underlyings_);
        assembly ("memory-safe") {
            cell := add(add(set, 0x20), cell)
        }
    }

    /// @notice The moves in the cell at this memory address.
    function moves(uint256 cell) internal pure returns (int256 price, int256 volatility) {
        assembly ("memory-safe") {
            let word := mload(cell)
            price := sar(224, word)
            volatility := sar(224, shl(32, word))
        }
    }
}
