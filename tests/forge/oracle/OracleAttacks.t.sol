// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IPriceOracle} from "contracts/interfaces/IPriceOracle.sol";
import {RiskSet} from "contracts/interfaces/Types.sol";
import {RiskParameters} from "contracts/oracle/RiskParameters.sol";
import {OracleBase} from "./OracleBase.sol";

/// What publishers can do who lie, and from how many on they can do as they like.
contract OracleAttacksTest is OracleBase {
    uint64 private constant MIN_INTERVAL = 600;
    uint256 private constant MAX_STEP = 0.25e18;

    // ONE LIAR OF THREE

    function testFuzz_OneLiarMovesNoMemberOutOfTheHonestRange(uint256 spot, uint256 basis, uint256 confidence) external {
        authorise(3);
        post(0, NOW, IPriceOracle.SpotUpdate(ETH, 200e18, 1e18, 0.9e18));
        post(1, NOW, IPriceOracle.SpotUpdate(ETH, 202e18, 1.002e18, 1e18));
        post(
            2,
            NOW,
            IPriceOracle.SpotUpdate(
                ETH,
                uint128(bound(spot, 1, type(uint96).max)),
                uint64(bound(basis, 0.1e18, 10e18)),
                uint64(bound(confidence, 0, 1e18))
            )
        );
        vm.assertGe(oracle.assetPrice(ETH).spot, 200e18);
        vm.assertLe(oracle.assetPrice(ETH).spot, 202e18);
        vm.assertGe(oracle.assetPrice(ETH).confidence, 0.9e18);
        uint256 perpetual = oracle.assetPrice(ETH).perpetual;
        vm.assertGe(perpetual, 200e18);
        vm.assertLe(perpetual, uint256(202e18) * 1.002e18 / 1e18);
    }

    function test_ALiarWhoPostsMoreOftenDoesNotCountMoreOften() external {
        authorise(3);
        postSpot(0, NOW, 200e18);
        postSpot(1, NOW, 201e18);
        for (uint64 second = 1; second <= 60; ++second) {
            vm.warp(NOW + second);
            postSpot(2, NOW + second, 1e18);
            vm.assertEq(oracle.assetPrice(ETH).spot, 200e18);
        }
    }

    function test_ALiarDoesNotKeepAStalePriceAlive() external {
        authorise(3);
        oracle.setQuorum(2);
        postSpot(0, NOW, 200e18);
        postSpot(1, NOW, 200e18);
        for (uint64 second = 600; second <= MAX_AGE; second += 600) {
            vm.warp(NOW + second);
            postSpot(2, NOW + second, 200e18);
        }
        vm.assertEq(uint256(oracle.assetPrice(ETH).timestamp), NOW);
        vm.warp(NOW + MAX_AGE + 1);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.StalePrice.selector, ETH, uint64(0), NOW, MAX_AGE));
        oracle.assetPrice(ETH);
    }

    function test_ALiarIsAloneInForceOnlyBelowTheQuorumOfAMajority() external {
        authorise(3);
        postSpot(2, NOW, 1e18);
        vm.assertEq(oracle.assetPrice(ETH).spot, 1e18);
        oracle.setQuorum(2);
        vm.warp(NOW + 1);
        postSpot(2, NOW + 1, 1e18);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.NoPrice.selector, ETH, uint64(0)));
        oracle.assetPrice(ETH);
    }

    function test_AnObservationWithheldAndPostedOutOfOrderIsRefused() external {
        authorise(3);
        postSpot(0, NOW, 200e18);
        postSpot(1, NOW, 200e18);
        postSpot(2, NOW, 201e18);
        expectRefusal(2, 0, IPriceOracle.Refusal.TimestampNotNewer, NOW - 12);
        postSpot(2, NOW - 12, 1e18);
        vm.assertEq(oracle.assetPrice(ETH).spot, 200e18);
    }

    // COLLUSION

    /// The limit of a median: from half of an even number, or a majority of an odd one, liars choose the price.
    function testFuzz_TwoOfThreeSetAnyPrice(uint256 wanted) external {
        wanted = bound(wanted, 1, type(uint96).max);
        authorise(3);
        postSpot(0, NOW, 200e18);
        postSpot(1, NOW, wanted);
        postSpot(2, NOW, wanted);
        vm.assertEq(oracle.assetPrice(ETH).spot, wanted);
    }

    function test_TwoOfFourPullThePriceHalfOfTheWayTheyLike() external {
        authorise(4);
        postSpot(0, NOW, 200e18);
        postSpot(1, NOW, 200e18);
        postSpot(2, NOW, 1000e18);
        postSpot(3, NOW, 1000e18);
        vm.assertEq(oracle.assetPrice(ETH).spot, 600e18);
    }

    function test_TwoOfFiveDoNot() external {
        authorise(5);
        postSpot(0, NOW, 200e18);
        postSpot(1, NOW, 201e18);
        postSpot(2, NOW, 202e18);
        postSpot(3, NOW, 1000e18);
        postSpot(4, NOW, 1000e18);
        vm.assertEq(oracle.assetPrice(ETH).spot, 202e18);
    }

    // RISK PARAMETERS: each publisher alone, so the guards are bounds, step and interval

    /// A publisher who lowers the shock as fast as allowed needs time in proportion to the logarithm of the fall, and
    /// ends at the floor: the worst that one key can do in an hour.
    function testFuzz_ARogueLowersTheShockByOneStepAnIntervalAndNotBelowTheFloor(uint256 attempts) external {
        RiskParameters parameters = _parameters();
        attempts = bound(attempts, 1, 60);
        uint256 lowest = 0.18e18;
        for (uint256 attempt; attempt < attempts; ++attempt) {
            uint64 time = uint64(NOW + attempt * 60);
            vm.warp(time);
            RiskSet memory values = parameters.riskSet(ETH);
            uint256 step = parameters.stepLimit(values.spotShock, MAX_STEP);
            values.spotShock = values.spotShock > 0.08e18 + step ? values.spotShock - step : 0.08e18;
            vm.prank(publisher(0));
            parameters.publish(ETH, values, time);
            if (attempt % 10 == 0) {
                lowest = lowest * 3 / 4 > 0.08e18 ? lowest * 3 / 4 : 0.08e18;
            }
        }
        vm.assertGe(parameters.riskSet(ETH).spotShock, lowest - 10);
    }

    function test_AnHonestPublisherUndoesARogueStepInTheNextIntervals() external {
        RiskParameters parameters = _parameters();
        RiskSet memory values = parameters.riskSet(ETH);
        values.spotShock = 0.135e18;
        vm.prank(publisher(0));
        vm.assertTrue(parameters.publish(ETH, values, NOW));
        vm.warp(NOW + MIN_INTERVAL);
        values.spotShock = 0.16875e18;
        vm.prank(publisher(1));
        vm.assertTrue(parameters.publish(ETH, values, NOW + MIN_INTERVAL));
        vm.warp(NOW + 2 * MIN_INTERVAL);
        values.spotShock = 0.18e18;
        vm.prank(publisher(1));
        vm.assertTrue(parameters.publish(ETH, values, NOW + 2 * MIN_INTERVAL));
        vm.assertEq(parameters.riskSet(ETH).spotShock, 0.18e18);
    }

    function test_ADismissedRogueHasNoSayAndItsValuesAgeIntoTheFallback() external {
        RiskParameters parameters = _parameters();
        RiskSet memory values = parameters.riskSet(ETH);
        values.spotShock = 0.135e18;
        vm.prank(publisher(0));
        vm.assertTrue(parameters.publish(ETH, values, NOW));
        parameters.setPublisher(publisher(0), false);
        vm.warp(NOW + MAX_AGE + 1);
        vm.assertEq(parameters.riskSet(ETH).spotShock, 0.18e18);
    }

    function _parameters() private returns (RiskParameters parameters) {
        parameters = new RiskParameters(address(this), MIN_INTERVAL);
        parameters.setPublisher(publisher(0), true);
        parameters.setPublisher(publisher(1), true);
        parameters.setDefaults(
            ETH,
            RiskSet(0.18e18, 0.5e18, 0.275e18, 0.15e18, 0, 1e18),
            RiskSet(0.08e18, 0.2e18, 0.1e18, 0.05e18, 0, 1e18),
            RiskSet(0.6e18, 1e18, 0.5e18, 0.6e18, 0.5e18, 2e18),
            MAX_STEP,
            MAX_AGE
        );
    }
}
