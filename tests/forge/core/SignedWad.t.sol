// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {SignedWad} from "contracts/libraries/SignedWad.sol";
import {Test} from "../Test.sol";

contract SignedWadTest is Test {
    function testFuzz_DownAndUpBracketTheProduct(int128 x, int120 y) external pure {
        int256 product = int256(x) * y;
        int256 down = SignedWad.mulDown(x, y);
        int256 up = SignedWad.mulUp(x, y);
        vm.assertLe(down * 1e18, product);
        vm.assertGe(up * 1e18, product);
        vm.assertEq(up - down, product % 1e18 == 0 ? int256(0) : int256(1));
    }

    function testFuzz_ASliceIsBetweenNothingAndTheWhole(int128 x, uint256 fraction) external pure {
        int256 slice = SignedWad.slice(x, bound(fraction, 0, 1e18));
        if (x >= 0) vm.assertTrue(slice >= 0 && slice <= x);
        else vm.assertTrue(slice <= 0 && slice >= x);
        vm.assertEq(SignedWad.slice(x, 1e18), int256(x));
    }
}
