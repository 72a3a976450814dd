// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ScenarioCodec} from "../libraries/ScenarioCodec.sol";
import {OptionBound} from "./OptionBounds.sol";
import {Sensitivity} from "./Sensitivities.sol";

/// @title Losses of a portfolio in each of a set of joint scenarios
/// @notice With x the price move of an underlying and v the relative move of its volatilities, the options of that
/// underlying make
///     slope  = delta + gamma x / 2, kept within the slopes of options that each move as much as their forward
///     profit = slope x + vega v, kept within what they make if each is worth nothing, or all that it can be
/// and what is linear makes value times x. Full revaluation lies within both bounds, so that they only bring the
/// expansion nearer to it.
/// @dev Money times a move has 26 fractional bits more than a wad, the square of a move 52. Amounts below 2^160 and
/// moves below 2^31 keep every product below 2^222 and the sum over eight underlyings below 2^227.
library ScenarioProfits {
    error ExposureTooLarge(uint256 underlying);
    error MissingUnderlying(uint256 underlying);

    int256 private constant MAX_MONEY = 2 ** 160;
    /// Fractional bits of a move (ScenarioCodec.MOVE_BITS) and of its square.
    uint256 private constant ONCE = 26;
    uint256 private constant TWICE = 52;

    /// What a set is, read once. `row` is the length of a scenario in bytes.
    struct Set {
        uint256 scenarios;
        uint256 columns;
        uint256 first;
        uint256 row;
        bytes data;
    }

    /// Coefficients of one underlying with options, shifted so that each term ends with 52 fractional bits more than a
    /// wad. The slope lies between `bearish` and `bullish`, the profit between `floor` + `floorSlope` x and `ceiling` +
    /// `ceilingSlope` x.
    struct Terms52 {
        int256 delta;
        int256 halfGamma;
        int256 bearish;
        int256 bullish;
        int256 vega;
        int256 floor;
        int256 floorSlope;
        int256 ceiling;
        int256 ceilingSlope;
        int256 linear;
    }

    function open(bytes memory data) internal pure returns (Set memory set) {
        (set.scenarios, set.columns) = ScenarioCodec.shape(data);
        set.first = ScenarioCodec.firstCell(data, set.columns);
        set.row = set.columns * ScenarioCodec.CELL_BYTES;
        set.data = data;
    }

    /// @notice Add the profits of one underlying, 52 fractional bits more than a wad, to `profits`, one per scenario.
    /// Reverts with MissingUnderlying if it can move and the set does not say how.
    /// @param total the sensitivity of all that is in the underlying
    /// @param bound what of it is linear or settled, and bounds for the rest
    function add(
        int256[] memory profits,
        Set memory set,
        uint256 underlying,
        Sensitivity memory total,
        OptionBound memory bound
    ) internal pure {
        bool options = (bound.longCalls | bound.shortCalls | bound.longPuts | bound.shortPuts) != 0;
        if (!options && bound.linear == 0) return;
        uint256 cell = _cell(set, underlying);
        _check(underlying, total, bound);
        if (options) _addOptions(profits, set, cell, _terms(total, bound));
        else _addLinear(profits, set, cell, bound.linear << ONCE);
    }

    /// @notice Turn profits into losses in wads, rounded up.
    function toLosses(int256[] memory profits) internal pure {
        assembly ("memory-safe") {
            let at := add(profits, 0x20)
            for { let end := add(at, shl(5, mload(profits))) } lt(at, end) { at := add(at, 0x20) } {
                mstore(at, sub(0, sar(TWICE, mload(at))))
            }
        }
    }

    function _cell(Set memory set, uint256 underlying) private pure returns (uint256) {
        for (uint256 column = 0; column < set.columns; ++column) {
            if (ScenarioCodec.underlying(set.data, column) == underlying) {
                return set.first + column * ScenarioCodec.CELL_BYTES;
            }
        }
        revert MissingUnderlying(underlying);
    }

    function _check(uint256 underlying, Sensitivity memory total, OptionBound memory bound) private pure {
        bool small = _isSmall(total.value) && _isSmall(total.delta) && _isSmall(total.gamma) && _isSmall(total.vega)
            && _isSmall(bound.linear) && _isSmall(bound.settled);
        // What depends on strikes is below 2^177, the other sums of OptionBounds below 2^149.
        if (!small) revert ExposureTooLarge(underlying);
    }

    function _isSmall(int256 amount) private pure returns (bool) {
        return amount < MAX_MONEY && amount > -MAX_MONEY;
    }

    function _terms(Sensitivity memory total, OptionBound memory bound) private pure returns (Terms52 memory terms) {
        unchecked {
            int256 value = total.value - bound.linear - bound.settled;
            terms.delta = (total.delta - bound.linear) << ONCE;
            terms.halfGamma = total.gamma / 2;
            terms.vega = total.vega << ONCE;
            terms.bullish = int256(bound.longCalls + bound.shortPuts) << ONCE;
            terms.bearish = -int256(bound.shortCalls + bound.longPuts) << ONCE;
            terms.floor = (-value - int256(bound.shortCalls + bound.shortRest)) << TWICE;
            terms.floorSlope = -int256(bound.shortCalls) << ONCE;
            terms.ceiling = (int256(bound.longCalls + bound.longRest) - value) << TWICE;
            terms.ceilingSlope = int256(bound.longCalls) << ONCE;
            terms.linear = bound.linear << ONCE;
        }
    }

    /// @dev The set has one cell of this underlying for each of the profits.
    function _addLinear(int256[] memory profits, Set memory set, uint256 cell, int256 slope) private pure {
        uint256 row = set.row;
        assembly ("memory-safe") {
            let at := add(profits, 0x20)
            for { let end := add(at, shl(5, mload(profits))) } lt(at, end) { at := add(at, 0x20) } {
                mstore(at, add(mload(at), mul(slope, sar(224, mload(cell)))))
                cell := add(cell, row)
            }
        }
    }

    /// @dev As `_addLinear`. The members of `terms` are read by their place in the struct.
    function _addOptions(int256[] memory profits, Set memory set, uint256 cell, Terms52 memory terms) private pure {
        uint256 row = set.row;
        assembly ("memory-safe") {
            let at := add(profits, 0x20)
            for { let end := add(at, shl(5, mload(profits))) } lt(at, end) { at := add(at, 0x20) } {
                let moves := mload(cell)
                let x := sar(224, moves)
                let amount := add(mload(terms), mul(mload(add(terms, 0x20)), x))
                let limit := mload(add(terms, 0x40))
                if slt(amount, limit) { amount := limit }
                limit := mload(add(terms, 0x60))
                if sgt(amount, limit) { amount := limit }
                amount := add(mul(amount, x), mul(mload(add(terms, 0x80)), sar(224, shl(32, moves))))
                limit := add(mload(add(terms, 0xa0)), mul(mload(add(terms, 0xc0)), x))
                if slt(amount, limit) { amount := limit }
                limit := add(mload(add(terms, 0xe0)), mul(mload(add(terms, 0x100)), x))
                if sgt(amount, limit) { amount := limit }
                mstore(at, add(mload(at), add(amount, mul(mload(add(terms, 0x120)), x))))
                cell := add(cell, row)
            }
        }
    }
}
