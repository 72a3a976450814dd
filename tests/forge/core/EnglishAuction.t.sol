// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IClearingHouse} from "contracts/interfaces/IClearingHouse.sol";
import {IEnglishAuction} from "contracts/interfaces/IEnglishAuction.sol";
import {ILiquidation} from "contracts/interfaces/ILiquidation.sol";
import {EnglishAuction} from "contracts/liquidation/EnglishAuction.sol";
import {CloseOutBase} from "./CloseOutBase.sol";

/// At 189 alice's requirement is 472.5: a lot of 236.25 is half of her account, worth 225.
contract EnglishAuctionTest is CloseOutBase {
    address private constant DAVE = address(0xDA7E);

    EnglishAuction private _mechanism;
    uint256 private _dave;
    uint256 private _lot = 1;

    function setUp() public override {
        super.setUp();
        _mechanism = new EnglishAuction(address(house), _parameters());
        house.grantRole(house.LIQUIDATOR_ROLE(), address(_mechanism));
        _dave = open(DAVE, 10_000 * USD);
    }

    function _parameters() private pure returns (EnglishAuction.Parameters memory) {
        return EnglishAuction.Parameters({
            lotRequirement: 236.25e18, minIncrement: 0.03e18, bidSeconds: 600, auctionSeconds: 3600, fundFee: 0.02e18
        });
    }

    function _startAt(uint256 spot) private {
        setPrice(spot);
        _mechanism.start(alice);
    }

    function _bid(address bidder, uint256 liquidator, int256 payment) private {
        vm.prank(bidder);
        _mechanism.bid(alice, _lot, liquidator, payment);
    }

    function _lotOf(uint256 account) private view returns (uint64 lot) {
        (lot,,,,,,,) = _mechanism.auctionOf(account);
    }

    // BIDS

    function test_TheLotCarriesTheRequirementOfALot() external {
        setPrice(189e18);
        vm.expectEmit();
        emit IEnglishAuction.LotOffered(alice, 1, 0.5e18, time() + 3600, 0, 450 * WAD, -22.5e18);
        _mechanism.start(alice);
    }

    function test_AFirstBidMayBeZero() external {
        _startAt(189e18);
        vm.assertEq(_mechanism.leastPayment(alice), 0);
        vm.expectEmit();
        emit IEnglishAuction.BidPlaced(alice, 1, carol, 0, 0, time() + 600, 450 * WAD, -22.5e18);
        _bid(CAROL, carol, 0);
        _bid(DAVE, _dave, 1);
    }

    function test_ARaiseExceedsTheLastBidByTheIncrement() external {
        _startAt(189e18);
        _bid(CAROL, carol, 100e18);
        vm.assertEq(_mechanism.leastPayment(alice), 103e18);
        vm.expectRevert(abi.encodeWithSelector(IEnglishAuction.BidTooLow.selector, 103e18 - 1, 103e18));
        _bid(DAVE, _dave, 103e18 - 1);
        _bid(DAVE, _dave, 103e18);
    }

    function testFuzz_EveryBidTopsTheLast(int256 first, int256 second) external {
        _startAt(189e18);
        first = bound(first, 0, 5000e18);
        second = bound(second, 0, 5000e18);
        _bid(CAROL, carol, first);
        int256 least = _mechanism.leastPayment(alice);
        vm.assertGt(least, first);
        if (second < least) {
            vm.expectRevert(abi.encodeWithSelector(IEnglishAuction.BidTooLow.selector, second, least));
        }
        _bid(DAVE, _dave, second);
    }

    function test_ABidForAnotherLotIsRefused() external {
        _startAt(189e18);
        vm.expectRevert(abi.encodeWithSelector(IEnglishAuction.LotNotOffered.selector, alice, 2, 1));
        vm.prank(CAROL);
        _mechanism.bid(alice, 2, carol, 0);
    }

    function test_OnlyWhoActsForTheLiquidatorBids() external {
        _startAt(189e18);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.NotAuthorised.selector, DAVE, carol));
        _bid(DAVE, carol, 0);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.SelfTrade.selector, alice));
        _bid(ALICE, alice, 0);
    }

    function test_ABidIsWithinTheBiddersMargin() external {
        _startAt(189e18);
        vm.expectRevert(
            abi.encodeWithSelector(IEnglishAuction.BidBeyondMargin.selector, carol, 10_000e18 + 1, 10_000e18)
        );
        _bid(CAROL, carol, 10_000e18 + 1);
    }

    function test_NobodyBidsOnceTheBestBidHasStood() external {
        _startAt(189e18);
        _bid(CAROL, carol, 0);
        skip(599);
        _bid(DAVE, _dave, 1e18);
        skip(600);
        vm.expectRevert(abi.encodeWithSelector(IEnglishAuction.BiddingOver.selector, alice, 1));
        _bid(CAROL, carol, 100e18);
    }

    function test_NobodyBidsAfterTheAuction() external {
        _startAt(189e18);
        for (int256 i; i < 7; ++i) {
            _bid(i % 2 == 0 ? CAROL : DAVE, i % 2 == 0 ? carol : _dave, i * 1e18);
            skip(i == 6 ? 359 : 540);
        }
        _bid(DAVE, _dave, 100e18);
        skip(1);
        vm.expectRevert(abi.encodeWithSelector(IEnglishAuction.BiddingOver.selector, alice, 1));
        _bid(CAROL, carol, 200e18);
        _mechanism.settle(alice);
    }

    function test_NoBidWithoutAnAuction() external {
        setPrice(189e18);
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.AuctionNotRunning.selector, alice));
        _bid(CAROL, carol, 0);
    }

    function test_NoBidForAnAccountThatIsHealthyAgain() external {
        _startAt(189e18);
        setPrice(200e18);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.NotLiquidatable.selector, alice, 500 * WAD));
        _bid(CAROL, carol, 0);
    }

    /// Else who bid nothing just before the account recovered would have no rivals until it falls again.
    function test_ABidThatStandsIsToppedWhileTheAccountIsHealthyAgain() external {
        _startAt(189e18);
        _bid(CAROL, carol, 0);
        setPrice(200e18);
        _bid(DAVE, _dave, 200e18);
        setPrice(189e18);
        skip(600);
        vm.expectEmit();
        emit IEnglishAuction.LotSold(alice, 1, _dave, 1, 200e18);
        _mechanism.settle(alice);
    }

    // SETTLEMENT

    function test_TheBestBidderTakesTheLotForItsBid() external {
        endow(1000 * USD);
        _startAt(189e18);
        _bid(CAROL, carol, 100e18);
        _bid(DAVE, _dave, 200e18);
        skip(600);
        vm.expectEmit();
        emit IEnglishAuction.LotSold(alice, 1, _dave, 1, 200e18);
        vm.assertEq(_mechanism.settle(alice), 1);
        vm.assertEq(sizeOf(_dave, perpetual), 25e18);
        vm.assertEq(equityOf(_dave), 10_025 * WAD);
        // 2 % of half the requirement goes to the fund.
        vm.assertEq(equityOf(alice), 225e18 + 200e18 - 4.725e18);
        assertConserved();
    }

    function test_ALotThatHealsTheAccountEndsTheAuction() external {
        _startAt(189e18);
        _bid(CAROL, carol, 200e18);
        skip(600);
        vm.expectEmit();
        emit ILiquidation.AuctionEnded(alice, carol);
        _mechanism.settle(alice);
        vm.assertEq(uint256(_lotOf(alice)), 0);
        vm.assertGe(house.margin(alice).maintenanceMargin, 0);
    }

    function test_LotsThatGoForNothingFollowUntilTheAccountIsEmpty() external {
        _startAt(189e18);
        for (uint256 sold; sold < 2; ++sold) {
            _lot = _lotOf(alice);
            vm.assertEq(_lot, sold + 1);
            _bid(CAROL, carol, 0);
            skip(600);
            _mechanism.settle(alice);
        }
        vm.assertEq(uint256(_lotOf(alice)), 0);
        vm.assertEq(sizeOf(alice, perpetual), 0);
        vm.assertEq(equityOf(alice), 0);
        vm.assertEq(equityOf(carol), 10_450 * WAD);
        assertConserved();
    }

    function test_BiddingHasToBeOver() external {
        _startAt(189e18);
        vm.expectRevert(abi.encodeWithSelector(IEnglishAuction.NoBid.selector, alice, 1));
        _mechanism.settle(alice);
        _bid(CAROL, carol, 0);
        skip(599);
        vm.expectRevert(abi.encodeWithSelector(IEnglishAuction.BiddingOpen.selector, alice, 1));
        _mechanism.settle(alice);
    }

    function test_AWinnerWithoutTheMarginLosesTheLotAndIsBarred() external {
        _startAt(189e18);
        _bid(CAROL, carol, 200e18);
        withdraw(CAROL, carol, 9950 * USD);
        skip(600);
        vm.expectEmit();
        emit IEnglishAuction.BidFailed(alice, 1, carol, IClearingHouse.BelowInitialMargin.selector);
        vm.expectEmit();
        emit IEnglishAuction.LotOffered(alice, 1, 0.5e18, time() + 3600, carol, 450 * WAD, -22.5e18);
        vm.assertEq(_mechanism.settle(alice), 0);
        vm.assertEq(sizeOf(alice, perpetual), 50e18);
        vm.expectRevert(abi.encodeWithSelector(IEnglishAuction.BidderBarred.selector, carol, 1));
        _bid(CAROL, carol, 0);
        _bid(DAVE, _dave, 0);
        assertConserved();
    }

    function test_AWinnerDoesNotLoseTheLotToASettlementWithLittleGas() external {
        _startAt(189e18);
        _bid(CAROL, carol, 200e18);
        skip(600);
        for (uint256 gas_ = 100_000; gas_ < 400_000; gas_ += 20_000) {
            try _mechanism.settle{gas: gas_}(alice) returns (uint256 settlement) {
                vm.assertEq(settlement, 1);
                return;
            } catch {
                vm.assertEq(uint256(_lotOf(alice)), 1);
            }
        }
        vm.assertEq(_mechanism.settle(alice), 1);
    }

    function test_AHealthyAccountKeepsItsLot() external {
        _startAt(189e18);
        _bid(CAROL, carol, 0);
        skip(600);
        setPrice(200e18);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.NotLiquidatable.selector, alice, 500 * WAD));
        _mechanism.settle(alice);
        vm.expectEmit();
        emit ILiquidation.AuctionEnded(alice, 0);
        _mechanism.terminate(alice);
    }

    // INSOLVENCY

    /// At 170 her equity is -500 and her requirement 425: a lot is 236.25 / 425 of her account.
    function test_TheFundBringsALotWithoutEquityUpToItsRequirement() external {
        endow(2000 * USD);
        _startAt(170e18);
        uint256 fraction = 555_882_352_941_176_471;
        int256 reserve = _mechanism.leastPayment(alice);
        vm.assertEq(reserve, -(int256(fraction) * 925));
        _bid(CAROL, carol, reserve);
        vm.assertEq(_mechanism.leastPayment(alice), reserve + 1);
        _bid(DAVE, _dave, reserve + 200e18);
        vm.assertEq(_mechanism.leastPayment(alice), reserve + 206e18);
        skip(600);
        _mechanism.settle(alice);
        vm.assertApproxEqAbs(equityOf(_dave), 10_000e18 + 36.25e18, 1e6);
        assertConserved();
    }

    function test_AnEmptyFundDoesNotStopTheAuction() external {
        _startAt(170e18);
        for (uint256 sold; sold < 2; ++sold) {
            _lot = _lotOf(alice);
            _bid(CAROL, carol, _mechanism.leastPayment(alice));
            skip(600);
            _mechanism.settle(alice);
        }
        vm.assertEq(house.cash(alice), 0);
        vm.assertApproxEqAbs(house.socialisedLoss(), 925e18, 1e3);
        assertConserved();
    }

    function test_TheFirstBidFixesTheReserve() external {
        _startAt(189e18);
        _bid(CAROL, carol, 50e18);
        setPrice(170e18);
        vm.assertEq(_mechanism.leastPayment(alice), 51.5e18);
        skip(600);
        _mechanism.settle(alice);
        vm.assertEq(equityOf(carol), 10_000e18 - 50e18 - 250e18);
        assertConserved();
    }

    // THE LIFE OF AN AUCTION

    function test_ALotWithoutBidsIsOfferedAgain() external {
        _startAt(189e18);
        skip(3599);
        vm.expectRevert(abi.encodeWithSelector(IEnglishAuction.BiddingOpen.selector, alice, 1));
        _mechanism.restart(alice);
        skip(1);
        vm.expectEmit();
        emit IEnglishAuction.LotOffered(alice, 1, 0.5e18, time() + 3600, 0, 450 * WAD, -22.5e18);
        _mechanism.restart(alice);
        _bid(CAROL, carol, 0);
        skip(3600);
        vm.expectRevert(abi.encodeWithSelector(IEnglishAuction.BiddingOpen.selector, alice, 1));
        _mechanism.restart(alice);
    }

    function test_AnAuctionStartsOnceAndBelowMaintenanceOnly() external {
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.NotLiquidatable.selector, alice, 500 * WAD));
        _mechanism.start(alice);
        _startAt(189e18);
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.AuctionRunning.selector, alice));
        _mechanism.start(alice);
    }

    function test_AnAuctionEndsEarlyOnlyForAHealthyAccount() external {
        _startAt(189e18);
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.StillBelowMaintenance.selector, alice, -22.5e18));
        _mechanism.terminate(alice);
    }

    function testFuzz_WhateverIsBidMoneyIsConserved(uint256 spot, int256 payment, uint256 later) external {
        endow(300 * USD);
        _startAt(bound(spot, 150e18, 189e18));
        int256 least = _mechanism.leastPayment(alice);
        _bid(CAROL, carol, bound(payment, least, least + 5000e18));
        setPrice(bound(later, 150e18, 189e18));
        skip(600);
        _mechanism.settle(alice);
        assertConserved();
    }

    function test_ParametersAreChecked() external {
        EnglishAuction.Parameters memory p = _parameters();
        p.bidSeconds = 3601;
        vm.expectRevert(ILiquidation.InvalidParameters.selector);
        new EnglishAuction(address(house), p);
        p = _parameters();
        p.lotRequirement = 0;
        vm.expectRevert(ILiquidation.InvalidParameters.selector);
        new EnglishAuction(address(house), p);
        p = _parameters();
        p.minIncrement = 1e18 + 1;
        vm.expectRevert(ILiquidation.InvalidParameters.selector);
        new EnglishAuction(address(house), p);
        p = _parameters();
        p.fundFee = 1e18;
        vm.expectRevert(ILiquidation.InvalidParameters.selector);
        new EnglishAuction(address(house), p);
    }
}
