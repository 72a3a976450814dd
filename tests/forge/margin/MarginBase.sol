// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IPriceOracle} from "contracts/interfaces/IPriceOracle.sol";
import {Holding, Instrument, Kind, Leg, Portfolio, RiskSet, Smile} from "contracts/interfaces/Types.sol";
import {Scenario, ScenarioConfig, VolMove} from "contracts/margin/ScenarioConfig.sol";
import {PriceOracle} from "contracts/oracle/PriceOracle.sol";
import {RiskParameters} from "contracts/oracle/RiskParameters.sol";
import {Test} from "../Test.sol";

/// Two underlyings on the real oracle and risk parameters: ETH at 200, perpetual 1 % above, forward 1 % above at 80 %
/// vol; BTC at 8000, perpetual only. Spot shock 15 %, vol +40 / -25 %, haircut 10 %, liquidity 1 %, multiplier 1.1.
abstract contract MarginBase is Test {
    uint64 internal constant NOW = 1_584_000_000;
    uint64 internal constant EXPIRY = NOW + 30 days;
    uint16 internal constant ETH = 0;
    uint16 internal constant BTC = 1;

    PriceOracle internal oracle;
    RiskParameters internal parameters;

    function setUp() public virtual {
        vm.warp(NOW);
        oracle = new PriceOracle(address(this), 1 days);
        oracle.setPublisher(address(this), true);
        parameters = new RiskParameters(address(this), 600);
        RiskSet memory set = RiskSet(0.15e18, 0.4e18, 0.25e18, 0.1e18, 0.01e18, 1.1e18);
        RiskSet memory floor = RiskSet(0, 0, 0, 0, 0, 1e18);
        RiskSet memory cap = RiskSet(0.9e18, 3e18, 0.9e18, 0.9e18, 0.9e18, 3e18);
        parameters.setDefaults(ETH, set, floor, cap, 0.25e18, 1 days);
        parameters.setDefaults(BTC, set, floor, cap, 0.25e18, 1 days);
        publish(NOW);
    }

    function publish(uint64 time) internal {
        IPriceOracle.SpotUpdate[] memory spots = new IPriceOracle.SpotUpdate[](2);
        spots[0] = IPriceOracle.SpotUpdate(ETH, 200e18, 1.01e18, 1e18);
        spots[1] = IPriceOracle.SpotUpdate(BTC, 8000e18, 1.01e18, 1e18);
        bool live = time < EXPIRY;
        IPriceOracle.ExpiryUpdate[] memory expiries = new IPriceOracle.ExpiryUpdate[](live ? 1 : 0);
        if (live) {
            uint256 tau = uint256(30 days) * 1e18 / 365 days;
            Smile memory smile = Smile(int256(0.64e18 * tau / 1e18), 0, 0, 0, 0.1e18, 202e18, tau);
            expiries[0] = IPriceOracle.ExpiryUpdate(ETH, EXPIRY, 1.01e18, 0.05e18, 1e18, smile);
        }
        oracle.publish(time, spots, expiries);
    }

    function perpetual(uint16 underlying, int256 size) internal pure returns (Leg memory) {
        return Leg(Instrument(underlying, Kind.Perpetual, 0, 0), size);
    }

    function future(int256 size) internal pure returns (Leg memory) {
        return Leg(Instrument(ETH, Kind.Future, EXPIRY, 0), size);
    }

    function call(uint256 strike, int256 size) internal pure returns (Leg memory) {
        return Leg(Instrument(ETH, Kind.Call, EXPIRY, uint128(strike)), size);
    }

    function put(uint256 strike, int256 size) internal pure returns (Leg memory) {
        return Leg(Instrument(ETH, Kind.Put, EXPIRY, uint128(strike)), size);
    }

    function single(Leg memory leg) internal pure returns (Portfolio memory portfolio) {
        portfolio.legs = new Leg[](1);
        portfolio.legs[0] = leg;
    }

    function collateral(uint16 underlying, uint256 amount) internal pure returns (Portfolio memory portfolio) {
        portfolio.holdings = new Holding[](1);
        portfolio.holdings[0] = Holding(underlying, amount);
    }

    /// Spot a whole shock down and up, vol up; no contingency but the liquidity add-on.
    function plainConfig() internal pure returns (ScenarioConfig memory config) {
        config.scenarios = new Scenario[](2);
        config.scenarios[0] = Scenario(-1e18, VolMove.Up, 1e18);
        config.scenarios[1] = Scenario(1e18, VolMove.Up, 1e18);
        config.volShortPower = 0.3e18;
        config.volLongPower = 0.13e18;
        config.volHorizonFloor = 1 days;
        config.maintenanceFactor = 1e18;
        config.initialFactor = 1.25e18;
        config.discount.positiveBase = 1e18;
        config.discount.negativeBase = 1e18;
        config.skew.minWidth = 0.01e18;
    }
}
