// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IMarginRule} from "contracts/interfaces/IMarginRule.sol";
import {IPriceOracle} from "contracts/interfaces/IPriceOracle.sol";
import {Instrument, Kind, Leg, Margin, Portfolio} from "contracts/interfaces/Types.sol";

/// A rule whose numbers can be done in one's head: linear contracts at the perpetual price or spot, options at
/// intrinsic value, collateral at 80 % of spot; the requirement is 5 % (maintenance) or 10 % (initial) of spot per unit
/// of any position.
contract LinearRule is IMarginRule {
    IPriceOracle private immutable _oracle;

    constructor(IPriceOracle oracle) {
        _oracle = oracle;
    }

    function margin(Portfolio calldata p) external view returns (Margin memory) {
        int256 equity = p.cash;
        int256 requirement;
        for (uint256 i; i < p.legs.length; ++i) {
            Leg calldata leg = p.legs[i];
            int256 spot = int256(_oracle.assetPrice(leg.instrument.underlying).spot);
            equity += leg.size * _mark(leg.instrument) / 1e18;
            requirement += (leg.size < 0 ? -leg.size : leg.size) * spot / 1e18 / 20;
        }
        for (uint256 i; i < p.holdings.length; ++i) {
            uint256 spot = _oracle.assetPrice(p.holdings[i].underlying).spot;
            equity += int256(p.holdings[i].amount * spot / 1e18 * 4 / 5);
        }
        return Margin(equity, equity - 2 * requirement, equity - requirement);
    }

    function _mark(Instrument calldata terms) private view returns (int256) {
        uint256 spot = _oracle.assetPrice(terms.underlying).spot;
        if (terms.kind == Kind.Perpetual) return int256(_oracle.assetPrice(terms.underlying).perpetual);
        if (terms.kind == Kind.Call) return int256(spot > terms.strike ? spot - terms.strike : 0);
        if (terms.kind == Kind.Put) return int256(terms.strike > spot ? terms.strike - spot : 0);
        return int256(spot);
    }
}
