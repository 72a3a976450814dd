// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Holding, Kind, Leg, Portfolio} from "../interfaces/Types.sol";
import {LegOrder} from "./LegOrder.sol";
import {AssetMarket, ExpiryMarket, Market, MarketEntries} from "./Market.sol";
import {Exposure} from "./Sensitivities.sol";

/// What moves one for one with an underlying, and what its options could at most be worth; wads of quote. A call is
/// worth at most its forward and a put at most its strike, and neither moves by more than its forward does. `linear`:
/// perpetuals, futures and collateral. `settled`: contracts whose value no longer moves. The others are sums over the
/// options at risk: of size times the part of the forward that moves, and, for the ceilings, of what they could be
/// worth besides: the strikes of puts and the part of the forward that calls keep.
struct OptionBound {
    int256 linear;
    int256 settled;
    uint256 longCalls;
    uint256 shortCalls;
    uint256 longPuts;
    uint256 shortPuts;
    uint256 longRest;
    uint256 shortRest;
}

/// The forward of an expiry and the part of it that no shock moves: all of it once it is settled.
struct Forward {
    uint256 price;
    uint256 kept;
}

/// @title Bounds that no arbitrage puts on the options of an underlying
/// @dev Sums are unchecked: LegOrder allows 256 legs of at most 2^100 units and strikes of 128 bits, Terms.read prices
/// of at most 2^100, so wad * wad stays below 2^236; Sensitivities.read has added up the collateral with checks before.
library OptionBounds {
    using FixedPointMathLib for int256;
    using FixedPointMathLib for uint256;
    using LegOrder for Leg[];
    using LegOrder for uint256;
    using MarketEntries for Market;

    uint256 private constant WAD = 1e18;

    /// @notice One entry per entry of `exposures`, as `Sensitivities.read` gives them: underlyings with legs in the
    /// order of the keys, then those with collateral alone.
    function read(
        Portfolio calldata portfolio,
        uint256[] memory keys,
        Market memory market,
        Exposure[] memory exposures
    ) internal pure returns (OptionBound[] memory bounds) {
        uint256 count = exposures.length;
        bounds = new OptionBound[](count);
        uint256 cursor = LegOrder.start(keys);
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                OptionBound memory bound = bounds[i];
                AssetMarket memory asset = market.asset(exposures[i].underlying);
                cursor = _fill(bound, portfolio.legs, cursor, market, asset);
                for (uint256 j = 0; j < portfolio.holdings.length; ++j) {
                    Holding calldata holding = portfolio.holdings[j];
                    if (holding.underlying == asset.underlying) {
                        bound.linear += int256(holding.amount.mulDiv(asset.price.spot, market.stablePrice));
                    }
                }
            }
        }
    }

    /// @dev Sums the legs of one underlying from `cursor` on; returns the cursor of the next one.
    function _fill(
        OptionBound memory bound,
        Leg[] calldata legs,
        uint256 cursor,
        Market memory market,
        AssetMarket memory asset
    ) private pure returns (uint256) {
        unchecked {
            uint256 underlying = asset.underlying;
            uint256 group = type(uint256).max;
            Forward memory forward;
            while (true) {
                uint256 key = LegOrder.load(cursor);
                if (key == LegOrder.END || key.underlyingOf() != underlying) break;
                if (key.groupOf() != group) {
                    group = key.groupOf();
                    if (key.expiryOf() == 0) forward = Forward(asset.price.perpetual, 0);
                    else forward = _forward(market.expiry(underlying, key.expiryOf()), asset, market.timestamp);
                }
                _add(bound, key, legs.sizeOf(key.indexOf()), forward);
                cursor += 0x20;
            }
            _scale(bound);
            return cursor;
        }
    }

    /// @dev What Terms.read makes of the entry, which has checked it, without the volatility.
    function _forward(ExpiryMarket memory entry, AssetMarket memory asset, uint256 timestamp)
        private
        pure
        returns (Forward memory)
    {
        if (timestamp < entry.expiry) return Forward(entry.price.forward, entry.settledForward);
        if (entry.settlement != 0) return Forward(entry.settlement, entry.settlement);
        return Forward(asset.price.spot, 0);
    }

    function _add(OptionBound memory bound, uint256 key, int256 size, Forward memory forward) private pure {
        unchecked {
            Kind kind = key.kindOf();
            uint256 moving = forward.price - forward.kept;
            if (kind == Kind.Future || kind == Kind.Perpetual) {
                bound.linear += size * int256(moving);
                bound.settled += size * int256(forward.kept);
                return;
            }
            uint256 strike = key.strikeOf();
            if (moving == 0) {
                bound.settled += size
                    * int256(
                        kind == Kind.Call ? forward.price.zeroFloorSub(strike) : strike.zeroFloorSub(forward.price)
                    );
                return;
            }
            uint256 units = size.abs();
            uint256 rest = units * (kind == Kind.Call ? forward.kept : strike);
            moving *= units;
            if (size > 0) {
                bound.longRest += rest;
                if (kind == Kind.Call) bound.longCalls += moving;
                else bound.longPuts += moving;
            } else {
                bound.shortRest += rest;
                if (kind == Kind.Call) bound.shortCalls += moving;
                else bound.shortPuts += moving;
            }
        }
    }

    /// @dev From wad * wad to wads.
    function _scale(OptionBound memory bound) private pure {
        unchecked {
            bound.linear /= int256(WAD);
            bound.settled /= int256(WAD);
            bound.longCalls /= WAD;
            bound.shortCalls /= WAD;
            bound.longPuts /= WAD;
            bound.shortPuts /= WAD;
            bound.longRest /= WAD;
            bound.shortRest /= WAD;
        }
    }
}
