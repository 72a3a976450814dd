// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Holding, Kind, Leg, Portfolio} from "../interfaces/Types.sol";
import {Black76} from "../libraries/Black76.sol";
import {Greeks} from "../libraries/Greeks.sol";
import {LegOrder} from "./LegOrder.sol";
import {AssetMarket, Market, MarketEntries} from "./Market.sol";
import {Term, Terms} from "./Term.sol";

/// What the positions and the collateral in one underlying are worth and how that moves, in wads of quote: the profit of
/// a relative move x of all its prices and a relative change v of all its volatilities is about
/// delta x + gamma x^2 / 2 + vega v.
struct Sensitivity {
    int256 value;
    int256 delta;
    int256 gamma;
    int256 vega;
}

/// One underlying of a portfolio. `liquidity`, `naked` and `haircut` are wads of quote: the liquidity add-on of the
/// positions at risk; the notional at spot of options short net of longs at the same strike; what the collateral loses to
/// its haircut. `multiplier` is the one of the risk parameters.
struct Exposure {
    uint256 underlying;
    Sensitivity sensitivity;
    uint256 liquidity;
    uint256 naked;
    uint256 haircut;
    uint256 multiplier;
}

/// @title Delta, gamma and vega of a portfolio by underlying
/// @dev Unchecked additions are bounded by LegOrder (256 legs of at most 2^100 units), Black76.MAX_PRICE (2^100) and
/// Greeks (40 forwards): wad * wad money stays below 2^214, units below 2^108.
library Sensitivities {
    using FixedPointMathLib for uint256;
    using LegOrder for Leg[];
    using LegOrder for uint256;
    using MarketEntries for Market;
    using Terms for Term;

    int256 private constant WAD = 1e18;

    /// Running totals of one underlying: money in wad * wad, `gross` and `naked` in units.
    struct Sums {
        int256 value;
        int256 delta;
        int256 gamma;
        int256 vega;
        uint256 gross;
        uint256 naked;
    }

    /// @notice One entry per underlying with legs or collateral. Values are rounded down, requirements up,
    /// sensitivities to less than one unit of a wad.
    /// @param keys the legs of `portfolio` as `LegOrder.sort` gives them
    function read(Portfolio calldata portfolio, uint256[] memory keys, Market memory market)
        internal
        pure
        returns (Exposure[] memory exposures)
    {
        uint256 count = _count(keys);
        exposures = new Exposure[](count + portfolio.holdings.length);
        uint256 cursor = LegOrder.start(keys);
        for (uint256 i = 0; i < count; ++i) {
            AssetMarket memory asset = market.asset(LegOrder.load(cursor).underlyingOf());
            Sums memory sums;
            cursor = _fill(sums, portfolio.legs, cursor, market, asset);
            exposures[i] = _close(sums, asset);
        }
        count = _addHoldings(exposures, count, portfolio.holdings, market);
        // Holdings of an underlying that was there already: never more than was allocated.
        assembly ("memory-safe") {
            mstore(exposures, count)
        }
    }

    function _count(uint256[] memory keys) private pure returns (uint256 count) {
        uint256 previous = type(uint256).max;
        for (uint256 i = 0; i < keys.length; ++i) {
            uint256 underlying = keys[i].underlyingOf();
            if (underlying != previous) ++count;
            previous = underlying;
        }
    }

    function _close(Sums memory sums, AssetMarket memory asset) private pure returns (Exposure memory exposure) {
        uint256 spot = asset.price.spot;
        exposure.underlying = asset.underlying;
        exposure.sensitivity = Sensitivity({
            value: sums.value / WAD - (sums.value % WAD < 0 ? int256(1) : int256(0)),
            delta: sums.delta / WAD,
            gamma: sums.gamma / WAD,
            vega: sums.vega / WAD
        });
        exposure.liquidity = sums.gross.mulWadUp(spot).mulWadUp(asset.risk.liquidityAddOn);
        exposure.naked = sums.naked.mulWadUp(spot);
        exposure.multiplier = asset.risk.multiplier;
    }

    /// @dev Collateral is a position in its underlying, so that it is revalued with the others.
    function _addHoldings(
        Exposure[] memory exposures,
        uint256 count,
        Holding[] calldata holdings,
        Market memory market
    ) private pure returns (uint256) {
        for (uint256 i = 0; i < holdings.length; ++i) {
            uint256 underlying = holdings[i].underlying;
            AssetMarket memory asset = market.asset(underlying);
            uint256 j = 0;
            while (j < count && exposures[j].underlying != underlying) ++j;
            if (j == count) {
                ++count;
                exposures[j].underlying = underlying;
                exposures[j].multiplier = asset.risk.multiplier;
            }
            uint256 value = holdings[i].amount.mulDiv(asset.price.spot, market.stablePrice);
            exposures[j].sensitivity.value += int256(value);
            exposures[j].sensitivity.delta += int256(value);
            exposures[j].haircut += value.mulWadUp(asset.risk.haircut);
        }
        return count;
    }

    /// @dev Sums the legs of one underlying from `cursor` on; returns the cursor of the next one.
    function _fill(
        Sums memory sums,
        Leg[] calldata legs,
        uint256 cursor,
        Market memory market,
        AssetMarket memory asset
    ) private pure returns (uint256) {
        uint256 key = LegOrder.load(cursor);
        uint256 underlying = key.underlyingOf();
        Black76.checkPrice(asset.price.spot);
        if (key.expiryOf() == 0) Black76.checkPrice(asset.price.perpetual);
        for (; key.groupOf() == underlying << 64; key = LegOrder.load(cursor += 0x20)) {
            _addLinear(sums, legs.sizeOf(key.indexOf()), asset.price.perpetual, asset.price.perpetual);
        }
        while (key.underlyingOf() == underlying) {
            Term memory term =
                Terms.read(market.expiry(underlying, key.expiryOf()), asset.price.spot, market.timestamp);
            cursor = term.settled ? _fillSettled(sums, legs, cursor, term) : _fillExpiry(sums, legs, cursor, term);
            key = LegOrder.load(cursor);
        }
        return cursor;
    }

    /// @dev Settled contracts are worth a known amount and no longer move.
    function _fillSettled(Sums memory sums, Leg[] calldata legs, uint256 cursor, Term memory term)
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
            sums.value += legs.sizeOf(key.indexOf()) * int256(price);
        }
        return cursor;
    }

    function _fillExpiry(Sums memory sums, Leg[] calldata legs, uint256 cursor, Term memory term)
        private
        pure
        returns (uint256)
    {
        uint256 key = LegOrder.load(cursor);
        uint256 group = key.groupOf();
        for (; key.strikeGroupOf() == group << 128; key = LegOrder.load(cursor += 0x20)) {
            _addLinear(sums, legs.sizeOf(key.indexOf()), term.forward, term.moving);
        }
        while (key.groupOf() == group) {
            uint256 sameStrike = key.strikeGroupOf();
            uint256 strike = key.strikeOf();
            int256 calls = 0;
            int256 puts = 0;
            unchecked {
                for (; key.strikeGroupOf() == sameStrike; key = LegOrder.load(cursor += 0x20)) {
                    int256 size = legs.sizeOf(key.indexOf());
                    sums.gross += FixedPointMathLib.abs(size);
                    if (key.isCall()) calls += size;
                    else puts += size;
                }
            }
            _addOptions(sums, term, strike, calls, puts);
        }
        return cursor;
    }

    /// @dev `moving` is the part of the price that shocks move.
    function _addLinear(Sums memory sums, int256 size, uint256 price, uint256 moving) private pure {
        unchecked {
            sums.value += size * int256(price);
            sums.delta += size * int256(moving);
            sums.gross += FixedPointMathLib.abs(size);
        }
    }

    /// @dev By parity a put is a call less what is linear in the forward.
    function _addOptions(Sums memory sums, Term memory term, uint256 strike, int256 calls, int256 puts) private pure {
        unchecked {
            int256 net = calls + puts;
            if (net < 0) sums.naked += uint256(-net);
            int256 discount = int256(term.discount);
            if (puts != 0) {
                int256 discounted = puts * discount / WAD;
                sums.value += discounted * (int256(strike) - int256(term.forward));
                sums.delta -= discounted * int256(term.moving);
            }
            int256 quantity = net * discount / WAD;
            if (quantity == 0) return;
            (int256 logMoneyness, uint256 deviation) = term.moneyness(strike);
            (uint256 s, uint256 inverse) = Black76.clamp(deviation);
            int256 d1 = Black76.distance(logMoneyness, s, inverse);
            (uint256 delta, uint256 gamma, uint256 vega) = Greeks.call(term.forward, logMoneyness, deviation);
            if (term.moving != term.forward) {
                delta = delta * term.moving / term.forward;
                gamma = gamma * term.moving / term.forward * term.moving / term.forward;
            }
            sums.value += quantity * Black76.call(term.forward, strike, d1, s);
            sums.delta += quantity * int256(delta);
            sums.gamma += quantity * int256(gamma);
            sums.vega += quantity * int256(vega);
        }
    }
}
