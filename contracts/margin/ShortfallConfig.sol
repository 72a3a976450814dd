// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// What is taken of the tail of the scenarios.
enum TailMeasure {
    ExpectedShortfall,
    ValueAtRisk
}

/// The static part of the rule; all but `measure` are wads. Levels are those of the tail: 0.99e18 looks at the worst
/// 1 %. `shortOptionInitial` comes on top of `shortOptionMaintenance`. Losses count `staleFactor` times while the
/// scenario set is older than its maximum age.
struct ShortfallConfig {
    TailMeasure measure;
    uint256 maintenanceLevel;
    uint256 initialLevel;
    uint256 maintenanceFactor;
    uint256 initialFactor;
    uint256 shortOptionMaintenance;
    uint256 shortOptionInitial;
    uint256 staleFactor;
}

library ShortfallConfigs {
    error InvalidParameter(bytes32 name, uint256 value);

    uint256 private constant WAD = 1e18;
    uint256 private constant MAX_FACTOR = 10e18;

    /// @notice Reverts with the first member that is out of range.
    function validate(ShortfallConfig memory config) internal pure {
        _require(config.maintenanceLevel, 1, WAD - 1, "maintenanceLevel");
        _require(config.initialLevel, config.maintenanceLevel, WAD - 1, "initialLevel");
        _require(config.maintenanceFactor, 1, MAX_FACTOR, "maintenanceFactor");
        _require(config.initialFactor, config.maintenanceFactor, MAX_FACTOR, "initialFactor");
        _require(config.shortOptionMaintenance, 0, WAD, "shortOptionMaintenance");
        _require(config.shortOptionInitial, 0, WAD, "shortOptionInitial");
        _require(config.staleFactor, WAD, MAX_FACTOR, "staleFactor");
    }

    function _require(uint256 value, uint256 low, uint256 high, bytes32 name) private pure {
        if (value < low || value > high) revert InvalidParameter(name, value);
    }
}
