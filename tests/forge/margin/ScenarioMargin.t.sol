// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IPriceOracle} from "contracts/interfaces/IPriceOracle.sol";
import {Instrument, Kind, Leg, Margin, Portfolio} from "contracts/interfaces/Types.sol";
import {Black76} from "contracts/libraries/Black76.sol";
import {LegOrder} from "contracts/margin/LegOrder.sol";
import {Market, MarketEntries} from "contracts/margin/Market.sol";
import {
    CollateralTerms,
    ConfidenceCharge,
    Scenario,
    ScenarioConfig,
    ScenarioConfigs,
    SkewShock,
    StaticDiscount,
    VolMove
} from "contracts/margin/ScenarioConfig.sol";
import {ScenarioMargin} from "contracts/margin/ScenarioMargin.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {MarginBase} from "./MarginBase.sol";

contract ScenarioMarginTest is MarginBase {
    /// exp(-0.05 * 30 / 365)
    uint256 private constant DISCOUNT = 995898843764204367;

    ScenarioMargin private rule;

    function setUp() public override {
        super.setUp();
        rule = new ScenarioMargin(oracle, parameters, plainConfig());
    }

    // REQUIREMENTS

    function test_AnEmptyPortfolioCostsNothing() external view {
        Portfolio memory portfolio;
        portfolio.cash = -3e18;
        Margin memory m = rule.margin(portfolio);
        vm.assertEq(m.equity, -3e18);
        vm.assertEq(m.initialMargin, -3e18);
        vm.assertEq(m.maintenanceMargin, -3e18);
    }

    function test_APerpetualRequiresItsShockAndItsLiquidity() external view {
        Margin memory m = rule.margin(single(perpetual(ETH, -2e18)));
        vm.assertEq(m.equity, -404e18);
        vm.assertApproxEqAbs(m.equity - m.maintenanceMargin, int256(404e18 * 15 / 100 + 4e18), 1e3);
        vm.assertApproxEqAbs(m.equity - m.initialMargin, int256(uint256(60.6e18) * 1375 / 1000 + 4e18), 1e3);
    }

    function test_CollateralCountsLessItsHaircut() external view {
        Margin memory m = rule.margin(collateral(BTC, 0.5e18));
        vm.assertEq(m.equity, 4000e18);
        vm.assertEq(m.maintenanceMargin, 3600e18);
        vm.assertEq(m.initialMargin, 3600e18);
    }

    function test_AShortCallIsRevaluedAtTheShockedForwardAndVolatility() external view {
        Margin memory m = rule.margin(single(call(220e18, -1e18)));
        uint256 mark = Black76.price(true, 202e18, 220e18, 0.8e18, 30 days, DISCOUNT);
        uint256 shocked = Black76.price(true, 232.3e18, 220e18, 1.12e18, 30 days, DISCOUNT);
        vm.assertApproxEqAbs(m.equity, -int256(mark), 1e9);
        vm.assertApproxEqAbs(m.equity - m.maintenanceMargin, int256(shocked - mark + 2e18), 1e9);
    }

    function test_AConversionCarriesNoMarketRisk() external view {
        Portfolio memory portfolio;
        portfolio.legs = new Leg[](3);
        portfolio.legs[0] = call(220e18, -1e18);
        portfolio.legs[1] = future(int256(DISCOUNT));
        portfolio.legs[2] = put(220e18, 1e18);
        Margin memory m = rule.margin(portfolio);
        vm.assertApproxEqAbs(m.equity - m.maintenanceMargin, int256(2e18 * (2e18 + DISCOUNT) / 1e18), 1e6);
    }

    function testFuzz_TheOrderOfLegsDoesNotMatter(uint256 seed) external view {
        Portfolio memory portfolio = _mixed(seed);
        Margin memory sorted = rule.margin(portfolio);
        for (uint256 i = portfolio.legs.length - 1; i > 0; --i) {
            uint256 j = uint256(keccak256(abi.encode(seed, i))) % (i + 1);
            (portfolio.legs[i], portfolio.legs[j]) = (portfolio.legs[j], portfolio.legs[i]);
        }
        _assertEq(rule.margin(portfolio), sorted);
    }

    function testFuzz_AMarketReadBackGivesTheSameMargin(uint256 seed) external view {
        Portfolio memory portfolio = _mixed(seed);
        _assertEq(rule.evaluate(portfolio, rule.market(portfolio)), rule.margin(portfolio));
    }

    function testFuzz_MaintenanceIsNoStricterThanInitial(uint256 seed) external view {
        Margin memory m = rule.margin(_mixed(seed));
        vm.assertLe(m.initialMargin, m.maintenanceMargin);
        vm.assertLe(m.maintenanceMargin, m.equity);
    }

    function testFuzz_TwoPortfoliosTogetherNeverRequireMoreThanApart(uint256 seed, uint256 other) external view {
        Portfolio memory a = _mixed(seed);
        Portfolio memory b = _mixed(other);
        Portfolio memory both = Portfolio(0, new Leg[](a.legs.length + b.legs.length), a.holdings);
        for (uint256 i; i < a.legs.length; ++i) both.legs[i] = a.legs[i];
        for (uint256 i; i < b.legs.length; ++i) both.legs[a.legs.length + i] = b.legs[i];
        int256 apart = _required(rule.margin(a)) + _required(rule.margin(b));
        vm.assertLe(_required(rule.margin(both)), apart + 1e9);
    }

    // EXPIRY

    function test_AfterExpirySpotStandsInUntilThePriceIsFixed() external {
        vm.warp(EXPIRY);
        publish(EXPIRY);
        Portfolio memory portfolio = single(call(180e18, -1e18));
        Margin memory m = rule.margin(portfolio);
        vm.assertApproxEqAbs(m.equity, -20e18, 1e9);
        vm.assertApproxEqAbs(m.equity - m.maintenanceMargin, 30e18 + 2e18, 1e9);
        oracle.fixSettlementPrice(ETH, EXPIRY);
        m = rule.margin(portfolio);
        vm.assertEq(m.equity, -20e18);
        vm.assertEq(m.initialMargin, -20e18);
    }

    // REFUSALS

    function test_AMissingPriceReverts() external {
        Leg memory leg = call(220e18, 1e18);
        leg.instrument.expiry = EXPIRY + 1;
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.NoPrice.selector, ETH, EXPIRY + 1));
        rule.margin(single(leg));
    }

    function test_AMarketWithoutAnEntryReverts() external {
        Portfolio memory portfolio = single(call(220e18, 1e18));
        Market memory supposed = rule.market(portfolio);
        supposed.expiries[0].expiry += 1;
        vm.expectRevert(abi.encodeWithSelector(MarketEntries.MissingExpiry.selector, ETH, EXPIRY));
        rule.evaluate(portfolio, supposed);
        supposed.assets[0].underlying = 7;
        vm.expectRevert(abi.encodeWithSelector(MarketEntries.MissingAsset.selector, ETH));
        rule.evaluate(portfolio, supposed);
    }

    function test_LegsThatAreNoInstrumentRevert() external {
        _expectInvalid(call(0, 1e18));
        _expectInvalid(Leg(Instrument(ETH, Kind.Future, EXPIRY, 1e18), 1e18));
        _expectInvalid(Leg(Instrument(ETH, Kind.Future, 0, 0), 1e18));
        _expectInvalid(Leg(Instrument(ETH, Kind.Perpetual, EXPIRY, 0), 1e18));
        _expectInvalid(perpetual(ETH, 2 ** 100 + 1));
        _expectInvalid(perpetual(ETH, type(int256).min));
    }

    function test_TooManyLegsRevert() external {
        Portfolio memory portfolio;
        portfolio.legs = new Leg[](257);
        vm.expectRevert(abi.encodeWithSelector(LegOrder.TooManyLegs.selector, 257));
        rule.margin(portfolio);
    }

    // CONFIGURATION

    function testFuzz_AConfigurationGivenIsAsGoodAsTheStoredOne(uint256 seed) external {
        Portfolio memory portfolio = _mixed(seed);
        Market memory supposed = rule.market(portfolio);
        ScenarioConfig memory config = _shaped(seed);
        Margin memory given = rule.evaluateWith(portfolio, supposed, config);
        rule.setConfig(config);
        _assertEq(rule.evaluate(portfolio, supposed), given);
    }

    function testFuzz_PositionsThatOffsetNeedNothing(uint256 seed) external view {
        Portfolio memory portfolio = _mixed(seed);
        Portfolio memory both;
        both.legs = new Leg[](2 * portfolio.legs.length);
        for (uint256 i = 0; i < portfolio.legs.length; ++i) {
            Leg memory leg = portfolio.legs[i];
            both.legs[2 * i] = leg;
            both.legs[2 * i + 1] = Leg(leg.instrument, -leg.size);
        }
        ScenarioConfig memory config = _shaped(seed);
        config.confidence.threshold = 0;
        config.minDeltaHedged = 0;
        Market memory supposed = rule.market(both);
        supposed.assets[0].risk.liquidityAddOn = 0;
        supposed.assets[1].risk.liquidityAddOn = 0;
        Margin memory m = rule.evaluateWith(both, supposed, config);
        vm.assertEq(m.equity, 0);
        vm.assertEq(m.initialMargin, 0);
        vm.assertEq(m.maintenanceMargin, 0);
    }

    function testFuzz_LegsOfSizeZeroChangeNothing(uint256 seed, uint256 strike) external view {
        Portfolio memory portfolio = _mixed(seed);
        Portfolio memory longer;
        longer.legs = new Leg[](portfolio.legs.length + 1);
        for (uint256 i = 0; i < portfolio.legs.length; ++i) {
            longer.legs[i] = portfolio.legs[i];
        }
        longer.legs[portfolio.legs.length] = call(1e18 + strike % 1000e18, 0);
        Market memory supposed = rule.market(longer);
        ScenarioConfig memory config = _shaped(seed);
        _assertEq(rule.evaluateWith(longer, supposed, config), rule.evaluateWith(portfolio, supposed, config));
    }

    function testFuzz_MoreRiskNeverRequiresLess(uint256 seed) external view {
        Portfolio memory portfolio = _mixed(seed);
        Market memory supposed = rule.market(portfolio);
        ScenarioConfig memory config = _shaped(seed);
        Margin memory less = rule.evaluateWith(portfolio, supposed, config);
        config.shortOptionMaintenance += 0.01e18;
        config.perpetualInitial += 0.01e18;
        config.initialFactor += 0.1e18;
        config.basisAdd += 0.1e18;
        config.confidence.threshold = 1e18;
        config.rollAddMin += 0.01e18;
        config.minDeltaNet += 0.01e18;
        config.fixedRequirement += 1e18;
        supposed.assets[0].risk.liquidityAddOn += 0.01e18;
        supposed.assets[0].risk.multiplier += 0.1e18;
        Margin memory more = rule.evaluateWith(portfolio, supposed, config);
        vm.assertEq(more.equity, less.equity);
        vm.assertLe(more.initialMargin, less.initialMargin);
        vm.assertLe(more.maintenanceMargin, less.maintenanceMargin);
    }

    function test_ConfigurationIsReadBack() external {
        ScenarioConfig memory config = plainConfig();
        config.basisMove = 0.3e18;
        config.shortOptionInitial = 0.02e18;
        rule.setConfig(config);
        vm.assertEq(keccak256(abi.encode(rule.config())), keccak256(abi.encode(config)));
    }

    function test_OnlyTheOwnerConfigures() external {
        vm.prank(address(0xBAD));
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(0xBAD)));
        rule.setConfig(plainConfig());
    }

    function test_OutOfRangeConfigurationsAreRefusedByPlace() external {
        ScenarioConfig memory config = plainConfig();
        config.volHorizonFloor = 0;
        _expectRefused(config, "volHorizonFloor", 1, 0);
        config = plainConfig();
        config.initialFactor = 0.9e18;
        _expectRefused(config, "initialFactor", 3, 0.9e18);
        config = plainConfig();
        config.minDeltaHedged = 20e18 + 1;
        _expectRefused(config, "config", 22, 20e18 + 1);
        config = plainConfig();
        config.fixedRequirement = 2 ** 151;
        _expectRefused(config, "config", 28, 2 ** 151);
        config = plainConfig();
        config.discount.shortRateAdd = 21e18;
        _expectRefused(config, "discount", 5, 21e18);
        config = plainConfig();
        config.skew.volScale = -20e18 - 1;
        _expectRefused(config, "skew", 7, uint256(int256(-20e18 - 1)));
        config = plainConfig();
        config.confidence.threshold = 1e18 + 1;
        _expectRefused(config, "threshold", 0, 1e18 + 1);
    }

    function test_CollateralThatCannotOffsetIsRefused() external {
        ScenarioConfig memory config = plainConfig();
        config.collateral = new CollateralTerms[](1);
        config.collateral[0] = CollateralTerms(BTC, 0, 0);
        config.inverse = true;
        vm.expectRevert(abi.encodeWithSelector(ScenarioConfigs.InvalidCollateral.selector, 0));
        rule.setConfig(config);
    }

    function test_AScenarioThatCannotBeIsRefused() external {
        ScenarioConfig memory config = plainConfig();
        config.scenarios[1].weight = 0;
        vm.expectRevert(abi.encodeWithSelector(ScenarioConfigs.InvalidScenario.selector, 1));
        rule.setConfig(config);
        delete config.scenarios;
        vm.expectRevert(abi.encodeWithSelector(ScenarioConfigs.InvalidScenarioCount.selector, 0));
        rule.setConfig(config);
    }

    function _mixed(uint256 seed) private pure returns (Portfolio memory portfolio) {
        portfolio.legs = new Leg[](7);
        portfolio.legs[0] = perpetual(ETH, _size(seed, 0));
        portfolio.legs[1] = future(_size(seed, 1));
        portfolio.legs[2] = put(150e18, _size(seed, 2));
        portfolio.legs[3] = call(200e18, _size(seed, 3));
        portfolio.legs[4] = put(200e18, _size(seed, 4));
        portfolio.legs[5] = call(260e18, _size(seed, 5));
        portfolio.legs[6] = perpetual(BTC, _size(seed, 6));
    }

    /// Every feature, on or off by a bit of the seed.
    function _shaped(uint256 seed) private pure returns (ScenarioConfig memory config) {
        config = plainConfig();
        config.basisMove = 0.3e18;
        config.basisMoveDown = 0.4e18;
        config.basisAdd = 0.25e18;
        if (seed & 1 != 0) config.discount = StaticDiscount(0.95e18, 1.04e18, 1e18, 0.08e18, 0.5e18, 0.08e18);
        if (seed & 2 != 0) {
            config.scenarios[0] = Scenario(0, VolMove.SkewLinear, 1e18);
            config.skew = SkewShock(0.15e18, -0.05e18, 0.15e18, -0.05e18, 0.01e18, 4e18, 0.6e18, -0.1e18);
        }
        config.inverse = seed & 4 != 0;
        if (seed & 8 != 0) config.linearClamp = 0.1e18;
        if (seed & 16 != 0) config.rollAddMin = 0.01e18;
        if (seed & 32 != 0) (config.minDeltaNet, config.minDeltaHedged) = (0.02e18, 0.01e18);
        if (seed & 64 != 0) config.minVolUp = 0.45e18;
        if (seed & 128 != 0) config.confidence = ConfidenceCharge(1e18, 1e18, 1e18, 1e18);
    }

    function _size(uint256 seed, uint256 i) private pure returns (int256) {
        return int256(uint256(keccak256(abi.encode(seed, i, "size"))) % 200e18) - 100e18;
    }

    function _required(Margin memory m) private pure returns (int256) {
        return m.equity - m.maintenanceMargin;
    }

    function _assertEq(Margin memory left, Margin memory right) private pure {
        vm.assertEq(left.equity, right.equity);
        vm.assertEq(left.initialMargin, right.initialMargin);
        vm.assertEq(left.maintenanceMargin, right.maintenanceMargin);
    }

    function _expectInvalid(Leg memory leg) private {
        vm.expectRevert(abi.encodeWithSelector(LegOrder.InvalidLeg.selector, 0));
        rule.margin(single(leg));
    }

    function _expectRefused(ScenarioConfig memory config, bytes32 name, uint256 index, uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(ScenarioConfigs.InvalidParameter.selector, name, index, value));
        rule.setConfig(config);
    }
}
