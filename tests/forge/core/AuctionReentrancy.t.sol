// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {DutchAuction} from "contracts/liquidation/DutchAuction.sol";
import {EnglishAuction} from "contracts/liquidation/EnglishAuction.sol";
import {TestToken} from "contracts/tokens/TestToken.sol";
import {CloseOutBase} from "./CloseOutBase.sol";
import {ReentrantToken} from "./ReentrantToken.sol";

/// The token calls an auction in the middle of the close-out that the auction makes, as the fee goes to the fund. It may
/// act for Carol, so that only the guards are in its way.
contract AuctionReentrancyTest is CloseOutBase {
    DutchAuction private _dutch;
    EnglishAuction private _english;

    function setUp() public override {
        super.setUp();
        _dutch =
            new DutchAuction(address(house), DutchAuction.Parameters(0.02e18, 0.2e18, 300, 900, 600, 0.1e18, 0.02e18));
        _english = new EnglishAuction(address(house), EnglishAuction.Parameters(236.25e18, 0.03e18, 600, 3600, 0.02e18));
        house.grantRole(house.LIQUIDATOR_ROLE(), address(_dutch));
        house.grantRole(house.LIQUIDATOR_ROLE(), address(_english));
        vm.prank(CAROL);
        house.setOperator(carol, address(quote), true);
        setPrice(189e18);
    }

    function quoteToken() internal override returns (TestToken) {
        return new ReentrantToken();
    }

    function _arm(address target, bytes memory data) private {
        ReentrantToken(address(quote)).arm(target, data);
    }

    /// Starts the Dutch auction and waits; the largest fraction of a bid.
    function _offer() private returns (uint256 limit) {
        _dutch.start(alice);
        skip(300);
        return _dutch.quote(alice, 0).maxFraction;
    }

    function _take(uint256 fraction) private {
        vm.prank(CAROL);
        _dutch.liquidate(alice, carol, fraction, 10_000e18);
    }

    function _settleInto(bytes memory data) private {
        _english.start(alice);
        vm.prank(CAROL);
        _english.bid(alice, 1, carol, 200e18);
        skip(600);
        _arm(address(_english), data);
        vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        _english.settle(alice);
        (uint64 lot,,,,,,,) = _english.auctionOf(alice);
        vm.assertEq(uint256(lot), 1);
    }

    function test_NoBidInsideABid() external {
        _offer();
        _arm(address(_dutch), abi.encodeCall(_dutch.liquidate, (alice, carol, 0.01e18, 10_000e18)));
        vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        _take(0.01e18);
    }

    /// What ends a moment later anyway may end inside its last bid.
    function test_AnAuctionEndedInsideItsLastBidHasEnded() external {
        uint256 limit = _offer();
        _arm(address(_dutch), abi.encodeCall(_dutch.terminate, (alice)));
        _take(limit);
        (uint64 startedAt,) = _dutch.auctionOf(alice);
        vm.assertEq(uint256(startedAt), 0);
        assertConserved();
    }

    function test_NoLotIsSettledTwice() external {
        _settleInto(abi.encodeCall(_english.settle, (alice)));
    }

    function test_NoAuctionStartsInsideASettlement() external {
        _settleInto(abi.encodeCall(_english.start, (alice)));
    }

    function test_NoBidInsideASettlement() external {
        _settleInto(abi.encodeCall(_english.bid, (alice, 1, carol, 0)));
    }

    function test_NoAuctionEndsInsideASettlement() external {
        _settleInto(abi.encodeCall(_english.terminate, (alice)));
    }
}
