// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IRiskParameters} from "contracts/interfaces/IRiskParameters.sol";
import {RiskSet} from "contracts/interfaces/Types.sol";
import {RiskParameters} from "contracts/oracle/RiskParameters.sol";
import {Test} from "../Test.sol";

contract RiskParametersTest is Test {
    uint64 private constant NOW = 1_584_000_000;
    uint64 private constant MAX_AGE = 3600;
    uint64 private constant MIN_INTERVAL = 600;
    uint256 private constant MAX_STEP = 0.25e18;
    uint16 private constant ETH = 0;
    address private constant PUBLISHER = address(0xF00);

    RiskParameters private parameters;

    function setUp() public {
        vm.warp(NOW);
        parameters = new RiskParameters(address(this), MIN_INTERVAL);
        parameters.setPublisher(PUBLISHER, true);
        _configure(_defaults());
    }

    // STEP AND BOUNDS

    function test_StartsAtTheDefaults() external view {
        _assertInForce(_defaults());
    }

    function test_AStepOfExactlyTheLimitIsAcceptedAndOneMoreIsNot() external {
        RiskSet memory values = _defaults();
        values.spotShock = 0.18e18 + 0.045e18 + 1;
        _expectRefusal(values, IRiskParameters.Refusal.StepTooLarge, NOW);
        vm.assertFalse(_publish(values, NOW));
        _assertInForce(_defaults());
        values.spotShock -= 1;
        vm.assertTrue(_publish(values, NOW));
        _assertInForce(values);
    }

    function test_AMemberAtZeroCanLeaveIt() external {
        RiskSet memory values = _defaults();
        values.liquidityAddOn = 0.01e18;
        vm.assertTrue(_publish(values, NOW));
        _assertInForce(values);
    }

    function testFuzz_NoAcceptedUpdateMovesAMemberBeyondItsLimit(uint256[6] memory members) external {
        RiskSet memory before = parameters.riskSet(ETH);
        RiskSet memory values = RiskSet(
            bound(members[0], 0, 0.9e18),
            bound(members[1], 0, 3e18),
            bound(members[2], 0, 0.9e18),
            bound(members[3], 0, 0.9e18),
            bound(members[4], 0, 0.9e18),
            bound(members[5], 0, 3e18)
        );
        bool accepted = _publish(values, NOW);
        RiskSet memory later = parameters.riskSet(ETH);
        vm.assertEq(abi.encode(later), abi.encode(accepted ? values : before));
        uint256[6] memory was = _members(before);
        uint256[6] memory is_ = _members(later);
        for (uint256 i; i < 6; ++i) {
            uint256 moved = is_[i] > was[i] ? is_[i] - was[i] : was[i] - is_[i];
            vm.assertLe(moved, parameters.stepLimit(was[i], MAX_STEP));
        }
    }

    function test_ManySmallStepsInOneBlockAreNotAJump() external {
        RiskSet memory values = _defaults();
        values.spotShock = 0.2e18;
        vm.assertTrue(_publish(values, NOW - 10));
        values.spotShock = 0.22e18;
        _expectRefusal(values, IRiskParameters.Refusal.TooSoon, NOW - 9);
        vm.assertFalse(_publish(values, NOW - 9));
        vm.warp(NOW + MIN_INTERVAL);
        vm.assertTrue(_publish(values, NOW + MIN_INTERVAL));
    }

    function test_ValuesOutsideTheBoundsAreRefused() external {
        RiskSet memory values = _floor();
        values.spotShock -= 1;
        _expectRefusal(values, IRiskParameters.Refusal.OutOfBounds, NOW);
        vm.assertFalse(_publish(values, NOW));
        values = _cap();
        values.multiplier = type(uint256).max;
        _expectRefusal(values, IRiskParameters.Refusal.OutOfBounds, NOW);
        vm.assertFalse(_publish(values, NOW));
    }

    // TIME

    function test_OutOfOrderAndFutureTimestampsAreRefused() external {
        RiskSet memory values = _defaults();
        vm.assertTrue(_publish(values, NOW));
        vm.warp(NOW + MIN_INTERVAL);
        _expectRefusal(values, IRiskParameters.Refusal.TimestampNotNewer, NOW);
        vm.assertFalse(_publish(values, NOW));
        _expectRefusal(values, IRiskParameters.Refusal.TimestampInFuture, NOW + MIN_INTERVAL + 1);
        vm.assertFalse(_publish(values, NOW + MIN_INTERVAL + 1));
        _expectRefusal(values, IRiskParameters.Refusal.TimestampInFuture, type(uint64).max);
        vm.assertFalse(_publish(values, type(uint64).max));
    }

    function test_StaleValuesFallBackToTheMoreConservativeOfEachMember() external {
        RiskSet memory values = _defaults();
        values.spotShock = 0.2e18;
        values.haircut = 0.12e18;
        _publish(values, NOW);
        vm.warp(NOW + MAX_AGE);
        _assertInForce(values);
        vm.warp(NOW + MAX_AGE + 1);
        values.haircut = 0.15e18;
        _assertInForce(values);
    }

    function test_TheStepAfterASilenceIsFromTheFallback() external {
        RiskSet memory values = _defaults();
        values.haircut = 0.12e18;
        _publish(values, NOW);
        vm.warp(NOW + MAX_AGE + 1);
        values.haircut = 0.11e18; // near the last value, too far from the default that applies
        _expectRefusal(values, IRiskParameters.Refusal.StepTooLarge, NOW + MAX_AGE + 1);
        vm.assertFalse(_publish(values, NOW + MAX_AGE + 1));
        values.haircut = 0.15e18 - 0.0375e18;
        vm.assertTrue(_publish(values, NOW + MAX_AGE + 1));
    }

    // ACCESS AND CONFIGURATION

    function test_OnlyAPublisherMayPublish() external {
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.NotPublisher.selector, address(this)));
        parameters.publish(ETH, _defaults(), NOW);
        parameters.setPublisher(PUBLISHER, false);
        vm.prank(PUBLISHER);
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.NotPublisher.selector, PUBLISHER));
        parameters.publish(ETH, _defaults(), NOW);
    }

    function test_OnlyTheAdministratorConfigures() external {
        vm.startPrank(PUBLISHER);
        vm.expectPartialRevert(bytes4(keccak256("AccessControlUnauthorizedAccount(address,bytes32)")));
        parameters.setDefaults(ETH, _defaults(), _floor(), _cap(), MAX_STEP, MAX_AGE);
        vm.stopPrank();
    }

    function test_AnUnknownUnderlyingHasNoParameters() external {
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.NoParameters.selector, uint16(1)));
        parameters.riskSet(1);
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.NoParameters.selector, uint16(1)));
        vm.prank(PUBLISHER);
        parameters.publish(1, _defaults(), NOW);
    }

    function test_BoundsMustBeInOrderAndMeaningful() external {
        RiskSet memory cap = _cap();
        cap.spotShock = 1e18;
        _expectInvalid(_defaults(), _floor(), cap, MAX_STEP, MAX_AGE);
        cap = _cap();
        cap.haircut = 1e18 + 1;
        _expectInvalid(_defaults(), _floor(), cap, MAX_STEP, MAX_AGE);
        cap = _cap();
        cap.volUp = 1 << 64;
        _expectInvalid(_defaults(), _floor(), cap, MAX_STEP, MAX_AGE);
        RiskSet memory floor = _floor();
        floor.multiplier = 1e18 - 1;
        _expectInvalid(_defaults(), floor, _cap(), MAX_STEP, MAX_AGE);
        _expectInvalid(_cap(), _cap(), _defaults(), MAX_STEP, MAX_AGE);
        _expectInvalid(_defaults(), _floor(), _cap(), 0, MAX_AGE);
        _expectInvalid(_defaults(), _floor(), _cap(), 1e18 + 1, MAX_AGE);
        _expectInvalid(_defaults(), _floor(), _cap(), MAX_STEP, 0);
    }

    function test_NewBoundsMoveTheValuesInForceInside() external {
        RiskSet memory floor = _floor();
        floor.spotShock = 0.3e18;
        RiskSet memory defaults = _defaults();
        defaults.spotShock = 0.35e18;
        _publish(_defaults(), NOW);
        parameters.setDefaults(ETH, defaults, floor, _cap(), MAX_STEP, MAX_AGE);
        RiskSet memory expected = _defaults();
        expected.spotShock = 0.3e18;
        _assertInForce(expected);
    }

    function _defaults() private pure returns (RiskSet memory) {
        return RiskSet(0.18e18, 0.5e18, 0.275e18, 0.15e18, 0, 1e18);
    }

    function _floor() private pure returns (RiskSet memory) {
        return RiskSet(0.08e18, 0.2e18, 0.1e18, 0.05e18, 0, 1e18);
    }

    function _cap() private pure returns (RiskSet memory) {
        return RiskSet(0.6e18, 2e18, 0.6e18, 0.6e18, 0.5e18, 2e18);
    }

    function _configure(RiskSet memory defaults) private {
        parameters.setDefaults(ETH, defaults, _floor(), _cap(), MAX_STEP, MAX_AGE);
    }

    function _publish(RiskSet memory values, uint64 timestamp) private returns (bool) {
        vm.prank(PUBLISHER);
        return parameters.publish(ETH, values, timestamp);
    }

    function _expectRefusal(RiskSet memory values, IRiskParameters.Refusal reason, uint64 timestamp) private {
        vm.expectEmit();
        emit IRiskParameters.RiskSetRefused(ETH, PUBLISHER, values, reason, timestamp);
    }

    function _expectInvalid(
        RiskSet memory defaults, RiskSet memory floor, RiskSet memory cap, uint256 maxStep, uint64 maxAge
    ) private {
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.InvalidBounds.selector, ETH));
        parameters.setDefaults(ETH, defaults, floor, cap, maxStep, maxAge);
    }

    function _assertInForce(RiskSet memory expected) private view {
        vm.assertEq(abi.encode(parameters.riskSet(ETH)), abi.encode(expected));
    }

    function _members(RiskSet memory set) private pure returns (uint256[6] memory) {
        return [set.spotShock, set.volUp, set.volDown, set.haircut, set.liquidityAddOn, set.multiplier];
    }
}
