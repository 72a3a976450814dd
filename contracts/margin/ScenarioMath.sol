// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Holding, Kind, Leg, Margin, Portfolio, RiskSet} from "../interfaces/Types.sol";
import {Black76} from "../libraries/Black76.sol";
import {Grid, Grids} from "./Grid.sol";
import {LegOrder} from "./LegOrder.sol";
import {AssetMarket, ExpiryMarket, Market, MarketEntries} from "./Market.sol";
import {Book, ScenarioBook} from "./ScenarioBook.sol";
import {CollateralTerms, ConfidenceCharge, ScenarioConfig} from "./ScenarioConfig.sol";
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

    /// One evaluation: what is given, the underlying in hand, and the two requirements so far. `factor` is that of initial
    /// margin, with what a lost peg adds; `follows` the value of each collateral with terms of its own that follows an
    /// underlying not yet charged.
    struct Evaluation {
        Market market;
        ScenarioConfig config;
        Book book;
        AssetMarket asset;
        uint256 factor;
        uint256[] follows;
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
        Evaluation memory e;
        (e.market, e.config) = (market, config);
        (e.initial, e.maintenance) = (config.fixedRequirement, config.fixedRequirement);
        e.factor = config.initialFactor;
        if (market.stablePrice < config.pegThreshold) {
            e.factor += (config.pegThreshold - market.stablePrice).mulWadUp(config.pegFactor);
        }
        e.follows = new uint256[](config.collateral.length);
        int256 equity = portfolio.cash + _addHoldings(e, portfolio.holdings);
        if (keys.length != 0 || e.follows.length != 0) {
            e.book.allocate(config);
            equity += _addUnderlyings(e, portfolio.legs, LegOrder.start(keys));
        }
        result.equity = equity;
        result.initialMargin = equity - int256(e.initial);
        result.maintenanceMargin = equity - int256(e.maintenance);
    }

    /// @dev Returns the value of all collateral.
    function _addHoldings(Evaluation memory e, Holding[] calldata holdings) private pure returns (int256 total) {
        for (uint256 i = 0; i < holdings.length; ++i) {
            AssetMarket memory asset = e.market.asset(holdings[i].underlying);
            uint256 value = e.market.collateralValue(asset, holdings[i].amount);
            total += int256(value);
            uint256 confidence = _addTerms(e, asset, value);
            uint256 cut = value.mulWadUp(asset.risk.haircut);
            e.initial += cut + _doubt(e.config.confidence, confidence, e.config.confidence.collateral, value);
            e.maintenance += cut;
        }
    }

    /// @dev Applies the terms of a collateral, if it has any; returns the confidence in its price.
    function _addTerms(Evaluation memory e, AssetMarket memory asset, uint256 value)
        private
        pure
        returns (uint256 confidence)
    {
        confidence = asset.price.confidence;
        for (uint256 j = 0; j < e.follows.length; ++j) {
            CollateralTerms memory terms = e.config.collateral[j];
            if (terms.asset != asset.underlying) continue;
            e.initial += value.mulWadUp(terms.initialHaircut);
            if (terms.offsets < 0) continue;
            e.follows[j] += value;
            confidence = confidence.min(e.market.asset(uint256(terms.offsets)).price.confidence);
        }
    }

    /// @dev Charges every underlying with legs or collateral that follows it; returns the value of all legs.
    function _addUnderlyings(Evaluation memory e, Leg[] calldata legs, uint256 cursor)
        private
        pure
        returns (int256 value)
    {
        for (uint256 key = LegOrder.load(cursor); key != LegOrder.END; key = LegOrder.load(cursor)) {
            _open(e, key.underlyingOf());
            cursor = _fill(e, legs, cursor);
            value += e.book.total();
            _charge(e);
        }
        for (uint256 i = 0; i < e.follows.length; ++i) {
            if (e.follows[i] == 0) continue;
            _open(e, uint256(e.config.collateral[i].offsets));
            _charge(e);
        }
    }

    /// @dev Opens the book for an underlying and gives it the collateral that follows it.
    function _open(Evaluation memory e, uint256 underlying) private pure {
        e.asset = e.market.asset(underlying);
        Black76.checkPrice(e.asset.price.spot);
        e.book.open(e.config, e.asset.price.spot, e.asset.risk.spotShock);
        for (uint256 i = 0; i < e.follows.length; ++i) {
            if (e.config.collateral[i].offsets != int256(underlying)) continue;
            e.book.follows += e.follows[i];
            e.follows[i] = 0;
        }
    }

    /// @dev Books the legs of one underlying from `cursor` on; returns the cursor of the next one.
    function _fill(Evaluation memory e, Leg[] calldata legs, uint256 cursor) private pure returns (uint256) {
        uint256 key = LegOrder.load(cursor);
        uint256 underlying = key.underlyingOf();
        uint256 perpetual = e.asset.price.perpetual;
        if (key.expiryOf() == 0) Black76.checkPrice(perpetual);
        for (; key.groupOf() == underlying << 64; key = LegOrder.load(cursor += 0x20)) {
            e.book.addPerpetual(legs.sizeOf(key.indexOf()), perpetual);
        }
        uint256 confidence = e.asset.price.confidence;
        if (e.book.perpetuals != 0) {
            confidence = confidence.min(e.asset.perpetualConfidence);
            uint256 notional = e.book.perpetuals.abs().mulWadUp(e.book.spot);
            e.initial += _doubt(e.config.confidence, confidence, e.config.confidence.perpetual, notional);
        }
        while (LegOrder.load(cursor).underlyingOf() == underlying) {
            cursor = _fillTerm(e, legs, cursor, confidence);
        }
        return cursor;
    }

    /// @dev Books the legs of one expiry. `confidence` is that of the prices all of the underlying rests on.
    function _fillTerm(Evaluation memory e, Leg[] calldata legs, uint256 cursor, uint256 confidence)
        private
        pure
        returns (uint256)
    {
        uint256 key = LegOrder.load(cursor);
        ExpiryMarket memory entry = e.market.expiry(key.underlyingOf(), key.expiryOf());
        Book memory book = e.book;
        Term memory term = Terms.read(entry, book.spot, e.market.timestamp);
        if (term.settled) return _fillSettled(book, legs, cursor, term);
        book.openExpiry(e.config, e.asset.risk, term);
        uint256[] memory saved;
        if (term.moving != term.forward) saved = book.grid.average(term.moving, term.forward);
        cursor = _fillExpiry(book, legs, cursor, term);
        book.closeExpiry(e.config, term);
        if (saved.length != 0) book.grid.restore(saved);
        if (e.config.confidence.threshold != 0) {
            if (term.secondsLeft != 0) confidence = confidence.min(entry.price.confidence);
            uint256 notional = book.expiry.gross.mulWadUp(book.spot);
            e.initial += _doubt(e.config.confidence, confidence, e.config.confidence.option, notional);
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
            book.addFuture(term, legs.sizeOf(key.indexOf()));
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

    function _charge(Evaluation memory e) private pure {
        (Book memory book, ScenarioConfig memory config, RiskSet memory risk) = (e.book, e.config, e.asset.risk);
        uint256 loss = book.scaledLoss(config);
        uint256 options = book.naked.mulWadUp(book.spot);
        uint256 perpetuals = book.perpetuals.abs().mulWadUp(book.spot);
        uint256 both = options.mulWadUp(config.shortOptionMaintenance)
            + perpetuals.mulWadUp(config.perpetualMaintenance)
            + book.gross.mulWadUp(book.spot).mulWadUp(risk.liquidityAddOn);
        e.maintenance += loss.mulWadUp(config.maintenanceFactor) + both;
        e.initial += loss.mulWadUp(e.factor).mulWadUp(risk.multiplier) + both
            + options.mulWadUp(config.shortOptionInitial) + perpetuals.mulWadUp(config.perpetualInitial);
    }

    /// @dev The charge for a price of low confidence.
    function _doubt(ConfidenceCharge memory charge, uint256 confidence, uint256 rate, uint256 notional)
        private
        pure
        returns (uint256)
    {
        if (confidence >= charge.threshold) return 0;
        return (1e18 - confidence).mulWadUp(rate).mulWadUp(notional);
    }
}
