// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// What a scenario does to implied volatilities. Skew scenarios leave spot alone.
enum VolMove {
    None,
    Up,
    Down,
    SkewLinear,
    SkewAbs
}

/// One point of the grid: spot moves by `spotMove` (wad, signed) times the underlying's dynamic spot shock; the loss
/// counts with `weight` (wad; below one for damped tails).
struct Scenario {
    int256 spotMove;
    VolMove volMove;
    uint256 weight;
}

/// What the options of an expiry count for in a scenario, by the sign of their value there: positiveBase exp(-tau (r
/// longRateMultiple + longRateAdd)), or min(1 / D, negativeBase exp(tau (r shortRateMultiple + shortRateAdd))).
struct StaticDiscount {
    uint256 positiveBase;
    uint256 negativeBase;
    uint256 longRateMultiple;
    uint256 longRateAdd;
    uint256 shortRateMultiple;
    uint256 shortRateAdd;
}

/// Skew scenarios turn vol into vol max(0, 1 + clip(q cap / width*, -cap, cap)): q = ln(K/F), or its absolute value;
/// cap = baseCap + capPerRootYear sqrt(tau); width* = max(minWidth, sqrt(tau) width (volStatic + sqrt(tau) volScale)).
struct SkewShock {
    int256 linearBaseCap;
    int256 linearCapPerRootYear;
    int256 absBaseCap;
    int256 absCapPerRootYear;
    int256 minWidth;
    int256 width;
    int256 volStatic;
    int256 volScale;
}

/// Initial margin for prices of low confidence c: (1 - c) times the rate times notional where c < threshold.
struct ConfidenceCharge {
    uint256 threshold;
    uint256 perpetual;
    uint256 option;
    uint256 collateral;
}

/// How one collateral counts. `offsets` is the underlying in whose scenarios its value moves one for one with spot, -1
/// for none; `initialHaircut` comes on top of the haircut in RiskSet.
struct CollateralTerms {
    uint16 asset;
    int256 offsets;
    uint256 initialHaircut;
}

/// The static part of the rule. Fractions are wads, `tailDampener` and `fixedRequirement` wads of quote.
/// docs/reference/rules/scenario.md has every formula.
///
/// Vol shocks scale with x = (30 days / max(seconds left, volHorizonFloor))^p, p = volShortPower within 30 days, else
/// volLongPower: up max(minVolUp, vol (1 + max(minVolShockUp, volUp x))), down vol max(0, 1 - volDown x).
///
/// Initial rates come on top of the maintenance ones. The basis rate of an expiry is basisAdd + basisPerYear tau,
/// applied to its loss when its forward alone moves by basisMove spot shocks up or basisMoveDown down.
struct ScenarioConfig {
    Scenario[] scenarios;
    uint256 volHorizonFloor;
    uint256 maintenanceFactor;
    uint256 initialFactor;
    uint256 volShortPower;
    uint256 volLongPower;
    uint256 minVolUp;
    uint256 minVolShockUp;
    uint256 shortOptionMaintenance;
    uint256 shortOptionInitial;
    uint256 perpetualMaintenance;
    uint256 perpetualInitial;
    uint256 basisMove;
    uint256 basisMoveDown;
    uint256 basisAdd;
    uint256 basisPerYear;
    uint256 pegThreshold;
    uint256 pegFactor;
    uint256 linearClamp;
    uint256 rollAddMin;
    uint256 rollPerYear;
    uint256 minDeltaNet;
    uint256 minDeltaHedged;
    StaticDiscount discount;
    SkewShock skew;
    ConfidenceCharge confidence;
    CollateralTerms[] collateral;
    uint256 tailDampener;
    uint256 fixedRequirement;
    bool inverse;
}

