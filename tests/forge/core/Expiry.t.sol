// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IClearingHouse} from "contracts/interfaces/IClearingHouse.sol";
import {IPriceOracle} from "contracts/interfaces/IPriceOracle.sol";
import {ISettlementLedger} from "contracts/interfaces/ISettlementLedger.sol";
import {CoreBase} from "./CoreBase.sol";

contract ExpiryTest is CoreBase {
    uint256 private _alice;
    uint256 private _bob;

    function setUp() public override {
        super.setUp();
        _alice = open(ALICE, 1000 * USD);
        _bob = open(BOB, 1000 * USD);
    }

    function _expireAt(uint256 spot) private {
        vm.warp(EXPIRY);
        publish(spot, 1e18);
        oracle.fixSettlementPrice(ETH, EXPIRY);
    }

    function test_AFutureIsWorthTheSettlementPrice() external {
        trade(_alice, _bob, future, 2e18, 200e18);
        _expireAt(210e18);
        vm.expectEmit();
        emit IClearingHouse.ExpirySettled(_alice, future, 1, 2 * WAD, 210e18, 420 * WAD);
        house.settleExpiry(_alice, future);
        house.settleExpiry(_bob, future);
        vm.assertEq(house.cash(_alice), 1020 * WAD);
        vm.assertEq(house.cash(_bob), 980 * WAD);
        vm.assertEq(house.suspense(), 0);
        assertConserved();
    }

    function test_OptionsPayTheirIntrinsicValue() external {
        trade(_alice, _bob, call200, 1e18, 5e18);
        trade(_alice, _bob, put200, 1e18, 5e18);
        _expireAt(190e18);
        vm.assertEq(house.settleExpiries(_alice), 2);
        vm.assertEq(house.settleExpiries(_bob), 2);
        vm.assertEq(house.cash(_alice), 1000 * WAD);
        vm.assertEq(house.cash(_bob), 1000 * WAD);
        (uint32[] memory left,) = house.positionsOf(_alice);
        vm.assertEq(left.length, 0);
        vm.assertEq(ledger.count(), 4);
        assertConserved();
    }

    function testFuzz_RoundingNeverPaysOutMoreThanCameIn(uint256 size, uint256 spot) external {
        size = bound(size, 1, 10e18);
        trade(_alice, _bob, future, size, 200e18);
        _expireAt(bound(spot, 1, 400e18));
        house.settleExpiry(_alice, future);
        house.settleExpiry(_bob, future);
        vm.assertGe(house.suspense(), 0);
        vm.assertLe(house.suspense(), 1);
        assertConserved();
    }

    function test_AFixedSettlementPriceCountsBeforeSettlement() external {
        trade(_alice, _bob, future, 2e18, 200e18);
        _expireAt(210e18);
        setPrice(100e18);
        vm.assertEq(house.portfolio(_alice).legs.length, 0);
        vm.assertEq(house.margin(_alice).equity, 1020 * WAD);
    }

    function test_WithoutSettlementPriceTheLegRemains() external {
        trade(_alice, _bob, future, 2e18, 200e18);
        vm.warp(EXPIRY + 1);
        publish(210e18, 1e18);
        vm.assertEq(house.portfolio(_alice).legs.length, 1);
        vm.assertEq(house.settleExpiries(_alice), 0);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.NoSettlementPrice.selector, ETH, EXPIRY));
        house.settleExpiry(_alice, future);
    }

    function test_LivePositionsStayWhereTheyAre() external {
        trade(_alice, _bob, perpetual, 1e18, 200e18);
        trade(_alice, _bob, future, 1e18, 200e18);
        _expireAt(200e18);
        vm.assertEq(house.settleExpiries(_alice), 1);
        vm.assertEq(sizeOf(_alice, perpetual), WAD);
    }

    function test_TheLedgerHasTheSettlement() external {
        trade(_alice, _bob, future, 2e18, 200e18);
        _expireAt(210e18);
        bytes32 details = keccak256(abi.encode(future, 2 * WAD, 210e18));
        bytes32 hash = keccak256(abi.encode(bytes32(0), 1, 1, _alice, 0, 420 * WAD, details));
        vm.expectEmit();
        emit ISettlementLedger.Settled(1, ISettlementLedger.Category.Expiry, _alice, 0, 420 * WAD, details, hash);
        house.settleExpiry(_alice, future);
    }

    function test_NotBeforeExpiry() external {
        trade(_alice, _bob, future, 2e18, 200e18);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.InstrumentNotExpired.selector, future, EXPIRY));
        house.settleExpiry(_alice, future);
    }

    function test_NotWithoutAPosition() external {
        _expireAt(210e18);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.NothingToSettle.selector, _alice, future));
        house.settleExpiry(_alice, future);
    }
}
