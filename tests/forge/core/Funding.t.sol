// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IClearingHouse} from "contracts/interfaces/IClearingHouse.sol";
import {AssetPrice} from "contracts/interfaces/Types.sol";
import {FundingRate} from "contracts/libraries/FundingRate.sol";
import {CoreBase} from "./CoreBase.sol";

contract FundingTest is CoreBase {
    uint256 private _alice;
    uint256 private _bob;

    function setUp() public override {
        super.setUp();
        _alice = open(ALICE, 1000 * USD);
        _bob = open(BOB, 1000 * USD);
    }

    function _eightHoursAt(uint256 basis) private {
        skip(8 hours);
        publish(200e18, basis);
    }

    function test_APremiumForEightHoursIsPaidInFull() external {
        _eightHoursAt(1.005e18);
        vm.expectEmit();
        emit IClearingHouse.FundingAccrued(ETH, 1e18, NOW + 8 hours);
        house.accrueFunding(ETH);
    }

    function test_TheRateIsCappedBothWays() external {
        _eightHoursAt(1.05e18);
        house.accrueFunding(ETH);
        vm.assertEq(house.fundingIndex(ETH), 2 * WAD);
        _eightHoursAt(0.95e18);
        vm.assertEq(house.fundingIndex(ETH), 0);
    }

    function test_LongsPayShortsAtTheNextTouch() external {
        trade(_alice, _bob, perpetual, 2e18, 200e18);
        _eightHoursAt(1.005e18);
        vm.expectEmit();
        emit IClearingHouse.FundingSettled(_alice, perpetual, -2 * WAD);
        vm.expectEmit();
        emit IClearingHouse.FundingSettled(_bob, perpetual, 2 * WAD);
        trade(_alice, _bob, perpetual, 1e18, 200e18);
        vm.assertEq(house.cash(_alice), 398 * WAD);
        vm.assertEq(house.cash(_bob), 1602 * WAD);
        vm.assertEq(house.suspense(), 0);
        assertConserved();
    }

    function test_OneSideTouchedLeavesTheOtherInSuspense() external {
        trade(_alice, _bob, perpetual, 2e18, 200e18);
        _eightHoursAt(1.005e18);
        trade(_alice, open(CAROL, 1000 * USD), perpetual, 1e18, 200e18);
        vm.assertEq(house.suspense(), 2 * WAD);
        assertConserved();
    }

    function test_APositionPaysOnlyFromItsOpening() external {
        _eightHoursAt(1.005e18);
        trade(_alice, _bob, perpetual, 2e18, 200e18);
        vm.assertEq(house.portfolio(_alice).cash, 600 * WAD);
        (, int256 stamp) = house.position(_alice, perpetual);
        vm.assertEq(stamp, WAD);
    }

    function testFuzz_ViewsSeeWhatATouchWillBook(uint256 basis, uint256 elapsed, uint256 size) external {
        size = bound(size, 1, 10e18);
        trade(_alice, _bob, perpetual, size, 200e18);
        skip(bound(elapsed, 1, 2 days));
        publish(200e18, bound(basis, 0.9e18, 1.1e18));
        int256 alice = house.portfolio(_alice).cash;
        int256 bob = house.portfolio(_bob).cash;
        trade(_bob, _alice, perpetual, size, 200e18);
        int256 cost = int256(size * 200e18 / 1e18);
        vm.assertEq(house.cash(_alice) - cost, alice);
        vm.assertEq(house.cash(_bob) + cost, bob);
        vm.assertGe(house.suspense(), 0);
        vm.assertLe(house.suspense(), 1);
        assertConserved();
    }

    function testFuzz_TheIncrementFollowsThePremium(uint256 spot, uint256 perpetualPrice, uint256 elapsed)
        external
        pure
    {
        spot = bound(spot, 1e12, 1e24);
        perpetualPrice = bound(perpetualPrice, spot / 10, spot * 10);
        AssetPrice memory price = AssetPrice(spot, perpetualPrice, 1e18, 0);
        int256 increment = FundingRate.increment(price, MAX_FUNDING, bound(elapsed, 0, 365 days));
        if (perpetualPrice >= spot) vm.assertGe(increment, 0);
        else vm.assertLe(increment, 0);
        vm.assertLe(increment, int256(spot * MAX_FUNDING / 1e18 * 365 * 3 + 1e6));
    }

    function test_WithoutElapsedTimeNothingAccrues() external {
        _eightHoursAt(1.005e18);
        house.accrueFunding(ETH);
        vm.recordLogs();
        house.accrueFunding(ETH);
        vm.assertEq(vm.getRecordedLogs().length, 0);
    }

    function test_AnUnderlyingWithoutPerpetualHasNoFunding() external {
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.NoPerpetual.selector, 9));
        house.accrueFunding(9);
    }
}
