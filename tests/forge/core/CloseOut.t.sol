// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IClearingHouse} from "contracts/interfaces/IClearingHouse.sol";
import {CloseOutBase} from "./CloseOutBase.sol";

/// What the clearing house does for a liquidation mechanism; here the test is the mechanism.
contract CloseOutTest is CloseOutBase {
    function setUp() public override {
        super.setUp();
        house.grantRole(house.LIQUIDATOR_ROLE(), address(this));
    }

    function test_ASliceOfEverythingMoves() external {
        depositEther(alice, 1);
        setPrice(189e18);
        house.closeOut(alice, carol, 0.5e18, 200e18, 10e18);
        vm.assertEq(sizeOf(alice, perpetual), 25 * WAD);
        vm.assertEq(sizeOf(carol, perpetual), 25 * WAD);
        vm.assertEq(house.cash(alice), -4310 * WAD);
        vm.assertEq(house.cash(carol), 5300 * WAD);
        vm.assertEq(quote.balanceOf(address(fund)), 10 * USD);
        vm.assertEq(netSize(perpetual), 0);
        assertConserved();
    }

    function test_TheWholeAccountLeavesOnlyThePayment() external {
        depositEther(alice, 3);
        setPrice(189e18);
        house.closeOut(alice, carol, 1e18, 400e18, 0);
        vm.assertEq(house.cash(alice), 400 * WAD);
        vm.assertEq(house.holding(carol, ETH), 3);
        vm.assertEq(house.portfolio(alice).legs.length + house.portfolio(alice).holdings.length, 0);
        assertConserved();
    }

    function testFuzz_SlicesConserve(uint256 fraction, uint256 spot, uint256 payment, uint256 fee, uint256 basis)
        external
    {
        depositEther(alice, 0.333333333333333333e18);
        skip(1 hours);
        publish(bound(spot, 150e18, 179e18), bound(basis, 0.99e18, 1.01e18));
        fraction = bound(fraction, 1, 1e18);
        house.closeOut(alice, carol, fraction, int256(bound(payment, 0, 1000e18)), bound(fee, 0, 100e18));
        vm.assertEq(netSize(perpetual), 0);
        assertConserved();
    }

    function test_FundingIsSettledOnWhatMoves() external {
        skip(8 hours);
        publish(189e18, 1.01e18);
        vm.expectEmit();
        emit IClearingHouse.FundingSettled(alice, perpetual, -94.5e18);
        house.closeOut(alice, carol, 1e18, 0, 0);
        vm.assertEq(house.cash(carol), 10_000 * WAD - 9000 * WAD - 94.5e18);
        vm.assertEq(house.suspense(), 94.5e18);
        assertConserved();
    }

    function test_TheFundPaysForInsolvency() external {
        endow(1000 * USD);
        setPrice(170e18);
        vm.expectEmit();
        emit IClearingHouse.BadDebtBooked(alice, 1, 600e18, 600e18, 0);
        house.closeOut(alice, carol, 1e18, -600e18, 0);
        vm.assertEq(house.cash(carol), 1600 * WAD);
        vm.assertEq(quote.balanceOf(address(fund)), 400 * USD);
        assertConserved();
    }

    function test_WhatTheFundLacksIsSocialised() external {
        endow(400 * USD);
        setPrice(170e18);
        vm.expectEmit();
        emit IClearingHouse.BadDebtBooked(alice, 1, 600e18, 400e18, 200e18);
        house.closeOut(alice, carol, 1e18, -600e18, 0);
        vm.assertEq(house.cash(carol), 1600 * WAD);
        vm.assertEq(house.socialisedLoss(), 200e18);
        assertConserved();
    }

    function testFuzz_EveryLossIsBookedOnce(uint256 endowment, uint256 payment) external {
        endowment = bound(endowment, 1, 2000 * USD);
        payment = bound(payment, 1, 2000e18);
        endow(endowment);
        setPrice(170e18);
        house.closeOut(alice, carol, 1e18, -int256(payment), 0);
        uint256 paid = (endowment - quote.balanceOf(address(fund))) * 1e12;
        vm.assertEq(int256(paid + house.socialisedLoss()), int256(payment) + house.suspense());
        vm.assertLt(house.suspense(), 1e12);
        assertConserved();
    }

    function test_ASocialisedLossHaircutsWithdrawals() external {
        _socialise();
        uint256 held = quote.balanceOf(address(vault));
        withdraw(BOB, bob, 50_000 * USD);
        uint256 paid = uint256(50_000 * USD) * held / (held + 500 * USD);
        vm.assertEq(quote.balanceOf(BOB), paid);
        vm.assertEq(house.socialisedLoss(), 500e18 - (50_000 * USD - paid) * 1e12);
        assertConserved();
    }

    function testFuzz_TheHaircutIsExactForAnyAmount(uint256 first, uint256 second) external {
        _socialise();
        withdraw(BOB, bob, bound(first, 1, 40_000 * USD));
        assertConserved();
        withdraw(BOB, bob, bound(second, 1, 40_000 * USD));
        assertConserved();
    }

    function test_FeesRepayASocialisedLossBeforeTheFund() external {
        _socialise();
        setPrice(200e18);
        uint256 dave = open(BOB, 1000 * USD);
        trade(dave, bob, perpetual, 50e18, 200e18);
        setPrice(189e18);
        vm.expectEmit();
        emit IClearingHouse.SocialisedLossRepaid(500e18, 0);
        house.closeOut(dave, carol, 1e18, 550e18, 520e18);
        vm.assertEq(house.socialisedLoss(), 0);
        vm.assertEq(quote.balanceOf(address(fund)), 20 * USD);
        assertConserved();
    }

    function test_AnEmptyAccountInDebtIsBooked() external {
        endow(300 * USD);
        uint256 dave = open(BOB, 1000 * USD);
        trade(dave, bob, future, 50e18, 200e18);
        vm.warp(EXPIRY);
        publish(170e18, 1e18);
        oracle.fixSettlementPrice(ETH, EXPIRY);
        house.settleExpiry(dave, future);
        vm.assertEq(house.cash(dave), -500 * WAD);

        vm.expectEmit();
        emit IClearingHouse.BadDebtBooked(dave, 0, 500e18, 300e18, 200e18);
        house.bookBadDebt(dave);
        vm.assertEq(house.cash(dave), 0);
        assertConserved();

        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.NotBankrupt.selector, dave, 0));
        house.bookBadDebt(dave);
    }

    function test_DebtWithPositionsIsNotBadYet() external {
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.NotBankrupt.selector, alice, -9000 * WAD));
        house.bookBadDebt(alice);
    }

    function test_AHealthyAccountIsLeftAlone() external {
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.NotLiquidatable.selector, alice, 500 * WAD));
        house.closeOut(alice, carol, 1e18, 0, 0);
    }

    function test_TheLiquidatorNeedsInitialMargin() external {
        uint256 poor = open(BOB, 100 * USD);
        setPrice(189e18);
        vm.expectPartialRevert(IClearingHouse.BelowInitialMargin.selector);
        house.closeOut(alice, poor, 1e18, 400e18, 0);
    }

    function test_NoSelfLiquidation() external {
        setPrice(189e18);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.SelfTrade.selector, alice));
        house.closeOut(alice, alice, 1e18, 0, 0);
    }

    function test_AFractionIsWithinOne() external {
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.InvalidFraction.selector, 1e18 + 1));
        house.closeOut(alice, carol, 1e18 + 1, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.InvalidFraction.selector, 0));
        house.closeOut(alice, carol, 0, 0, 0);
    }

    function _socialise() private {
        setPrice(170e18);
        house.closeOut(alice, carol, 1e18, -500e18, 0);
        vm.assertEq(house.socialisedLoss(), 500e18);
    }
}
