// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IScenarioSets} from "contracts/interfaces/IScenarioSets.sol";
import {Holding, Leg, Margin, Portfolio} from "contracts/interfaces/Types.sol";
import {ScenarioCodec} from "contracts/libraries/ScenarioCodec.sol";
import {Market} from "contracts/margin/Market.sol";
import {ScenarioProfits} from "contracts/margin/ScenarioProfits.sol";
import {ShortfallConfig, ShortfallConfigs, TailMeasure} from "contracts/margin/ShortfallConfig.sol";
import {ShortfallBase} from "./ShortfallBase.sol";

contract ExpectedShortfallMarginTest is ShortfallBase {
    function evaluate(Portfolio memory portfolio, bytes memory set) internal view returns (Margin memory) {
        return rule.evaluate(portfolio, rule.market(portfolio), set);
    }

    function required(Portfolio memory portfolio, bytes memory set) internal view returns (int256) {
        Margin memory margin = evaluate(portfolio, set);
        return margin.equity - margin.maintenanceMargin;
    }

    /// Without the liquidity add-on, 1 % of spot per unit.
    function marketRisk(Portfolio memory portfolio, bytes memory set) internal view returns (int256 risk) {
        Market memory market = rule.market(portfolio);
        for (uint256 i; i < market.assets.length; ++i) {
            market.assets[i].risk.liquidityAddOn = 0;
            market.assets[i].risk.haircut = 0;
        }
        Margin memory margin = rule.evaluate(portfolio, market, set);
        return margin.equity - margin.maintenanceMargin;
    }

    function test_APerpetualRequiresItsLossInTheTail() external view {
        // Perpetual at 202: a quarter of it, and 1 % of spot for liquidity; initial with factors 1.25 and 1.1.
        Margin memory margin = evaluate(single(perpetual(ETH, 1e18)), plainSet());
        vm.assertEq(margin.equity, 202e18);
        vm.assertEq(margin.maintenanceMargin, 202e18 - 50.5e18 - 2e18);
        vm.assertEq(margin.initialMargin, 202e18 - 50.5e18 * 1.375e18 / 1e18 - 2e18);
    }

    function test_ValueAtRiskIsTheLossThatFollowsTheTail() external view {
        ShortfallConfig memory config = shortfallConfig();
        config.measure = TailMeasure.ValueAtRisk;
        Portfolio memory portfolio = single(perpetual(ETH, 1e18));
        Margin memory margin = rule.evaluateWith(portfolio, rule.market(portfolio), plainSet(), config);
        vm.assertEq(margin.maintenanceMargin, 202e18 - 25.25e18 - 2e18);
    }

    function test_UnderlyingsMoveTogether() external view {
        Portfolio memory portfolio;
        portfolio.legs = new Leg[](2);
        portfolio.legs[0] = perpetual(ETH, 1e18);
        // 8080 a quarter as far per unit: half of it moves like 202 at twice the rate.
        portfolio.legs[1] = perpetual(BTC, -0.05e18);
        vm.assertEq(marketRisk(portfolio, plainSet()), 0);
    }

    function test_CollateralThatFallsWithThePositionIsWrongWayRisk() external view {
        Portfolio memory wrong = single(put(200e18, -10e18));
        wrong.holdings = new Holding[](1);
        wrong.holdings[0] = Holding(ETH, 8e18);
        Portfolio memory other = single(put(200e18, -10e18));
        other.holdings = new Holding[](1);
        other.holdings[0] = Holding(BTC, 0.2e18);
        vm.assertEq(evaluate(wrong, plainSet()).equity, evaluate(other, plainSet()).equity);
        vm.assertApproxEqAbs(marketRisk(wrong, plainSet()) - marketRisk(other, plainSet()), 200e18, 1e6);
    }

    function testFuzz_ALongOptionLosesAtMostItsValue(uint256 strike, bool isCall, int32 move, int32 vol) external view {
        strike = bound(strike, 20e18, 2000e18);
        move = int32(bound(move, -UNIT, type(int32).max));
        Portfolio memory portfolio = single(isCall ? call(strike, 1e18) : put(strike, 1e18));
        bytes memory set = bytes.concat(hex"010000", abi.encodePacked(move, vol));
        vm.assertLe(marketRisk(portfolio, set), evaluate(portfolio, set).equity + 1e6);
    }

    function testFuzz_AShortOptionLosesAtMostWhatItCouldCost(uint256 strike, bool isCall, int32 move, int32 vol)
        external
        view
    {
        strike = bound(strike, 20e18, 2000e18);
        move = int32(bound(move, -UNIT, type(int32).max));
        Portfolio memory portfolio = single(isCall ? call(strike, -1e18) : put(strike, -1e18));
        bytes memory set = bytes.concat(hex"010000", abi.encodePacked(move, vol));
        int256 most = isCall ? int256(202e18) + int256(202e18) * move / UNIT : int256(strike);
        int256 more = most + evaluate(portfolio, set).equity;
        vm.assertLe(marketRisk(portfolio, set), (more > 0 ? more : int256(0)) + 1e6);
    }

    function testFuzz_InitialIsNeverBelowMaintenance(uint256 low, uint256 high, int128 eth, int128 options)
        external
        view
    {
        ShortfallConfig memory config = shortfallConfig();
        config.maintenanceLevel = bound(low, 1, 1e18 - 1);
        config.initialLevel = bound(high, config.maintenanceLevel, 1e18 - 1);
        Portfolio memory portfolio;
        portfolio.legs = new Leg[](2);
        portfolio.legs[0] = perpetual(ETH, bound(eth, -1e24, 1e24));
        portfolio.legs[1] = call(210e18, bound(options, -1e24, 1e24));
        Margin memory margin = rule.evaluateWith(portfolio, rule.market(portfolio), plainSet(), config);
        vm.assertLe(margin.initialMargin, margin.maintenanceMargin);
        vm.assertLe(margin.maintenanceMargin, margin.equity);
    }

    // THE SET IN FORCE

    function test_CashAloneNeedsNoSet() external view {
        Portfolio memory portfolio;
        portfolio.cash = 5e18;
        vm.assertEq(rule.margin(portfolio).initialMargin, 5e18);
    }

    function test_PositionsNeedASet() external {
        vm.expectRevert(IScenarioSets.NoSet.selector);
        rule.margin(single(perpetual(ETH, 1e18)));
    }

    function test_MarginIsEvaluationInTheSetInForce() external {
        post(plainSet(), 4, 2);
        Portfolio memory portfolio = single(put(180e18, -3e18));
        portfolio.holdings = collateral(BTC, 1e17).holdings;
        vm.assertEq(abi.encode(rule.margin(portfolio)), abi.encode(evaluate(portfolio, plainSet())));
    }

    function test_AStaleSetCountsMore() external {
        post(plainSet(), 4, 2);
        vm.warp(NOW + 1 days + 1);
        publish(NOW + 1 days + 1);
        Margin memory margin = rule.margin(single(perpetual(ETH, 1e18)));
        vm.assertEq(margin.maintenanceMargin, 202e18 - 50.5e18 * 1.5e18 / 1e18 - 2e18);
    }

    function test_AnUnderlyingOutsideTheSetCannotBeMargined() external {
        bytes memory set = bytes.concat(hex"010001", abi.encodePacked(int32(0), int32(0)));
        Portfolio memory portfolio = single(perpetual(ETH, 1e18));
        Market memory market = rule.market(portfolio);
        vm.expectRevert(abi.encodeWithSelector(ScenarioProfits.MissingUnderlying.selector, 0));
        rule.evaluate(portfolio, market, set);
    }

    function testFuzz_BytesThatAreNoSetAreRefused(uint256 length) external {
        bytes memory set = new bytes(bound(length, 0, 100));
        if (set.length != 0) set[0] = 0x02;
        vm.assume(set.length < 6 || (set.length - 5) % 16 != 0);
        Portfolio memory portfolio = single(perpetual(ETH, 1e18));
        Market memory market = rule.market(portfolio);
        vm.expectRevert(abi.encodeWithSelector(ScenarioCodec.InvalidSet.selector, set.length));
        rule.evaluate(portfolio, market, set);
    }

    // CONFIGURATION

    function test_OnlyTheOwnerConfigures() external {
        vm.prank(address(0xBAD));
        vm.expectRevert();
        rule.setConfig(shortfallConfig());
    }

    function testFuzz_LevelsLieBetweenNothingAndAll(uint256 level) external {
        vm.assume(level == 0 || level >= 1e18);
        ShortfallConfig memory config = shortfallConfig();
        config.maintenanceLevel = level;
        vm.expectRevert(
            abi.encodeWithSelector(ShortfallConfigs.InvalidParameter.selector, bytes32("maintenanceLevel"), level)
        );
        rule.setConfig(config);
    }

    function test_TheInitialLevelIsNotBelowTheMaintenanceOne() external {
        ShortfallConfig memory config = shortfallConfig();
        config.initialLevel = config.maintenanceLevel - 1;
        vm.expectRevert(
            abi.encodeWithSelector(
                ShortfallConfigs.InvalidParameter.selector, bytes32("initialLevel"), config.initialLevel
            )
        );
        rule.setConfig(config);
    }
}
