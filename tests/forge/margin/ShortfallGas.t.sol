// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Instrument, Kind, Leg, Portfolio, RiskSet, Smile} from "contracts/interfaces/Types.sol";
import {IPriceOracle} from "contracts/interfaces/IPriceOracle.sol";
import {ShortfallConfig} from "contracts/margin/ShortfallConfig.sol";
import {ShortfallBase} from "./ShortfallBase.sol";

/// Cost of one margin over 512 scenarios of three underlyings, read from the oracle and the posted set: execution, without
/// the 21,000 of a transaction and its calldata. Figures go to snapshots/ShortfallGas.json.
contract ShortfallGasTest is ShortfallBase {
    uint16 internal constant SOL = 2;
    uint256 internal constant BUDGET = 1_500_000;

    function setUp() public override {
        super.setUp();
        RiskSet memory set = RiskSet(0.15e18, 0.4e18, 0.25e18, 0.1e18, 0.01e18, 1.1e18);
        RiskSet memory floor = RiskSet(0, 0, 0, 0, 0, 1e18);
        parameters.setDefaults(SOL, set, floor, RiskSet(0.9e18, 3e18, 0.9e18, 0.9e18, 0.9e18, 3e18), 0.25e18, 1 days);
        vm.warp(NOW + 1);
        IPriceOracle.SpotUpdate[] memory spots = new IPriceOracle.SpotUpdate[](1);
        spots[0] = IPriceOracle.SpotUpdate(SOL, 10e18, 1e18, 1e18);
        IPriceOracle.ExpiryUpdate[] memory expiries = new IPriceOracle.ExpiryUpdate[](2);
        for (uint16 i; i < 2; ++i) {
            uint256 price = i == 0 ? 8080e18 : 10.1e18;
            expiries[i] = IPriceOracle.ExpiryUpdate(i + 1, EXPIRY, 1.01e18, 0.05e18, 1e18, smileAt(price));
        }
        oracle.publish(NOW + 1, spots, expiries);
        post(wideSet(), 512, 3);
        withLevels(0.975e18, 0.99e18);
    }

    /// 512 scenarios of three underlyings, no two alike, in no order.
    function wideSet() internal pure returns (bytes memory set) {
        set = new bytes(7 + 512 * 24);
        set[0] = 0x03;
        set[4] = 0x01;
        set[6] = 0x02;
        for (uint256 cell; cell < 1536; ++cell) {
            uint256 word = uint256(keccak256(abi.encode(cell)));
            int256 price = int256(word % (2 ** 25)) - 2 ** 24;
            int256 vol = int256((word >> 32) % (2 ** 26)) - 2 ** 25;
            bytes8 moves = bytes8(abi.encodePacked(int32(price), int32(vol)));
            for (uint256 i; i < 8; ++i) {
                set[7 + 8 * cell + i] = moves[i];
            }
        }
    }

    function smileAt(uint256 forward) internal pure returns (Smile memory) {
        uint256 tau = uint256(30 days) * 1e18 / 365 days;
        return Smile(int256(0.64e18 * tau / 1e18), 0, 0, 0, 0.1e18, forward, tau);
    }

    function optionOn(uint16 underlying, uint256 index, int256 size) internal pure returns (Leg memory) {
        uint256 spot = underlying == ETH ? 200e18 : underlying == BTC ? 8000e18 : 10e18;
        uint128 strike = uint128(spot * (65 + index) / 100);
        return Leg(Instrument(underlying, index % 2 == 0 ? Kind.Call : Kind.Put, EXPIRY, strike), size);
    }

    function withLevels(uint256 maintenance, uint256 initial) internal {
        ShortfallConfig memory config = shortfallConfig();
        (config.maintenanceLevel, config.initialLevel) = (maintenance, initial);
        rule.setConfig(config);
    }

    function test_PerpetualsOnThreeUnderlyings() external {
        Portfolio memory portfolio;
        portfolio.legs = new Leg[](3);
        for (uint16 i; i < 3; ++i) {
            portfolio.legs[i] = perpetual(i, i == 1 ? -1e18 : int256(1e18));
        }
        _record(portfolio, "3 perpetuals");
    }

    function test_OptionsOnThreeUnderlyings() external {
        _record(options(3), "3 options on 3 underlyings");
    }

    function test_ManyOptionsOnThreeUnderlyings() external {
        _record(options(63), "63 options on 3 underlyings");
    }

    /// Half of the scenarios: the selection has the most to do.
    function test_AWideTail() external {
        withLevels(0.5e18, 0.51e18);
        _record(options(3), "3 options on 3 underlyings, levels 50 and 51 %");
    }

    function options(uint256 count) internal pure returns (Portfolio memory portfolio) {
        portfolio.legs = new Leg[](count);
        for (uint256 i; i < count; ++i) {
            portfolio.legs[i] = optionOn(uint16(i % 3), i, i % 4 < 2 ? -1e18 : int256(1e18));
        }
    }

    function _record(Portfolio memory portfolio, string memory name) private {
        rule.margin(portfolio);
        vm.assertLe(vm.snapshotGasLastCall("ShortfallGas", name), BUDGET, name);
    }
}
