// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {IMarginRule} from "../interfaces/IMarginRule.sol";
import {IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {Kind, Margin, Portfolio} from "../interfaces/Types.sol";
import {LegOrder} from "./LegOrder.sol";
import {AssetMarket, ExpiryMarket, Market, MarketEntries} from "./Market.sol";
import {OracleMarket} from "./OracleMarket.sol";
import {Term, Terms} from "./Term.sol";

/// Both wads, maintenance at most initial.
struct IsolatedConfig {
    uint256 maintenanceFactor;
    uint256 initialFactor;
}

/// @title Margin position by position, without offsets
/// @notice The baseline that portfolio rules are measured against. Requirement of one unit, with S spot, s the spot
/// shock and m the risk multiplier: linear contracts price * s * m; short options max(s S - out-of-the-money amount, s
/// S / 2) m, a put at most its strike; each plus S times the liquidity add-on, times the initial or maintenance factor.
/// Long options give no credit: their value is required back. Collateral counts less its haircut.
contract IsolatedMargin is IMarginRule, OracleMarket {
    using FixedPointMathLib for uint256;
    using LegOrder for uint256;
    using MarketEntries for Market;
    using Terms for Term;

    error InvalidFactors(uint256 maintenanceFactor, uint256 initialFactor);

    uint256 private constant MAX_FACTOR = 10e18;

    /// Wads.
    uint256 public immutable MAINTENANCE_FACTOR;
    uint256 public immutable INITIAL_FACTOR;

    /// `flat` counts as it is; `scaled` is multiplied by the initial or maintenance factor.
    struct Totals {
        int256 equity;
        uint256 flat;
        uint256 scaled;
    }

    constructor(IPriceOracle oracle, IRiskParameters parameters, IsolatedConfig memory config)
        OracleMarket(oracle, parameters)
    {
        (uint256 low, uint256 high) = (config.maintenanceFactor, config.initialFactor);
        if (low == 0 || high < low || high > MAX_FACTOR) revert InvalidFactors(low, high);
        MAINTENANCE_FACTOR = low;
        INITIAL_FACTOR = high;
    }

    /// @inheritdoc IMarginRule
    function margin(Portfolio calldata portfolio) external view returns (Margin memory) {
        uint256[] memory keys = LegOrder.sort(portfolio.legs);
        return _evaluate(portfolio, keys, _market(portfolio, keys));
    }

    /// @notice As `margin`, in the market given instead of the one in force.
    function evaluate(Portfolio calldata portfolio, Market calldata supposed) external view returns (Margin memory) {
        return _evaluate(portfolio, LegOrder.sort(portfolio.legs), supposed);
    }

    function _evaluate(Portfolio calldata portfolio, uint256[] memory keys, Market memory supposed)
        private
        view
        returns (Margin memory)
    {
        Totals memory totals;
        totals.equity = portfolio.cash;
        for (uint256 i = 0; i < portfolio.holdings.length; ++i) {
            AssetMarket memory asset = supposed.asset(portfolio.holdings[i].underlying);
            uint256 value = supposed.collateralValue(asset, portfolio.holdings[i].amount);
            totals.equity += int256(value);
            totals.flat += value.mulWadUp(asset.risk.haircut);
        }
        AssetMarket memory current;
        Term memory term;
        uint256 group = type(uint256).max;
        for (uint256 i = 0; i < keys.length; ++i) {
            uint256 key = keys[i];
            if (key.groupOf() != group) {
                group = key.groupOf();
                current = supposed.asset(key.underlyingOf());
                uint256 time = key.expiryOf();
                if (time != 0) {
                    ExpiryMarket memory entry = supposed.expiry(key.underlyingOf(), time);
                    term = Terms.read(entry, current.price.spot, supposed.timestamp);
                }
            }
            _add(totals, key, portfolio.legs[key.indexOf()].size, current, term);
        }
        return Margin({
            equity: totals.equity,
            initialMargin: totals.equity - int256(totals.flat + totals.scaled.mulWadUp(INITIAL_FACTOR)),
            maintenanceMargin: totals.equity - int256(totals.flat + totals.scaled.mulWadUp(MAINTENANCE_FACTOR))
        });
    }

    function _add(Totals memory totals, uint256 key, int256 size, AssetMarket memory asset, Term memory term)
        private
        pure
    {
        Kind kind = key.kindOf();
        bool option = kind == Kind.Call || kind == Kind.Put;
        uint256 price = asset.price.perpetual;
        if (option) price = term.option(kind == Kind.Call, key.strikeOf());
        else if (kind == Kind.Future) price = term.forward;
        uint256 units = FixedPointMathLib.abs(size);
        totals.equity += size < 0 ? -int256(units.mulWadUp(price)) : int256(units.mulWad(price));
        if (kind != Kind.Perpetual && term.settled) return;
        if (option && size > 0) {
            totals.flat += units.mulWad(price);
            return;
        }
        uint256 unit = option
            ? _shortOption(kind == Kind.Call, key.strikeOf(), asset)
            : price.mulWadUp(asset.risk.spotShock).mulWadUp(asset.risk.multiplier);
        totals.scaled += units.mulWadUp(unit + asset.price.spot.mulWadUp(asset.risk.liquidityAddOn));
    }

    /// @dev A short put can cost no more than its strike.
    function _shortOption(bool isCall, uint256 strike, AssetMarket memory asset)
        private
        pure
        returns (uint256 required)
    {
        uint256 spot = asset.price.spot;
        uint256 shock = spot.mulWadUp(asset.risk.spotShock);
        uint256 outOfTheMoney = isCall ? strike.zeroFloorSub(spot) : spot.zeroFloorSub(strike);
        required = shock.zeroFloorSub(outOfTheMoney).max((shock + 1) / 2).mulWadUp(asset.risk.multiplier);
        if (!isCall) required = required.min(strike);
    }
}
