// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {LibSort} from "solady/src/utils/LibSort.sol";

import {Kind, Leg} from "../interfaces/Types.sol";

/// @title Legs in the order of underlying, expiry, strike
/// @notice One sort lets a rule walk each underlying, expiry and strike once, whatever order the legs came in. A leg
/// becomes a word, its key: underlying 16 bits | expiry 64 | strike 128 | kind 8 | index 8, from bit 16 up.
/// @dev Perpetuals sort first (expiry 0), futures before the options of their expiry (strike 0).
library LegOrder {
    error InvalidLeg(uint256 index);
    error TooManyLegs(uint256 count);

    uint256 internal constant MAX_LEGS = 256;

    /// A size beyond 1.27e12 units is an error; the bound keeps the revaluation free of overflow.
    int256 internal constant MAX_SIZE = 2 ** 100;

    /// What follows the last key: greater than any.
    uint256 internal constant END = type(uint256).max;

    /// @return keys in ascending order, with END after the last one, beyond the array's length
    function sort(Leg[] calldata legs) internal pure returns (uint256[] memory keys) {
        uint256 count = legs.length;
        if (count > MAX_LEGS) revert TooManyLegs(count);
        keys = new uint256[](count + 1);
        keys[count] = END;
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                uint256 underlying;
                uint256 kind;
                uint256 expiry;
                uint256 strike;
                // A leg is five words; the slice of `count` legs was checked against the calldata when it was taken.
                assembly ("memory-safe") {
                    let leg := add(legs.offset, mul(i, 0xa0))
                    underlying := calldataload(leg)
                    kind := calldataload(add(leg, 0x20))
                    expiry := calldataload(add(leg, 0x40))
                    strike := calldataload(add(leg, 0x60))
                }
                bool typed = ((underlying >> 16) | (kind >> 2) | (expiry >> 64) | (strike >> 128)) == 0;
                bool shaped = ((kind <= uint256(Kind.Put)) == (strike != 0))
                    && ((kind == uint256(Kind.Perpetual)) == (expiry == 0));
                int256 size = sizeOf(legs, i);
                if (!typed || !shaped || size > MAX_SIZE || size < -MAX_SIZE) revert InvalidLeg(i);
                uint256 key = (underlying << 224) | (expiry << 160) | (strike << 32) | (kind << 24) | (i << 16);
                assembly ("memory-safe") {
                    mstore(add(add(keys, 0x20), shl(5, i)), key)
                }
            }
        }
        assembly ("memory-safe") {
            mstore(keys, count)
        }
        LibSort.sort(keys);
    }

    /// @notice Where the first key is; the next one is a word further.
    function start(uint256[] memory keys) internal pure returns (uint256 cursor) {
        assembly ("memory-safe") {
            cursor := add(keys, 0x20)
        }
    }

    function load(uint256 cursor) internal pure returns (uint256 key) {
        assembly ("memory-safe") {
            key := mload(cursor)
        }
    }

    /// @notice Size of the leg with this index, which must exist.
    function sizeOf(Leg[] calldata legs, uint256 index) internal pure returns (int256 size) {
        assembly ("memory-safe") {
            size := calldataload(add(add(legs.offset, mul(index, 0xa0)), 0x80))
        }
    }

    /// @dev Legs of one (underlying, expiry) share it.
    function groupOf(uint256 key) internal pure returns (uint256) {
        return key >> 160;
    }

    /// @dev Legs of one (underlying, expiry, strike) share it.
    function strikeGroupOf(uint256 key) internal pure returns (uint256) {
        return key >> 32;
    }

    function underlyingOf(uint256 key) internal pure returns (uint256) {
        return key >> 224;
    }

    function expiryOf(uint256 key) internal pure returns (uint256) {
        return uint64(key >> 160);
    }

    function strikeOf(uint256 key) internal pure returns (uint256) {
        return uint128(key >> 32);
    }

    function kindOf(uint256 key) internal pure returns (Kind) {
        return Kind(uint8(key >> 24));
    }

    function isCall(uint256 key) internal pure returns (bool) {
        return uint8(key >> 24) == uint8(Kind.Call);
    }

    function indexOf(uint256 key) internal pure returns (uint256) {
        return uint8(key >> 16);
    }
}
