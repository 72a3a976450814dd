// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {Covariance, ICovarianceOracle} from "contracts/interfaces/ICovarianceOracle.sol";
import {CovarianceOracle} from "contracts/oracle/CovarianceOracle.sol";
import {Test} from "../Test.sol";

/// Two underlyings; daily deviations of 5 % (returns) and 8 % (volatilities), all correlations one half at the start.
contract CovarianceOracleTest is Test {
    uint64 private constant NOW = 1_584_000_000;
    uint64 private constant MAX_AGE = 3600;
    uint64 private constant MIN_INTERVAL = 600;
    address private constant PUBLISHER = address(0xF00);
    int256 private constant RETURN = 0.0025e18;
    int256 private constant VOL = 0.0064e18;
    int256 private constant BETWEEN = 0.002e18;

    CovarianceOracle private oracle;

    function setUp() public {
        vm.warp(NOW);
        oracle = new CovarianceOracle(address(this), MIN_INTERVAL);
        oracle.setPublisher(PUBLISHER, true);
        oracle.setDefaults(Covariance(_underlyings(2), _defaults()), _bounds(), MAX_AGE);
    }

    // IN FORCE

    function test_StartsAtTheDefaults() external view {
        _assertInForce(_defaults());
        vm.assertEq(oracle.covariance().underlyings.length, 2);
    }

    function test_AnAcceptedMatrixIsInForceToTheUnit() external {
        int256[] memory lower = _defaults();
        for (uint256 i; i < lower.length; ++i) lower[i] += int256(i) - 5;
        vm.assertTrue(_publish(lower, NOW));
        _assertInForce(lower);
    }

    function test_AStaleMatrixAppliesOnTopOfTheDefault() external {
        int256[] memory lower = _defaults();
        lower[0] = 0.003e18;
        vm.assertTrue(_publish(lower, NOW));
        vm.warp(NOW + MAX_AGE);
        _assertInForce(lower);
        vm.warp(NOW + MAX_AGE + 1);
        int256[] memory both = _defaults();
        for (uint256 i; i < both.length; ++i) both[i] += lower[i];
        _assertInForce(both);
    }

    function test_WithoutDefaultsThereIsNothingToRead() external {
        CovarianceOracle bare = new CovarianceOracle(address(this), 0);
        vm.expectRevert(ICovarianceOracle.NoCovariance.selector);
        bare.covariance();
        bare.setPublisher(PUBLISHER, true);
        vm.prank(PUBLISHER);
        vm.expectRevert(ICovarianceOracle.NoCovariance.selector);
        bare.publish(_defaults(), NOW);
    }

    // ATTACKS

    function test_OnlyAPublisherPublishes() external {
        vm.expectRevert(abi.encodeWithSelector(ICovarianceOracle.NotPublisher.selector, address(this)));
        oracle.publish(_defaults(), NOW);
        oracle.setPublisher(PUBLISHER, false);
        vm.prank(PUBLISHER);
        vm.expectRevert(abi.encodeWithSelector(ICovarianceOracle.NotPublisher.selector, PUBLISHER));
        oracle.publish(_defaults(), NOW);
    }

    function test_AMatrixThatIsNoCovarianceIsRefused() external {
        // Within every bound and step, but the three large correlations cannot hold together.
        int256[] memory lower = _defaults();
        lower[1] = -BETWEEN + 0.0001e18;
        lower[3] = RETURN / 2 + 0.0006e18;
        lower[4] = BETWEEN + 0.0009e18;
        _widen();
        _expectRefusal(lower, ICovarianceOracle.Refusal.NotPositiveSemiDefinite, NOW);
        vm.assertFalse(_publish(lower, NOW));
        _assertInForce(_defaults());
    }

    function test_ACorrelationAboveOneIsRefused() external {
        _widen();
        int256[] memory lower = _defaults();
        lower[1] = 0.0040001e18;
        _expectRefusal(lower, ICovarianceOracle.Refusal.NotPositiveSemiDefinite, NOW);
        vm.assertFalse(_publish(lower, NOW));
        lower[1] = 0.004e18; // one: singular, and allowed
        lower[3] = RETURN / 2;
        lower[4] = BETWEEN / 2 * 8 / 5; // as the first return, so that both say the same of the other asset
        lower[4] = lower[3] * 8 / 5;
        lower[6] = BETWEEN;
        lower[7] = BETWEEN * 8 / 5;
        vm.assertTrue(_publish(lower, NOW));
    }

    function test_ALiarCannotMakeRiskVanish() external {
        int256[] memory lower = _defaults();
        lower[0] = 0.0001e18 - 1;
        _widen();
        _expectRefusal(lower, ICovarianceOracle.Refusal.OutOfBounds, NOW);
        vm.assertFalse(_publish(lower, NOW));
        lower[0] = -1;
        _expectRefusal(lower, ICovarianceOracle.Refusal.OutOfBounds, NOW);
        vm.assertFalse(_publish(lower, NOW));
        lower = new int256[](10);
        _expectRefusal(lower, ICovarianceOracle.Refusal.OutOfBounds, NOW);
        vm.assertFalse(_publish(lower, NOW));
    }

    function test_ALiarCannotMakeHedgesOfWhatIsNone() external {
        int256[] memory lower = _defaults();
        lower[3] = -RETURN / 2;
        _expectRefusal(lower, ICovarianceOracle.Refusal.StepTooLarge, NOW);
        vm.assertFalse(_publish(lower, NOW));
    }

    function test_AStepOfExactlyTheLimitIsAcceptedAndOneMoreIsNot() external {
        int256[] memory lower = _defaults();
        lower[0] += RETURN / 4 + 1;
        _expectRefusal(lower, ICovarianceOracle.Refusal.StepTooLarge, NOW);
        vm.assertFalse(_publish(lower, NOW));
        lower[0] -= 1;
        vm.assertTrue(_publish(lower, NOW));
    }

    function test_ManySmallStepsInOneBlockAreNotAJump() external {
        int256[] memory lower = _defaults();
        lower[0] += RETURN / 5;
        vm.assertTrue(_publish(lower, NOW - 10));
        _expectRefusal(lower, ICovarianceOracle.Refusal.TooSoon, NOW - 9);
        vm.assertFalse(_publish(lower, NOW - 9));
        vm.warp(NOW + MIN_INTERVAL);
        vm.assertTrue(_publish(lower, NOW + MIN_INTERVAL));
    }

    function test_TimesOnlyRiseAndDoNotRunAhead() external {
        vm.assertTrue(_publish(_defaults(), NOW));
        vm.warp(NOW + MIN_INTERVAL);
        _expectRefusal(_defaults(), ICovarianceOracle.Refusal.TimestampNotNewer, NOW);
        vm.assertFalse(_publish(_defaults(), NOW));
        _expectRefusal(_defaults(), ICovarianceOracle.Refusal.TimestampInFuture, NOW + MIN_INTERVAL + 1);
        vm.assertFalse(_publish(_defaults(), NOW + MIN_INTERVAL + 1));
    }

    function test_AMatrixOfAnotherSizeIsRefused() external {
        int256[] memory lower = new int256[](3);
        (lower[0], lower[2]) = (RETURN, VOL);
        _expectRefusal(lower, ICovarianceOracle.Refusal.WrongSize, NOW);
        vm.assertFalse(_publish(lower, NOW));
    }

    function testFuzz_WhateverIsPostedTheMatrixInForceIsACovarianceWithinItsBounds(int256[10] memory entries) external {
        _widen();
        int256[] memory lower = new int256[](10);
        for (uint256 i; i < 10; ++i) lower[i] = int256(bound(uint256(entries[i]), 0, 0.02e18)) - 0.01e18;
        lower[0] = RETURN;
        lower[2] = VOL;
        lower[5] = RETURN;
        lower[9] = VOL;
        bool accepted = _publish(lower, NOW);
        _assertInForce(accepted ? lower : _defaults());
        // What two factors alone can say: no correlation of an accepted matrix exceeds one, but for the tolerance.
        if (accepted) {
            vm.assertLe(lower[1] * lower[1], RETURN * VOL + RETURN * VOL / 1e8);
            vm.assertLe(lower[3] * lower[3], RETURN * RETURN + RETURN * RETURN / 1e8);
        }
    }

    // ADMINISTRATION

    function test_OnlyTheAdministratorConfigures() external {
        bytes memory denied = abi.encodeWithSelector(
            IAccessControl.AccessControlUnauthorizedAccount.selector, address(0xBAD), bytes32(0)
        );
        vm.startPrank(address(0xBAD));
        vm.expectRevert(denied);
        oracle.setPublisher(PUBLISHER, true);
        vm.expectRevert(denied);
        oracle.setDefaults(Covariance(_underlyings(2), _defaults()), _bounds(), MAX_AGE);
        vm.stopPrank();
    }

    function test_DefaultsThatMeanNothingAreRefused() external {
        uint16[] memory twice = new uint16[](2);
        _expectInvalid(Covariance(twice, _defaults()), _bounds(), MAX_AGE);
        _expectInvalid(Covariance(_underlyings(9), new int256[](171)), _bounds(), MAX_AGE);
        _expectInvalid(Covariance(_underlyings(1), _defaults()), _bounds(), MAX_AGE);
        _expectInvalid(Covariance(_underlyings(2), _defaults()), _bounds(), 0);
        ICovarianceOracle.Bounds memory bounds = _bounds();
        bounds.maxStep = 0;
        _expectInvalid(Covariance(_underlyings(2), _defaults()), bounds, MAX_AGE);
        bounds = _bounds();
        bounds.minReturnVariance = 0;
        _expectInvalid(Covariance(_underlyings(2), _defaults()), bounds, MAX_AGE);
        int256[] memory lower = _defaults();
        lower[1] = 2 * BETWEEN + 1e10;
        _expectInvalid(Covariance(_underlyings(2), lower), _bounds(), MAX_AGE);
    }

    function test_EightUnderlyingsFit() external {
        int256[] memory lower = new int256[](136);
        for (uint256 i; i < 16; ++i) lower[i * (i + 3) / 2] = i % 2 == 0 ? RETURN : VOL;
        oracle.setDefaults(Covariance(_underlyings(8), lower), _bounds(), MAX_AGE);
        vm.assertTrue(_publish(lower, NOW));
        _assertInForce(lower);
    }

    function _defaults() private pure returns (int256[] memory lower) {
        lower = new int256[](10);
        (lower[0], lower[1], lower[2]) = (RETURN, BETWEEN, VOL);
        (lower[3], lower[4], lower[5]) = (RETURN / 2, BETWEEN, RETURN);
        (lower[6], lower[7], lower[8], lower[9]) = (BETWEEN, VOL / 2, BETWEEN, VOL);
    }

    function _bounds() private pure returns (ICovarianceOracle.Bounds memory) {
        return ICovarianceOracle.Bounds(0.0001e18, 0.5e18, 0.0001e18, 0.5e18, 0.25e18);
    }

    function _widen() private {
        ICovarianceOracle.Bounds memory bounds = _bounds();
        bounds.maxStep = 1e18;
        oracle.setDefaults(Covariance(_underlyings(2), _defaults()), bounds, MAX_AGE);
    }

    function _underlyings(uint256 count) private pure returns (uint16[] memory numbers) {
        numbers = new uint16[](count);
        for (uint256 i; i < count; ++i) numbers[i] = uint16(i);
    }

    function _publish(int256[] memory lower, uint64 time) private returns (bool) {
        vm.prank(PUBLISHER);
        return oracle.publish(lower, time);
    }

    function _expectRefusal(int256[] memory lower, ICovarianceOracle.Refusal reason, uint64 time) private {
        vm.expectEmit();
        emit ICovarianceOracle.CovarianceRefused(PUBLISHER, lower, reason, time);
    }

    function _expectInvalid(
        Covariance memory defaults,
        ICovarianceOracle.Bounds memory bounds,
        uint64 maxAge
    ) private {
        vm.expectRevert(ICovarianceOracle.InvalidDefaults.selector);
        oracle.setDefaults(defaults, bounds, maxAge);
    }

    function _assertInForce(int256[] memory lower) private view {
        vm.assertEq(abi.encode(oracle.covariance().lower), abi.encode(lower));
    }
}
