// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Kind, Margin, Portfolio, RiskSet} from "../interfaces/Types.sol";
import {Black76} from "../libraries/Black76.sol";
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
            Book memory book = ScenarioBook.allocate(config);
            uint256 next = 0;
            while (next < keys.length) {
                AssetMarket memory asset = market.asset(keys[next].underlyingOf());
                Black76.checkPrice(asset.price.spot);
                book.open(config, asset.risk.spotShock);
                next = _fill(book, portfolio, keys, next, market, asset, config);
                equity += book.value();
                _charge(required, book, config, asset.price.spot, asset.risk);
            }
        }
        result.equity = equity;
        result.initialMargin = equity - int256(required.initial);
        result.maintenanceMargin = equity - int256(required.maintenance);
    }

    /// @dev Books the legs of one underlying, from key `next` on; returns the first key of the following one.
    function _fill(
        Book memory book,
        Portfolio calldata portfolio,
        uint256[] memory keys,
        uint256 next,
        Market memory market,
        AssetMarket memory asset,
        ScenarioConfig memory config
    ) private pure returns (uint256) {
        uint256 underlying = keys[next].underlyingOf();
        int256 perpetuals = 0;
        while (next < keys.length && keys[next].groupOf() == underlying << 64) {
            Black76.checkPrice(asset.price.perpetual);
            int256 size = portfolio.legs[keys[next].indexOf()].size;
            perpetuals += size;
            book.addLinear(size, size * int256(asset.price.perpetual));
            ++next;
        }
        book.perpetuals = perpetuals.abs();
        while (next < keys.length && keys[next].underlyingOf() == underlying) {
            uint256 time = keys[next].expiryOf();
            Term memory term = Terms.at(market.expiry(underlying, time), asset.price.spot, market.timestamp);
            next = term.settled
                ? _fillSettled(book, portfolio, keys, next, term)
                : _fillExpiry(book, portfolio, keys, next, term, asset.risk, config);
        }
        return next;
    }

    /// @dev Settled contracts are worth a known amount and carry no risk.
    function _fillSettled(Book memory book, Portfolio calldata portfolio, uint256[] memory keys, uint256 next, Term memory term)
        private
        pure
        returns (uint256)
    {
        uint256 group = keys[next].groupOf();
        for (; next < keys.length && keys[next].groupOf() == group; ++next) {
            uint256 key = keys[next];
            bool future = key.kindOf() == Kind.Future;
            uint256 price = future ? term.forward : term.option(key.kindOf() == Kind.Call, key.strikeOf());
            book.mark += portfolio.legs[key.indexOf()].size * int256(price);
        }
        return next;
    }

    function _fillExpiry(
        Book memory book,
        Portfolio calldata portfolio,
        uint256[] memory keys,
        uint256 next,
        Term memory term,
        RiskSet memory risk,
        ScenarioConfig memory config
    ) private pure returns (uint256) {
        uint256 group = keys[next].groupOf();
        int256 valueBefore = book.values[0];
        int256 linearBefore = book.linear;
        (uint256 up, uint256 down) = ScenarioBook.volFactors(config, risk, term.secondsLeft);
        while (next < keys.length && keys[next].groupOf() == group) {
            uint256 strike = keys[next].strikeOf();
            int256 calls = 0;
            int256 puts = 0;
            for (; next < keys.length && keys[next].groupOf() == group && keys[next].strikeOf() == strike; ++next) {
                int256 size = portfolio.legs[keys[next].indexOf()].size;
                if (strike == 0) {
                    book.addLinear(size, size * int256(term.forward));
                    continue;
                }
                if (keys[next].kindOf() == Kind.Call) calls += size;
                else puts += size;
                book.gross += FixedPointMathLib.abs(size);
            }
            if (strike != 0) book.linear += book.addOptions(term, strike, calls, puts, up, down);
        }
        book.closeExpiry(config, term, book.values[0] - valueBefore, book.linear - linearBefore);
        return next;
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
            + perpetuals.mulWadUp(config.perpetualMaintenance) + book.gross.mulWadUp(spot).mulWadUp(risk.liquidityAddOn);
        required.maintenance += loss.mulWadUp(config.maintenanceFactor) + both;
        required.initial += loss.mulWadUp(config.initialFactor).mulWadUp(risk.multiplier) + both
            + options.mulWadUp(config.shortOptionInitial) + perpetuals.mulWadUp(config.perpetualInitial);
    }
}
