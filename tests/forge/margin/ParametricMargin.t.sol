// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Covariance, ICovarianceOracle} from "contracts/interfaces/ICovarianceOracle.sol";
import {Leg, Margin, Portfolio} from "contracts/interfaces/Types.sol";
import {Market} from "contracts/margin/Market.sol";
import {ParametricConfig, ParametricConfigs, TailFactors} from "contracts/margin/ParametricConfig.sol";
import {ParametricMargin} from "contracts/margin/ParametricMargin.sol";
import {ParametricMath} from "contracts/margin/ParametricMath.sol";
import {CovarianceOracle} from "contracts/oracle/CovarianceOracle.sol";
import {MarginBase} from "./MarginBase.sol";

/// The market of MarginBase; daily deviations of 4 % (returns) and 8 % (volatilities), prices correlated by one half
/// and each with its own volatility by minus one half. The tail is twice the deviation, without corrections.
contract ParametricMarginTest is MarginBase {
    int256 private constant RETURN = 0.0016e18;
    int256 private constant VOL = 0.0064e18;
    int256 private constant OWN = -0.0016e18;
    uint256 private constant DISCOUNT = 995898843764204367;

    CovarianceOracle private covariances;
    ParametricMargin private rule;

    function setUp() public override {
        super.setUp();
        covariances = new CovarianceOracle(address(this), 600);
        covariances.setDefaults(
            _covariance(), ICovarianceOracle.Bounds(0.0001e18, 0.5e18, 0.0001e18, 0.5e18, 0.25e18), 1 days
        );
        rule = new ParametricMargin(oracle, parameters, covariances, _plain());
    }

    // REQUIREMENTS

    function test_APerpetualRequiresItsDeviationAndItsLiquidity() external view {
        Margin memory m = rule.margin(single(perpetual(ETH, -2e18)));
        vm.assertEq(m.equity, -404e18);
        // 404 * 4 % * 2, the multiplier of 1.1 and the factor of 1.25 in the initial margin; 1 % of 400 for liquidity.
        vm.assertApproxEqAbs(m.equity - m.maintenanceMargin, 32.32e18 + 4e18, 1e4);
        vm.assertApproxEqAbs(m.equity - m.initialMargin, int256(32.32e18) * 1375 / 1000 + 4e18, 1e4);
    }

    function test_TwoAssetsOffsetAsFarAsTheirCorrelation() external view {
        Portfolio memory portfolio;
        portfolio.legs = new Leg[](2);
        portfolio.legs[0] = perpetual(ETH, 40e18);
        portfolio.legs[1] = perpetual(BTC, -1e18);
        Margin memory m = rule.margin(portfolio);
        // Equal and opposite, so that sqrt(1 + 1 - 2 / 2) = 1 deviation of either is left, and liquidity of both.
        vm.assertApproxEqAbs(m.equity - m.maintenanceMargin, int256(8080e18) * 8 / 100 + 160e18, 1e6);
    }

    function test_CollateralHedgesAShortInItsAssetAndPaysItsHaircut() external view {
        Portfolio memory portfolio = collateral(ETH, 1.01e18);
        portfolio.legs = new Leg[](1);
        portfolio.legs[0] = perpetual(ETH, -1e18);
        Margin memory m = rule.margin(portfolio);
        vm.assertApproxEqAbs(m.equity - m.maintenanceMargin, 20.2e18 + 2e18, 1e9);
    }

    function test_WrongWayCollateralAddsToAShortPut() external view {
        Portfolio memory portfolio = single(put(200e18, -1e18));
        int256 alone = _required(portfolio);
        portfolio.holdings = collateral(ETH, 1e18).holdings;
        int256 haircut = 20e18;
        vm.assertGt(_required(portfolio) - haircut, alone + 10e18);
    }

    function test_AConversionCarriesNoMarketRisk() external view {
        Portfolio memory portfolio;
        portfolio.legs = new Leg[](3);
        portfolio.legs[0] = call(220e18, -1e18);
        portfolio.legs[1] = future(int256(DISCOUNT));
        portfolio.legs[2] = put(220e18, 1e18);
        vm.assertApproxEqAbs(_required(portfolio), int256(2e18 * (2e18 + DISCOUNT) / 1e18), 1e9);
    }

    function test_VegaCountsWithoutDelta() external view {
        Portfolio memory portfolio;
        portfolio.legs = new Leg[](3);
        portfolio.legs[0] = call(202e18, -1e18);
        portfolio.legs[1] = put(202e18, -1e18);
        portfolio.legs[2] = future(90924e12);
        ParametricConfig memory config = _plain();
        config.curvature = false;
        Market memory now_ = rule.market(portfolio);
        Margin memory m = rule.evaluateWith(portfolio, now_, _covariance(), config);
        // Hedged, a straddle has a vega of 2 D F phi(s / 2) s = 36.57: twice 8 % of it, and 1 % of 200 for liquidity.
        int256 liquidity = int256(2e18 + 90924e12) * 2;
        vm.assertApproxEqRel(m.equity - m.maintenanceMargin - liquidity, 5.8516e18, 0.0001e18);
    }

    function test_AnEmptyPortfolioCostsNothing() external {
        Portfolio memory portfolio;
        portfolio.cash = -3e18;
        ParametricMargin bare =
            new ParametricMargin(oracle, parameters, new CovarianceOracle(address(this), 0), _plain());
        Margin memory m = bare.margin(portfolio);
        vm.assertEq(m.equity, -3e18);
        vm.assertEq(m.initialMargin, -3e18);
        vm.assertEq(m.maintenanceMargin, -3e18);
    }

    function testFuzz_TwiceTheBookRequiresTwiceAsMuch(uint256 seed) external view {
        Portfolio memory portfolio = _mixed(seed);
        int256 once = _required(portfolio);
        for (uint256 i; i < portfolio.legs.length; ++i) portfolio.legs[i].size *= 2;
        vm.assertApproxEqAbs(_required(portfolio), 2 * once, 1e9);
    }

    function testFuzz_MaintenanceIsNoStricterThanInitial(uint256 seed) external view {
        Margin memory m = rule.margin(_mixed(seed));
        vm.assertLe(m.initialMargin, m.maintenanceMargin);
        vm.assertLe(m.maintenanceMargin, m.equity);
    }

    function testFuzz_AMarketReadBackGivesTheSameMargin(uint256 seed) external view {
        Portfolio memory portfolio = _mixed(seed);
        Margin memory stored = rule.margin(portfolio);
        Margin memory supposed = rule.evaluate(portfolio, rule.market(portfolio), covariances.covariance());
        vm.assertEq(abi.encode(stored), abi.encode(supposed));
    }

    function testFuzz_NoBookRequiresLessWhenAllVariancesAndCovariancesGrow(uint256 seed, uint256 growth) external view {
        Portfolio memory portfolio = _mixed(seed);
        ParametricConfig memory config = _plain();
        config.curvature = false;
        Market memory now_ = rule.market(portfolio);
        Covariance memory grown = _covariance();
        growth = bound(growth, 1e18, 50e18);
        for (uint256 i; i < grown.lower.length; ++i) grown.lower[i] = grown.lower[i] * int256(growth) / 1e18;
        Margin memory calm = rule.evaluateWith(portfolio, now_, _covariance(), config);
        Margin memory wild = rule.evaluateWith(portfolio, now_, grown, config);
        vm.assertLe(wild.maintenanceMargin, calm.maintenanceMargin + 1e9);
    }

    function test_AStaleCovarianceRequiresMore() external {
        covariances.setPublisher(address(this), true);
        vm.assertTrue(covariances.publish(_covariance().lower, NOW));
        Portfolio memory portfolio = single(perpetual(ETH, 1e18));
        int256 fresh = _required(portfolio);
        vm.warp(NOW + 1 days + 1);
        publish(NOW + 1 days + 1);
        // Twice the variance.
        vm.assertApproxEqAbs(_required(portfolio) - 2e18, (fresh - 2e18) * 1.414213562373095e18 / 1e18, 1e6);
    }

    // REFUSALS

    function test_AnUnderlyingWithoutCovarianceReverts() external {
        Portfolio memory portfolio = single(perpetual(BTC, 1e18));
        Market memory now_ = rule.market(portfolio);
        vm.expectRevert(abi.encodeWithSelector(ParametricMath.MissingUnderlying.selector, uint256(BTC)));
        rule.evaluate(portfolio, now_, _alone());
    }

    function test_AMatrixThatIsNoCovarianceIsRefused() external {
        Portfolio memory portfolio = single(perpetual(ETH, 1e18));
        Market memory now_ = rule.market(portfolio);
        Covariance memory wrong = _alone();
        wrong.lower[1] = 0.1e18;
        vm.expectRevert(ParametricMargin.InvalidCovariance.selector);
        rule.evaluate(portfolio, now_, wrong);
        wrong.lower = new int256[](10);
        vm.expectRevert(ParametricMargin.InvalidCovariance.selector);
        rule.evaluate(portfolio, now_, wrong);
    }

    // CONFIGURATION

    function test_ConfigurationIsReadBack() external {
        ParametricConfig memory config = _plain();
        config.initial.kurtosis = 0.49e18;
        config.shortOptionInitial = 0.02e18;
        rule.setConfig(config);
        vm.assertEq(keccak256(abi.encode(rule.config())), keccak256(abi.encode(config)));
    }

    function test_OnlyTheOwnerConfigures() external {
        vm.prank(address(0xBAD));
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(0xBAD)));
        rule.setConfig(_plain());
    }

    function test_OutOfRangeConfigurationsAreRefusedByName() external {
        ParametricConfig memory config = _plain();
        config.initialFactor = 0.9e18;
        _expectRefused(config, "initialFactor", 0.9e18);
        config = _plain();
        config.initial.deviation = 1.9e18;
        _expectRefused(config, "initial.deviation", 1.9e18);
        config = _plain();
        config.maintenance.skew = 1001e18;
        _expectRefused(config, "skew", 1001e18);
        config = _plain();
        config.maintenance.deviation = 0;
        _expectRefused(config, "deviation", 0);
    }

    function _expectRefused(ParametricConfig memory config, bytes32 name, uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(ParametricConfigs.InvalidParameter.selector, name, value));
        rule.setConfig(config);
    }

    function _required(Portfolio memory portfolio) private view returns (int256) {
        Margin memory m = rule.margin(portfolio);
        return m.equity - m.maintenanceMargin;
    }

    function _mixed(uint256 seed) private pure returns (Portfolio memory portfolio) {
        portfolio.legs = new Leg[](6);
        portfolio.legs[0] = perpetual(ETH, _size(seed, 0));
        portfolio.legs[1] = future(_size(seed, 1));
        portfolio.legs[2] = put(150e18, _size(seed, 2));
        portfolio.legs[3] = call(200e18, _size(seed, 3));
        portfolio.legs[4] = call(260e18, _size(seed, 4));
        portfolio.legs[5] = perpetual(BTC, _size(seed, 5));
    }

    function _size(uint256 seed, uint256 i) private pure returns (int256) {
        return int256(uint256(keccak256(abi.encode(seed, i, "size"))) % 200e18) - 100e18;
    }

    function _covariance() private pure returns (Covariance memory covariance) {
        covariance.underlyings = new uint16[](2);
        covariance.underlyings[1] = BTC;
        covariance.lower = new int256[](10);
        int256[] memory lower = covariance.lower;
        (lower[0], lower[1], lower[2]) = (RETURN, OWN, VOL);
        (lower[3], lower[4], lower[5]) = (RETURN / 2, OWN / 2, RETURN);
        (lower[6], lower[7], lower[8], lower[9]) = (OWN / 2, VOL / 2, OWN, VOL);
    }

    function _alone() private pure returns (Covariance memory covariance) {
        covariance.underlyings = new uint16[](1);
        covariance.lower = new int256[](3);
        (covariance.lower[0], covariance.lower[1], covariance.lower[2]) = (RETURN, OWN, VOL);
    }

    function _plain() private pure returns (ParametricConfig memory config) {
        config.curvature = true;
        config.maintenance = TailFactors(2e18, 0, 0, 0);
        config.initial = TailFactors(2e18, 0, 0, 0);
        config.maintenanceFactor = 1e18;
        config.initialFactor = 1.25e18;
    }
}
