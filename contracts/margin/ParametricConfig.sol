// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// The loss at one level, as a multiple of the profit's standard deviation: deviation + skew N + kurtosis K - skewSquared
/// N^2, with N the negative skewness and K the excess kurtosis of the profit. Wads. For a Gaussian or Student-t profit the
/// last three are zero; with Cornish and Fisher's, at the Gaussian quantile z: z, (z^2 - 1) / 6, (z^3 - 3 z) / 24 and
/// (2 z^3 - 5 z) / 36 for VaR, and their means beyond z for expected shortfall. simulator/risk/margin_config.py computes
/// them from a level.
struct TailFactors {
    uint256 deviation;
    uint256 skew;
    uint256 kurtosis;
    uint256 skewSquared;
}

/// `curvature`: whether gamma counts (delta-gamma) or not (delta-normal). The rest as in ScenarioConfig, wads.
struct ParametricConfig {
    bool curvature;
    TailFactors maintenance;
    TailFactors initial;
    uint256 maintenanceFactor;
    uint256 initialFactor;
    uint256 shortOptionMaintenance;
    uint256 shortOptionInitial;
}

/// @title Bounds of a configuration
library ParametricConfigs {
    error InvalidParameter(bytes32 name, uint256 value);

    uint256 private constant WAD = 1e18;
    uint256 private constant MAX_FACTOR = 10e18;
    uint256 private constant MAX_TAIL = 1000e18;

    /// @notice Reverts unless every member is within its bounds and initial is nowhere below maintenance.
    function validate(ParametricConfig memory config) internal pure {
        _validate(config.maintenance);
        _validate(config.initial);
        _require(config.initial.deviation, config.maintenance.deviation, MAX_TAIL, "initial.deviation");
        _require(config.maintenanceFactor, 1, MAX_FACTOR, "maintenanceFactor");
        _require(config.initialFactor, config.maintenanceFactor, MAX_FACTOR, "initialFactor");
        _require(config.shortOptionMaintenance, 0, WAD, "shortOptionMaintenance");
        _require(config.shortOptionInitial, 0, WAD, "shortOptionInitial");
    }

    function _validate(TailFactors memory tail) private pure {
        _require(tail.deviation, 1, MAX_TAIL, "deviation");
        _require(tail.skew, 0, MAX_TAIL, "skew");
        _require(tail.kurtosis, 0, MAX_TAIL, "kurtosis");
        _require(tail.skewSquared, 0, MAX_TAIL, "skewSquared");
    }

    function _require(uint256 value, uint256 low, uint256 high, bytes32 name) private pure {
        if (value < low || value > high) revert InvalidParameter(name, value);
    }
}
