// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IClearingHouse} from "contracts/interfaces/IClearingHouse.sol";
import {ILiquidation} from "contracts/interfaces/ILiquidation.sol";
import {Margin} from "contracts/interfaces/Types.sol";
import {DutchAuction} from "contracts/liquidation/DutchAuction.sol";
import {CloseOutBase} from "./CloseOutBase.sol";

contract DutchAuctionTest is CloseOutBase {
    DutchAuction private _mechanism;

    function setUp() public override {
        super.setUp();
        _mechanism = new DutchAuction(address(house), _parameters());
        house.grantRole(house.LIQUIDATOR_ROLE(), address(_mechanism));
    }

    function _parameters() private pure returns (DutchAuction.Parameters memory) {
        return DutchAuction.Parameters({
            startDiscount: 0.02e18,
            kneeDiscount: 0.2e18,
            kneeSeconds: 300,
            solventSeconds: 900,
            insolventSeconds: 600,
            buffer: 0.1e18,
            fundFee: 0.02e18
        });
    }

    function _startAt(uint256 spot) private {
        setPrice(spot);
        _mechanism.start(alice);
    }

    function _discount() private view returns (uint256) {
        (uint64 startedAt,) = _mechanism.auctionOf(alice);
        return _mechanism.discountAt(time() - startedAt);
    }

    function _bid(uint256 fraction) private returns (uint256) {
        vm.prank(CAROL);
        return _mechanism.liquidate(alice, carol, fraction, 10_000e18);
    }

    function test_TheDiscountRisesFastThenSlowly() external view {
        vm.assertEq(_mechanism.discountAt(0), 0.02e18);
        vm.assertEq(_mechanism.discountAt(150), 0.11e18);
        vm.assertEq(_mechanism.discountAt(300), 0.2e18);
        vm.assertEq(_mechanism.discountAt(600), 0.6e18);
        vm.assertEq(_mechanism.discountAt(900), 1e18);
        vm.assertEq(_mechanism.discountAt(9000), 1e18);
    }

    function test_TheSolventPriceIsEquityLessTheDiscount() external {
        _startAt(189e18);
        skip(600);
        ILiquidation.Quote memory q = _mechanism.quote(alice, 0.1e18);
        vm.assertEq(q.payment, 18e18);
        vm.assertEq(q.fee, 0.945e18);
        vm.assertTrue(q.solvent);
    }

    function testFuzz_ABidAtTheLimitRestoresTheBuffer(uint256 spot, uint256 elapsed) external {
        _startAt(bound(spot, 180.01e18, 189.4e18));
        skip(bound(elapsed, 0, 899));
        uint256 limit = _mechanism.quote(alice, 0).maxFraction;
        _bid(limit);
        Margin memory state = house.margin(alice);
        int256 requirement = state.equity - state.maintenanceMargin;
        vm.assertGe(state.maintenanceMargin, requirement / 10 - 1000);
        assertConserved();
    }

    function test_ARestoringBidEndsTheAuction() external {
        _startAt(189e18);
        uint256 limit = _mechanism.quote(alice, 0).maxFraction;
        vm.expectEmit();
        emit ILiquidation.AuctionEnded(alice, carol);
        _bid(limit);
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.AuctionNotRunning.selector, alice));
        _mechanism.terminate(alice);
    }

    function test_ASmallerBidLeavesTheAuctionRunning() external {
        _startAt(189e18);
        _bid(0.01e18);
        (uint64 startedAt,) = _mechanism.auctionOf(alice);
        vm.assertEq(uint256(startedAt), time());
    }

    function test_ABidBeyondTheLimitIsRefused() external {
        _startAt(189e18);
        uint256 limit = _mechanism.quote(alice, 0).maxFraction;
        vm.assertLt(limit, 0.2e18);
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.FractionAboveLimit.selector, limit + 1, limit));
        _bid(limit + 1);
    }

    function test_AnInsolventAccountIsPaidForByTheFund() external {
        endow(2000 * USD);
        _startAt(170e18);
        vm.assertEq(_mechanism.quote(alice, 1e18).payment, 0);
        skip(300);
        ILiquidation.Quote memory q = _mechanism.quote(alice, 1e18);
        vm.assertEq(q.payment, -462.5e18);
        vm.assertFalse(q.solvent);
        _bid(1e18);
        vm.assertEq(house.cash(alice), 0);
        vm.assertEq(quote.balanceOf(address(fund)), 2000 * USD - 462_500_000);
        assertConserved();
    }

    function test_TheInsolventPaymentStopsAtTheShortfall() external {
        _startAt(170e18);
        skip(1 days);
        vm.assertEq(_mechanism.quote(alice, 1e18).payment, -925e18);
    }

    function test_AnEmptyFundDoesNotStopTheAuction() external {
        _startAt(170e18);
        skip(600);
        _bid(1e18);
        vm.assertEq(house.socialisedLoss(), 925e18);
        assertConserved();
    }

    function test_ASolventPhaseThatRanOutTurnsInsolvent() external {
        _startAt(189e18);
        skip(900 + 60);
        ILiquidation.Quote memory q = _mechanism.quote(alice, 0);
        vm.assertFalse(q.solvent);
        vm.assertEq(_mechanism.quote(alice, 1e18).payment, -2.25e18);
    }

    function test_DeclaringInsolvencyStartsTheClock() external {
        _startAt(189e18);
        setPrice(170e18);
        skip(60);
        vm.assertEq(_mechanism.quote(alice, 1e18).payment, 0);
        vm.expectEmit();
        emit ILiquidation.AuctionTurnedInsolvent(alice, time(), -500 * WAD, -925 * WAD);
        _mechanism.declareInsolvent(alice);
        skip(60);
        vm.assertEq(_mechanism.quote(alice, 1e18).payment, -92.5e18);
    }

    function test_EquityThatComesBackBringsTheSolventPriceBack() external {
        _startAt(170e18);
        setPrice(189e18);
        vm.assertTrue(_mechanism.quote(alice, 0).solvent);
        vm.assertGt(_mechanism.quote(alice, 0.1e18).payment, 0);
    }

    function test_ASolventAccountIsNotDeclaredInsolvent() external {
        _startAt(189e18);
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.StillSolvent.selector, alice, 450 * WAD));
        _mechanism.declareInsolvent(alice);
    }

    function test_InsolvencyIsDeclaredOnce() external {
        _startAt(170e18);
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.AuctionRunning.selector, alice));
        _mechanism.declareInsolvent(alice);
    }

    function test_AnAuctionStartsBelowMaintenanceOnly() external {
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.NotLiquidatable.selector, alice, 500 * WAD));
        _mechanism.start(alice);
    }

    function test_AnAuctionStartsOnce() external {
        setPrice(189e18);
        vm.expectEmit();
        emit ILiquidation.AuctionStarted(alice, time(), true, 450 * WAD, -22.5e18);
        _mechanism.start(alice);
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.AuctionRunning.selector, alice));
        _mechanism.start(alice);
    }

    function test_ARecoveredAccountEndsItsAuction() external {
        _startAt(189e18);
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.StillBelowMaintenance.selector, alice, -22.5e18));
        _mechanism.terminate(alice);
        setPrice(200e18);
        vm.expectEmit();
        emit ILiquidation.AuctionEnded(alice, 0);
        _mechanism.terminate(alice);
    }

    /// The contract does not see that prices or a deposit healed an account: its clock stops for who ends the auction only.
    function test_TheClockOfAnAuctionThatNobodyEndedRunsThroughRecovery() external {
        endow(1000 * USD);
        _startAt(189e18);
        deposit(alice, 200 * USD);
        skip(3600);
        setPrice(184e18);
        vm.assertEq(equityOf(alice), 400 * WAD);
        vm.assertEq(_mechanism.quote(alice, 1e18).payment, -60 * WAD);

        vm.expectRevert(abi.encodeWithSelector(ILiquidation.StillBelowMaintenance.selector, alice, -60 * WAD));
        _mechanism.terminate(alice);
        setPrice(190e18);
        _mechanism.terminate(alice);
        setPrice(184e18);
        _mechanism.start(alice);
        vm.assertEq(_mechanism.quote(alice, 0.1e18).payment, 39.2e18);
    }

    /// Whatever is bid in slices however small, a bidder gains the discount on them and at most the dust of each.
    function testFuzz_NothingIsGainedByBiddingInSlices(uint256[8] calldata fractions, uint256 spot, uint256 elapsed)
        external
    {
        _startAt(bound(spot, 181e18, 189e18));
        skip(bound(elapsed, 0, 890));
        for (uint256 i; i < fractions.length; ++i) {
            if (house.margin(alice).maintenanceMargin >= 0) return;
            uint256 limit = _mechanism.quote(alice, 0).maxFraction;
            uint256 fraction = bound(fractions[i], 1, i % 2 == 0 ? 1000 : limit);
            int256 whole = equityOf(alice);
            int256 price = whole * (WAD - int256(_discount())) / WAD;
            int256 before = equityOf(carol);
            _bid(fraction);
            int256 fair = (whole - price) * int256(fraction) / WAD;
            vm.assertLe(equityOf(carol) - before, fair + 200);
            assertConserved();
            if (fraction == 1e18) return;
        }
    }

    function test_NoBidWithoutAnAuction() external {
        setPrice(189e18);
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.AuctionNotRunning.selector, alice));
        _bid(0.1e18);
    }

    function test_ParametersAreChecked() external {
        DutchAuction.Parameters memory p = _parameters();
        p.startDiscount = 0.3e18;
        vm.expectRevert(ILiquidation.InvalidParameters.selector);
        new DutchAuction(address(house), p);
        p = _parameters();
        p.kneeSeconds = 900;
        vm.expectRevert(ILiquidation.InvalidParameters.selector);
        new DutchAuction(address(house), p);
    }
}
