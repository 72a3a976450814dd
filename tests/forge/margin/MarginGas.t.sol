// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IPriceOracle} from "contracts/interfaces/IPriceOracle.sol";
import {IRiskParameters} from "contracts/interfaces/IRiskParameters.sol";
import {AssetPrice, ExpiryPrice, Instrument, Kind, Leg, Portfolio, RiskSet, Smile} from "contracts/interfaces/Types.sol";
import {AssetMarket, ExpiryMarket, Market, StrikeVol} from "contracts/margin/Market.sol";
import {Scenario, ScenarioConfig, VolMove} from "contracts/margin/ScenarioConfig.sol";
import {ScenarioMargin} from "contracts/margin/ScenarioMargin.sol";
import {Test} from "../Test.sol";

/// Gas of one margin as an eth_call: 23 scenarios, calls and puts in turn on four expiries, each at a strike of its own.
/// scripts/benchmarks/margin_gas.py measures the same portfolios on the embedded chain.
contract MarginGasTest is Test {
    uint256 private constant INTRINSIC = 21_000;
    uint64 private constant NOW = 1_584_000_000;
    uint256 private constant SPOT = 200e18;

    ScenarioMargin private rule;

    function setUp() external {
        rule = new ScenarioMargin(IPriceOracle(address(0)), IRiskParameters(address(0)), _config());
    }

    function test_SixteenOptions() external {
        _measure(16, "16 options", 600_000);
    }

    function test_SixtyFourOptions() external {
        _measure(64, "64 options", 2_400_000);
    }

    function test_OneHundredAndTwentySevenOptions() external {
        _measure(127, "127 options", 4_800_000);
    }

    function _measure(uint256 count, string memory name, uint256 budget) private {
        bytes memory data = abi.encodeCall(ScenarioMargin.evaluate, (_portfolio(count), _market()));
        (bool succeeded,) = address(rule).staticcall(data);
        uint256 execution = vm.snapshotGasLastCall("ScenarioMargin", name);
        vm.assertTrue(succeeded);
        uint256 sent = 0;
        for (uint256 i = 0; i < data.length; ++i) {
            sent += data[i] == 0 ? 4 : 16;
        }
        vm.assertLe(execution + sent + INTRINSIC, budget);
    }

    /// Moves of 0, a third, two thirds and all of the spot shock by three vol states, and tails of twice the shock.
    function _config() private pure returns (ScenarioConfig memory config) {
        config.scenarios = new Scenario[](23);
        for (uint256 i = 0; i < 21; ++i) {
            config.scenarios[i] = Scenario((int256(i / 3) - 3) * 1e18 / 3, VolMove(i % 3), 1e18);
        }
        config.scenarios[21] = Scenario(-2e18, VolMove.None, 0.35e18);
        config.scenarios[22] = Scenario(2e18, VolMove.None, 0.35e18);
        (config.volHorizonFloor, config.volShortPower, config.volLongPower) = (1 days, 0.3e18, 0.13e18);
        (config.maintenanceFactor, config.initialFactor) = (1e18, 1.25e18);
        (config.shortOptionMaintenance, config.shortOptionInitial) = (0.005e18, 0.005e18);
        (config.perpetualMaintenance, config.perpetualInitial) = (0.005e18, 0.005e18);
        (config.basisMove, config.basisMoveDown) = (uint256(1e18) / 3, uint256(1e18) / 3);
        (config.basisAdd, config.basisPerYear) = (0.25e18, 0.01e18);
        (config.discount.positiveBase, config.discount.negativeBase) = (1e18, 1e18);
        config.skew.minWidth = 0.01e18;
    }

    function _portfolio(uint256 count) private pure returns (Portfolio memory portfolio) {
        portfolio.cash = 100_000e18;
        portfolio.legs = new Leg[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 strike = SPOT * 6 / 10 + SPOT * 8 / 10 * (2 * i + 1) / (2 * count);
            Instrument memory instrument = Instrument(0, Kind(i % 2), _expiry(i % 4), uint128(strike / 1e12 * 1e12));
            portfolio.legs[i] = Leg(instrument, i % 2 == 0 ? int256(1e18) : -1e18);
        }
    }

    function _market() private pure returns (Market memory market) {
        market.timestamp = NOW;
        market.stablePrice = 1e18;
        market.assets = new AssetMarket[](1);
        RiskSet memory risk = RiskSet(0.15e18, 0.4e18, 0.25e18, 0.1e18, 0.01e18, 1.1e18);
        market.assets[0] = AssetMarket(0, AssetPrice(SPOT, SPOT, 1e18, NOW), 1e18, risk);
        market.expiries = new ExpiryMarket[](4);
        for (uint256 i = 0; i < 4; ++i) {
            uint64 expiry = _expiry(i);
            uint256 tau = uint256(expiry - NOW) * 1e18 / 365 days;
            int256 variance = int256(0.81e18 * tau / 1e18);
            Smile memory smile = Smile(variance / 2, variance, -0.3e18, 0.02e18, 0.25e18, SPOT, tau);
            ExpiryPrice memory price = ExpiryPrice(SPOT, 0.03e18, 1e18, smile, NOW);
            market.expiries[i] = ExpiryMarket(0, expiry, price, 0, 0, new StrikeVol[](0));
        }
    }

    function _expiry(uint256 i) private pure returns (uint64) {
        return NOW + uint64([uint256(7), 14, 28, 91][i]) * 1 days;
    }
}
