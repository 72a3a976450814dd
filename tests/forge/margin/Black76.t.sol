// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Black76} from "contracts/libraries/Black76.sol";
import {Test} from "../Test.sol";

contract Black76Test is Test {
    uint256 private constant WAD = 1e18;
    uint256 private constant TOLERANCE = 1e-10 * 1e18;

    /// Haug, The Complete Guide to Option Pricing Formulas (1998), p. 24: F = K = 19, r = 10 %, 9 months, vol 28 %.
    function test_HaugValue() external pure {
        uint256 discount = 927743486328552892; // exp(-0.075)
        uint256 nineMonths = 365 days * 3 / 4;
        uint256 call = Black76.price(true, 19e18, 19e18, 0.28e18, nineMonths, discount);
        uint256 put = Black76.price(false, 19e18, 19e18, 0.28e18, nineMonths, discount);
        vm.assertApproxEqAbs(call, uint256(1.7011e18), 1e14);
        vm.assertApproxEqAbs(put, uint256(1.7011e18), 1e14);
    }

    function testFuzz_PutCallParity(uint256 forward, uint256 strike, uint256 vol, uint256 time) external pure {
        (forward, strike, vol, time) = _inputs(forward, strike, vol, time);
        uint256 call = Black76.price(true, forward, strike, vol, time, WAD);
        uint256 put = Black76.price(false, forward, strike, vol, time, WAD);
        vm.assertEq(call + strike, put + forward);
    }

    function testFuzz_ValueIsBetweenIntrinsicAndForward(uint256 forward, uint256 strike, uint256 vol, uint256 time)
        external
        pure
    {
        (forward, strike, vol, time) = _inputs(forward, strike, vol, time);
        uint256 call = Black76.price(true, forward, strike, vol, time, WAD);
        vm.assertLe(call, forward);
        vm.assertGe(call, forward > strike ? forward - strike : 0);
    }

    function testFuzz_VolatilityAddsValue(uint256 forward, uint256 strike, uint256 vol, uint256 time, uint256 more)
        external
        pure
    {
        (forward, strike, vol, time) = _inputs(forward, strike, vol, time);
        more = bound(more, 0, 5e18);
        uint256 low = Black76.price(true, forward, strike, vol, time, WAD);
        uint256 high = Black76.price(true, forward, strike, vol + more, time, WAD);
        vm.assertLe(low, high + forward * TOLERANCE / WAD);
    }

    function testFuzz_ACallFallsInItsStrikeButNoFasterThanIt(
        uint256 forward,
        uint256 strike,
        uint256 vol,
        uint256 time,
        uint256 more
    ) external pure {
        (forward, strike, vol, time) = _inputs(forward, strike, vol, time);
        more = bound(more, 0, forward);
        uint256 low = Black76.price(true, forward, strike, vol, time, WAD);
        uint256 high = Black76.price(true, forward, strike + more, vol, time, WAD);
        uint256 tolerance = forward * TOLERANCE / WAD;
        vm.assertLe(high, low + tolerance);
        vm.assertLe(low, high + more + tolerance);
    }

    function test_WithoutTimeOrVolatilityOnlyIntrinsicValueIsLeft() external pure {
        vm.assertApproxEqAbs(Black76.price(true, 100e18, 90e18, 0.5e18, 0, WAD), uint256(10e18), 1e7);
        vm.assertApproxEqAbs(Black76.price(true, 100e18, 100e18, 0, 30 days, WAD), uint256(0), 1e7);
        vm.assertApproxEqAbs(Black76.price(false, 100e18, 90e18, 0, 30 days, WAD), uint256(0), 1e7);
    }

    /// The stated domain of the unchecked kernel: the result stays a price.
    function testFuzz_KernelStaysInRange(uint256 forward, uint256 strike, int256 d1, uint256 s) external pure {
        forward = bound(forward, 1, 2 ** 112);
        strike = bound(strike, 1, 2 ** 112);
        (s,) = Black76.clamp(s);
        // F phi(d1) = K phi(d2) ties d1 to ln(F/K); elsewhere only the size of the result is bounded.
        d1 = bound(d1, -int256(2 ** 180), int256(2 ** 180));
        int256 value = Black76.call(forward, strike, d1, s);
        vm.assertLe(value, int256(2 * forward));
        vm.assertGe(value, -int256(forward + strike));
    }

    function testFuzz_ClampKeepsTheInverse(uint256 deviation) external pure {
        (uint256 s, uint256 inverse) = Black76.clamp(deviation);
        vm.assertTrue(s >= 2 ** 20 && s <= 2 ** 68);
        vm.assertEq(inverse, 2 ** 128 / s);
    }

    function test_PricesOutOfRangeRevert() external {
        vm.expectRevert(abi.encodeWithSelector(Black76.PriceOutOfRange.selector, 0));
        this.oneDay(0, 1e18);
        vm.expectRevert(abi.encodeWithSelector(Black76.PriceOutOfRange.selector, 2 ** 100 + 1));
        this.oneDay(1e18, 2 ** 100 + 1);
    }

    function oneDay(uint256 forward, uint256 strike) external pure returns (uint256) {
        return Black76.price(true, forward, strike, 1e18, 1 days, WAD);
    }

    function _inputs(uint256 forward, uint256 strike, uint256 vol, uint256 time)
        private
        pure
        returns (uint256, uint256, uint256, uint256)
    {
        forward = bound(forward, 1e12, 1e27);
        strike = bound(strike, forward / 10, forward * 10);
        return (forward, strike, bound(vol, 0.01e18, 5e18), bound(time, 60, 730 days));
    }
}
