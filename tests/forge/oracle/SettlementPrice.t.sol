// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IPriceOracle} from "contracts/interfaces/IPriceOracle.sol";
import {OracleBase} from "./OracleBase.sol";

contract SettlementPriceTest is OracleBase {
    uint64 private constant DUE = NOW + 1800;

    function test_NothingIsFixedBeforeExpiry() external {
        authorise(1);
        postSpot(0, NOW, 200e18);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.NotExpired.selector, DUE, NOW));
        oracle.fixSettlementPrice(ETH, DUE);
    }

    function test_AnObservationBeforeExpiryDoesNotSettle() external {
        authorise(1);
        vm.warp(DUE);
        postSpot(0, DUE - 1, 200e18);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.NoSettlementPrice.selector, ETH, DUE));
        oracle.fixSettlementPrice(ETH, DUE);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.NoSettlementPrice.selector, ETH, DUE));
        oracle.settlementPrice(ETH, DUE);
    }

    /// Who calls, and when, cannot choose the price.
    function testFuzz_TheFirstPriceAtOrAfterExpirySettlesWheneverItIsAsked(uint256 first, uint256 later, uint256 wait)
        external
    {
        authorise(1);
        first = bound(first, 1, type(uint96).max);
        later = bound(later, 1, type(uint96).max);
        wait = bound(wait, 1, 30 days);
        vm.warp(DUE + 5);
        postSpot(0, DUE - 1, 150e18);
        postSpot(0, DUE + 5, first);
        vm.warp(DUE + 5 + wait);
        postSpot(0, uint64(DUE + 5 + wait), later);
        vm.expectEmit();
        emit IPriceOracle.SettlementPriceFixed(ETH, DUE, uint128(first));
        oracle.fixSettlementPrice(ETH, DUE);
        vm.assertEq(oracle.settlementPrice(ETH, DUE), first);
    }

    function test_ALaterPriceOfTheSameTimestampDoesNotReplaceTheFirst() external {
        authorise(3);
        vm.warp(DUE);
        postSpot(0, DUE, 200e18);
        vm.warp(DUE + 60);
        postSpot(1, DUE, 300e18);
        postSpot(2, DUE, 300e18);
        vm.assertEq(oracle.assetPrice(ETH).spot, 300e18);
        oracle.fixSettlementPrice(ETH, DUE);
        vm.assertEq(oracle.settlementPrice(ETH, DUE), 200e18);
    }

    function test_AQuorumMustHaveSeenTheMarketAfterExpiry() external {
        authorise(3);
        oracle.setQuorum(2);
        vm.warp(DUE);
        postSpot(0, DUE - 60, 200e18);
        postSpot(1, DUE - 60, 200e18);
        postSpot(2, DUE, 1e18);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.NoSettlementPrice.selector, ETH, DUE));
        oracle.fixSettlementPrice(ETH, DUE);
        postSpot(0, DUE, 202e18);
        oracle.fixSettlementPrice(ETH, DUE);
        vm.assertEq(oracle.settlementPrice(ETH, DUE), 200e18);
    }

    function test_AFixedPriceStays() external {
        authorise(1);
        vm.warp(DUE);
        postSpot(0, DUE, 200e18);
        oracle.fixSettlementPrice(ETH, DUE);
        vm.warp(DUE + 12);
        postSpot(0, DUE + 12, 100e18);
        oracle.fixSettlementPrice(ETH, DUE);
        vm.assertEq(oracle.settlementPrice(ETH, DUE), 200e18);
    }

    function test_EachExpiryHasItsOwnPrice() external {
        authorise(1);
        for (uint64 i; i < 5; ++i) {
            vm.warp(DUE + i * 600);
            postSpot(0, DUE + i * 600, (200 + uint256(i)) * 1e18);
        }
        oracle.fixSettlementPrice(ETH, DUE + 601);
        oracle.fixSettlementPrice(ETH, DUE + 1200);
        oracle.fixSettlementPrice(ETH, DUE - 7);
        vm.assertEq(oracle.settlementPrice(ETH, DUE + 601), 202e18);
        vm.assertEq(oracle.settlementPrice(ETH, DUE + 1200), 202e18);
        vm.assertEq(oracle.settlementPrice(ETH, DUE - 7), 200e18);
    }
}
