// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// What a scenario does to implied volatilities.
enum VolMove {
    None,
    Up,
    Down
}

/// One point of the grid: spot moves by `spotMove` (wad, signed) times the underlying's dynamic spot shock; the loss
/// counts with `weight` (wad; below one for damped tails).
struct Scenario {
    int256 spotMove;
    VolMove volMove;
    uint256 weight;
}

/// The static part of the rule. All fractions are wads.
///
/// Vol shocks scale with x = (30 days / max(seconds left, volHorizonFloor))^p, p = volShortPower within 30 days, else
/// volLongPower: up vol (1 + volUp x), down vol max(0, 1 - volDown x).
///
/// Initial rates come on top of the maintenance ones. The basis rate of an expiry is basisAdd + basisPerYear tau,
/// applied to its loss when its forward alone moves by basisMove spot shocks.
struct ScenarioConfig {
    Scenario[] scenarios;
    uint256 volShortPower;
    uint256 volLongPower;
    uint256 volHorizonFloor;
    uint256 maintenanceFactor;
    uint256 initialFactor;
    uint256 shortOptionMaintenance;
    uint256 shortOptionInitial;
    uint256 perpetualMaintenance;
    uint256 perpetualInitial;
    uint256 basisMove;
    uint256 basisAdd;
    uint256 basisPerYear;
}

library ScenarioConfigs {
    error InvalidScenarioCount(uint256 count);
    error InvalidScenario(uint256 index);
    error InvalidParameter(bytes32 name, uint256 value);

    uint256 private constant WAD = 1e18;
    uint256 private constant MAX_SCENARIOS = 64;
    int256 private constant MAX_MOVE = 100e18;
    uint256 private constant MAX_FACTOR = 10e18;

    /// @notice Reverts with the first member that is out of range.
    function validate(ScenarioConfig memory config) internal pure {
        uint256 count = config.scenarios.length;
        if (count == 0 || count > MAX_SCENARIOS) revert InvalidScenarioCount(count);
        for (uint256 i = 0; i < count; ++i) {
            Scenario memory s = config.scenarios[i];
            bool wide = s.spotMove > MAX_MOVE || s.spotMove < -MAX_MOVE;
            if (wide || s.weight == 0 || s.weight > WAD) revert InvalidScenario(i);
        }
        _require(config.volShortPower, 0, WAD, "volShortPower");
        _require(config.volLongPower, 0, WAD, "volLongPower");
        _require(config.volHorizonFloor, 60, 30 days, "volHorizonFloor");
        _require(config.maintenanceFactor, 1, MAX_FACTOR, "maintenanceFactor");
        _require(config.initialFactor, config.maintenanceFactor, MAX_FACTOR, "initialFactor");
        _require(config.shortOptionMaintenance, 0, WAD, "shortOptionMaintenance");
        _require(config.shortOptionInitial, 0, WAD, "shortOptionInitial");
        _require(config.perpetualMaintenance, 0, WAD, "perpetualMaintenance");
        _require(config.perpetualInitial, 0, WAD, "perpetualInitial");
        _require(config.basisMove, 0, uint256(MAX_MOVE), "basisMove");
        _require(config.basisAdd, 0, MAX_FACTOR, "basisAdd");
        _require(config.basisPerYear, 0, MAX_FACTOR, "basisPerYear");
    }

    function _require(uint256 value, uint256 low, uint256 high, bytes32 name) private pure {
        if (value < low || value > high) revert InvalidParameter(name, value);
    }
}
