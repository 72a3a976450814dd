// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {Holding, Portfolio} from "../interfaces/Types.sol";
import {LegOrder} from "./LegOrder.sol";
import {AssetMarket, ExpiryMarket, Market} from "./Market.sol";

/// @title The market in force, as the oracle and the risk parameters see it
/// @notice Reads each underlying and each expiry of a portfolio once.
abstract contract OracleMarket {
    using LegOrder for uint256;

    IPriceOracle public immutable ORACLE;
    IRiskParameters public immutable PARAMETERS;

    constructor(IPriceOracle oracle, IRiskParameters parameters) {
        ORACLE = oracle;
        PARAMETERS = parameters;
    }

    /// @notice The entries that valuing `portfolio` now needs: a starting point for what-if markets.
    /// @dev Reverts like the oracle if a price is missing or stale, or like the parameters if they are not configured.
    function market(Portfolio calldata portfolio) external view virtual returns (Market memory) {
        return _market(portfolio, LegOrder.sort(portfolio.legs));
    }

    function _market(Portfolio calldata portfolio, uint256[] memory keys) internal view returns (Market memory result) {
        (uint256 assets, uint256 expiries) = _count(keys);
        result.timestamp = uint64(block.timestamp);
        result.stablePrice = 1e18;
        result.assets = new AssetMarket[](assets + portfolio.holdings.length);
        result.expiries = new ExpiryMarket[](expiries);
        _readLegs(result, keys);
        assets = _readHoldings(result.assets, assets, portfolio.holdings);
        AssetMarket[] memory used = result.assets;
        // Drop the room of holdings whose underlying was there already: never more than was allocated.
        assembly ("memory-safe") {
            mstore(used, assets)
        }
    }

    /// @dev Add the entry of an underlying if it is not there.
    function _include(Market memory result, uint16 underlying) internal view {
        AssetMarket[] memory before = result.assets;
        for (uint256 i = 0; i < before.length; ++i) {
            if (before[i].underlying == underlying) return;
        }
        result.assets = new AssetMarket[](before.length + 1);
        for (uint256 i = 0; i < before.length; ++i) {
            result.assets[i] = before[i];
        }
        result.assets[before.length] = _readAsset(underlying);
    }

    function _count(uint256[] memory keys) private pure returns (uint256 assets, uint256 expiries) {
        uint256 previous = type(uint256).max;
        for (uint256 i = 0; i < keys.length; ++i) {
            uint256 key = keys[i];
            if (key.groupOf() == previous.groupOf()) continue;
            if (key.underlyingOf() != previous.underlyingOf()) ++assets;
            if (key.expiryOf() != 0) ++expiries;
            previous = key;
        }
    }

    function _readLegs(Market memory result, uint256[] memory keys) private view {
        uint256 previous = type(uint256).max;
        uint256 assets;
        uint256 expiries;
        for (uint256 i = 0; i < keys.length; ++i) {
            uint256 key = keys[i];
            if (key.groupOf() == previous.groupOf()) continue;
            uint16 underlying = uint16(key.underlyingOf());
            if (underlying != previous.underlyingOf()) result.assets[assets++] = _readAsset(underlying);
            if (key.expiryOf() != 0) result.expiries[expiries++] = _readExpiry(underlying, uint64(key.expiryOf()));
            previous = key;
        }
    }

    function _readHoldings(AssetMarket[] memory entries, uint256 count, Holding[] calldata holdings)
        private
        view
        returns (uint256)
    {
        for (uint256 i = 0; i < holdings.length; ++i) {
            uint16 underlying = holdings[i].underlying;
            uint256 j = 0;
            while (j < count && entries[j].underlying != underlying) ++j;
            if (j == count) entries[count++] = _readAsset(underlying);
        }
        return count;
    }

    function _readAsset(uint16 underlying) private view returns (AssetMarket memory entry) {
        entry.underlying = underlying;
        entry.price = ORACLE.assetPrice(underlying);
        entry.perpetualConfidence = entry.price.confidence;
        entry.risk = PARAMETERS.riskSet(underlying);
    }

    function _readExpiry(uint16 underlying, uint64 time) private view returns (ExpiryMarket memory entry) {
        entry.underlying = underlying;
        entry.expiry = time;
        if (block.timestamp < time) {
            entry.price = ORACLE.expiryPrice(underlying, time);
        } else {
            try ORACLE.settlementPrice(underlying, time) returns (uint256 fixedPrice) {
                entry.settlement = fixedPrice;
            } catch {
                // Not fixed yet: spot stands in for it.
            }
        }
    }
}
