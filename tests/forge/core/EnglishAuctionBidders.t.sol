// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IClearingHouse} from "contracts/interfaces/IClearingHouse.sol";
import {IEnglishAuction} from "contracts/interfaces/IEnglishAuction.sol";
import {EnglishAuction} from "contracts/liquidation/EnglishAuction.sol";
import {CloseOutBase} from "./CloseOutBase.sol";

/// Bidders that get into trouble, that are on offer themselves, or that own what is on offer. At 189 a lot of 236.25 is
/// half of Alice's account.
contract EnglishAuctionBiddersTest is CloseOutBase {
    address private constant DAVE = address(0xDA7E);

    EnglishAuction private _mechanism;
    uint256 private _dave;

    function setUp() public override {
        super.setUp();
        _mechanism =
            new EnglishAuction(address(house), EnglishAuction.Parameters(236.25e18, 0.03e18, 600, 3600, 0.02e18));
        house.grantRole(house.LIQUIDATOR_ROLE(), address(_mechanism));
        _dave = open(DAVE, 1000 * USD);
        trade(_dave, bob, perpetual, 45e18, 200e18);
    }

    function _bid(address bidder, uint256 account, uint256 lot, uint256 liquidator, int256 payment) private {
        vm.prank(bidder);
        _mechanism.bid(account, lot, liquidator, payment);
    }

    /// At 189 Dave's equity is 505 and his initial margin requirement 850.5.
    function test_ABidderBelowItsInitialMarginIsRefusedWhateverItBids() external {
        endow(1000 * USD);
        setPrice(189e18);
        _mechanism.start(alice);
        vm.expectRevert(abi.encodeWithSelector(IEnglishAuction.BidBeyondMargin.selector, _dave, 0, -345.5e18));
        _bid(DAVE, alice, 1, _dave, 0);
        setPrice(170e18);
        int256 least = _mechanism.leastPayment(alice);
        vm.assertLt(least, 0);
        int256 free = house.margin(_dave).initialMargin;
        vm.expectRevert(abi.encodeWithSelector(IEnglishAuction.BidBeyondMargin.selector, _dave, least, free));
        _bid(DAVE, alice, 1, _dave, least);
    }

    /// Dave bids while he can, and is on offer himself when he has won.
    function test_AWinnerThatIsLiquidatedMeanwhileLosesTheLot() external {
        setPrice(189e18);
        _mechanism.start(alice);
        deposit(_dave, 400 * USD);
        _bid(DAVE, alice, 1, _dave, 50e18);
        skip(600);
        setPrice(175e18);
        _mechanism.start(_dave);
        vm.expectEmit();
        emit IEnglishAuction.BidFailed(alice, 1, _dave, IClearingHouse.BelowInitialMargin.selector);
        vm.assertEq(_mechanism.settle(alice), 0);
        _bid(CAROL, _dave, 2, carol, 10e18);
        _bid(CAROL, alice, 1, carol, 0);
        skip(600);
        _mechanism.settle(_dave);
        _mechanism.settle(alice);
        assertConserved();
        vm.assertEq(netSize(perpetual), 0);
    }

    /// An owner may keep its account from rivals by the highest bid, like anyone: from one of its accounts to another.
    function test_WhoOwnsWhatIsOnOfferPaysItself() external {
        uint256 other = open(ALICE, 5000 * USD);
        setPrice(189e18);
        int256 before = equityOf(alice) + equityOf(other);
        _mechanism.start(alice);
        _bid(ALICE, alice, 1, other, 225e18);
        skip(600);
        uint256 settlement = _mechanism.settle(alice);
        vm.assertEq(settlement, 1);
        vm.assertEq(equityOf(alice) + equityOf(other), before - 4.725e18);
        assertConserved();
    }

    /// A lot is taken as it is when the account falls below again, for what was bid before it recovered, unless someone
    /// ends the auction in between.
    function test_ABidThatNobodyEndsOutlivesARecovery() external {
        setPrice(189e18);
        _mechanism.start(alice);
        _bid(CAROL, alice, 1, carol, 100e18);
        deposit(alice, 300 * USD);
        skip(30 days - 10);
        setPrice(182e18);
        vm.assertEq(equityOf(alice), 400 * WAD);
        vm.expectEmit();
        emit IEnglishAuction.LotSold(alice, 1, carol, 1, 100e18);
        _mechanism.settle(alice);
        assertConserved();
    }
}
