// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Leg} from "../interfaces/Types.sol";

/// @title Memory arrays of legs
library LegArray {
    /// @notice Shortens `legs` in place to its first `count` entries.
    function truncate(Leg[] memory legs, uint256 count) internal pure {
        assert(count <= legs.length);
        // The bound above keeps the new length inside the memory allocated for the array.
        assembly ("memory-safe") {
            mstore(legs, count)
        }
    }
}
