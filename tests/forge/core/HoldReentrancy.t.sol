// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ISettlementLedger} from "contracts/interfaces/ISettlementLedger.sol";
import {TestToken} from "contracts/tokens/TestToken.sol";
import {HoldBase} from "./HoldBase.sol";
import {ReentrantToken} from "./ReentrantToken.sol";

/// The token calls the ledger in the middle of a transfer.
contract HoldReentrancyTest is HoldBase {
    function quoteToken() internal override returns (TestToken) {
        return new ReentrantToken();
    }

    function holdPolicy() internal pure override returns (ISettlementLedger.HoldPolicy memory) {
        return ISettlementLedger.HoldPolicy(ISettlementLedger.HoldRule.Checkpoint, 0, TIMEOUT, RELAY);
    }

    function test_AHoldIsNotVoidedInsideItsOwnVoid() external {
        closeInsolvent();
        _exclude();
        _arm(abi.encodeCall(ledger.void, (1)));
        expectNotOpen(1, ISettlementLedger.HoldStatus.Voided);
        ledger.void(1);
    }

    function test_NoOtherHoldEndsInsideAVoid() external {
        closeInsolvent();
        setPrice(200e18);
        uint256 dave = open(BOB, 1000 * USD);
        trade(dave, bob, perpetual, 50e18, 200e18);
        setPrice(185e18);
        house.closeOut(dave, carol, 1e18, 100e18, 0);
        _exclude();
        _arm(abi.encodeCall(ledger.void, (2)));
        vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        ledger.void(1);
    }

    function test_NoHoldEndsInsideACloseOut() external {
        closeHalf();
        setPrice(170e18);
        endow(1000 * USD);
        _exclude();
        _arm(abi.encodeCall(ledger.void, (1)));
        vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        house.closeOut(alice, carol, 1e18, -100e18, 0);
    }

    function test_NoHoldEndsInsideAWithdrawal() external {
        closeHalf();
        _exclude();
        _arm(abi.encodeCall(ledger.void, (1)));
        vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        withdraw(BOB, bob, USD);
    }

    /// A checkpoint that lacks every settlement.
    function _exclude() private {
        vm.roll(BLOCK + 5);
        vm.prank(RELAY);
        ledger.postCheckpoint(BLOCK, 0, 0);
    }

    function _arm(bytes memory data) private {
        ReentrantToken(address(quote)).arm(address(ledger), data);
    }
}
