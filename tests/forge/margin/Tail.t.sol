// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {LibSort} from "solady/src/utils/LibSort.sol";

import {Tail} from "contracts/libraries/Tail.sol";
import {Test} from "../Test.sol";

contract TailTest is Test {
    uint256 private constant WAD = 1e18;

    function measure(int256[] memory losses, uint256 level) internal pure returns (int256 var_, int256 es) {
        Tail.Worst memory worst = Tail.select(losses, losses.length, losses.length, level);
        return (losses[0], Tail.expectedShortfall(losses, worst));
    }

    function copy(int256[] memory losses) internal pure returns (int256[] memory result) {
        result = new int256[](losses.length);
        for (uint256 i; i < losses.length; ++i) {
            result[i] = losses[i];
        }
    }

    function drawn(uint256 seed, uint256 count) internal pure returns (int256[] memory losses) {
        losses = new int256[](count);
        for (uint256 i; i < count; ++i) {
            // Few distinct values in every third sample, so that ties are common.
            uint256 word = uint256(keccak256(abi.encode(seed, i)));
            losses[i] = seed % 3 == 0 ? int256(word % 7) * 1e18 : int256(word >> 80) - 2 ** 175;
        }
    }

    /// VaR and ES by the definition, from sorted losses.
    function sorted(int256[] memory losses, uint256 level) internal pure returns (int256 var_, int256 es) {
        losses = copy(losses);
        LibSort.sort(losses);
        uint256 inside = losses.length * (WAD - level);
        uint256 whole = inside / WAD;
        int256 sum;
        for (uint256 i; i < whole; ++i) {
            sum += losses[losses.length - 1 - i];
        }
        var_ = losses[losses.length - 1 - whole];
        es = (sum * int256(WAD) + var_ * int256(inside % WAD)) / int256(inside);
    }

    function testFuzz_SelectionIsSorting(uint256 seed, uint256 count, uint256 level) external pure {
        int256[] memory losses = drawn(seed, bound(count, 1, 512));
        level = bound(level, 1, WAD - 1);
        (int256 var_, int256 es) = sorted(losses, level);
        (int256 gotVar, int256 gotEs) = measure(losses, level);
        vm.assertEq(gotVar, var_);
        vm.assertApproxEqAbs(gotEs, es, 1);
        vm.assertGe(gotEs, gotVar);
    }

    function testFuzz_AHigherLevelLooksIntoTheTailOfALowerOne(uint256 seed, uint256 low, uint256 high) external pure {
        int256[] memory losses = drawn(seed, 512);
        low = bound(low, 1, WAD - 1);
        high = bound(high, low, WAD - 1);
        (int256 var_, int256 es) = sorted(losses, high);
        Tail.Worst memory worst = Tail.select(losses, 512, 512, low);
        worst = Tail.select(losses, worst.count, 512, high);
        vm.assertEq(losses[0], var_);
        vm.assertApproxEqAbs(Tail.expectedShortfall(losses, worst), es, 1);
    }

    function test_TheBoundaryCountsWithItsFraction() external pure {
        int256[] memory losses = new int256[](4);
        (losses[0], losses[1], losses[2], losses[3]) = (10e18, -5e18, 40e18, 20e18);
        // 37.5 % of four: the worst whole and half of the next.
        (int256 var_, int256 es) = measure(losses, 0.625e18);
        vm.assertEq(var_, 20e18);
        vm.assertEq(es, (int256(40e18) + 10e18) * 2 / 3 + 1);
    }

    function testFuzz_TheOrderOfTheLossesDoesNotMatter(uint256 seed, uint256 level) external pure {
        int256[] memory losses = drawn(seed, 100);
        level = bound(level, 1, WAD - 1);
        int256[] memory reversed = new int256[](100);
        for (uint256 i; i < 100; ++i) {
            reversed[i] = losses[99 - i];
        }
        (int256 var_, int256 es) = measure(losses, level);
        (int256 sameVar, int256 sameEs) = measure(reversed, level);
        vm.assertEq(var_, sameVar);
        vm.assertEq(es, sameEs);
    }
}
