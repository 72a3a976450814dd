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

    /// The two requirements so far; `factor` is that of initial margin, with what a lost peg adds. `follows` is the
    /// value of each collateral with terms of its own that follows an underlying not yet charged.
    struct Requirement {
        uint256 initial;
        uint256 maintenance;
        uint256 factor;
        uint256[] follows;
    }

    /// @param keys the legs of `portfolio` as `LegOrder.sort` gives them
    function evaluate(
        Portfolio calldata portfolio,
        uint256[] memory keys,
        Market memory market,
        ScenarioConfig memory config
    ) internal pure returns (Margin memory result) {
        Requirement memory required;
        required.initial = config.fixedRequirement;
        required.maintenance = config.fixedRequirement;
        required.factor = config.initialFactor;
        if (market.stablePrice < config.pegThreshold) {
            required.factor += (config.pegThreshold - market.stablePrice).mulWadUp(config.pegFactor);
        }
        required.follows = new uint256[](config.collateral.length);
        int256 equity = portfolio.cash + _addHoldings(required, portfolio.holdings, market, config);
        Book memory book;
        book.allocate(config);
        if (keys.length != 0) {
            uint256 cursor = LegOrder.start(keys);
            for (uint256 key = LegOrder.load(cursor); key != LegOrder.END; key = LegOrder.load(cursor)) {
                AssetMarket memory asset = _open(book, required, market, config, key.underlyingOf());
                cursor = _fill(book, required, portfolio.legs, cursor, market, asset, config);
                equity += book.total();
                _charge(required, book, config, asset.risk);
            }
        }
        for (uint256 i = 0; i < config.collateral.length; ++i) {
            if (required.follows[i] == 0) continue;
            AssetMarket memory asset = _open(book, required, market, config, uint256(config.collateral[i].offsets));
            _charge(required, book, config, asset.risk);
        }
        result.equity = equity;
        result.initialMargin = equity - int256(required.initial);
        result.maintenanceMargin = equity - int256(required.maintenance);
    }

    /// @dev Returns the value of all collateral.
    function _addHoldings(
        Requirement memory required,
        Holding[] calldata holdings,
        Market memory market,
        ScenarioConfig memory config
    ) private pure returns (int256 total) {
        uint256 termsCount = config.collateral.length;
        for (uint256 i = 0; i < holdings.length; ++i) {
            AssetMarket memory asset = market.asset(holdings[i].underlying);
            uint256 value = market.collateralValue(asset, holdings[i].amount);
            uint256 confidence = asset.price.confidence;
            total += int256(value);
            for (uint256 j = 0; j < termsCount; ++j) {
                CollateralTerms memory terms = config.collateral[j];
                if (terms.asset != holdings[i].underlying) continue;
                required.initial += value.mulWadUp(terms.initialHaircut);
                if (terms.offsets >= 0) {
                    required.follows[j] += value;
                    confidence = confidence.min(market.asset(uint256(terms.offsets)).price.confidence);
                }
            }
            uint256 cut = value.mulWadUp(asset.risk.haircut);
            required.initial += cut + _doubt(config.confidence, confidence, config.confidence.collateral, value);
            required.maintenance += cut;
        }
    }

    /// @dev Opens the book for an underlying and gives it the collateral that follows it.
    function _open(
        Book memory book,
        Requirement memory required,
        Market memory market,
        ScenarioConfig memory config,
        uint256 underlying
    ) private pure returns (AssetMarket memory asset) {
        asset = market.asset(underlying);
        Black76.checkPrice(asset.price.spot);
        book.open(config, asset.price.spot, asset.risk.spotShock);
        for (uint256 i = 0; i < required.follows.length; ++i) {
            if (config.collateral[i].offsets != int256(underlying)) continue;
            book.follows += required.follows[i];
            required.follows[i] = 0;
        }
    }

    /// @dev Books the legs of one underlying from `cursor` on; returns the cursor of the next one.
    function _fill(
        Book memory book,
        Requirement memory required,
        Leg[] calldata legs,
        uint256 cursor,
        Market memory market,
        AssetMarket memory asset,
        ScenarioConfig memory config
    ) private pure returns (uint256) {
        uint256 key = LegOrder.load(cursor);
        uint256 underlying = key.underlyingOf();
        if (key.expiryOf() == 0) Black76.checkPrice(asset.price.perpetual);
        for (; key.groupOf() == underlying << 64; key = LegOrder.load(cursor += 0x20)) {
            book.addPerpetual(legs.sizeOf(key.indexOf()), asset.price.perpetual);
        }
        uint256 confidence = asset.price.confidence;
        if (book.perpetuals != 0) {
            confidence = confidence.min(asset.perpetualConfidence);
            uint256 notional = book.perpetuals.abs().mulWadUp(book.spot);
            required.initial += _doubt(config.confidence, confidence, config.confidence.perpetual, notional);
        }
        while (key.underlyingOf() == underlying) {
            ExpiryMarket memory entry = market.expiry(underlying, key.expiryOf());
            Term memory term = Terms.read(entry, asset.price.spot, market.timestamp);
            if (term.settled) {
                cursor = _fillSettled(book, legs, cursor, term);
            } else {
                book.openExpiry(config, asset.risk, term);
                uint256[] memory saved;
                if (term.moving != term.forward) saved = book.grid.average(term.moving, term.forward);
                cursor = _fillExpiry(book, legs, cursor, term);
                book.closeExpiry(config, term);
                if (saved.length != 0) book.grid.restore(saved);
                uint256 least = term.secondsLeft == 0 ? confidence : confidence.min(entry.price.confidence);
                required.initial += _doubt(
                    config.confidence, least, config.confidence.option, book.expiry.gross.mulWadUp(book.spot)
                );
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

    function _charge(
        Requirement memory required,
        Book memory book,
        ScenarioConfig memory config,
        RiskSet memory risk
    ) private pure {
        uint256 loss = book.scaledLoss(config);
        uint256 options = book.naked.mulWadUp(book.spot);
        uint256 perpetuals = book.perpetuals.abs().mulWadUp(book.spot);
        uint256 both = options.mulWadUp(config.shortOptionMaintenance)
            + perpetuals.mulWadUp(config.perpetualMaintenance)
            + book.gross.mulWadUp(book.spot).mulWadUp(risk.liquidityAddOn);
        required.maintenance += loss.mulWadUp(config.maintenanceFactor) + both;
        required.initial += loss.mulWadUp(required.factor).mulWadUp(risk.multiplier) + both
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
