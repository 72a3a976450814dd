// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IClearingHouse} from "contracts/interfaces/IClearingHouse.sol";
import {ILiquidation} from "contracts/interfaces/ILiquidation.sol";
import {FixedDiscount} from "contracts/liquidation/FixedDiscount.sol";
import {CloseOutBase} from "./CloseOutBase.sol";

contract FixedDiscountTest is CloseOutBase {
    FixedDiscount private _mechanism;

    function setUp() public override {
        super.setUp();
        _mechanism = new FixedDiscount(address(house), FixedDiscount.Parameters(0.05e18, 0.5e18, 0.5e18, 0.02e18));
        house.grantRole(house.LIQUIDATOR_ROLE(), address(_mechanism));
    }

    function _liquidate(uint256 fraction, int256 maxPayment) private returns (uint256) {
        vm.prank(CAROL);
        return _mechanism.liquidate(alice, carol, fraction, maxPayment);
    }

    function test_TheDiscountIsAShareOfTheRequirement() external {
        setPrice(189e18);
        ILiquidation.Quote memory q = _mechanism.quote(alice, 0.5e18);
        vm.assertEq(q.payment, 213.1875e18);
        vm.assertEq(q.fee, 4.725e18);
        vm.assertEq(q.maxFraction, 0.5e18);
        vm.assertTrue(q.solvent);
    }

    function testFuzz_TheLiquidatorGainsTheDiscount(uint256 spot, uint256 fraction) external {
        spot = bound(spot, 150e18, 189e18);
        setPrice(spot);
        endow(10_000 * USD);
        fraction = bound(fraction, 1e9, _mechanism.quote(alice, 0).maxFraction);
        int256 before = equityOf(carol);
        _liquidate(fraction, 1000e18);
        int256 gain = int256(spot) * 5 / 2 / 20 * int256(fraction) / WAD;
        vm.assertApproxEqAbs(equityOf(carol) - before, gain, 1000);
        assertConserved();
    }

    function test_NearInsolvencyEverythingMayBeTaken() external {
        setPrice(184e18);
        vm.assertEq(_mechanism.quote(alice, 1e18).maxFraction, 1e18);
        setPrice(185e18);
        vm.assertEq(_mechanism.quote(alice, 0).maxFraction, 0.5e18);
    }

    function test_TheCloseFactorLimitsABid() external {
        setPrice(189e18);
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.FractionAboveLimit.selector, 0.6e18, 0.5e18));
        _liquidate(0.6e18, 1000e18);
    }

    function test_TheFundPaysWhenEquityDoesNotCoverTheDiscount() external {
        endow(1000 * USD);
        setPrice(180.1e18);
        ILiquidation.Quote memory q = _mechanism.quote(alice, 1e18);
        vm.assertEq(q.payment, -17.5125e18);
        vm.assertEq(q.fee, 0);
        vm.assertFalse(q.solvent);
        _liquidate(1e18, -17e18);
        vm.assertEq(house.cash(alice), 0);
        vm.assertEq(quote.balanceOf(address(fund)), 1000 * USD - 17_512_500);
        assertConserved();
    }

    /// Anyone may put a wei of collateral into an account that has nothing but debt, so that it is not empty.
    function test_DustDoesNotKeepADebtFromTheFund() external {
        endow(1000 * USD);
        uint256 dave = open(BOB, 1000 * USD);
        trade(dave, bob, future, 50e18, 200e18);
        vm.warp(EXPIRY);
        publish(170e18, 1e18);
        oracle.fixSettlementPrice(ETH, EXPIRY);
        house.settleExpiries(dave);
        depositEther(dave, 1);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.NotBankrupt.selector, dave, -500 * WAD));
        house.bookBadDebt(dave);

        int256 before = equityOf(carol);
        vm.prank(CAROL);
        _mechanism.liquidate(dave, carol, 1e18, 0);
        vm.assertEq(house.cash(dave), 0);
        vm.assertApproxEqAbs(equityOf(carol), before, 200);
        vm.assertEq(fund.totalAssets(), 500 * USD);
        assertConserved();
    }

    function test_APaymentAboveTheLimitIsRefused() external {
        setPrice(189e18);
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.PaymentAboveLimit.selector, 213.1875e18, 213e18));
        _liquidate(0.5e18, 213e18);
    }

    function test_OnlyForAnAccountOneMayActFor() external {
        setPrice(189e18);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.NotAuthorised.selector, BOB, carol));
        vm.prank(BOB);
        _mechanism.liquidate(alice, carol, 0.5e18, 1000e18);
    }

    function test_AHealthyAccountHasNoQuote() external {
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.NotLiquidatable.selector, alice, 500 * WAD));
        _mechanism.quote(alice, 0.5e18);
    }

    function test_LiquidationImprovesTheHealthOfASolventAccount() external {
        setPrice(189e18);
        int256 before = house.margin(alice).maintenanceMargin;
        _liquidate(0.5e18, 1000e18);
        vm.assertGt(house.margin(alice).maintenanceMargin, before);
        vm.assertGt(house.margin(alice).maintenanceMargin, 0);
    }

    function test_ParametersAreChecked() external {
        vm.expectRevert(ILiquidation.InvalidParameters.selector);
        new FixedDiscount(address(house), FixedDiscount.Parameters(1e18, 0.5e18, 0, 0));
        vm.expectRevert(ILiquidation.InvalidParameters.selector);
        new FixedDiscount(address(house), FixedDiscount.Parameters(0, 0, 0, 0));
        vm.expectRevert(ILiquidation.InvalidParameters.selector);
        new FixedDiscount(address(house), FixedDiscount.Parameters(0, 1e18, 0, 1e18));
    }
}
