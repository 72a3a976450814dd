// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ISettlementLedger} from "contracts/interfaces/ISettlementLedger.sol";
import {TestToken} from "contracts/tokens/TestToken.sol";
import {FeeOnTransferToken} from "./FeeOnTransferToken.sol";
import {HoldBase} from "./HoldBase.sol";

/// The quote token takes a fee of each transfer: what counts is what arrived.
contract FeeOnTransferTest is HoldBase {
    function setUp() public override {
        super.setUp();
        FeeOnTransferToken(address(quote)).charge();
    }

    function quoteToken() internal override returns (TestToken) {
        return new FeeOnTransferToken();
    }

    function holdPolicy() internal pure override returns (ISettlementLedger.HoldPolicy memory) {
        return ISettlementLedger.HoldPolicy(ISettlementLedger.HoldRule.Checkpoint, 0, TIMEOUT, RELAY);
    }

    function test_ADepositIsWhatArrived() external {
        uint256 account = open(ALICE, 100 * USD);
        vm.assertEq(house.cash(account), 99e18);
        withdraw(ALICE, account, 99 * USD);
        vm.assertEq(quote.balanceOf(ALICE), 98_010_000);
        assertConserved();
    }

    function test_WhatIsLostOnTheWayFromTheFundIsSocialised() external {
        quote.mint(address(fund), 1000 * USD);
        setPrice(170e18);
        house.closeOut(alice, carol, 1e18, -600e18, 0);
        vm.assertEq(house.socialisedLoss(), 6e18);
        vm.assertEq(house.escrowed(carol), 600e18);
        assertConserved();
    }

    /// Of 600 paid back, 6 repay the socialised loss and 594 leave the vault.
    function test_WhatTheFundIsPaidBackLeavesTheVaultInFull() external {
        quote.mint(address(fund), 1000 * USD);
        setPrice(170e18);
        house.closeOut(alice, carol, 1e18, -600e18, 0);
        _exclude();
        ledger.void(1);
        vm.assertEq(house.socialisedLoss(), 0);
        vm.assertEq(quote.balanceOf(address(fund)), 400 * USD + 594 * USD * 99 / 100);
        assertConserved();
    }

    function testFuzz_MoneyIsConserved(uint256 spot, int256 payment, uint256 fee, uint256 fraction, bool excluded)
        external
    {
        quote.mint(address(fund), 1000 * USD);
        setPrice(bound(spot, 120e18, 188e18));
        payment = bound(payment, -2000e18, 2000e18);
        fee = payment > 0 ? bound(fee, 0, uint256(payment)) : 0;
        uint256 settlement = house.closeOut(alice, carol, bound(fraction, 1, 1e18), payment, fee);
        assertConserved();
        if (statusOf(settlement) != ISettlementLedger.HoldStatus.Held) return;
        if (excluded) {
            _exclude();
            ledger.void(settlement);
        } else {
            skip(TIMEOUT);
            ledger.releaseAfterTimeout(settlement);
        }
        assertConserved();
    }

    /// A checkpoint that lacks every settlement.
    function _exclude() private {
        vm.roll(BLOCK + 5);
        vm.prank(RELAY);
        ledger.postCheckpoint(BLOCK, 0, 0);
    }
}
