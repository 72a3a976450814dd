// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IClearingHouse} from "contracts/interfaces/IClearingHouse.sol";
import {ISettlementLedger} from "contracts/interfaces/ISettlementLedger.sol";
import {HoldBase} from "./HoldBase.sol";

/// What escrow means for the accounts, and the rule by depth.
contract HoldDepthTest is HoldBase {
    function holdPolicy() internal pure override returns (ISettlementLedger.HoldPolicy memory) {
        return ISettlementLedger.HoldPolicy(ISettlementLedger.HoldRule.Depth, DEPTH, 0, address(0));
    }

    // WHAT IS HELD

    function test_ThePaymentLessTheFeeIsHeldForTheAccount() external {
        setPrice(189e18);
        vm.expectEmit();
        emit ISettlementLedger.HoldPlaced(1, alice, carol, 190e18, 0, BLOCK, NOW + 1);
        house.closeOut(alice, carol, 0.5e18, 200e18, 10e18);
        vm.assertEq(house.cash(alice), -4500 * WAD);
        vm.assertEq(house.escrowed(alice), 190e18);
        vm.assertEq(house.cash(carol), 5300 * WAD);
        vm.assertEq(quote.balanceOf(address(fund)), 10 * USD);
        assertStatus(1, ISettlementLedger.HoldStatus.Held);
        assertConserved();
    }

    function test_WhatTheFundPaysIsHeldForTheLiquidator() external {
        closeInsolvent();
        vm.assertEq(house.cash(carol), 1000 * WAD);
        vm.assertEq(house.escrowed(carol), 600e18);
        vm.assertEq(house.escrowed(alice), 0);
        assertConserved();
    }

    function test_NothingIsHeldWhereNothingIsPaid() external {
        setPrice(189e18);
        house.closeOut(alice, carol, 0.5e18, 0, 0);
        assertStatus(1, ISettlementLedger.HoldStatus.None);
        expectNotOpen(1, ISettlementLedger.HoldStatus.None);
        ledger.release(1);
    }

    function test_AFeeAboveThePaymentLeavesNothingToHold() external {
        setPrice(189e18);
        house.closeOut(alice, carol, 0.5e18, 20e18, 30e18);
        assertStatus(1, ISettlementLedger.HoldStatus.None);
        vm.assertEq(house.cash(alice), -4510 * WAD);
        assertConserved();
    }

    // WHAT IT COUNTS FOR

    function test_EscrowCountsForEquityAndMaintenanceButNotForInitialMargin() external {
        closeHalf();
        // 25 perpetuals at 189 against -4,500 of cash are 225; 190 in escrow. Maintenance 5 %, initial 10 % of notional.
        vm.assertEq(house.margin(alice).equity, 415e18);
        vm.assertEq(house.margin(alice).maintenanceMargin, 415e18 - 236.25e18);
        vm.assertEq(house.margin(alice).initialMargin, 225e18 - 472.5e18);
    }

    function test_NobodyIsLiquidatedForWhatIsInEscrow() external {
        closeHalf();
        int256 maintenance = house.margin(alice).maintenanceMargin;
        vm.assertLt(maintenance, 190e18);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.NotLiquidatable.selector, alice, maintenance));
        house.closeOut(alice, carol, 0.5e18, 200e18, 0);
    }

    function test_EscrowIsNotWithdrawn() external {
        setPrice(189e18);
        house.closeOut(alice, carol, 1e18, 400e18, 0);
        vm.assertEq(house.escrowed(alice), 400e18);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.BelowInitialMargin.selector, alice, -1e12));
        withdraw(ALICE, alice, 1);
    }

    function test_NoCashIsDrawnAgainstEscrow() external {
        setPrice(189e18);
        house.closeOut(alice, carol, 1e18, 400e18, 0);
        depositEther(alice, 1e18);
        int256 free = house.margin(alice).initialMargin / 1e12;
        withdraw(ALICE, alice, uint256(free));
        vm.expectPartialRevert(IClearingHouse.BelowInitialMargin.selector);
        withdraw(ALICE, alice, 1);
        assertConserved();
    }

    function test_NoPositionIsOpenedOnEscrow() external {
        setPrice(189e18);
        house.closeOut(alice, carol, 1e18, 400e18, 0);
        vm.expectPartialRevert(IClearingHouse.BelowInitialMargin.selector);
        trade(alice, bob, perpetual, 1e18, 189e18);
    }

    function test_ALiquidatorNeedsItsMarginWithoutWhatIsHeldForIt() external {
        endow(10_000 * USD);
        uint256 dave = open(BOB, 1000 * USD);
        setPrice(170e18);
        // Takes over equity of -500 and an initial requirement of 850; the payment of 600 does not help yet.
        vm.expectPartialRevert(IClearingHouse.BelowInitialMargin.selector);
        house.closeOut(alice, dave, 1e18, -600e18, 0);
    }

    // RELEASE

    function test_ReleasedAtTheDepthAndNotABlockSooner() external {
        closeHalf();
        vm.roll(BLOCK + DEPTH - 1);
        vm.expectRevert(abi.encodeWithSelector(ISettlementLedger.NotFinal.selector, 1, BLOCK, BLOCK - 1));
        ledger.release(1);
        vm.roll(BLOCK + DEPTH);
        vm.expectEmit();
        emit ISettlementLedger.HoldReleased(1, alice, carol, 190e18, 0, false);
        vm.prank(BOB);
        ledger.release(1);
        vm.assertEq(house.cash(alice), -4310 * WAD);
        vm.assertEq(house.escrowed(alice), 0);
        assertConserved();
    }

    function test_AHoldForTheLiquidatorBecomesItsCash() external {
        closeInsolvent();
        vm.roll(BLOCK + DEPTH);
        ledger.release(1);
        vm.assertEq(house.cash(carol), 1600 * WAD);
        vm.assertEq(house.escrowed(carol), 0);
        assertConserved();
    }

    function test_ReleasedOnce() external {
        closeHalf();
        vm.roll(BLOCK + DEPTH);
        ledger.release(1);
        expectNotOpen(1, ISettlementLedger.HoldStatus.Released);
        ledger.release(1);
    }

    function test_DepthNeedsNeitherTimeoutNorVoid() external {
        closeHalf();
        vm.expectRevert(ISettlementLedger.NoTimeout.selector);
        ledger.releaseAfterTimeout(1);
        vm.roll(BLOCK + DEPTH);
        vm.expectRevert(abi.encodeWithSelector(ISettlementLedger.NotExcluded.selector, 1, BLOCK, 0));
        ledger.void(1);
    }

    function test_OnlyTheLedgerMovesEscrow() external {
        closeHalf();
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.NotLedger.selector, address(this)));
        house.releaseEscrow(alice, carol, 190e18, 0);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.NotLedger.selector, address(this)));
        house.returnEscrow(alice, carol, 190e18, 0);
    }

    // A SECOND CLOSE-OUT WHILE THE FIRST IS HELD

    /// The buyer is due its slice of the escrow too: it is held for it, and the account's cash pays for it.
    function test_TheNextLiquidatorsShareOfTheEscrowIsHeldToo() external {
        closeHalf();
        setPrice(180e18);
        // 25 at 180 against -4,500 and 190 in escrow: equity 190, requirement 225.
        vm.expectEmit();
        emit ISettlementLedger.HoldPlaced(2, alice, carol, 100e18, 190e18, BLOCK, NOW + 2);
        house.closeOut(alice, carol, 1e18, 100e18, 0);
        vm.assertEq(house.cash(alice), -190 * WAD);
        vm.assertEq(house.escrowed(alice), 290e18);
        vm.assertEq(house.escrowed(carol), 190e18);
        assertConserved();

        vm.roll(BLOCK + DEPTH);
        ledger.release(2);
        ledger.release(1);
        vm.assertEq(house.cash(alice), 100 * WAD);
        vm.assertEq(house.cash(carol), 10_000 * WAD - 200 * WAD - 9000 * WAD + 190 * WAD - 100 * WAD);
        vm.assertEq(house.escrowed(alice) + house.escrowed(carol), 0);
        assertConserved();
    }

    function test_DebtThatEscrowCoversIsNotBad() external {
        closeHalf();
        setPrice(180e18);
        house.closeOut(alice, carol, 1e18, 0, 0);
        vm.assertEq(house.cash(alice), -190 * WAD);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.NotBankrupt.selector, alice, 0));
        house.bookBadDebt(alice);
    }

    /// Whatever happens, cash and escrow together are what cash is without a hold.
    function testFuzz_AHoldChangesWhenCashIsFreeAndNotWhoseItIs(
        uint256 fraction,
        uint256 second,
        int256 payment,
        int256 secondPayment,
        uint256 fee
    ) external {
        endow(300 * USD);
        uint256 before = vm.snapshotState();
        int256[3] memory held = _twoCloseOuts(fraction, second, payment, secondPayment, fee);
        assertConserved();
        vm.revertToState(before);
        // As without a policy: everything is released at once.
        int256[3] memory free = _twoCloseOutsReleased(fraction, second, payment, secondPayment, fee);
        for (uint256 i; i < 3; ++i) {
            vm.assertEq(held[i], free[i]);
        }
    }

    function _twoCloseOuts(uint256 fraction, uint256 second, int256 payment, int256 secondPayment, uint256 fee)
        private
        returns (int256[3] memory)
    {
        _close(185e18, fraction, payment, fee);
        _close(170e18, second, secondPayment, fee);
        return [total(alice), total(carol), int256(house.socialisedLoss())];
    }

    function _twoCloseOutsReleased(uint256 fraction, uint256 second, int256 payment, int256 secondPayment, uint256 fee)
        private
        returns (int256[3] memory)
    {
        _close(185e18, fraction, payment, fee);
        vm.roll(BLOCK + DEPTH);
        if (statusOf(1) == ISettlementLedger.HoldStatus.Held) ledger.release(1);
        vm.assertEq(house.escrowed(alice) + house.escrowed(carol), 0);
        _close(170e18, second, secondPayment, fee);
        return [total(alice), total(carol), int256(house.socialisedLoss())];
    }

    function _close(uint256 spot, uint256 fraction, int256 payment, uint256 fee) private {
        setPrice(spot);
        if (house.margin(alice).maintenanceMargin >= 0) return;
        payment = bound(payment, -400e18, 400e18);
        fee = payment > 0 ? bound(fee, 0, uint256(payment)) : 0;
        house.closeOut(alice, carol, bound(fraction, 1, 1e18), payment, fee);
    }
}
