// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Black76} from "../libraries/Black76.sol";
import {Scenario, ScenarioConfig, ScenarioConfigs, VolMove} from "./ScenarioConfig.sol";

/// The points of the revaluation, and what an underlying is worth at each of them.
///
/// `points` holds nine words per point, at the offsets below. The first point is the market as it is; a scenario that
/// changes nothing is left out. `end` is where the points in use end; `basisUp` and `basisDown` are where the points of
/// the basis moves are: scenarios, if there are such, or else points of their own without weight. `states` holds three
/// words per vol state (VolMove) of the strike in hand: total deviation, its inverse, and d1 at the unshocked forward,
/// as Black76 has them. `shaped` says that linear contracts or losses are more than a move times a weight. `shocks`
/// belongs to the expiry in hand.
struct Grid {
    uint256[] points;
    uint256[15] states;
    uint256 end;
    uint256 basisUp;
    uint256 basisDown;
    bool inverse;
    bool shaped;
    bool skewed;
    bool discounted;
    VolShocks shocks;
}

/// What happens to the vols of one expiry. `up` and `down` are factors (wad), `leastUp` a total deviation (Q64), caps
/// and width those of skew scenarios (wads).
struct VolShocks {
    uint256 up;
    uint256 down;
    uint256 leastUp;
    int256 linearCap;
    int256 absCap;
    int256 width;
}

/// What the options of one expiry count for besides their calls: their value at any point is calls + fixedPart + parity
/// times the factor (wad * wad). The discounts by sign are wads.
struct ExpiryOptions {
    int256 fixedPart;
    int256 parity;
    uint256 positiveDiscount;
    uint256 negativeDiscount;
}

