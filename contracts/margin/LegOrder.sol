// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {LibSort} from "solady/src/utils/LibSort.sol";

import {Instrument, Kind, Leg} from "../interfaces/Types.sol";

/// @title Legs in the order of underlying, expiry, strike
/// @notice One sort lets a rule walk each underlying, expiry and strike once, whatever order the legs came in. A leg
/// becomes a word: underlying 16 bits | expiry 64 | strike 128 | kind 8 | index 8, from bit 16 up.
/// @dev Perpetuals sort first (expiry 0), futures before the options of their expiry (strike 0).
library LegOrder {
    error InvalidLeg(uint256 index);
    error TooManyLegs(uint256 count);

    uint256 internal constant MAX_LEGS = 256;

    /// A size beyond 1.27e12 units is an error; the bound keeps the revaluation free of overflow.
    int256 internal constant MAX_SIZE = 2 ** 100;

    function sort(Leg[] calldata legs) internal pure returns (uint256[] memory keys) {
        uint256 count = legs.length;
        if (count > MAX_LEGS) revert TooManyLegs(count);
        keys = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            Leg calldata leg = legs[i];
            Instrument calldata instrument = leg.instrument;
            Kind kind = instrument.kind;
            uint256 strike = instrument.strike;
            uint256 expiry = instrument.expiry;
            int256 size = leg.size;
            bool option = kind == Kind.Call || kind == Kind.Put;
            bool shaped = (option == (strike != 0)) && ((kind == Kind.Perpetual) == (expiry == 0));
            if (!shaped || size > MAX_SIZE || size < -MAX_SIZE) revert InvalidLeg(i);
            unchecked {
                keys[i] =
                    (uint256(instrument.underlying) << 224) | (expiry << 160) | (strike << 32) | (uint256(kind) << 24) | (i << 16);
            }
        }
        LibSort.sort(keys);
    }

    /// @dev Legs of one (underlying, expiry) share it.
    function groupOf(uint256 key) internal pure returns (uint256) {
        return key >> 160;
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

    function indexOf(uint256 key) internal pure returns (uint256) {
        return uint8(key >> 16);
    }
}
