// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Covariance} from "../interfaces/ICovarianceOracle.sol";
import {Margin, Portfolio} from "../interfaces/Types.sol";
import {Cumulants, QuadraticForm} from "../libraries/QuadraticForm.sol";
import {Market} from "./Market.sol";
import {ParametricConfig, TailFactors} from "./ParametricConfig.sol";
import {Exposure, Sensitivities, Sensitivity} from "./Sensitivities.sol";

/// @title Parametric margin of a portfolio in a given market under a given covariance
/// @notice Pure: everything it depends on is an argument. Requirements are rounded up, equity down.
library ParametricMath {
    using FixedPointMathLib for uint256;
    using FixedPointMathLib for int256;

    error MissingUnderlying(uint256 underlying);

    int256 private constant WAD = 1e18;
    uint256 private constant ONE = 2 ** 96;

    /// What no profit that is quadratic in Gaussian moves exceeds: the skewness sqrt(8) and the excess kurtosis 12 of a
    /// single squared move. Wads.
    int256 private constant MAX_SKEW = 2.828427124746190098e18;
    int256 private constant MAX_KURTOSIS = 12e18;

    /// The moments of a profit: mean and deviation in money (wads), negative skewness and excess kurtosis (wads).
    struct Moments {
        int256 mean;
        uint256 deviation;
        int256 negativeSkew;
        int256 kurtosis;
    }

    /// @param keys the legs of `portfolio` as `LegOrder.sort` gives them
    function evaluate(
        Portfolio calldata portfolio,
        uint256[] memory keys,
        Market memory market,
        Covariance memory covariance,
        ParametricConfig memory config
    ) internal pure returns (Margin memory result) {
        Exposure[] memory exposures = Sensitivities.read(portfolio, keys, market);
        int256 equity = portfolio.cash;
        uint256 both = 0;
        uint256 naked = 0;
        uint256 multiplier = uint256(WAD);
        for (uint256 i = 0; i < exposures.length; ++i) {
            Exposure memory exposure = exposures[i];
            equity += exposure.sensitivity.value;
            both += exposure.liquidity + exposure.haircut;
            naked += exposure.naked;
            multiplier = multiplier.max(exposure.multiplier);
        }
        both += naked.mulWadUp(config.shortOptionMaintenance);
        Moments memory profit = moments(exposures, covariance, config.curvature);
        uint256 loss = tailLoss(profit, config.maintenance);
        uint256 initial = tailLoss(profit, config.initial).max(loss).mulWadUp(config.initialFactor).mulWadUp(multiplier);
        result.equity = equity;
        result.maintenanceMargin = equity - int256(loss.mulWadUp(config.maintenanceFactor) + both);
        result.initialMargin = equity - int256(initial + both + naked.mulWadUp(config.shortOptionInitial));
    }

    /// @notice Loss at a level, at least zero, rounded up.
    /// @dev A positive skewness earns no credit: under it the expansion turns back on itself in the tail. Without one it
    /// rises with the level for every quadratic profit, and lies at or above the Gaussian multiple.
    function tailLoss(Moments memory profit, TailFactors memory tail) internal pure returns (uint256) {
        int256 skew = profit.negativeSkew;
        int256 multiple = int256(tail.skew) * skew / WAD + int256(tail.kurtosis) * profit.kurtosis / WAD
            - int256(tail.skewSquared) * (skew * skew / WAD) / WAD;
        uint256 factor = tail.deviation + uint256(multiple.max(0));
        int256 loss = int256(profit.deviation.mulWadUp(factor)) - profit.mean;
        return uint256(loss.max(0));
    }

    /// @notice Moments of the joint profit of all exposures.
    /// @dev Money is divided by the largest sensitivity first, so that the cumulants are numbers of known size.
    function moments(Exposure[] memory exposures, Covariance memory covariance, bool curvature)
        internal
        pure
        returns (Moments memory profit)
    {
        uint256 unit = _largest(exposures, curvature);
        if (unit == 0) return profit;
        uint256 size = 2 * exposures.length;
        int256[] memory delta = new int256[](size);
        int256[] memory gamma = new int256[](size);
        bool curved = false;
        for (uint256 i = 0; i < exposures.length; ++i) {
            Sensitivity memory s = exposures[i].sensitivity;
            (delta[2 * i], delta[2 * i + 1]) = (_ratio(s.delta, unit), _ratio(s.vega, unit));
            if (curvature && s.gamma != 0) (gamma[2 * i], curved) = (_ratio(s.gamma, unit), true);
        }
        int256[] memory matrix = _matrix(exposures, covariance);
        Cumulants memory c = curved ? QuadraticForm.quadratic(delta, gamma, matrix) : QuadraticForm.linear(delta, matrix);
        uint256 variance = uint256(c.variance.max(0));
        uint256 deviation = FixedPointMathLib.sqrt(variance << 96);
        profit.mean = c.mean < 0
            ? -int256(uint256(-c.mean).fullMulDivUp(unit, ONE))
            : int256(uint256(c.mean).fullMulDiv(unit, ONE));
        profit.deviation = deviation.fullMulDivUp(unit, ONE);
        int256 cube = int256(variance.fullMulDiv(deviation, ONE));
        int256 square = int256(variance.fullMulDiv(variance, ONE));
        // Where these vanish the deviation is below 1e-9 of the unit, and nothing beyond it counts.
        if (cube != 0) profit.negativeSkew = (-c.third * WAD / cube).clamp(0, MAX_SKEW);
        if (square != 0) profit.kurtosis = (c.fourth * WAD / square).clamp(0, MAX_KURTOSIS);
    }

    function _largest(Exposure[] memory exposures, bool curvature) private pure returns (uint256 unit) {
        for (uint256 i = 0; i < exposures.length; ++i) {
            Sensitivity memory s = exposures[i].sensitivity;
            unit = unit.max(s.delta.abs()).max(s.vega.abs());
            if (curvature) unit = unit.max(s.gamma.abs());
        }
    }

    /// @dev Sensitivities are below 2^155 wads.
    function _ratio(int256 money, uint256 unit) private pure returns (int256) {
        return money * int256(ONE) / int256(unit);
    }

    /// @dev The covariance of the factors of these exposures, in their order, row by row, Q96.
    function _matrix(Exposure[] memory exposures, Covariance memory covariance)
        private
        pure
        returns (int256[] memory matrix)
    {
        uint256 count = exposures.length;
        uint256[] memory place = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            place[i] = _placeOf(exposures[i].underlying, covariance.underlyings);
        }
        uint256 size = 2 * count;
        matrix = new int256[](size * size);
        for (uint256 i = 0; i < size; ++i) {
            uint256 row = 2 * place[i / 2] + i % 2;
            for (uint256 j = 0; j <= i; ++j) {
                uint256 column = 2 * place[j / 2] + j % 2;
                (uint256 high, uint256 low) = row > column ? (row, column) : (column, row);
                int256 entry = covariance.lower[high * (high + 1) / 2 + low] * int256(ONE) / WAD;
                (matrix[i * size + j], matrix[j * size + i]) = (entry, entry);
            }
        }
    }

    function _placeOf(uint256 underlying, uint16[] memory underlyings) private pure returns (uint256) {
        for (uint256 i = 0; i < underlyings.length; ++i) {
            if (underlyings[i] == underlying) return i;
        }
        revert MissingUnderlying(underlying);
    }
}
