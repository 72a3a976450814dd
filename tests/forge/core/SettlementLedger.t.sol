// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ISettlementLedger} from "contracts/interfaces/ISettlementLedger.sol";
import {SettlementLedger} from "contracts/settlement/SettlementLedger.sol";
import {Test} from "../Test.sol";

contract SettlementLedgerTest is Test {
    address private constant RELAY = address(0x4E1A4);
    ISettlementLedger.HoldRule private constant NONE = ISettlementLedger.HoldRule.None;
    ISettlementLedger.HoldRule private constant DEPTH = ISettlementLedger.HoldRule.Depth;
    ISettlementLedger.HoldRule private constant CHECKPOINT = ISettlementLedger.HoldRule.Checkpoint;

    SettlementLedger private _ledger =
        new SettlementLedger(address(this), ISettlementLedger.HoldPolicy(NONE, 0, 0, address(0)));

    function test_AnEmptyLedgerHasNoHead() external view {
        vm.assertEq(_ledger.count(), 0);
        vm.assertEq(_ledger.head(), bytes32(0));
    }

    function testFuzz_EachEntryCommitsToThoseBefore(uint256 account, int256 amount, bytes32 details) external {
        ISettlementLedger.Category category = ISettlementLedger.Category.Liquidation;
        vm.assertEq(_ledger.append(category, account, 7, amount, details), 1);
        vm.assertEq(_ledger.append(category, account, 8, amount, details), 2);
        bytes32 first = keccak256(abi.encode(bytes32(0), 1, category, account, 7, amount, details));
        bytes32 second = keccak256(abi.encode(first, 2, category, account, 8, amount, details));
        vm.assertEq(_ledger.hashOf(1), first);
        vm.assertEq(_ledger.head(), second);
    }

    function test_OnlyTheClearingHouseAppendsAndHolds() external {
        bytes memory refusal = abi.encodeWithSelector(ISettlementLedger.NotClearingHouse.selector, address(0xB0B));
        vm.expectRevert(refusal);
        vm.prank(address(0xB0B));
        _ledger.append(ISettlementLedger.Category.Expiry, 1, 0, 0, 0);
        vm.expectRevert(refusal);
        vm.prank(address(0xB0B));
        _ledger.hold(1, 1, 2, 100, 0);
    }

    function test_WithoutAPolicyNobodyIsTheRelay() external {
        vm.assertFalse(_ledger.holdsProceeds());
        vm.expectRevert(abi.encodeWithSelector(ISettlementLedger.NotRelay.selector, address(this)));
        _ledger.postCheckpoint(0, 0, 0);
    }

    function test_APolicyNamesWhatItsRuleNeedsAndNothingElse() external {
        _expectRefused(ISettlementLedger.HoldPolicy(NONE, 1, 0, address(0)));
        _expectRefused(ISettlementLedger.HoldPolicy(DEPTH, 0, 0, address(0)));
        _expectRefused(ISettlementLedger.HoldPolicy(DEPTH, 1_000_001, 0, address(0)));
        _expectRefused(ISettlementLedger.HoldPolicy(DEPTH, 64, 1 hours, address(0)));
        _expectRefused(ISettlementLedger.HoldPolicy(DEPTH, 64, 0, RELAY));
        _expectRefused(ISettlementLedger.HoldPolicy(CHECKPOINT, 0, 0, RELAY));
        _expectRefused(ISettlementLedger.HoldPolicy(CHECKPOINT, 0, 30 days + 1, RELAY));
        _expectRefused(ISettlementLedger.HoldPolicy(CHECKPOINT, 0, 1 hours, address(0)));
        _expectRefused(ISettlementLedger.HoldPolicy(CHECKPOINT, 64, 1 hours, RELAY));
    }

    function test_ThePolicyIsPublic() external {
        ISettlementLedger.HoldPolicy memory policy = ISettlementLedger.HoldPolicy(CHECKPOINT, 0, 1 hours, RELAY);
        vm.expectEmit();
        emit ISettlementLedger.HoldPolicySet(CHECKPOINT, 0, 1 hours, RELAY);
        SettlementLedger ledger = new SettlementLedger(address(this), policy);
        vm.assertTrue(ledger.holdsProceeds());
        vm.assertEq(abi.encode(ledger.holdPolicy()), abi.encode(policy));
    }

    function _expectRefused(ISettlementLedger.HoldPolicy memory policy) private {
        vm.expectRevert(abi.encodeWithSelector(ISettlementLedger.InvalidHoldPolicy.selector, policy));
        new SettlementLedger(address(this), policy);
    }
}
