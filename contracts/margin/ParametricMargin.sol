// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {Covariance, ICovarianceOracle} from "../interfaces/ICovarianceOracle.sol";
import {IMarginRule} from "../interfaces/IMarginRule.sol";
import {IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {Margin, Portfolio} from "../interfaces/Types.sol";
import {Definiteness} from "../libraries/Definiteness.sol";
import {LegOrder} from "./LegOrder.sol";
import {Market} from "./Market.sol";
import {OracleMarket} from "./OracleMarket.sol";
import {ParametricConfig, ParametricConfigs} from "./ParametricConfig.sol";
import {ParametricMath} from "./ParametricMath.sol";

/// @title Portfolio margin from a covariance matrix
/// @notice VaR or expected shortfall of the whole portfolio, positions and collateral together, in closed form: the moves
/// of all prices and volatilities are jointly Gaussian and the profit is linear (delta-normal) or quadratic (delta-gamma,
/// by Cornish and Fisher) in them. Plus a liquidity add-on, a contingency for short options, and collateral haircuts.
/// docs/reference/rules/parametric.md has the formulas.
contract ParametricMargin is IMarginRule, OracleMarket, Ownable {
    event ConfigSet(ParametricConfig config);

    error InvalidCovariance();

    ICovarianceOracle public immutable COVARIANCE;

    /// The configuration as contract code: one cold account access reads all of it.
    address private _config;

    constructor(
        IPriceOracle oracle,
        IRiskParameters parameters,
        ICovarianceOracle covariance,
        ParametricConfig memory initialConfig
    ) OracleMarket(oracle, parameters) Ownable(msg.sender) {
        COVARIANCE = covariance;
        _setConfig(initialConfig);
    }

    /// @notice Replace the tail and the factors. Only the owner.
    function setConfig(ParametricConfig calldata newConfig) external onlyOwner {
        _setConfig(newConfig);
    }

    function config() external view returns (ParametricConfig memory) {
        return _load();
    }

    /// @inheritdoc IMarginRule
    function margin(Portfolio calldata portfolio) external view returns (Margin memory) {
        if (portfolio.legs.length == 0 && portfolio.holdings.length == 0) {
            return Margin(portfolio.cash, portfolio.cash, portfolio.cash);
        }
        uint256[] memory keys = LegOrder.sort(portfolio.legs);
        return ParametricMath.evaluate(portfolio, keys, _market(portfolio, keys), COVARIANCE.covariance(), _load());
    }

    /// @notice As `margin`, in the market and under the covariance given instead of those in force. Reverts with
    /// InvalidCovariance unless the matrix could be in force (see Definiteness).
    function evaluate(Portfolio calldata portfolio, Market calldata supposed, Covariance calldata covariance)
        external
        view
        returns (Margin memory)
    {
        return _evaluate(portfolio, supposed, covariance, _load());
    }

    /// @notice As `evaluate`, under another configuration.
    function evaluateWith(
        Portfolio calldata portfolio,
        Market calldata supposed,
        Covariance calldata covariance,
        ParametricConfig calldata supposedConfig
    ) external pure returns (Margin memory) {
        ParametricConfigs.validate(supposedConfig);
        return _evaluate(portfolio, supposed, covariance, supposedConfig);
    }

    function _evaluate(
        Portfolio calldata portfolio,
        Market calldata supposed,
        Covariance calldata covariance,
        ParametricConfig memory configuration
    ) private pure returns (Margin memory) {
        uint256 count = covariance.underlyings.length;
        if (
            count > 8 || covariance.lower.length != count * (2 * count + 1)
                || !Definiteness.isCovariance(covariance.lower, 2 * count)
        ) revert InvalidCovariance();
        return
            ParametricMath.evaluate(portfolio, LegOrder.sort(portfolio.legs), supposed, covariance, configuration);
    }

    function _setConfig(ParametricConfig memory newConfig) private {
        ParametricConfigs.validate(newConfig);
        _config = SSTORE2.write(abi.encode(newConfig));
        emit ConfigSet(newConfig);
    }

    function _load() private view returns (ParametricConfig memory) {
        return abi.decode(SSTORE2.read(_config), (ParametricConfig));
    }
}
