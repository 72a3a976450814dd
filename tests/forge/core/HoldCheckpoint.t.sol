// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ISettlementLedger} from "contracts/interfaces/ISettlementLedger.sol";
import {HoldBase} from "./HoldBase.sol";

/// The rule by checkpoints of an authorised relay: proof of order, void, timeout.
contract HoldCheckpointTest is HoldBase {
    function holdPolicy() internal pure override returns (ISettlementLedger.HoldPolicy memory) {
        return ISettlementLedger.HoldPolicy(ISettlementLedger.HoldRule.Checkpoint, 0, TIMEOUT, RELAY);
    }

    // CHECKPOINTS

    function test_OnlyTheRelayPosts() external {
        vm.expectRevert(abi.encodeWithSelector(ISettlementLedger.NotRelay.selector, address(this)));
        ledger.postCheckpoint(1, 0, 0);
    }

    function test_ACheckpointIsOfAPastBlock() external {
        vm.expectRevert(abi.encodeWithSelector(ISettlementLedger.CheckpointNotMined.selector, BLOCK, BLOCK));
        _post(BLOCK, 0, 0);
    }

    /// The hash of a number nobody has is zero: naming it proves nothing.
    function test_ACheckpointIsOfSettlementsThatHappened() external {
        closeHalf();
        vm.roll(BLOCK + 5);
        vm.expectRevert(abi.encodeWithSelector(ISettlementLedger.UnknownSettlement.selector, 2, 1));
        _post(BLOCK, 2, 0);
    }

    function test_CheckpointsOnlyGoForward() external {
        closeHalf();
        vm.roll(BLOCK + 5);
        bytes32 hash = ledger.hashOf(1);
        _post(BLOCK + 1, 1, hash);
        ISettlementLedger.Checkpoint memory newest = ISettlementLedger.Checkpoint(uint128(BLOCK + 1), 1);
        vm.expectRevert(abi.encodeWithSelector(ISettlementLedger.CheckpointNotNewer.selector, BLOCK + 1, 1, newest));
        _post(BLOCK + 1, 1, hash);
        vm.expectRevert(abi.encodeWithSelector(ISettlementLedger.CheckpointNotNewer.selector, BLOCK + 2, 0, newest));
        _post(BLOCK + 2, 0, 0);
    }

    function testFuzz_AnotherOrderIsRefusedAndMakesNothingFinal(bytes32 forged) external {
        closeHalf();
        bytes32 recorded = ledger.hashOf(1);
        vm.assume(forged != recorded);
        vm.roll(BLOCK + 5);
        vm.expectEmit();
        emit ISettlementLedger.OrderRefused(BLOCK, 1, forged, recorded);
        vm.assertFalse(_post(BLOCK, 1, forged));
        vm.assertEq(abi.encode(ledger.checkpoint()), abi.encode(ISettlementLedger.Checkpoint(0, 0)));
        vm.expectRevert(abi.encodeWithSelector(ISettlementLedger.NotFinal.selector, 1, BLOCK, 0));
        ledger.release(1);
    }

    // RELEASE

    function test_ReleasedOnceACheckpointCoversIt() external {
        closeHalf();
        vm.roll(BLOCK + 5);
        vm.expectRevert(abi.encodeWithSelector(ISettlementLedger.NotFinal.selector, 1, BLOCK, 0));
        ledger.release(1);
        vm.expectEmit();
        emit ISettlementLedger.CheckpointPosted(BLOCK, 1, ledger.hashOf(1));
        vm.assertTrue(_post(BLOCK, 1, ledger.hashOf(1)));
        ledger.release(1);
        vm.assertEq(house.cash(alice), -4310 * WAD);
        assertConserved();
    }

    /// However many settlements it counts, a checkpoint says nothing of blocks after its own.
    function test_ACheckpointOfAnEarlierBlockReleasesNothing() external {
        closeHalf();
        vm.roll(BLOCK + 5);
        _post(BLOCK - 1, 1, ledger.hashOf(1));
        vm.expectRevert(abi.encodeWithSelector(ISettlementLedger.NotFinal.selector, 1, BLOCK, BLOCK - 1));
        ledger.release(1);
    }

    // VOID

    function test_TheLiquidatorIsPaidBackIfTheFinalOrderLacksTheSettlement() external {
        closeHalf();
        vm.roll(BLOCK + 5);
        _post(BLOCK, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ISettlementLedger.ExcludedByOrder.selector, 1, 0));
        ledger.release(1);
        vm.expectEmit();
        emit ISettlementLedger.HoldVoided(1, alice, carol, 190e18, 0, 0);
        ledger.void(1);
        vm.assertEq(total(alice), -4500 * WAD);
        vm.assertEq(house.cash(carol), 5490 * WAD);
        assertStatus(1, ISettlementLedger.HoldStatus.Voided);
        assertConserved();
    }

    function test_TheFundIsPaidBack() external {
        closeInsolvent();
        vm.roll(BLOCK + 5);
        _post(BLOCK, 0, 0);
        ledger.void(1);
        vm.assertEq(total(carol), 1000 * WAD);
        vm.assertEq(quote.balanceOf(address(fund)), 1000 * USD);
        assertConserved();
    }

    function test_SocialisedLossIsRepaidFirst() external {
        endow(400 * USD);
        setPrice(170e18);
        house.closeOut(alice, carol, 1e18, -600e18, 0);
        vm.assertEq(house.socialisedLoss(), 200e18);
        vm.roll(BLOCK + 5);
        _post(BLOCK, 0, 0);
        ledger.void(1);
        vm.assertEq(house.socialisedLoss(), 0);
        vm.assertEq(quote.balanceOf(address(fund)), 400 * USD);
        assertConserved();
    }

    function testFuzz_WhatIsNotAWholeTokenUnitStaysInSuspense(uint256 payment) external {
        payment = bound(payment, 1, 900e18);
        endow(1000 * USD);
        setPrice(170e18);
        house.closeOut(alice, carol, 1e18, -int256(payment), 0);
        vm.roll(BLOCK + 5);
        _post(BLOCK, 0, 0);
        ledger.void(1);
        vm.assertEq(total(carol), 1000 * WAD);
        // The fund had paid whole units, rounded up, and is paid back rounded down.
        vm.assertEq(house.suspense(), payment % 1e12 == 0 ? int256(0) : int256(1e12));
        assertConserved();
    }

    function test_AVoidThatLeavesADebtIsBookedAsBadDebt() external {
        closeHalf();
        setPrice(180e18);
        house.closeOut(alice, carol, 1e18, 100e18, 0);
        vm.roll(BLOCK + 5);
        _post(BLOCK, 0, 0);
        ledger.void(1);
        vm.assertEq(total(alice), -90 * WAD);
        house.bookBadDebt(alice);
        vm.assertEq(house.cash(alice), -100 * WAD);
        vm.assertEq(house.escrowed(alice), 100e18);
        assertConserved();
        ledger.void(2);
        vm.assertEq(house.escrowed(alice) + house.escrowed(carol), 0);
        assertConserved();
    }

    function test_NothingIsVoidedWithoutProof() external {
        closeHalf();
        vm.expectRevert(abi.encodeWithSelector(ISettlementLedger.NotExcluded.selector, 1, 0, 0));
        ledger.void(1);
        vm.roll(BLOCK + 5);
        _post(BLOCK - 1, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ISettlementLedger.NotExcluded.selector, 1, BLOCK - 1, 0));
        ledger.void(1);
        _post(BLOCK, 1, ledger.hashOf(1));
        vm.expectRevert(abi.encodeWithSelector(ISettlementLedger.NotExcluded.selector, 1, BLOCK, 1));
        ledger.void(1);
    }

    function test_WhatIsVoidIsNeverReleasedAndTheOtherWayRound() external {
        closeHalf();
        vm.roll(BLOCK + 5);
        _post(BLOCK, 0, 0);
        ledger.void(1);
        expectNotOpen(1, ISettlementLedger.HoldStatus.Voided);
        ledger.void(1);
        expectNotOpen(1, ISettlementLedger.HoldStatus.Voided);
        ledger.release(1);
        skip(TIMEOUT);
        expectNotOpen(1, ISettlementLedger.HoldStatus.Voided);
        ledger.releaseAfterTimeout(1);
    }

    // TIMEOUT

    function test_AnyoneReleasesAfterTheTimeoutAndNotASecondSooner() external {
        closeHalf();
        uint256 endsAt = time() + TIMEOUT;
        vm.warp(endsAt - 1);
        vm.expectRevert(abi.encodeWithSelector(ISettlementLedger.TimeoutRunning.selector, 1, endsAt));
        ledger.releaseAfterTimeout(1);
        vm.warp(endsAt);
        vm.expectEmit();
        emit ISettlementLedger.HoldReleased(1, alice, carol, 190e18, 0, true);
        vm.prank(BOB);
        ledger.releaseAfterTimeout(1);
        assertConserved();
    }

    /// A relay that posts on and on does not put the end off.
    function test_CheckpointsDoNotExtendTheTimeout() external {
        closeHalf();
        uint256 endsAt = time() + TIMEOUT;
        vm.roll(BLOCK + 5);
        vm.warp(endsAt);
        _post(BLOCK - 1, 0, 0);
        ledger.releaseAfterTimeout(1);
        assertStatus(1, ISettlementLedger.HoldStatus.Released);
    }

    function test_TheTimeoutDoesNotBeatAProofOfExclusion() external {
        closeHalf();
        vm.roll(BLOCK + 5);
        _post(BLOCK, 0, 0);
        skip(TIMEOUT);
        vm.expectRevert(abi.encodeWithSelector(ISettlementLedger.ExcludedByOrder.selector, 1, 0));
        ledger.releaseAfterTimeout(1);
        ledger.void(1);
    }

    function _post(uint256 blockNumber, uint256 count, bytes32 chainHash) private returns (bool) {
        vm.prank(RELAY);
        return ledger.postCheckpoint(blockNumber, count, chainHash);
    }
}
