// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Black76} from "../libraries/Black76.sol";
import {Scenario, ScenarioConfig, VolMove} from "./ScenarioConfig.sol";

/// The points of the revaluation, and what the options of one underlying are worth at each of them.
///
/// `points` holds five words per point: spot factor (Q64), its logarithm (Q64), address of the vol state, weight, and
/// the running value (wad * wad). The first point is the market as it is; a scenario that changes nothing is left out.
/// `end` is where the points in use end; `basisUp` and `basisDown` are where the points of the basis moves are:
/// scenarios, if there are such, or else points of their own without weight. `states` holds three words per vol state
/// (none, up, down) of the strike in hand: total deviation, its inverse, and d1 at the unshocked forward, as Black76
/// has them. `up` and `down` are the factors (wad) of the expiry in hand.
struct Grid {
    uint256[] points;
    uint256[9] states;
    uint256 end;
    uint256 basisUp;
    uint256 basisDown;
    uint256 up;
    uint256 down;
}

/// Running values, wad * wad, at the market as it is and at the two basis moves.
struct Snapshot {
    int256 current;
    int256 basisUp;
    int256 basisDown;
}

/// @title Revaluation over the grid
library Grids {
    uint256 private constant WAD = 1e18;
    uint256 private constant ONE = 2 ** 64;
    uint256 private constant POINT_BYTES = 0xa0;

    /// A spot move leaves at least 1 % and at most a thousand times the price.
    int256 private constant MIN_FACTOR = 0.01e18;
    int256 private constant MAX_FACTOR = 1000e18;

    function allocate(Grid memory grid, ScenarioConfig memory config) internal pure {
        // One for the market as it is, two for the basis moves.
        grid.points = new uint256[]((config.scenarios.length + 3) * POINT_BYTES / 32);
    }

    /// @notice Lay out the points for an underlying with this spot shock, all values zero.
    function lay(Grid memory grid, ScenarioConfig memory config, uint256 spotShock) internal pure {
        uint256[9] memory states = grid.states;
        uint256 state;
        assembly ("memory-safe") {
            state := states
        }
        int256 basisMove = int256(config.basisMove);
        uint256 first = _first(grid);
        (grid.basisUp, grid.basisDown) = (first, first);
        uint256 point = _put(first, ONE, 0, state, 0);
        (int256 previous, uint256 factor, int256 logFactor) = (0, ONE, 0);
        Scenario[] memory scenarios = config.scenarios;
        uint256 count = scenarios.length;
        for (uint256 i = 0; i < count; ++i) {
            Scenario memory s = scenarios[i];
            int256 move = s.spotMove;
            // Configurations list equal moves in a row: one logarithm serves them all.
            if (move != previous) (factor, logFactor) = _move(move, spotShock);
            previous = move;
            if (s.volMove == VolMove.None) {
                if (move == 0) continue;
                if (move == basisMove) grid.basisUp = point;
                if (move == -basisMove) grid.basisDown = point;
            }
            unchecked {
                point = _put(point, factor, logFactor, state + uint256(s.volMove) * 0x60, s.weight);
            }
        }
        if (basisMove != 0 && grid.basisUp == first) {
            (factor, logFactor) = _move(basisMove, spotShock);
            grid.basisUp = point;
            point = _put(point, factor, logFactor, state, 0);
        }
        if (basisMove != 0 && grid.basisDown == first) {
            (factor, logFactor) = _move(-basisMove, spotShock);
            grid.basisDown = point;
            point = _put(point, factor, logFactor, state, 0);
        }
        grid.end = point;
    }

    /// @notice Make ready for a strike: log-moneyness and total deviation in Q64.
    function setVolatility(Grid memory grid, int256 logMoneyness, uint256 deviation) internal pure {
        uint256[9] memory states = grid.states;
        // Checked: a supposed market may hold any vol shock.
        _setState(states, 0, logMoneyness, deviation);
        _setState(states, 3, logMoneyness, deviation * grid.up / WAD);
        _setState(states, 6, logMoneyness, deviation * grid.down / WAD);
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
                    let state := mload(add(point, 0x40))
                    shocked := shr(64, mul(forward, mload(point)))
                    s := mload(state)
                    d1 := add(sar(64, mul(mload(add(point, 0x20)), mload(add(state, 0x20)))), mload(add(state, 0x40)))
                }
                int256 value = Black76.call(shocked, strike, d1, s);
                assembly ("memory-safe") {
                    let sum := add(point, 0x80)
                    mstore(sum, add(mload(sum), mul(quantity, value)))
                    point := add(sum, 0x20)
                }
            }
        }
    }

    function snapshot(Grid memory grid) internal pure returns (Snapshot memory) {
        return Snapshot(_value(_first(grid)), _value(grid.basisUp), _value(grid.basisDown));
    }

    /// @notice Value of the options as the market is, wad * wad.
    function current(Grid memory grid) internal pure returns (int256) {
        return _value(_first(grid));
    }

    /// @notice The worst weighted P&L over all points, at most `worst`, in wads, rounded down. `linear` (wad * wad)
    /// moves one for one with spot.
    function worstProfit(Grid memory grid, int256 linear, int256 worst) internal pure returns (int256) {
        unchecked {
            uint256 point = _first(grid);
            int256 unshocked = _value(point);
            for (uint256 end = grid.end; point != end; point += POINT_BYTES) {
                // A change is below 2^228: in wads 2^169, and a weight is at most one.
                int256 change = floorWad(_value(point) - unshocked + _moved(point, linear));
                int256 weight;
                assembly ("memory-safe") {
                    weight := mload(add(point, 0x60))
                }
                int256 profit = floorWad(change * weight);
                if (profit < worst) worst = profit;
            }
            return worst;
        }
    }

    /// @notice The worse of the two basis moves since `before`, at most zero, wad * wad.
    function worstBasis(Grid memory grid, Snapshot memory before, int256 linear) internal pure returns (int256 worst) {
        unchecked {
            int256 unshocked = current(grid) - before.current;
            worst = _value(grid.basisUp) - before.basisUp - unshocked + _moved(grid.basisUp, linear);
            int256 down = _value(grid.basisDown) - before.basisDown - unshocked + _moved(grid.basisDown, linear);
            if (down < worst) worst = down;
            if (worst > 0) worst = 0;
        }
    }

    function floorWad(int256 x) internal pure returns (int256 quotient) {
        assembly ("memory-safe") {
            quotient := sub(sdiv(x, WAD), slt(smod(x, WAD), 0))
        }
    }

    /// @dev Dropping 64 bits of a wad * wad first (18 units of a wad) keeps the product below 2^226.
    function _moved(uint256 point, int256 linear) private pure returns (int256) {
        unchecked {
            int256 factor;
            assembly ("memory-safe") {
                factor := mload(point)
            }
            return (linear >> 64) * (factor - int256(ONE));
        }
    }

    function _first(Grid memory grid) private pure returns (uint256 point) {
        uint256[] memory points = grid.points;
        assembly ("memory-safe") {
            point := add(points, 0x20)
        }
    }

    function _value(uint256 point) private pure returns (int256 value) {
        assembly ("memory-safe") {
            value := mload(add(point, 0x80))
        }
    }

    function _move(int256 move, uint256 spotShock) private pure returns (uint256 factor, int256 logFactor) {
        int256 wad = int256(WAD) + move * int256(spotShock) / int256(WAD);
        if (wad < MIN_FACTOR) wad = MIN_FACTOR;
        if (wad > MAX_FACTOR) wad = MAX_FACTOR;
        return (uint256(Black76.toQ64(wad)), Black76.toQ64(FixedPointMathLib.lnWad(wad)));
    }

    function _put(uint256 point, uint256 factor, int256 logFactor, uint256 state, uint256 weight)
        private
        pure
        returns (uint256 next)
    {
        assembly ("memory-safe") {
            mstore(point, factor)
            mstore(add(point, 0x20), logFactor)
            mstore(add(point, 0x40), state)
            mstore(add(point, 0x60), weight)
            mstore(add(point, 0x80), 0)
            next := add(point, POINT_BYTES)
        }
    }

    function _setState(uint256[9] memory states, uint256 i, int256 logMoneyness, uint256 deviation) private pure {
        (uint256 s, uint256 inverse) = Black76.clamp(deviation);
        int256 d1 = Black76.distance(logMoneyness, s, inverse);
        assembly ("memory-safe") {
            let state := add(states, shl(5, i))
            mstore(state, s)
            mstore(add(state, 0x20), inverse)
            mstore(add(state, 0x40), d1)
        }
    }
}
