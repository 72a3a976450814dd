// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Normal} from "contracts/libraries/Normal.sol";
import {Test} from "../Test.sol";

contract NormalTest is Test {
    int256 private constant FAR = 20e18;

    /// Tables of the distribution (Abramowitz and Stegun 1964, table 26.1), at fifteen digits.
    function test_PublishedValues() external pure {
        vm.assertApproxEqAbs(Normal.cdf(0), uint256(0.5e18), 1e5);
        vm.assertApproxEqAbs(Normal.cdf(1e18), uint256(0.841344746068543e18), 1e5);
        vm.assertApproxEqAbs(Normal.cdf(-2e18), uint256(0.022750131948179e18), 1e5);
        vm.assertApproxEqAbs(Normal.cdf(3e18), uint256(0.998650101968370e18), 1e5);
        vm.assertApproxEqAbs(Normal.pdf(0), uint256(0.398942280401433e18), 1e5);
        vm.assertApproxEqAbs(Normal.pdf(-1e18), uint256(0.241970724519143e18), 1e5);
    }

    function testFuzz_BothTailsSumToOne(int256 x) external pure {
        x = bound(x, 1, FAR);
        vm.assertEq(Normal.cdf(x) + Normal.cdf(-x), 1e18);
    }

    function testFuzz_TheDistributionRisesUpToItsError(int256 x, int256 step) external pure {
        x = bound(x, -FAR, FAR);
        step = bound(step, 0, FAR);
        vm.assertLe(Normal.cdf(x), Normal.cdf(x + step) + 2e4);
    }

    function testFuzz_DensityIsSymmetricAndLargestAtZero(int256 x) external pure {
        x = bound(x, -FAR, FAR);
        vm.assertEq(Normal.pdf(x), Normal.pdf(-x));
        vm.assertLe(Normal.pdf(x), Normal.pdf(0) + 1e4);
    }

    function test_EveryArgumentHasAValue() external pure {
        vm.assertEq(Normal.cdf(type(int256).min), 0);
        vm.assertEq(Normal.cdf(type(int256).max), 1e18);
        vm.assertEq(Normal.pdf(type(int256).min), 0);
        vm.assertEq(Normal.pdf(type(int256).max), 0);
    }

    /// The whole domain of the unchecked kernels, so that a lane or a product that overflowed would show.
    function testFuzz_KernelsStayInRange(uint256 x) external pure {
        uint256 decay = Normal.decay(bound(x, 0, 2 ** 68 - 1));
        vm.assertLe(decay, 2 ** 64);
        uint256 tail = Normal.scaledTail(bound(x, 0, 2 ** 53 - 1));
        vm.assertLe(tail, 2 ** 51);
        // At 32 deviations the tail is 1 / (32 sqrt(2 pi)) = 0.01247 and falls no further.
        vm.assertGe(tail, uint256(2 ** 52) / 81);
    }

    function testFuzz_ScaledTailFalls(uint256 x, uint256 step) external pure {
        x = bound(x, 0, 2 ** 52);
        step = bound(step, 2 ** 20, 2 ** 52 - 1);
        vm.assertGe(Normal.scaledTail(x), Normal.scaledTail(x + step));
    }
}
