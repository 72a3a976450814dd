// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Products of signed wads with the rounding in the name
/// @dev Down is towards minus infinity, up towards plus infinity. Solidity's own division truncates towards zero.
library SignedWad {
    int256 internal constant WAD = 1e18;

    function mulDown(int256 x, int256 y) internal pure returns (int256 z) {
        int256 product = x * y;
        z = product / WAD;
        if (product % WAD < 0) z -= 1;
    }

    function mulUp(int256 x, int256 y) internal pure returns (int256 z) {
        int256 product = x * y;
        z = product / WAD;
        if (product % WAD > 0) z += 1;
    }

    /// @notice The slice `fraction` of `x`, rounded towards zero; the whole of `x` when `fraction` is one.
    function slice(int256 x, uint256 fraction) internal pure returns (int256) {
        return x * int256(fraction) / WAD;
    }
}
