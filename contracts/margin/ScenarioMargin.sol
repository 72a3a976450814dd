// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {IMarginRule} from "../interfaces/IMarginRule.sol";
import {IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {Margin, Portfolio} from "../interfaces/Types.sol";
import {LegOrder} from "./LegOrder.sol";
import {Market} from "./Market.sol";
import {OracleMarket} from "./OracleMarket.sol";
import {ScenarioConfig, ScenarioConfigs} from "./ScenarioConfig.sol";
import {ScenarioMath} from "./ScenarioMath.sol";

/// @title Portfolio margin by full revaluation over a spot x vol grid
/// @notice Per underlying the worst loss over the grid, damped tails and the basis contingency, then summed over
/// underlyings without offset; plus contingencies for short options and perpetuals, a liquidity add-on, and collateral
/// haircuts. docs/reference/margin.md has the formulas.
contract ScenarioMargin is IMarginRule, OracleMarket, Ownable {
    event ConfigSet(ScenarioConfig config);

    /// The configuration as contract code: one cold account access reads all of it.
    address private _config;

    constructor(IPriceOracle oracle, IRiskParameters parameters, ScenarioConfig memory initialConfig)
        OracleMarket(oracle, parameters)
        Ownable(msg.sender)
    {
        _setConfig(initialConfig);
    }

    /// @notice Replace the grid, rates and factors. Only the owner.
    function setConfig(ScenarioConfig calldata newConfig) external onlyOwner {
        _setConfig(newConfig);
    }

    function config() external view returns (ScenarioConfig memory) {
        return _load();
    }

    /// @inheritdoc IMarginRule
    function margin(Portfolio calldata portfolio) external view returns (Margin memory) {
        uint256[] memory keys = LegOrder.sort(portfolio.legs);
        return ScenarioMath.evaluate(portfolio, keys, _market(portfolio, keys), _load());
    }

    /// @notice As `margin`, in the market given instead of the one in force.
    function evaluate(Portfolio calldata portfolio, Market calldata supposed) external view returns (Margin memory) {
        return ScenarioMath.evaluate(portfolio, LegOrder.sort(portfolio.legs), supposed, _load());
    }

    function _setConfig(ScenarioConfig memory newConfig) private {
        ScenarioConfigs.validate(newConfig);
        _config = SSTORE2.write(abi.encode(newConfig));
        emit ConfigSet(newConfig);
    }

    function _load() private view returns (ScenarioConfig memory) {
        return abi.decode(SSTORE2.read(_config), (ScenarioConfig));
    }
}
