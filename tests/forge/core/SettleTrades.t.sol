// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ClearingHouse} from "contracts/ClearingHouse.sol";
import {IClearingHouse} from "contracts/interfaces/IClearingHouse.sol";
import {Fill, Instrument, Kind} from "contracts/interfaces/Types.sol";
import {CoreBase} from "./CoreBase.sol";

contract SettleTradesTest is CoreBase {
    uint256 private _alice;
    uint256 private _bob;

    function setUp() public override {
        super.setUp();
        _alice = open(ALICE, 1000 * USD);
        _bob = open(BOB, 1000 * USD);
    }

    function test_TheBuyerPaysSizeTimesPriceToTheSeller() external {
        vm.expectEmit();
        emit IClearingHouse.Traded(_alice, _bob, perpetual, 2e18, 201e18, 402e18);
        trade(_alice, _bob, perpetual, 2e18, 201e18);
        vm.assertEq(house.cash(_alice), 598 * WAD);
        vm.assertEq(house.cash(_bob), 1402 * WAD);
        vm.assertEq(sizeOf(_alice, perpetual), 2 * WAD);
        vm.assertEq(sizeOf(_bob, perpetual), -2 * WAD);
        vm.assertEq(house.margin(_alice).equity, 998 * WAD);
        assertConserved();
    }

    function testFuzz_BothSidesBookTheSameInteger(uint256 size, uint256 price) external {
        size = bound(size, 1, 3e18);
        price = bound(price, 0, 220e18);
        trade(_alice, _bob, call200, size, price);
        vm.assertEq(house.cash(_alice) + house.cash(_bob), 2000 * WAD);
        vm.assertEq(house.cash(_alice), 1000 * WAD - int256(size * price / 1e18));
        assertConserved();
    }

    function test_InitialMarginGatesRisk() external {
        trade(_alice, _bob, perpetual, 50e18, 200e18);
        vm.expectPartialRevert(IClearingHouse.BelowInitialMargin.selector);
        trade(_alice, _bob, perpetual, 1e9, 200e18);
    }

    function test_MaintenanceMarginIsEnoughToReduce() external {
        trade(_alice, _bob, perpetual, 50e18, 200e18);
        uint256 carol = open(CAROL, 5000 * USD);
        setPrice(195e18);
        vm.assertLt(house.margin(_alice).initialMargin, 0);
        trade(carol, _alice, perpetual, 1e18, 195e18);
        vm.assertEq(sizeOf(_alice, perpetual), 49 * WAD);
    }

    function test_CrossingZeroIsNotReducing() external {
        trade(_alice, _bob, perpetual, 50e18, 200e18);
        uint256 carol = open(CAROL, 50_000 * USD);
        setPrice(182e18);
        vm.assertLt(house.margin(_alice).initialMargin, 0);
        vm.expectPartialRevert(IClearingHouse.BelowInitialMargin.selector);
        trade(carol, _alice, perpetual, 100e18, 182e18);
    }

    function test_BelowMaintenanceNotEvenReducing() external {
        trade(_alice, _bob, perpetual, 50e18, 200e18);
        uint256 carol = open(CAROL, 5000 * USD);
        setPrice(180e18);
        vm.expectPartialRevert(IClearingHouse.BelowMaintenanceMargin.selector);
        trade(carol, _alice, perpetual, 1e18, 180e18);
    }

    function test_OneRiskyFillSpoilsAReducingBatch() external {
        trade(_alice, _bob, perpetual, 50e18, 200e18);
        uint256 carol = open(CAROL, 5000 * USD);
        setPrice(195e18);
        Fill[] memory fills = new Fill[](2);
        fills[0] = fill(carol, _alice, perpetual, 1e18, 195e18);
        fills[1] = fill(_alice, carol, future, 1e15, 195e18);
        vm.expectPartialRevert(IClearingHouse.BelowInitialMargin.selector);
        house.settleTrades(fills);
    }

    function test_MarginIsCheckedAfterTheWholeBatch() external {
        Fill[] memory fills = new Fill[](2);
        fills[0] = fill(_alice, _bob, perpetual, 60e18, 200e18);
        fills[1] = fill(_bob, _alice, perpetual, 20e18, 200e18);
        house.settleTrades(fills);
        vm.assertEq(sizeOf(_alice, perpetual), 40 * WAD);
    }

    function test_AClosedPositionLeavesNoTrace() external {
        trade(_alice, _bob, perpetual, 1e18, 200e18);
        trade(_alice, _bob, future, 1e18, 200e18);
        trade(_alice, _bob, call200, 1e18, 2e18);
        trade(_bob, _alice, perpetual, 1e18, 200e18);
        (uint32[] memory instruments, int256[] memory sizes) = house.positionsOf(_alice);
        vm.assertEq(instruments.length, 2);
        vm.assertEq(uint256(instruments[0]), call200);
        vm.assertEq(uint256(instruments[1]), future);
        vm.assertEq(sizes[0] + sizes[1], 2 * WAD);
    }

    function test_ExpiredContractsDoNotTrade() external {
        vm.warp(EXPIRY);
        publish(200e18, 1e18);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.InstrumentExpired.selector, future, EXPIRY));
        trade(_alice, _bob, future, 1e18, 200e18);
    }

    function test_AnAccountDoesNotTradeWithItself() external {
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.SelfTrade.selector, _alice));
        trade(_alice, _alice, future, 1e18, 200e18);
    }

    function test_ATradeHasASize() external {
        vm.expectRevert(IClearingHouse.ZeroSize.selector);
        trade(_alice, _bob, future, 0, 200e18);
    }

    function test_AnUnknownContractDoesNotTrade() external {
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.UnknownInstrument.selector, 99));
        trade(_alice, _bob, 99, 1e18, 200e18);
    }

    function test_AnUnknownAccountDoesNotTrade() external {
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.UnknownAccount.selector, 42));
        trade(_alice, 42, future, 1e18, 200e18);
    }

    function test_StalePricesStopTrading() external {
        skip(31 days);
        vm.expectRevert();
        trade(_alice, _bob, perpetual, 1e18, 200e18);
    }

    function test_PositionsPerAccountAreBounded() external {
        uint256 limit = house.maxPositions();
        uint32 id;
        for (uint256 i; i < limit + 1; ++i) {
            id = house.listInstrument(Instrument(ETH, Kind.Call, EXPIRY, uint128(1000e18 + i)));
            if (i < limit) trade(_alice, _bob, id, 1e12, 0);
        }
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.TooManyPositions.selector, _alice, limit));
        trade(_alice, _bob, id, 1e12, 0);
    }

    function test_ThePositionLimitIsBounded() external {
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.PositionLimitAboveBound.selector, 129, 128));
        new ClearingHouse(address(this), address(quote), address(oracle), address(1), 129, 0);
    }

    function test_AContractNeedsConsistentTerms() external {
        Instrument memory terms = Instrument(ETH, Kind.Perpetual, EXPIRY, 0);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.InvalidInstrument.selector, terms));
        house.listInstrument(terms);
        terms = Instrument(ETH, Kind.Call, EXPIRY, 0);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.InvalidInstrument.selector, terms));
        house.listInstrument(terms);
        terms = Instrument(ETH, Kind.Future, NOW, 0);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.InvalidInstrument.selector, terms));
        house.listInstrument(terms);
    }
}