/// @title Revaluation over the grid
library Grids {
    using ScenarioConfigs for *;

    uint256 private constant WAD = 1e18;
    uint256 private constant ONE = 2 ** 64;

    // A point: spot factor (Q64), its logarithm (Q64), address of the vol state, running value of the calls of the expiry
    // in hand (wad * wad), P&L of the expiries before (wad * wad), P&L of one unit of a linear contract (Q64), weight
    // (wad), what option values are multiplied with (Q64: one over the factor if coin-settled), dampener (wad).
    uint256 private constant LOG = 0x20;
    uint256 private constant STATE = 0x40;
    uint256 private constant VALUE = 0x60;
    uint256 private constant PROFIT = 0x80;
    uint256 private constant LINEAR = 0xa0;
    uint256 private constant WEIGHT = 0xc0;
    uint256 private constant UNIT = 0xe0;
    uint256 private constant DAMPENER = 0x100;
    uint256 private constant POINT_BYTES = 0x120;

    uint256 private constant STATE_BYTES = 0x60;

    /// A spot move leaves at least 1 % and at most a thousand times the price.
    int256 private constant MIN_FACTOR = 0.01e18;
    int256 private constant MAX_FACTOR = 1000e18;
    int256 private constant MIN_GAIN = -int256(ONE) * 99 / 100;

    function allocate(Grid memory grid, ScenarioConfig memory config) internal pure {
        // One for the market as it is, two for the basis moves.
        grid.points = new uint256[]((config.scenarios.length + 3) * POINT_BYTES / 32);
        grid.inverse = config.inverse;
        grid.shaped = config.inverse || config.linearClamp != 0 || config.tailDampener != 0;
        grid.discounted = !config.discount.isNeutral();
    }

    /// @notice Lay out the points for an underlying with this spot shock, all values zero.
    function lay(Grid memory grid, ScenarioConfig memory config, uint256 spotShock) internal pure {
        (int256 up, int256 down) = (int256(config.basisMove), -int256(config.basisMoveDown));
        uint256 first = _first(grid);
        (grid.basisUp, grid.basisDown) = (first, first);
        uint256 point = _put(grid, config, first, ONE, 0, Scenario(0, VolMove.None, 0));
        (int256 previous, uint256 factor, int256 logFactor) = (0, ONE, 0);
        Scenario[] memory scenarios = config.scenarios;
        bool discounted = grid.discounted;
        uint256 count = scenarios.length;
        for (uint256 i = 0; i < count; ++i) {
            Scenario memory s = scenarios[i];
            int256 move = s.spotMove;
            // Configurations list equal moves in a row: one logarithm serves them all.
            if (move != previous) (factor, logFactor) = _move(move, spotShock);
            previous = move;
            if (s.volMove == VolMove.None) {
                if (move == 0 && !discounted) continue;
                if (move == up) grid.basisUp = point;
                if (move == down) grid.basisDown = point;
            } else if (s.volMove >= VolMove.SkewLinear) {
                grid.skewed = true;
            }
            point = _put(grid, config, point, factor, logFactor, s);
        }
        for (uint256 i = 0; i < 2; ++i) {
            int256 move = i == 0 ? up : down;
            if (move == 0 || (i == 0 ? grid.basisUp : grid.basisDown) != first) continue;
            if (i == 0) grid.basisUp = point;
            else grid.basisDown = point;
            (factor, logFactor) = _move(move, spotShock);
            point = _put(grid, config, point, factor, logFactor, Scenario(0, VolMove.None, 0));
        }
        grid.end = point;
    }

    /// @notice Make ready for a strike: log-moneyness and total deviation in Q64.
    function setVolatility(Grid memory grid, int256 logMoneyness, uint256 deviation) internal pure {
        uint256[15] memory states = grid.states;
        VolShocks memory shocks = grid.shocks;
        // Checked: a supposed market may hold any vol shock.
        _setState(states, VolMove.None, logMoneyness, deviation);
        uint256 raised = deviation * shocks.up / WAD;
        _setState(states, VolMove.Up, logMoneyness, raised < shocks.leastUp ? shocks.leastUp : raised);
        _setState(states, VolMove.Down, logMoneyness, deviation * shocks.down / WAD);
        if (grid.skewed) {
            int256 away = (-logMoneyness * int256(WAD)) >> 64;
            uint256 linear = _skew(away, shocks.linearCap, shocks.width);
            int256 distance = int256(FixedPointMathLib.abs(away));
            _setState(states, VolMove.SkewLinear, logMoneyness, deviation * linear / WAD);
            _setState(
                states, VolMove.SkewAbs, logMoneyness, deviation * _skew(distance, shocks.absCap, shocks.width) / WAD
            );
        }
    }

    /// @notice d1 of the strike in hand in the market as it is, Q64.
    function currentD1(Grid memory grid) internal pure returns (int256) {
        return int256(grid.states[2]);
    }

    /// @notice Add `quantity` (wad, discounted) calls at every point.
    /// @dev Bounds: forward <= 2^100 and factor <= 2^74 keep the shocked forward below 2^110; |log factor| < 2^68 and
    /// the inverse <= 2^108 keep d1 below 2^180; |quantity| <= 2^108 keeps every sum of values below 2^226.
    function revalue(Grid memory grid, uint256 forward, uint256 strike, int256 quantity) internal pure {
        unchecked {
            uint256 point = _first(grid);
            uint256 end = grid.end;
            while (point != end) {
                uint256 shocked;
                int256 d1;
                uint256 s;
                assembly ("memory-safe") {
                    let state := mload(add(point, STATE))
                    shocked := shr(64, mul(forward, mload(point)))
                    s := mload(state)
                    d1 := add(sar(64, mul(mload(add(point, LOG)), mload(add(state, 0x20)))), mload(add(state, 0x40)))
                }
                int256 value = Black76.call(shocked, strike, d1, s);
                assembly ("memory-safe") {
                    let sum := add(point, VALUE)
                    mstore(sum, add(mload(sum), mul(quantity, value)))
                    point := add(point, POINT_BYTES)
                }
            }
        }
    }

    /// @notice Let only the part `moving` of `forward` move from here on; `restore` takes it back.
    /// @return saved the factors and logarithms as they were
    function average(Grid memory grid, uint256 moving, uint256 forward) internal pure returns (uint256[] memory saved) {
        uint256 count = (grid.end - _first(grid)) / POINT_BYTES;
        saved = new uint256[](2 * count);
        uint256 point = _first(grid);
        for (uint256 i = 0; i < count; ++i) {
            (uint256 factor, int256 logFactor) = (_word(point, 0), int256(_word(point, LOG)));
            (saved[2 * i], saved[2 * i + 1]) = (factor, uint256(logFactor));
            int256 wad = int256(WAD) + (int256(factor * WAD >> 64) - int256(WAD)) * int256(moving) / int256(forward);
            (factor, logFactor) = (uint256(Black76.toQ64(wad)), Black76.toQ64(FixedPointMathLib.lnWad(wad)));
            if (_word(point, 0) == ONE) (factor, logFactor) = (ONE, 0);
            assembly ("memory-safe") {
                mstore(point, factor)
                mstore(add(point, LOG), logFactor)
                point := add(point, POINT_BYTES)
            }
        }
    }

    function restore(Grid memory grid, uint256[] memory saved) internal pure {
        uint256 point = _first(grid);
        for (uint256 i = 0; i < saved.length; i += 2) {
            (uint256 factor, uint256 logFactor) = (saved[i], saved[i + 1]);
            assembly ("memory-safe") {
                mstore(point, factor)
                mstore(add(point, LOG), logFactor)
                point := add(point, POINT_BYTES)
            }
        }
    }

    /// @notice Value of an expiry's options as the market is, wad * wad.
    function current(Grid memory grid, ExpiryOptions memory options) internal pure returns (int256) {
        unchecked {
            return int256(_word(_first(grid), VALUE)) + options.fixedPart + options.parity;
        }
    }

    /// @notice Book the P&L of an expiry's options at every point, and empty the running values for the next one.
    function close(Grid memory grid, ExpiryOptions memory options) internal pure {
        (int256 parity, uint256 point, uint256 end) = (options.parity >> 64, _first(grid), grid.end);
        if (!(grid.inverse || grid.discounted || grid.skewed)) {
            // P&L is a plain difference, bounded as in `revalue`.
            assembly ("memory-safe") {
                let unshocked := mload(add(point, VALUE))
                for {} lt(point, end) {} {
                    let value := add(point, VALUE)
                    let profit := add(point, PROFIT)
                    let change := add(sub(mload(value), unshocked), mul(parity, sub(mload(point), ONE)))
                    mstore(profit, add(mload(profit), change))
                    mstore(value, 0)
                    point := add(point, POINT_BYTES)
                }
            }
            return;
        }
        int256 mark = current(grid, options);
        uint256 skews = _state(grid, VolMove.SkewLinear);
        for (; point != end; point += POINT_BYTES) {
            int256 profit = _profit(grid, options, point, mark, skews);
            assembly ("memory-safe") {
                let sum := add(point, PROFIT)
                mstore(sum, add(mload(sum), profit))
                mstore(add(point, VALUE), 0)
            }
        }
    }

    /// @notice The worse P&L (wad) of an expiry in the two basis moves, at most zero. `linear` (wad * wad) moves one for
    /// one with spot. Before `close`.
    function worstBasis(Grid memory grid, ExpiryOptions memory options, int256 linear)
        internal
        pure
        returns (int256 worst)
    {
        unchecked {
            int256 mark = current(grid, options);
            worst = _worth(grid.basisUp, options, grid.inverse) + _moved(grid.basisUp, linear);
            int256 down = _worth(grid.basisDown, options, grid.inverse) + _moved(grid.basisDown, linear);
            if (down < worst) worst = down;
            worst = worst < mark ? floorWad(worst - mark) : int256(0);
        }
    }

    /// @notice The worst weighted P&L over all points, at most `worst`, in wads, rounded down. `linear` (wad * wad) is
    /// in linear contracts, `follows` (wad) moves one for one with spot.
    function worstProfit(Grid memory grid, int256 linear, int256 follows, int256 worst) internal pure returns (int256) {
        unchecked {
            uint256 end = grid.end;
            for (uint256 point = _first(grid); point != end; point += POINT_BYTES) {
                // Below 2^230 each: in wads 2^171, and a weight is at most one.
                int256 change = int256(_word(point, PROFIT)) + _moved(point, linear);
                if (follows != 0) change += ((follows * int256(_word(point, 0) - ONE)) >> 64) * int256(WAD);
                int256 profit = floorWad(floorWad(change) * int256(_word(point, WEIGHT)));
                if (profit >= worst) continue;
                profit += int256(_word(point, DAMPENER));
                if (profit < worst) worst = profit;
            }
            return worst;
        }
    }

    function floorWad(int256 x) internal pure returns (int256 quotient) {
        assembly ("memory-safe") {
            quotient := sub(sdiv(x, WAD), slt(smod(x, WAD), 0))
        }
    }

    /// @dev P&L of an expiry's options at a point, wad * wad, with the static discount and in a skew scenario.
    function _profit(Grid memory grid, ExpiryOptions memory options, uint256 point, int256 mark, uint256 skews)
        private
        pure
        returns (int256 profit)
    {
        int256 worth = _worth(point, options, grid.inverse);
        if (grid.discounted) {
            // Checked: nothing bounds a discount but the rates of a supposed market.
            worth = floorWad(worth) * int256(worth < 0 ? options.negativeDiscount : options.positiveDiscount);
        }
        profit = worth - mark;
        if (profit > 0 && _word(point, STATE) >= skews) profit = -profit;
    }

    /// @dev Value of an expiry's options at a point, wad * wad, rounded down. Dropping 64 bits of a wad * wad first (18
    /// units of a wad) keeps the product below 2^226.
    function _worth(uint256 point, ExpiryOptions memory options, bool inverse) private pure returns (int256 worth) {
        unchecked {
            int256 parity = options.parity;
            worth = int256(_word(point, VALUE)) + options.fixedPart + parity
                + (parity >> 64) * int256(_word(point, 0) - ONE);
            if (inverse) worth = (worth >> 64) * int256(_word(point, UNIT));
        }
    }

    /// @dev P&L (wad * wad) of linear contracts at a point.
    function _moved(uint256 point, int256 linear) private pure returns (int256) {
        unchecked {
            return (linear >> 64) * int256(_word(point, LINEAR));
        }
    }

    function _skew(int256 away, int256 cap, int256 width) private pure returns (uint256) {
        int256 slope = away * cap / width;
        int256 shift = away >= 0 ? FixedPointMathLib.min(cap, slope) : FixedPointMathLib.max(-cap, slope);
        return shift <= -int256(WAD) ? 0 : uint256(int256(WAD) + shift);
    }

    function _first(Grid memory grid) private pure returns (uint256 point) {
        uint256[] memory points = grid.points;
        assembly ("memory-safe") {
            point := add(points, 0x20)
        }
    }

    function _state(Grid memory grid, VolMove volMove) private pure returns (uint256 state) {
        uint256[15] memory states = grid.states;
        assembly ("memory-safe") {
            state := add(states, mul(volMove, STATE_BYTES))
        }
    }

    function _word(uint256 point, uint256 offset) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(point, offset))
        }
    }

    function _move(int256 move, uint256 spotShock) private pure returns (uint256 factor, int256 logFactor) {
        int256 wad = int256(WAD) + move * int256(spotShock) / int256(WAD);
        if (wad < MIN_FACTOR) wad = MIN_FACTOR;
        if (wad > MAX_FACTOR) wad = MAX_FACTOR;
        return (uint256(Black76.toQ64(wad)), Black76.toQ64(FixedPointMathLib.lnWad(wad)));
    }

    /// @dev Linear contracts gain the move, kept within the clamp; in coins if coin-settled.
    function _put(
        Grid memory grid,
        ScenarioConfig memory config,
        uint256 point,
        uint256 factor,
        int256 logFactor,
        Scenario memory scenario
    ) private pure returns (uint256 next) {
        int256 gain;
        unchecked {
            gain = int256(factor) - int256(ONE);
        }
        if (grid.shaped) gain = _shape(grid, config, point, gain, scenario.spotMove);
        uint256 weight = scenario.weight;
        uint256 state = _state(grid, scenario.volMove);
        assembly ("memory-safe") {
            mstore(point, factor)
            mstore(add(point, LOG), logFactor)
            mstore(add(point, STATE), state)
            mstore(add(point, VALUE), 0)
            mstore(add(point, PROFIT), 0)
            mstore(add(point, LINEAR), gain)
            mstore(add(point, WEIGHT), weight)
            next := add(point, POINT_BYTES)
        }
    }

    /// @dev Sets what coin settlement and dampening need of a point; returns what linear contracts gain there.
    function _shape(Grid memory grid, ScenarioConfig memory config, uint256 point, int256 gain, int256 move)
        private
        pure
        returns (int256)
    {
        uint256 unit = ONE * ONE / uint256(int256(ONE) + gain);
        if (config.linearClamp != 0) {
            int256 width = int256(config.linearClamp * ONE / WAD);
            gain = FixedPointMathLib.clamp(gain, FixedPointMathLib.max(-width, MIN_GAIN), width);
        }
        if (grid.inverse) gain = gain * int256(ONE) / (int256(ONE) + gain);
        uint256 dampener =
            FixedPointMathLib.zeroFloorSub(FixedPointMathLib.abs(move), WAD) * config.tailDampener / WAD;
        assembly ("memory-safe") {
            mstore(add(point, UNIT), unit)
            mstore(add(point, DAMPENER), dampener)
        }
        return gain;
    }

    function _setState(uint256[15] memory states, VolMove volMove, int256 logMoneyness, uint256 deviation)
        private
        pure
    {
        (uint256 s, uint256 inverse) = Black76.clamp(deviation);
        int256 d1 = Black76.distance(logMoneyness, s, inverse);
        assembly ("memory-safe") {
            let state := add(states, mul(volMove, STATE_BYTES))
            mstore(state, s)
            mstore(add(state, 0x20), inverse)
            mstore(add(state, 0x40), d1)
        }
    }
}
