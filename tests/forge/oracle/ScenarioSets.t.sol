// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IScenarioSets} from "contracts/interfaces/IScenarioSets.sol";
import {ScenarioSets} from "contracts/oracle/ScenarioSets.sol";
import {Test} from "../Test.sol";

contract ScenarioSetsTest is Test {
    uint64 internal constant NOW = 1_584_000_000;
    uint32 internal constant MAX_AGE = 3 days;
    uint32 internal constant HORIZON = 1 days;
    uint16 internal constant COUNT = 64;
    int256 internal constant UNIT = 2 ** 26;
    address internal constant ALICE = address(0xA11CE);
    address internal constant BOB = address(0xB0B);

    ScenarioSets internal sets;

    function setUp() public {
        vm.warp(NOW);
        sets = new ScenarioSets(address(this), IScenarioSets.Guards(MAX_AGE, HORIZON, COUNT, 0.01e18));
        sets.setPublisher(ALICE, true);
        sets.setPublisher(BOB, true);
    }

    /// `count` scenarios of two underlyings: prices up and down by `size` in turn, volatilities the other way.
    function build(uint256 count, int256 size) internal pure returns (bytes memory set) {
        set = hex"0200000001";
        for (uint256 i; i < count; ++i) {
            int32 move = int32(i % 2 == 0 ? size : -size);
            set = bytes.concat(set, abi.encodePacked(move, -move, move, -move));
        }
    }

    function usual() internal pure returns (bytes memory) {
        return build(COUNT, UNIT / 20);
    }

    function committed(bytes memory set, uint64 timestamp) internal pure returns (IScenarioSets.Commitment memory) {
        uint256 columns = uint8(set[0]);
        uint256 count = (set.length - 1 - 2 * columns) / (8 * columns);
        return IScenarioSets.Commitment(keccak256(set), timestamp, HORIZON, uint16(count), uint8(columns));
    }

    function slice(bytes memory set, uint256 from, uint256 to) internal pure returns (bytes memory part) {
        part = new bytes(to - from);
        for (uint256 i = from; i < to; ++i) {
            part[i - from] = set[i];
        }
    }

    function commit(address publisher, IScenarioSets.Commitment memory commitment) internal returns (bool) {
        vm.prank(publisher);
        return sets.commit(commitment);
    }

    function post(address publisher, uint256 index, bytes memory chunk) internal {
        vm.prank(publisher);
        sets.post(index, chunk);
    }

    function activate(address publisher) internal returns (bool) {
        vm.prank(publisher);
        return sets.activate();
    }

    function publish(address publisher, bytes memory set, uint64 timestamp) internal returns (bool) {
        vm.assertTrue(commit(publisher, committed(set, timestamp)));
        post(publisher, 0, set);
        return activate(publisher);
    }

    function assertInForce(bytes memory set) internal view {
        (bytes memory current, bool fresh) = sets.current();
        vm.assertEq(current, set);
        vm.assertTrue(fresh);
    }

    function expectRefusal(IScenarioSets.Commitment memory commitment, IScenarioSets.Refusal reason) internal {
        vm.expectEmit();
        emit IScenarioSets.SetRefused(ALICE, commitment, reason);
    }

    function assertRefusedBytes(bytes memory set, IScenarioSets.Refusal reason) internal {
        bytes memory before = usual();
        vm.assertTrue(publish(BOB, before, NOW - 1));
        vm.assertTrue(commit(ALICE, committed(set, NOW)));
        post(ALICE, 0, set);
        expectRefusal(committed(set, NOW), reason);
        vm.assertFalse(activate(ALICE));
        assertInForce(before);
    }

    // THE ROAD INTO FORCE

    function test_ACommittedAndPostedSetComesIntoForce() external {
        bytes memory set = usual();
        vm.expectEmit();
        emit IScenarioSets.SetCommitted(ALICE, committed(set, NOW));
        commit(ALICE, committed(set, NOW));
        vm.expectEmit();
        emit IScenarioSets.ChunkPosted(ALICE, keccak256(set), 0, set);
        post(ALICE, 0, set);
        vm.expectEmit();
        emit IScenarioSets.SetActivated(ALICE, committed(set, NOW));
        vm.assertTrue(activate(ALICE));
        assertInForce(set);
        vm.assertEq(sets.commitmentInForce().hash, keccak256(set));
        (IScenarioSets.Commitment memory left,,) = sets.posting(ALICE);
        vm.assertEq(uint256(left.scenarios), 0);
    }

    function testFuzz_ChunksMayBeCutAnywhere(uint256[3] memory cuts) external {
        bytes memory set = usual();
        commit(ALICE, committed(set, NOW));
        uint256 from;
        uint256 index;
        for (uint256 i; i < 3; ++i) {
            uint256 to = bound(cuts[i], from, set.length);
            post(ALICE, index++, slice(set, from, to));
            from = to;
        }
        post(ALICE, index, slice(set, from, set.length));
        vm.assertTrue(activate(ALICE));
        assertInForce(set);
    }

    function testFuzz_OnlyTheBytesCommittedToComeIntoForce(uint256 position, uint8 flip) external {
        bytes memory set = usual();
        bytes memory forged = usual();
        position = bound(position, 0, set.length - 1);
        flip = uint8(bound(flip, 1, 255));
        forged[position] = bytes1(uint8(forged[position]) ^ flip);
        vm.assertTrue(publish(BOB, set, NOW - 1));
        commit(ALICE, committed(set, NOW));
        post(ALICE, 0, forged);
        expectRefusal(committed(set, NOW), IScenarioSets.Refusal.WrongHash);
        vm.assertFalse(activate(ALICE));
        vm.assertEq(sets.commitmentInForce().timestamp, NOW - 1);
        assertInForce(set);
    }

    function test_TheLargestSetTakesTwoChunks() external {
        bytes memory set = hex"0800000001000200030004000500060007";
        bytes memory row;
        for (uint256 i; i < 8; ++i) {
            row = bytes.concat(row, abi.encodePacked(int32(UNIT / 10), int32(0)));
        }
        for (uint256 i; i < 9; ++i) {
            row = bytes.concat(row, row);
        }
        set = bytes.concat(set, row);
        vm.assertEq(set.length, 17 + 512 * 64);
        commit(ALICE, committed(set, NOW));
        post(ALICE, 0, slice(set, 0, sets.MAX_CHUNK_BYTES()));
        post(ALICE, 1, slice(set, sets.MAX_CHUNK_BYTES(), set.length));
        vm.assertTrue(activate(ALICE));
        assertInForce(set);
    }

    // ATTACKS

    function testFuzz_OnlyPublishersAct(address stranger) external {
        vm.assume(stranger != ALICE && stranger != BOB);
        bytes memory set = usual();
        bytes memory refusal = abi.encodeWithSelector(IScenarioSets.NotPublisher.selector, stranger);
        vm.expectRevert(refusal);
        commit(stranger, committed(set, NOW));
        vm.expectRevert(refusal);
        post(stranger, 0, set);
        vm.expectRevert(refusal);
        activate(stranger);
    }

    function testFuzz_OnlyTheAdministratorNamesPublishers(address stranger) external {
        vm.assume(stranger != address(this));
        vm.prank(stranger);
        vm.expectRevert();
        sets.setPublisher(stranger, true);
    }

    function test_ADismissedPublisherCannotFinishItsPosting() external {
        bytes memory set = usual();
        commit(ALICE, committed(set, NOW));
        post(ALICE, 0, set);
        sets.setPublisher(ALICE, false);
        vm.expectRevert(abi.encodeWithSelector(IScenarioSets.NotPublisher.selector, ALICE));
        activate(ALICE);
    }

    function test_APostingIsItsPublishersAlone() external {
        bytes memory set = usual();
        commit(ALICE, committed(set, NOW));
        post(ALICE, 0, slice(set, 0, 100));
        vm.expectRevert(abi.encodeWithSelector(IScenarioSets.NoPosting.selector, BOB));
        post(BOB, 1, slice(set, 100, set.length));
        vm.assertTrue(publish(BOB, build(COUNT, UNIT / 10), NOW - 1));
        post(ALICE, 1, slice(set, 100, set.length));
        vm.assertTrue(activate(ALICE));
        assertInForce(set);
    }

    function test_ChunksComeInOrderAndOnce() external {
        bytes memory set = usual();
        commit(ALICE, committed(set, NOW));
        vm.expectRevert(abi.encodeWithSelector(IScenarioSets.WrongChunk.selector, 1, 0));
        post(ALICE, 1, slice(set, 100, 200));
        post(ALICE, 0, slice(set, 0, 100));
        vm.expectRevert(abi.encodeWithSelector(IScenarioSets.WrongChunk.selector, 0, 1));
        post(ALICE, 0, slice(set, 0, 100));
    }

    function test_AHalfPostedSetReplacesNothing() external {
        bytes memory before = usual();
        vm.assertTrue(publish(ALICE, before, NOW - 1));
        bytes memory set = build(COUNT, UNIT / 10);
        commit(ALICE, committed(set, NOW));
        post(ALICE, 0, slice(set, 0, 100));
        vm.expectRevert(abi.encodeWithSelector(IScenarioSets.PostingIncomplete.selector, 100, set.length));
        activate(ALICE);
        assertInForce(before);
    }

    function test_NothingIsPostedBeyondTheCommittedLength() external {
        bytes memory set = usual();
        commit(ALICE, committed(set, NOW));
        vm.expectRevert(
            abi.encodeWithSelector(IScenarioSets.ChunkTooLarge.selector, set.length + 1, set.length)
        );
        post(ALICE, 0, bytes.concat(set, hex"00"));
    }

    function test_AChunkIsNoLargerThanAContract() external {
        commit(ALICE, IScenarioSets.Commitment(bytes32(uint256(1)), NOW, HORIZON, 512, 8));
        vm.expectRevert(abi.encodeWithSelector(IScenarioSets.ChunkTooLarge.selector, 24_576, 24_575));
        post(ALICE, 0, new bytes(24_576));
    }

    function test_ChunksAreLimited() external {
        bytes memory set = usual();
        commit(ALICE, committed(set, NOW));
        for (uint256 i; i < 8; ++i) {
            post(ALICE, i, slice(set, i, i + 1));
        }
        vm.expectRevert(abi.encodeWithSelector(IScenarioSets.TooManyChunks.selector, 8));
        post(ALICE, 8, slice(set, 8, 9));
    }

    function testFuzz_SizesAreLimited(uint16 scenarios, uint8 underlyings) external {
        bool fits = scenarios != 0 && scenarios <= 512 && underlyings != 0 && underlyings <= 8;
        vm.assume(!fits);
        vm.expectRevert(abi.encodeWithSelector(IScenarioSets.InvalidSize.selector, scenarios, underlyings));
        commit(ALICE, IScenarioSets.Commitment(bytes32(0), NOW, HORIZON, scenarios, underlyings));
    }

    function test_ANewCommitmentGivesUpTheOldPosting() external {
        bytes memory set = usual();
        commit(ALICE, committed(build(COUNT, UNIT / 10), NOW - 1));
        post(ALICE, 0, slice(build(COUNT, UNIT / 10), 0, 100));
        vm.assertTrue(publish(ALICE, set, NOW));
        assertInForce(set);
    }

    function test_AnActivatedSetCannotBeReplayed() external {
        bytes memory set = usual();
        vm.assertTrue(publish(ALICE, set, NOW));
        vm.expectRevert(abi.encodeWithSelector(IScenarioSets.NoPosting.selector, ALICE));
        activate(ALICE);
        expectRefusal(committed(set, NOW), IScenarioSets.Refusal.TimestampNotNewer);
        vm.assertFalse(commit(ALICE, committed(set, NOW)));
    }

    // GUARDS

    function testFuzz_TimestampsOnlyGrow(uint64 timestamp) external {
        vm.assertTrue(publish(BOB, usual(), NOW - 100));
        timestamp = uint64(bound(timestamp, 0, NOW - 100));
        IScenarioSets.Commitment memory commitment = committed(build(COUNT, UNIT / 10), timestamp);
        expectRefusal(commitment, IScenarioSets.Refusal.TimestampNotNewer);
        vm.assertFalse(commit(ALICE, commitment));
    }

    function test_ASlowerPublisherDoesNotReplaceANewerSet() external {
        bytes memory slow = build(COUNT, UNIT / 10);
        commit(ALICE, committed(slow, NOW - 5));
        post(ALICE, 0, slow);
        vm.assertTrue(publish(BOB, usual(), NOW));
        expectRefusal(committed(slow, NOW - 5), IScenarioSets.Refusal.TimestampNotNewer);
        vm.assertFalse(activate(ALICE));
        assertInForce(usual());
    }

    function test_ASetOfTheFutureIsRefused() external {
        expectRefusal(committed(usual(), NOW + 1), IScenarioSets.Refusal.TimestampInFuture);
        vm.assertFalse(commit(ALICE, committed(usual(), NOW + 1)));
    }

    function test_ASetThatGrewOldWhilePostedIsRefused() external {
        bytes memory set = usual();
        commit(ALICE, committed(set, NOW));
        post(ALICE, 0, set);
        vm.warp(NOW + MAX_AGE + 1);
        expectRefusal(committed(set, NOW), IScenarioSets.Refusal.TooOld);
        vm.assertFalse(activate(ALICE));
    }

    function test_AnOldSetStaysInForceButIsNotFresh() external {
        vm.assertTrue(publish(ALICE, usual(), NOW));
        vm.warp(NOW + MAX_AGE);
        (, bool fresh) = sets.current();
        vm.assertTrue(fresh);
        vm.warp(NOW + MAX_AGE + 1);
        (bytes memory set, bool stillFresh) = sets.current();
        vm.assertFalse(stillFresh);
        vm.assertEq(set, usual());
    }

    function test_WithoutASetThereIsNothingToRead() external {
        vm.expectRevert(IScenarioSets.NoSet.selector);
        sets.current();
    }

    function test_HorizonAndNumberHaveFloors() external {
        IScenarioSets.Commitment memory commitment = committed(usual(), NOW);
        commitment.horizon = HORIZON - 1;
        expectRefusal(commitment, IScenarioSets.Refusal.HorizonTooShort);
        vm.assertFalse(commit(ALICE, commitment));
        commitment = committed(build(COUNT - 1, UNIT / 20), NOW);
        expectRefusal(commitment, IScenarioSets.Refusal.TooFewScenarios);
        vm.assertFalse(commit(ALICE, commitment));
    }

    function test_APriceDoesNotFallBelowZero() external {
        bytes memory set = usual();
        set[5] = 0xf0; // the first price move becomes about -4
        assertRefusedBytes(set, IScenarioSets.Refusal.PriceBelowZero);
    }

    function test_AVolatilityDoesNotFallBelowZero() external {
        bytes memory set = usual();
        set[9] = 0xf0;
        assertRefusedBytes(set, IScenarioSets.Refusal.VolatilityBelowZero);
    }

    function test_AllMayBeLost() external {
        bytes memory set = build(COUNT, UNIT);
        vm.assertTrue(publish(ALICE, set, NOW));
        assertInForce(set);
    }

    function test_ASetInWhichLittleHappensIsRefused() external {
        assertRefusedBytes(build(COUNT, UNIT / 101), IScenarioSets.Refusal.MovesTooSmall);
    }

    function test_UnderlyingsAscend() external {
        bytes memory set = usual();
        (set[2], set[4]) = (set[4], set[2]);
        assertRefusedBytes(set, IScenarioSets.Refusal.InvalidUnderlyings);
    }

    function test_GuardsMustBePossible() external {
        vm.expectRevert(IScenarioSets.InvalidGuards.selector);
        new ScenarioSets(address(this), IScenarioSets.Guards(0, HORIZON, COUNT, 0));
        vm.expectRevert(IScenarioSets.InvalidGuards.selector);
        new ScenarioSets(address(this), IScenarioSets.Guards(MAX_AGE, HORIZON, 513, 0));
    }
}
