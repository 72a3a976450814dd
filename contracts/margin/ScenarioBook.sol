// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {RiskSet} from "../interfaces/Types.sol";
import {Black76} from "../libraries/Black76.sol";
import {Scenario, ScenarioConfig, VolMove} from "./ScenarioConfig.sol";
import {Term, Terms} from "./Term.sol";

/// Running totals of one underlying. Amounts of money here are wad * wad; `gross`, `naked` and `perpetuals` are units.
///
/// `grid` holds four words per point: spot factor (Q64), its logarithm (Q64), byte offset of the vol state, weight. Point
/// 0 is the market as it is; the last two, if basisMove is set, belong to the basis contingency. `values` holds, per point,
/// the discounted value of the options, puts taken as calls: by parity the rest of a put is linear in the forward.
struct Book {
    uint256[] grid;
    int256[] values;
    uint256[9] volStates;
    bool basisPoints;
    int256 mark;
    int256 linear;
    int256 basis;
    uint256 gross;
    uint256 naked;
    uint256 perpetuals;
}

/// @title Revaluation of one underlying over the grid
library ScenarioBook {
    using Terms for Term;

    uint256 private constant WAD = 1e18;
    uint256 private constant ONE = 2 ** 64;
    uint256 private constant YEAR = 365 days;
    uint256 private constant POINT_WORDS = 4;
    uint256 private constant VOL_HORIZON = 30 days;

    /// A spot move leaves at least 1 % and at most a thousand times the price.
    int256 private constant MIN_FACTOR = 0.01e18;
    int256 private constant MAX_FACTOR = 1000e18;

    function allocate(ScenarioConfig memory config) internal pure returns (Book memory book) {
        book.basisPoints = config.basisMove != 0;
        uint256 points = config.scenarios.length + 1 + (book.basisPoints ? 2 : 0);
        book.grid = new uint256[](points * POINT_WORDS);
        book.values = new int256[](points);
    }

    /// @notice Empty the book and lay out the grid for an underlying with this spot shock.
    function open(Book memory book, ScenarioConfig memory config, uint256 spotShock) internal pure {
        (book.mark, book.linear, book.basis, book.gross, book.naked, book.perpetuals) = (0, 0, 0, 0, 0, 0);
        _setPoint(book, 0, 0, 0, VolMove.None, WAD);
        Scenario[] memory scenarios = config.scenarios;
        uint256 count = scenarios.length;
        for (uint256 i = 0; i < count; ++i) {
            Scenario memory s = scenarios[i];
            _setPoint(book, i + 1, s.spotMove, spotShock, s.volMove, s.weight);
        }
        if (book.basisPoints) {
            _setPoint(book, count + 1, int256(config.basisMove), spotShock, VolMove.None, WAD);
            _setPoint(book, count + 2, -int256(config.basisMove), spotShock, VolMove.None, WAD);
        }
    }

    function _setPoint(Book memory book, uint256 i, int256 move, uint256 spotShock, VolMove volMove, uint256 weight)
        private
        pure
    {
        uint256[] memory grid = book.grid;
        uint256 at = i * POINT_WORDS;
        int256 factor = int256(WAD) + move * int256(spotShock) / int256(WAD);
        if (factor < MIN_FACTOR) factor = MIN_FACTOR;
        if (factor > MAX_FACTOR) factor = MAX_FACTOR;
        grid[at] = uint256(Black76.toQ64(factor));
        bool repeated = i != 0 && grid[at] == grid[at - POINT_WORDS];
        grid[at + 1] = repeated ? grid[at + 1 - POINT_WORDS] : uint256(Black76.toQ64(FixedPointMathLib.lnWad(factor)));
        grid[at + 2] = uint256(volMove) * 96;
        grid[at + 3] = weight;
        book.values[i] = 0;
    }

    /// @notice Add contracts that move one for one with spot. `value` = size * price.
    function addLinear(Book memory book, int256 size, int256 value) internal pure {
        book.mark += value;
        book.linear += value;
        book.gross += FixedPointMathLib.abs(size);
    }

    /// @notice Up and down factors of total deviations (wad) for an expiry.
    function volFactors(ScenarioConfig memory config, RiskSet memory risk, uint256 secondsLeft)
        internal
        pure
        returns (uint256 up, uint256 down)
    {
        uint256 horizon = secondsLeft < config.volHorizonFloor ? config.volHorizonFloor : secondsLeft;
        uint256 power = secondsLeft <= VOL_HORIZON ? config.volShortPower : config.volLongPower;
        uint256 multiple =
            uint256(FixedPointMathLib.powWad(int256(VOL_HORIZON * WAD / horizon), int256(power)));
        up = WAD + risk.volUp * multiple / WAD;
        uint256 cut = risk.volDown * multiple / WAD;
        down = cut < WAD ? WAD - cut : 0;
    }

    /// @notice Add all options of one strike: `calls` and `puts` are net sizes.
    /// @dev A put is a call less the forward plus the strike, so only calls + puts needs revaluation.
    function addOptions(Book memory book, Term memory term, uint256 strike, int256 calls, int256 puts, uint256 up, uint256 down)
        internal
        pure
        returns (int256 linear)
    {
        int256 discount = int256(term.discount);
        int256 net = calls + puts;
        if (net < 0) book.naked += uint256(-net);
        int256 discountedPuts = puts * discount / int256(WAD);
        book.mark += discountedPuts * (int256(strike) - int256(term.forward));
        linear = -discountedPuts * int256(term.forward);
        int256 quantity = net * discount / int256(WAD);
        if (quantity == 0) return linear;
        (int256 logMoneyness, uint256 deviation) = term.moneyness(strike);
        uint256[9] memory states = book.volStates;
        _setState(states, 0, logMoneyness, deviation);
        _setState(states, 3, logMoneyness, deviation * up / WAD);
        _setState(states, 6, logMoneyness, deviation * down / WAD);
        _revalue(book.grid, book.values, states, term.forward, strike, quantity);
    }

    function _setState(uint256[9] memory states, uint256 i, int256 logMoneyness, uint256 deviation) private pure {
        (uint256 s, uint256 inverse) = Black76.clamp(deviation);
        states[i] = s;
        states[i + 1] = inverse;
        states[i + 2] = uint256(Black76.distance(logMoneyness, s, inverse));
    }

    /// @dev Bounds: forward <= 2^100 and factor <= 2^74 keep the shocked forward below 2^110; |shift| < 2^68 and inverse
    /// <= 2^108 keep d1 below 2^180; |quantity| <= 2^108 (256 legs of at most 2^100, discount <= 1) keeps every sum of
    /// values below 2^226.
    function _revalue(
        uint256[] memory grid,
        int256[] memory values,
        uint256[9] memory states,
        uint256 forward,
        uint256 strike,
        int256 quantity
    ) private pure {
        unchecked {
            uint256 point;
            uint256 target;
            uint256 end;
            assembly ("memory-safe") {
                point := add(grid, 0x20)
                target := add(values, 0x20)
                end := add(target, shl(5, mload(values)))
            }
            while (target != end) {
                uint256 shocked;
                int256 d1;
                uint256 s;
                assembly ("memory-safe") {
                    let state := add(states, mload(add(point, 0x40)))
                    shocked := shr(64, mul(forward, mload(point)))
                    s := mload(state)
                    d1 := add(sar(64, mul(mload(add(point, 0x20)), mload(add(state, 0x20)))), mload(add(state, 0x40)))
                }
                int256 value = Black76.call(shocked, strike, d1, s);
                assembly ("memory-safe") {
                    mstore(target, add(mload(target), mul(quantity, value)))
                    point := add(point, 0x80)
                    target := add(target, 0x20)
                }
            }
        }
    }

    /// @notice Charge an expiry for a move of its forward against spot. `value` and `linear` are this expiry's share of
    /// values[0] and of book.linear.
    function closeExpiry(Book memory book, ScenarioConfig memory config, Term memory term, int256 value, int256 linear)
        internal
        pure
    {
        if (!book.basisPoints) return;
        uint256 last = book.values.length - 1;
        int256 worst = 0;
        for (uint256 i = last - 1; i <= last; ++i) {
            int256 change = book.values[i] - value + _moved(book, i, linear);
            if (change < worst) worst = change;
            book.values[i] = 0;
        }
        if (term.secondsLeft == 0) return;
        uint256 rate = config.basisAdd + config.basisPerYear * term.secondsLeft / YEAR;
        book.basis += worst / int256(WAD) * int256(rate);
    }

    /// @notice P&L of the underlying in a scenario, weighted, in wads, rounded down.
    function profit(Book memory book, uint256 scenario) internal pure returns (int256) {
        uint256 i = scenario + 1;
        int256 change = book.values[i] - book.values[0] + _moved(book, i, book.linear);
        return floorWad(floorWad(change) * int256(book.grid[i * POINT_WORDS + 3]));
    }

    /// @notice The largest loss, in wads: over all scenarios, the basis contingency and no move at all.
    function worstLoss(Book memory book) internal pure returns (uint256) {
        int256 worst = floorWad(book.basis);
        uint256 scenarios = book.values.length - (book.basisPoints ? 3 : 1);
        for (uint256 i = 0; i < scenarios; ++i) {
            int256 result = profit(book, i);
            if (result < worst) worst = result;
        }
        return uint256(-worst);
    }

    /// @notice Value of all legs, in wads, rounded down.
    function value(Book memory book) internal pure returns (int256) {
        return floorWad(book.mark + book.values[0]);
    }

    /// @dev Dropping 64 bits of a wad * wad first (18 units of a wad) keeps the product below 2^226.
    function _moved(Book memory book, uint256 i, int256 linear) private pure returns (int256) {
        return (linear >> 64) * (int256(book.grid[i * POINT_WORDS]) - int256(ONE));
    }

    function floorWad(int256 x) internal pure returns (int256 quotient) {
        quotient = x / int256(WAD);
        if (x % int256(WAD) < 0) quotient -= 1;
    }
}
