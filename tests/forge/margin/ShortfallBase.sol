// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IScenarioSets} from "contracts/interfaces/IScenarioSets.sol";
import {ExpectedShortfallMargin} from "contracts/margin/ExpectedShortfallMargin.sol";
import {ShortfallConfig, TailMeasure} from "contracts/margin/ShortfallConfig.sol";
import {ScenarioSets} from "contracts/oracle/ScenarioSets.sol";
import {MarginBase} from "./MarginBase.sol";

/// The rule on the real oracle, risk parameters and scenario sets. No contingencies; expected shortfall at 75 %, so that
/// the tail of four scenarios is the worst of them.
abstract contract ShortfallBase is MarginBase {
    int256 internal constant UNIT = 2 ** 26;

    ScenarioSets internal sets;
    ExpectedShortfallMargin internal rule;

    function setUp() public virtual override {
        super.setUp();
        sets = new ScenarioSets(address(this), IScenarioSets.Guards(1 days, 1, 1, 0));
        sets.setPublisher(address(this), true);
        rule = new ExpectedShortfallMargin(oracle, parameters, sets, shortfallConfig());
    }

    function shortfallConfig() internal pure returns (ShortfallConfig memory) {
        return ShortfallConfig(TailMeasure.ExpectedShortfall, 0.75e18, 0.75e18, 1e18, 1.25e18, 0, 0, 1.5e18);
    }

    /// One scenario: price and volatility moves of ETH, then of BTC, in units of 2^-26.
    function scenario(int256 eth, int256 ethVol, int256 btc, int256 btcVol) internal pure returns (bytes memory) {
        return abi.encodePacked(int32(eth), int32(ethVol), int32(btc), int32(btcVol));
    }

    /// ETH and BTC down and up together: by a quarter and an eighth, volatility up by half in the falls.
    function plainSet() internal pure returns (bytes memory) {
        return bytes.concat(
            hex"0200000001",
            scenario(-UNIT / 4, UNIT / 2, -UNIT / 8, UNIT / 2),
            scenario(-UNIT / 8, UNIT / 2, -UNIT / 16, UNIT / 2),
            scenario(UNIT / 8, 0, UNIT / 16, 0),
            scenario(UNIT / 4, 0, UNIT / 8, 0)
        );
    }

    function post(bytes memory set, uint16 scenarios, uint8 underlyings) internal {
        uint64 time = uint64(vm.getBlockTimestamp());
        sets.commit(IScenarioSets.Commitment(keccak256(set), time, 1 days, scenarios, underlyings));
        sets.post(0, set);
        vm.assertTrue(sets.activate());
    }
}
