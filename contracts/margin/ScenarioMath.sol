// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Kind, Leg, Margin, Portfolio, RiskSet} from "../interfaces/Types.sol";
import {Black76} from "../libraries/Black76.sol";
import {Grid, Grids, Snapshot} from "./Grid.sol";
import {LegOrder} from "./LegOrder.sol";
import {AssetMarket, Market, MarketEntries} from "./Market.sol";
import {Book, ScenarioBook} from "./ScenarioBook.sol";
import {ScenarioConfig} from "./ScenarioConfig.sol";
import {Term, Terms} from "./Term.sol";

/// @title Scenario margin of a portfolio in a given market
/// @notice Pure: everything it depends on is an argument. Requirements are rounded up, equity down.
library ScenarioMath {
    using FixedPointMathLib for uint256;
    using FixedPointMathLib for int256;
    using Grids for Grid;
    using LegOrder for Leg[];
    using LegOrder for uint256;
    using MarketEntries for Market;
    using ScenarioBook for Book;
    using Terms for Term;

    struct Requirement {
        uint256 initial;
        uint256 maintenance;
    }

    /// @param keys the legs of `portfolio` as `LegOrder.sort` gives them
    function evaluate(
        Portfolio calldata portfolio,
        uint256[] memory keys,
        Market memory market,
        ScenarioConfig memory config
    ) internal pure returns (Margin memory result) {
        int256 equity = portfolio.cash;
        Requirement memory required;
        for (uint256 i = 0; i < portfolio.holdings.length; ++i) {
            AssetMarket memory asset = market.asset(portfolio.holdings[i].underlying);
            uint256 value = portfolio.holdings[i].amount.mulWad(asset.price.spot);
            uint256 cut = value.mulWadUp(asset.risk.haircut);
            equity += int256(value);
            required.initial += cut;
            required.maintenance += cut;
        }
        if (keys.length != 0) {
            Book memory book;
            book.grid.allocate(config);
            uint256 cursor = LegOrder.start(keys);
            for (uint256 key = LegOrder.load(cursor); key != LegOrder.END; key = LegOrder.load(cursor)) {
                AssetMarket memory asset = market.asset(key.underlyingOf());
                Black76.checkPrice(asset.price.spot);
                book.open(config, asset.risk.spotShock);
                cursor = _fill(book, portfolio.legs, cursor, market, asset, config);
                equity += book.total();
                _charge(required, book, config, asset.price.spot, asset.risk);
            }
        }
        result.equity = equity;
        result.initialMargin = equity - int256(required.initial);
        result.maintenanceMargin = equity - int256(required.maintenance);
    }

    /// @dev Books the legs of one underlying from `cursor` on; returns the cursor of the next one.
    function _fill(
        Book memory book,
        Leg[] calldata legs,
        uint256 cursor,
        Market memory market,
        AssetMarket memory asset,
        ScenarioConfig memory config
    ) private pure returns (uint256) {
        uint256 key = LegOrder.load(cursor);
        uint256 underlying = key.underlyingOf();
        int256 perpetuals = 0;
        if (key.expiryOf() == 0) Black76.checkPrice(asset.price.perpetual);
        for (; key.groupOf() == underlying << 64; key = LegOrder.load(cursor += 0x20)) {
            int256 size = legs.sizeOf(key.indexOf());
            perpetuals += size;
            book.addLinear(size, asset.price.perpetual);
        }
        book.perpetuals = perpetuals.abs();
        while (key.underlyingOf() == underlying) {
            Term memory term =
                Terms.read(market.expiry(underlying, key.expiryOf()), asset.price.spot, market.timestamp);
            if (term.settled) {
                cursor = _fillSettled(book, legs, cursor, term);
            } else {
                book.shockVolatility(config, asset.risk, term.secondsLeft);
                Snapshot memory before = book.grid.snapshot();
                int256 linear = book.linear;
                cursor = _fillExpiry(book, legs, cursor, term);
                book.closeExpiry(config, term, before, linear);
            }
            key = LegOrder.load(cursor);
        }
        return cursor;
    }

    /// @dev Settled contracts are worth a known amount and carry no risk.
    function _fillSettled(Book memory book, Leg[] calldata legs, uint256 cursor, Term memory term)
        private
        pure
        returns (uint256)
    {
        uint256 key = LegOrder.load(cursor);
        uint256 group = key.groupOf();
        for (; key.groupOf() == group; key = LegOrder.load(cursor += 0x20)) {
            Kind kind = key.kindOf();
            uint256 price =
                kind == Kind.Future ? term.forward : term.intrinsic(kind == Kind.Call, key.strikeOf());
            book.mark += legs.sizeOf(key.indexOf()) * int256(price);
        }
        return cursor;
    }

    function _fillExpiry(Book memory book, Leg[] calldata legs, uint256 cursor, Term memory term)
        private
        pure
        returns (uint256)
    {
        uint256 key = LegOrder.load(cursor);
        uint256 group = key.groupOf();
        for (; key.strikeGroupOf() == group << 128; key = LegOrder.load(cursor += 0x20)) {
            book.addLinear(legs.sizeOf(key.indexOf()), term.forward);
        }
        while (key.groupOf() == group) {
            uint256 sameStrike = key.strikeGroupOf();
            uint256 strike = key.strikeOf();
            int256 calls = 0;
            int256 puts = 0;
            uint256 gross = 0;
            unchecked {
                // At most 256 legs of at most 2^100 units each.
                for (; key.strikeGroupOf() == sameStrike; key = LegOrder.load(cursor += 0x20)) {
                    int256 size = legs.sizeOf(key.indexOf());
                    gross += size.abs();
                    if (key.isCall()) calls += size;
                    else puts += size;
                }
            }
            book.addOptions(term, strike, calls, puts, gross);
        }
        return cursor;
    }

    function _charge(
        Requirement memory required,
        Book memory book,
        ScenarioConfig memory config,
        uint256 spot,
        RiskSet memory risk
    ) private pure {
        uint256 loss = book.worstLoss();
        uint256 options = book.naked.mulWadUp(spot);
        uint256 perpetuals = book.perpetuals.mulWadUp(spot);
        uint256 both = options.mulWadUp(config.shortOptionMaintenance)
            + perpetuals.mulWadUp(config.perpetualMaintenance)
            + book.gross.mulWadUp(spot).mulWadUp(risk.liquidityAddOn);
        required.maintenance += loss.mulWadUp(config.maintenanceFactor) + both;
        required.initial += loss.mulWadUp(config.initialFactor).mulWadUp(risk.multiplier) + both
            + options.mulWadUp(config.shortOptionInitial) + perpetuals.mulWadUp(config.perpetualInitial);
    }
}
