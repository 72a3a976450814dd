// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Triangles of wads in eight bytes per entry
library CovarianceCodec {
    /// @notice `lower` as bytes. Entries must fit int64: an accepted covariance is within [-4, 4].
    function pack(int256[] memory lower) internal pure returns (bytes memory packed) {
        uint256 count = lower.length;
        packed = new bytes(count * 8);
        for (uint256 i = 0; i < count; ++i) {
            uint256 word = uint256(uint64(int64(lower[i]))) << 192;
            // Entries are written in ascending order: what follows the eight bytes is zero, free, or yet to be written.
            assembly ("memory-safe") {
                let place := add(add(packed, 0x20), shl(3, i))
                mstore(place, or(word, and(mload(place), 0xffffffffffffffffffffffffffffffffffffffffffffffff)))
            }
        }
    }

    function unpack(bytes memory packed) internal pure returns (int256[] memory lower) {
        uint256 count = packed.length / 8;
        lower = new int256[](count);
        for (uint256 i = 0; i < count; ++i) {
            int256 entry;
            assembly ("memory-safe") {
                entry := sar(192, mload(add(add(packed, 0x20), shl(3, i))))
            }
            lower[i] = entry;
        }
    }
}
