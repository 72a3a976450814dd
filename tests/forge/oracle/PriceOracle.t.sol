// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {LibSort} from "solady/src/utils/LibSort.sol";

import {IPriceOracle} from "contracts/interfaces/IPriceOracle.sol";
import {AssetPrice, ExpiryPrice, Smile} from "contracts/interfaces/Types.sol";
import {PriceOracle} from "contracts/oracle/PriceOracle.sol";
import {OracleBase} from "./OracleBase.sol";

contract PriceOracleTest is OracleBase {
    // MEDIAN

    function test_OneLiarOfThreeDoesNotMoveThePriceBeyondTheHonest() external {
        authorise(3);
        postSpot(0, NOW, 200e18);
        postSpot(1, NOW, 201e18);
        postSpot(2, NOW, 1e18);
        vm.assertEq(oracle.assetPrice(ETH).spot, 200e18);
        vm.warp(NOW + 1);
        postSpot(2, NOW + 1, 1e28);
        vm.assertEq(oracle.assetPrice(ETH).spot, 201e18);
    }

    function testFuzz_SpotIsTheMedianOfTheObservations(uint96[15] memory seen, uint256 count) external {
        count = bound(count, 1, 15);
        authorise(count);
        uint256[] memory sorted = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            sorted[i] = bound(uint256(seen[i]), 1, type(uint96).max);
            postSpot(i, NOW, sorted[i]);
        }
        LibSort.insertionSort(sorted);
        vm.assertEq(oracle.assetPrice(ETH).spot, (sorted[(count - 1) / 2] + sorted[count / 2]) / 2);
    }

    function testFuzz_AMinorityOfLiarsStaysWithinTheHonestRange(uint96[7] memory lies, uint256 honest) external {
        honest = bound(honest, 100e18, 300e18);
        authorise(15);
        for (uint256 i; i < 8; ++i) {
            postSpot(i, NOW, honest + i * 1e18);
        }
        for (uint256 i; i < 7; ++i) {
            postSpot(8 + i, NOW, bound(uint256(lies[i]), 1, type(uint96).max));
        }
        uint256 spot = oracle.assetPrice(ETH).spot;
        vm.assertGe(spot, honest);
        vm.assertLe(spot, honest + 7e18);
    }

    function test_StaleObservationsDoNotCount() external {
        authorise(3);
        postSpot(0, NOW, 100e18);
        postSpot(1, NOW, 100e18);
        vm.warp(NOW + MAX_AGE + 1);
        postSpot(2, NOW + MAX_AGE + 1, 200e18);
        vm.assertEq(oracle.assetPrice(ETH).spot, 200e18);
    }

    function test_TheSmileInForceIsThatOfTheMedianVolatility() external {
        authorise(3);
        postSpot(0, NOW, 200e18);
        post(0, NOW, expiryOf(1.01e18, 0.8e18));
        post(1, NOW, expiryOf(1.02e18, 1.2e18));
        post(2, NOW, expiryOf(1.03e18, 19e18));
        ExpiryPrice memory price = oracle.expiryPrice(ETH, EXPIRY);
        vm.assertEq(price.forward, 204e18);
        vm.assertEq(price.smile.a, flatSmile(1.2e18).a);
    }

    function test_OfTwoMiddleSmilesTheMoreVolatileIsInForce() external {
        authorise(2);
        postSpot(0, NOW, 200e18);
        post(0, NOW, expiryOf(1.01e18, 1.2e18));
        post(1, NOW, expiryOf(1.03e18, 0.8e18));
        ExpiryPrice memory price = oracle.expiryPrice(ETH, EXPIRY);
        vm.assertEq(price.forward, 204e18);
        vm.assertEq(price.smile.a, flatSmile(1.2e18).a);
    }

    // QUORUM

    function test_NoPriceBelowQuorum() external {
        authorise(3);
        oracle.setQuorum(2);
        postSpot(0, NOW, 200e18);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.NoPrice.selector, ETH, uint64(0)));
        oracle.assetPrice(ETH);
        postSpot(1, NOW, 202e18);
        vm.assertEq(oracle.assetPrice(ETH).spot, 201e18);
    }

    function test_PriceIsStaleWhenFewerThanAQuorumAreFresh() external {
        authorise(2);
        oracle.setQuorum(2);
        postSpot(0, NOW - 100, 200e18);
        postSpot(1, NOW, 200e18);
        vm.assertEq(uint256(oracle.assetPrice(ETH).timestamp), NOW - 100);
        vm.warp(NOW + MAX_AGE - 99);
        vm.expectRevert(
            abi.encodeWithSelector(IPriceOracle.StalePrice.selector, ETH, uint64(0), NOW - 100, MAX_AGE)
        );
        oracle.assetPrice(ETH);
    }

    function test_RefreshWithdrawsThePriceOfADismissedPublisher() external {
        authorise(1);
        postSpot(0, NOW, 1e18);
        post(0, NOW, expiryOf(1e18, 0.8e18));
        oracle.setPublisher(publisher(0), false);
        uint64[] memory expiries = new uint64[](1);
        expiries[0] = EXPIRY;
        vm.expectEmit();
        emit IPriceOracle.SpotInForce(ETH, 0, 0, 0, 0);
        oracle.refresh(ETH, expiries);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.NoPrice.selector, ETH, uint64(0)));
        oracle.assetPrice(ETH);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.NoPrice.selector, ETH, EXPIRY));
        oracle.expiryPrice(ETH, EXPIRY);
    }

    // STALENESS

    function test_PriceIsReadableUntilMaxAgeAndNotAfter() external {
        authorise(1);
        postSpot(0, NOW, 200e18);
        vm.warp(NOW + MAX_AGE);
        vm.assertEq(oracle.assetPrice(ETH).spot, 200e18);
        vm.warp(NOW + MAX_AGE + 1);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.StalePrice.selector, ETH, uint64(0), NOW, MAX_AGE));
        oracle.assetPrice(ETH);
    }

    function test_AForwardIsStaleWithItsSpot() external {
        authorise(1);
        postSpot(0, NOW, 200e18);
        vm.warp(NOW + MAX_AGE + 1);
        post(0, NOW + MAX_AGE + 1, expiryOf(1.01e18, 0.8e18));
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.StalePrice.selector, ETH, uint64(0), NOW, MAX_AGE));
        oracle.expiryPrice(ETH, EXPIRY);
    }

    function test_ASmileIsStaleOnItsOwn() external {
        authorise(1);
        post(0, NOW, expiryOf(1.01e18, 0.8e18));
        vm.warp(NOW + MAX_AGE + 1);
        postSpot(0, NOW + MAX_AGE + 1, 200e18);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.StalePrice.selector, ETH, EXPIRY, NOW, MAX_AGE));
        oracle.expiryPrice(ETH, EXPIRY);
    }

    function test_ANewSpotMovesPerpetualAndForwardsWithIt() external {
        authorise(1);
        postSpot(0, NOW, 200e18);
        post(0, NOW, expiryOf(1.01e18, 0.8e18));
        vm.warp(NOW + 12);
        postSpot(0, NOW + 12, 100e18);
        vm.assertEq(oracle.assetPrice(ETH).perpetual, 100.1e18);
        vm.assertEq(oracle.expiryPrice(ETH, EXPIRY).forward, 101e18);
    }

    // REFUSALS

    function test_OnlyAPublisherMayPublish() external {
        authorise(1);
        oracle.setPublisher(publisher(0), false);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.NotPublisher.selector, publisher(0)));
        vm.prank(publisher(0));
        oracle.publish(NOW, new IPriceOracle.SpotUpdate[](0), new IPriceOracle.ExpiryUpdate[](0));
    }

    function test_TimestampsOfAPublisherOnlyGrow() external {
        authorise(1);
        postSpot(0, NOW - 1, 200e18);
        expectRefusal(0, 0, IPriceOracle.Refusal.TimestampNotNewer, NOW - 1);
        postSpot(0, NOW - 1, 100e18);
        expectRefusal(0, 0, IPriceOracle.Refusal.TimestampNotNewer, NOW - 2);
        postSpot(0, NOW - 2, 100e18);
        vm.assertEq(oracle.assetPrice(ETH).spot, 200e18);
    }

    function test_FutureTimestampsAreRefused() external {
        authorise(1);
        expectRefusal(0, 0, IPriceOracle.Refusal.TimestampInFuture, NOW + 1);
        postSpot(0, NOW + 1, 200e18);
        expectRefusal(0, 0, IPriceOracle.Refusal.TimestampInFuture, type(uint64).max);
        postSpot(0, type(uint64).max, 200e18);
    }

    function test_ObservationsOlderThanMaxAgeAreRefused() external {
        authorise(1);
        expectRefusal(0, 0, IPriceOracle.Refusal.TooOld, NOW - MAX_AGE - 1);
        postSpot(0, NOW - MAX_AGE - 1, 200e18);
        postSpot(0, NOW - MAX_AGE, 200e18);
        vm.assertEq(oracle.assetPrice(ETH).spot, 200e18);
    }

    function test_SpotsOutOfRangeAreRefused() external {
        authorise(1);
        IPriceOracle.SpotUpdate[5] memory bad =
            [spotOf(0), spotOf(1 << 96), spotOf(1e18), spotOf(1e18), spotOf(1e18)];
        bad[2].perpetualBasis = 0.1e18 - 1;
        bad[3].perpetualBasis = 10e18 + 1;
        bad[4].confidence = 1e18 + 1;
        for (uint256 i; i < bad.length; ++i) {
            expectRefusal(0, 0, IPriceOracle.Refusal.OutOfRange, NOW);
            post(0, NOW, bad[i]);
        }
    }

    function test_SmilesThatAreNoneAreRefused() external {
        authorise(1);
        IPriceOracle.ExpiryUpdate[12] memory bad;
        for (uint256 i; i < bad.length; ++i) {
            bad[i] = expiryOf(1e18, 0.8e18);
        }
        bad[0].smile.a = -1;
        bad[1].smile.b = -1;
        bad[2].smile.rho = 1e18 + 1;
        bad[3].smile.sigma = -1;
        bad[4].smile.tau = 0;
        bad[5].smile.forward = 0;
        bad[6].smile.a = type(int256).max;
        bad[7].smile.m = type(int256).min;
        bad[8].smile.rho = type(int256).min;
        bad[9].smile = flatSmile(0.009e18);
        bad[10].smile = flatSmile(21e18);
        bad[11].expiry = NOW;
        for (uint256 i; i < bad.length; ++i) {
            expectRefusal(0, bad[i].expiry, IPriceOracle.Refusal.OutOfRange, NOW);
            post(0, NOW, bad[i]);
        }
    }

    function testFuzz_AnySmileIsStoredWholeOrRefusedWithoutRevert(Smile memory smile) external {
        authorise(1);
        postSpot(0, NOW, 200e18);
        IPriceOracle.ExpiryUpdate memory update = expiryOf(1e18, 0.8e18);
        update.smile = smile;
        post(0, NOW, update);
    }

    function testFuzz_AValidSmileIsReadAsItWasPosted(Smile memory smile) external {
        authorise(1);
        postSpot(0, NOW, 200e18);
        smile.a = bound(smile.a, 0.02e18, 20e18);
        smile.b = bound(smile.b, 0, 2e18);
        smile.rho = bound(smile.rho, -1e18, 1e18);
        smile.m = bound(smile.m, -2e18, 2e18);
        smile.sigma = bound(smile.sigma, 0, 2e18);
        smile.forward = bound(smile.forward, 1, type(uint96).max);
        smile.tau = bound(smile.tau, 0.1e18, 2e18);
        IPriceOracle.ExpiryUpdate memory update = expiryOf(1e18, 0.8e18);
        update.smile = smile;
        post(0, NOW, update);
        vm.assertEq(abi.encode(oracle.expiryPrice(ETH, EXPIRY).smile), abi.encode(smile));
    }

    function test_ARefusedEntryLeavesTheRestOfItsBatch() external {
        authorise(1);
        IPriceOracle.SpotUpdate[] memory spots = new IPriceOracle.SpotUpdate[](2);
        spots[0] = spotOf(0);
        spots[1] = IPriceOracle.SpotUpdate(1, 7_900e18, 1e18, 1e18);
        expectRefusal(0, 0, IPriceOracle.Refusal.OutOfRange, NOW);
        vm.prank(publisher(0));
        oracle.publish(NOW, spots, new IPriceOracle.ExpiryUpdate[](0));
        vm.assertEq(oracle.assetPrice(1).spot, 7_900e18);
    }

    // ADMINISTRATION

    function test_AtMostFifteenPublishers() external {
        authorise(15);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.TooManyPublishers.selector, 15));
        oracle.setPublisher(publisher(15), true);
        oracle.setPublisher(publisher(3), false);
        oracle.setPublisher(publisher(15), true);
        vm.assertTrue(oracle.isPublisher(publisher(15)));
        vm.assertFalse(oracle.isPublisher(publisher(3)));
    }

    function test_ANewPublisherDoesNotInheritObservations() external {
        authorise(1);
        postSpot(0, NOW, 1e18);
        oracle.setPublisher(publisher(0), false);
        oracle.setPublisher(publisher(1), true);
        postSpot(1, NOW, 200e18);
        vm.assertEq(oracle.assetPrice(ETH).spot, 200e18);
    }

    function test_OnlyTheAdministratorAdministers() external {
        vm.startPrank(publisher(0));
        vm.expectPartialRevert(bytes4(keccak256("AccessControlUnauthorizedAccount(address,bytes32)")));
        oracle.setPublisher(publisher(0), true);
        vm.expectPartialRevert(bytes4(keccak256("AccessControlUnauthorizedAccount(address,bytes32)")));
        oracle.setQuorum(2);
        vm.stopPrank();
    }

    function test_QuorumIsOneToFifteen() external {
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.InvalidQuorum.selector, 0));
        oracle.setQuorum(0);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.InvalidQuorum.selector, 16));
        oracle.setQuorum(16);
    }

    function test_MaxAgeIsPositive() external {
        vm.expectRevert(IPriceOracle.InvalidMaxAge.selector);
        new PriceOracle(address(this), 0);
    }
}
