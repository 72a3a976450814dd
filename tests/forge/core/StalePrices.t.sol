// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IPriceOracle} from "contracts/interfaces/IPriceOracle.sol";
import {EnglishAuction} from "contracts/liquidation/EnglishAuction.sol";
import {FixedDiscount} from "contracts/liquidation/FixedDiscount.sol";
import {TestToken} from "contracts/tokens/TestToken.sol";
import {CloseOutBase} from "./CloseOutBase.sol";

/// A second collateral, whose price nobody has posted for a month. What an account holds without a price stops all that
/// needs its margin, and anyone can put it there.
contract StalePricesTest is CloseOutBase {
    uint16 private constant OTHER = 1;

    TestToken private _token;
    FixedDiscount private _fixed;
    EnglishAuction private _english;

    function setUp() public override {
        super.setUp();
        _token = new TestToken("Other", "OTH", 18);
        skip(1);
        _publishOther();
        house.listCollateral(address(_token), OTHER);
        _fixed = new FixedDiscount(address(house), FixedDiscount.Parameters(0.05e18, 0.5e18, 0.5e18, 0.02e18));
        _english = new EnglishAuction(address(house), EnglishAuction.Parameters(236.25e18, 0.03e18, 600, 3600, 0.02e18));
        house.grantRole(house.LIQUIDATOR_ROLE(), address(_fixed));
        house.grantRole(house.LIQUIDATOR_ROLE(), address(_english));
        skip(31 days);
        setPrice(189e18);
    }

    function _publishOther() private {
        IPriceOracle.SpotUpdate[] memory spots = new IPriceOracle.SpotUpdate[](1);
        spots[0] = IPriceOracle.SpotUpdate(OTHER, 1e18, 1e18, 1e18);
        oracle.publish(time(), spots, new IPriceOracle.ExpiryUpdate[](0));
    }

    function _give(uint256 account) private {
        _token.mint(address(this), 1);
        _token.approve(address(vault), 1);
        house.deposit(account, address(_token), 1);
    }

    function test_AnAccountIsLiquidatedOnceItsPricesAreBack() external {
        _give(alice);
        vm.expectPartialRevert(IPriceOracle.StalePrice.selector);
        _fixed.quote(alice, 0);
        skip(1);
        _publishOther();
        vm.prank(CAROL);
        _fixed.liquidate(alice, carol, 0.5e18, 10_000e18);
        assertConserved();
    }

    function test_ALotIsSettledOnceTheWinnersPricesAreBack() external {
        _english.start(alice);
        vm.prank(CAROL);
        _english.bid(alice, 1, carol, 100e18);
        _give(carol);
        skip(600);
        vm.expectPartialRevert(IPriceOracle.StalePrice.selector);
        _english.settle(alice);
        _publishOther();
        vm.assertEq(_english.settle(alice), 1);
        assertConserved();
    }
}
