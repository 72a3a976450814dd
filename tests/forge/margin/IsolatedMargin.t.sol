// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Leg, Margin, Portfolio} from "contracts/interfaces/Types.sol";
import {IsolatedConfig, IsolatedMargin} from "contracts/margin/IsolatedMargin.sol";
import {MarginBase} from "./MarginBase.sol";

contract IsolatedMarginTest is MarginBase {
    IsolatedMargin private rule;

    function setUp() public override {
        super.setUp();
        rule = new IsolatedMargin(oracle, parameters, IsolatedConfig(1e18, 1.25e18));
    }

    function test_APerpetualRequiresShockTimesMultiplierAndLiquidity() external view {
        Margin memory m = rule.margin(single(perpetual(ETH, -2e18)));
        vm.assertEq(m.equity, -404e18);
        // 404 * 0.15 * 1.1 + 400 * 0.01
        vm.assertApproxEqAbs(m.equity - m.maintenanceMargin, 70.66e18, 10);
        vm.assertApproxEqAbs(m.equity - m.initialMargin, int256(88.325e18), 10);
    }

    function test_AShortCallGetsItsOutOfTheMoneyAmountDownToHalfTheShock() external view {
        vm.assertApproxEqAbs(_required(call(210e18, -1e18)), 20e18 * 11 / 10 + 2e18, 10);
        vm.assertApproxEqAbs(_required(call(220e18, -1e18)), 15e18 * 11 / 10 + 2e18, 10);
        vm.assertApproxEqAbs(_required(call(900e18, -1e18)), 15e18 * 11 / 10 + 2e18, 10);
    }

    function test_AShortPutRequiresAtMostItsStrike() external view {
        vm.assertApproxEqAbs(_required(put(220e18, -1e18)), 30e18 * 11 / 10 + 2e18, 10);
        vm.assertApproxEqAbs(_required(put(10e18, -1e18)), 10e18 + 2e18, 10);
    }

    function test_ALongOptionGivesNoCredit() external view {
        Margin memory m = rule.margin(single(put(220e18, 3e18)));
        vm.assertGt(m.equity, 60e18);
        vm.assertEq(m.initialMargin, 0);
        vm.assertEq(m.maintenanceMargin, 0);
    }

    function testFuzz_PositionsDoNotOffset(int256 a, int256 b, int256 c) external view {
        (a, b, c) = (bound(a, -1e24, 1e24), bound(b, -1e24, 1e24), bound(c, -1e24, 1e24));
        Portfolio memory portfolio;
        portfolio.legs = new Leg[](3);
        portfolio.legs[0] = put(180e18, a);
        portfolio.legs[1] = perpetual(ETH, b);
        portfolio.legs[2] = future(c);
        Margin memory m = rule.margin(portfolio);
        int256 apart = _required(portfolio.legs[0]) + _required(portfolio.legs[1]) + _required(portfolio.legs[2]);
        vm.assertApproxEqAbs(m.equity - m.maintenanceMargin, apart, 10);
    }

    function test_SettledContractsRequireNothing() external {
        vm.warp(EXPIRY);
        publish(EXPIRY);
        oracle.fixSettlementPrice(ETH, EXPIRY);
        Margin memory m = rule.margin(single(future(-1e18)));
        vm.assertEq(m.equity, -200e18);
        vm.assertEq(m.maintenanceMargin, -200e18);
    }

    function test_AMaintenanceFactorAboveTheInitialOneIsRefused() external {
        vm.expectRevert(abi.encodeWithSelector(IsolatedMargin.InvalidFactors.selector, 1.3e18, 1.25e18));
        new IsolatedMargin(oracle, parameters, IsolatedConfig(1.3e18, 1.25e18));
    }

    function _required(Leg memory leg) private view returns (int256) {
        Margin memory m = rule.margin(single(leg));
        return m.equity - m.maintenanceMargin;
    }
}
