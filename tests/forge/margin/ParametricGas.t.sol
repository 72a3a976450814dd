// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Covariance, ICovarianceOracle} from "contracts/interfaces/ICovarianceOracle.sol";
import {Leg, Portfolio} from "contracts/interfaces/Types.sol";
import {ParametricConfig, TailFactors} from "contracts/margin/ParametricConfig.sol";
import {ParametricMargin} from "contracts/margin/ParametricMargin.sol";
import {CovarianceOracle} from "contracts/oracle/CovarianceOracle.sol";
import {MarginBase} from "./MarginBase.sol";

/// Cost of one delta-gamma margin of options and two perpetuals, read from the oracle and the posted covariance, and of
/// posting that: execution, without the 21,000 of a transaction and its calldata. Figures go to
/// snapshots/ParametricGas.json.
contract ParametricGasTest is MarginBase {
    CovarianceOracle private covariances;
    ParametricMargin private rule;

    function setUp() public override {
        super.setUp();
        covariances = new CovarianceOracle(address(this), 0);
        ICovarianceOracle.Bounds memory bounds = ICovarianceOracle.Bounds(0.0001e18, 0.5e18, 0.0001e18, 0.5e18, 0.25e18);
        covariances.setDefaults(_covariance(), bounds, 1 days);
        covariances.setPublisher(address(this), true);
        TailFactors memory tail =
            TailFactors(2.665214220345806e18, 1.03336923922748e18, 0.489943490679604e18, 0.727291715915744e18);
        rule = new ParametricMargin(
            oracle, parameters, covariances, ParametricConfig(true, tail, tail, 1e18, 1.25e18, 0.005e18, 0.005e18)
        );
    }

    function test_PerpetualsAlone() external {
        _record(0, 130_000, "2 perpetuals");
    }

    function test_SixteenOptions() external {
        _record(16, 250_000, "16 options, 2 perpetuals");
    }

    function test_SixtyFourOptions() external {
        _record(64, 600_000, "64 options, 2 perpetuals");
    }

    function test_AFullPortfolio() external {
        _record(126, 1_100_000, "126 options, 2 perpetuals");
    }

    function test_PostingTheCovarianceOfTwoUnderlyings() external {
        covariances.publish(_covariance().lower, NOW);
        vm.assertLe(vm.snapshotGasLastCall("ParametricGas", "publish 2 underlyings"), 200_000);
    }

    function _record(uint256 count, uint256 budget, string memory name) private {
        Portfolio memory portfolio;
        portfolio.legs = new Leg[](count + 2);
        for (uint256 i; i < count; ++i) {
            uint256 strike = (120 + i) * 1e18;
            int256 size = i % 4 < 2 ? -1e18 : int256(1e18);
            portfolio.legs[i] = i % 2 == 0 ? call(strike, size) : put(strike, size);
        }
        portfolio.legs[count] = perpetual(ETH, 1e18);
        portfolio.legs[count + 1] = perpetual(BTC, -0.02e18);
        rule.margin(portfolio);
        vm.assertLe(vm.snapshotGasLastCall("ParametricGas", name), budget, name);
    }

    function _covariance() private pure returns (Covariance memory covariance) {
        covariance.underlyings = new uint16[](2);
        covariance.underlyings[1] = BTC;
        covariance.lower = new int256[](10);
        int256[] memory lower = covariance.lower;
        (lower[0], lower[1], lower[2]) = (0.0016e18, -0.0016e18, 0.0064e18);
        (lower[3], lower[4], lower[5]) = (0.0008e18, -0.0008e18, 0.0016e18);
        (lower[6], lower[7], lower[8], lower[9]) = (-0.0008e18, 0.0032e18, -0.0016e18, 0.0064e18);
    }
}