library ScenarioConfigs {
    error InvalidScenarioCount(uint256 count);
    error InvalidScenario(uint256 index);
    error InvalidCollateral(uint256 index);
    /// `name` is that of the member, or of the struct whose member number `index` it is.
    error InvalidParameter(bytes32 name, uint256 index, uint256 value);

    uint256 private constant WAD = 1e18;
    uint256 private constant MAX_SCENARIOS = 64;
    uint256 private constant MAX_COLLATERALS = 32;
    uint256 private constant MAX_FACTOR = 10e18;
    uint256 private constant MAX_FRACTION = 20e18;
    int256 private constant MIN_WIDTH = 1e12;
    int256 private constant MAX_MOVE = 100e18;
    int256 private constant MAX_OFFSETS = 65535;

    /// Money beyond 2^150 wads is an error; the bound keeps sums far from overflow.
    uint256 private constant MAX_AMOUNT = 2 ** 150;

    // Members of ScenarioConfig: positions of the first fraction and of the first amount, and how many stand in a row.
    uint256 private constant FIRST_FRACTION = 4;
    uint256 private constant FRACTIONS = 19;
    uint256 private constant FIRST_AMOUNT = 27;
    uint256 private constant AMOUNTS = 2;

    /// @notice Reverts with a member that is out of range.
    function validate(ScenarioConfig memory config) internal pure {
        uint256 count = config.scenarios.length;
        if (count == 0 || count > MAX_SCENARIOS) revert InvalidScenarioCount(count);
        for (uint256 i = 0; i < count; ++i) {
            Scenario memory s = config.scenarios[i];
            bool wide = s.spotMove > MAX_MOVE || s.spotMove < -MAX_MOVE;
            bool moved = s.volMove >= VolMove.SkewLinear && s.spotMove != 0;
            if (wide || moved || s.weight == 0 || s.weight > WAD) revert InvalidScenario(i);
        }
        _validateCollateral(config);
        (uint256 members, uint256 discount, uint256 skew, uint256 confidence) = _places(config);
        uint256 least = config.maintenanceFactor;
        uint256 horizon = config.volHorizonFloor;
        if (horizon < 60 || horizon > 400 days) _refuse("volHorizonFloor", 1, horizon);
        if (least == 0) _refuse("maintenanceFactor", 2, 0);
        if (config.initialFactor < least || config.initialFactor > MAX_FACTOR) {
            _refuse("initialFactor", 3, config.initialFactor);
        }
        if (config.skew.minWidth < MIN_WIDTH) _refuse("minWidth", 4, uint256(config.skew.minWidth));
        if (config.confidence.threshold > WAD) _refuse("threshold", 0, config.confidence.threshold);
        _bound("config", members, FIRST_FRACTION, FIRST_FRACTION + FRACTIONS, 0, MAX_FRACTION);
        _bound("config", members, FIRST_AMOUNT, FIRST_AMOUNT + AMOUNTS, 0, MAX_AMOUNT);
        _bound("discount", discount, 0, 6, 0, MAX_FRACTION);
        _bound("skew", skew, 0, 8, MAX_FRACTION, 2 * MAX_FRACTION);
        _bound("confidence", confidence, 0, 4, 0, MAX_FRACTION);
    }

    /// @notice Whether the static discount leaves all values as they are.
    function isNeutral(StaticDiscount memory discount) internal pure returns (bool) {
        return discount.positiveBase == WAD && discount.negativeBase == WAD
            && (discount.longRateMultiple | discount.longRateAdd | discount.shortRateMultiple | discount.shortRateAdd)
                == 0;
    }

    /// @dev Coins have no P&L in a coin-settled account, so they cannot offset there.
    function _validateCollateral(ScenarioConfig memory config) private pure {
        uint256 count = config.collateral.length;
        if (count > MAX_COLLATERALS) revert InvalidCollateral(count);
        for (uint256 i = 0; i < count; ++i) {
            CollateralTerms memory terms = config.collateral[i];
            bool known = terms.offsets >= -1 && terms.offsets <= MAX_OFFSETS && terms.initialHaircut <= WAD;
            if (!known || (config.inverse && terms.offsets >= 0)) revert InvalidCollateral(i);
            for (uint256 j = 0; j < i; ++j) {
                if (config.collateral[j].asset == terms.asset) revert InvalidCollateral(i);
            }
        }
    }

    /// @dev Where the words of a configuration and of its parts are in memory.
    function _places(ScenarioConfig memory config)
        private
        pure
        returns (uint256 members, uint256 discount, uint256 skew, uint256 confidence)
    {
        (StaticDiscount memory d, SkewShock memory s, ConfidenceCharge memory c) =
            (config.discount, config.skew, config.confidence);
        assembly ("memory-safe") {
            members := config
            discount := d
            skew := s
            confidence := c
        }
    }

    /// @dev Reverts unless members `first` to `end` (excluded) plus `shift` are at most `high`; a shift lets signed
    /// members be as far below zero.
    function _bound(bytes32 name, uint256 members, uint256 first, uint256 end, uint256 shift, uint256 high)
        private
        pure
    {
        for (uint256 i = first; i < end; ++i) {
            uint256 value;
            assembly ("memory-safe") {
                value := mload(add(members, shl(5, i)))
            }
            unchecked {
                // Wraps as signed numbers do.
                if (value + shift > high) _refuse(name, i, value);
            }
        }
    }

    function _refuse(bytes32 name, uint256 index, uint256 value) private pure {
        revert InvalidParameter(name, index, value);
    }
}
