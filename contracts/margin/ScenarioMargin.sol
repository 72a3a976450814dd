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
/// @notice Per underlying the worst loss over the grid, damped tails, skew scenarios and the basis contingency, then
/// summed over underlyings without offset; plus contingencies for short options and perpetuals, prices of low
/// confidence, a liquidity add-on, and collateral haircuts. docs/reference/rules/scenario.md has the formulas.
contract ScenarioMargin is IMarginRule, OracleMarket, Ownable {
    event ConfigSet(ScenarioConfig config);

    /// The configuration as contract code: one cold account access reads all of it.
    address private _config;

    constructor(IPriceOracle oracle, IRiskParameters parameters, ScenarioConfig memory initialConfig)
        OracleMarket(oracle, parameters)
        Ownable(msg.sender)
    {
        _setConfig(abi.encode(initialConfig));
    }

    /// @notice Replace the grid, rates and factors. Only the owner.
    function setConfig(ScenarioConfig calldata newConfig) external onlyOwner {
        _setConfig(_encoded(newConfig));
    }

    function config() external view returns (ScenarioConfig memory) {
        bytes memory encoded = SSTORE2.read(_config);
        assembly ("memory-safe") {
            return(add(encoded, 0x20), mload(encoded))
        }
    }

    /// @inheritdoc IMarginRule
    function margin(Portfolio calldata portfolio) external view returns (Margin memory) {
        uint256[] memory keys = LegOrder.sort(portfolio.legs);
        ScenarioConfig memory inForce = _load();
        return ScenarioMath.evaluate(portfolio, keys, _marketFor(portfolio, keys, inForce), inForce);
    }

    /// @notice The entries that valuing `portfolio` now needs, those of underlyings that its collateral follows included.
    function market(Portfolio calldata portfolio) external view override returns (Market memory) {
        return _marketFor(portfolio, LegOrder.sort(portfolio.legs), _load());
    }

    /// @notice As `margin`, in the market given instead of the one in force.
    function evaluate(Portfolio calldata portfolio, Market memory supposed) external view returns (Margin memory) {
        return ScenarioMath.evaluate(portfolio, LegOrder.sort(portfolio.legs), supposed, _load());
    }

    /// @notice As `evaluate`, with the configuration given instead of the one in force. Reverts like `setConfig` if it is
    /// out of range.
    function evaluateWith(Portfolio calldata portfolio, Market memory supposed, ScenarioConfig calldata given)
        external
        pure
        returns (Margin memory)
    {
        ScenarioConfig memory valid = _validated(_encoded(given));
        return ScenarioMath.evaluate(portfolio, LegOrder.sort(portfolio.legs), supposed, valid);
    }

    function _marketFor(Portfolio calldata portfolio, uint256[] memory keys, ScenarioConfig memory inForce)
        private
        view
        returns (Market memory result)
    {
        result = _market(portfolio, keys);
        for (uint256 i = 0; i < inForce.collateral.length; ++i) {
            if (inForce.collateral[i].offsets >= 0) _include(result, uint16(uint256(inForce.collateral[i].offsets)));
        }
    }

    function _setConfig(bytes memory encoded) private {
        _validated(encoded);
        _config = SSTORE2.write(encoded);
        bytes32 topic = ConfigSet.selector;
        assembly ("memory-safe") {
            log1(add(encoded, 0x20), mload(encoded), topic)
        }
    }

    function _load() private view returns (ScenarioConfig memory) {
        return _decoded(SSTORE2.read(_config));
    }

    function _validated(bytes memory encoded) private pure returns (ScenarioConfig memory result) {
        result = _decoded(encoded);
        ScenarioConfigs.validate(result);
    }

    function _decoded(bytes memory encoded) private pure returns (ScenarioConfig memory) {
        return abi.decode(encoded, (ScenarioConfig));
    }

    /// @dev A configuration that was the last argument, as abi.encode gives it: one decoder then serves those that are
    /// given and the one that is stored. It reaches to the end of the calldata.
    function _encoded(ScenarioConfig calldata given) private pure returns (bytes memory encoded) {
        assembly ("memory-safe") {
            encoded := mload(0x40)
            let size := sub(calldatasize(), given)
            mstore(encoded, add(size, 0x20))
            mstore(add(encoded, 0x20), 0x20)
            calldatacopy(add(encoded, 0x40), given, size)
            mstore(0x40, and(add(add(encoded, size), 0x5f), not(0x1f)))
        }
    }
}
