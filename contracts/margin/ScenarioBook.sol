// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {RiskSet} from "../interfaces/Types.sol";
import {Black76} from "../libraries/Black76.sol";
import {Normal} from "../libraries/Normal.sol";
import {ExpiryOptions, Grid, Grids, VolShocks} from "./Grid.sol";
import {ScenarioConfig, SkewShock, StaticDiscount} from "./ScenarioConfig.sol";
import {Term, Terms} from "./Term.sol";

/// Running totals of one underlying. `mark` and `linear` are wad * wad, `basis`, `roll` and `follows` wads; the others are
/// units. By parity a put is a call less what is linear in the forward, so the grid revalues calls alone. `follows` is
/// collateral whose value moves with spot.
struct Book {
    Grid grid;
    uint256 spot;
    int256 mark;
    int256 linear;
    int256 basis;
    uint256 follows;
    uint256 gross;
    uint256 naked;
    int256 perpetuals;
    uint256 roll;
    bool tracksDelta;
    int256 netDelta;
    uint256 grossDelta;
    ExpiryBook expiry;
}

/// The same of the expiry in hand: `futures` is wad * wad, `gross` and `delta` are units of its options and of all its
/// contracts.
struct ExpiryBook {
    ExpiryOptions options;
    int256 futures;
    uint256 gross;
    int256 delta;
}

/// @title What the legs of one underlying are worth, now and in every scenario
/// @dev Unchecked additions are bounded by LegOrder (256 legs of at most 2^100 units) and Black76.MAX_PRICE (2^100):
/// money stays below 2^208, units below 2^108.
library ScenarioBook {
    using FixedPointMathLib for uint256;
    using Grids for Grid;
    using Terms for Term;

    uint256 private constant WAD = 1e18;
    uint256 private constant YEAR = 365 days;
    uint256 private constant VOL_HORIZON = 30 days;

    /// 16 deviations, Q64: N is one or zero beyond.
    int256 private constant MAX_DISTANCE = 16 * 2 ** 64;

    /// exp of this is more than any discount that a value could bear.
    uint256 private constant MAX_EXPONENT = 100e18;

    function allocate(Book memory book, ScenarioConfig memory config) internal pure {
        book.grid.allocate(config);
        book.tracksDelta = (config.rollAddMin | config.rollPerYear | config.minDeltaNet | config.minDeltaHedged) != 0;
    }

    /// @notice Empty the book for an underlying.
    function open(Book memory book, ScenarioConfig memory config, uint256 spot, uint256 spotShock) internal pure {
        book.spot = spot;
        (book.mark, book.linear, book.basis, book.follows, book.gross, book.naked) = (0, 0, 0, 0, 0, 0);
        (book.perpetuals, book.roll, book.netDelta, book.grossDelta) = (0, 0, 0, 0);
        book.grid.lay(config, spotShock);
    }

    /// @notice Add a perpetual.
    function addPerpetual(Book memory book, int256 size, uint256 price) internal pure {
        unchecked {
            book.perpetuals += size;
            book.mark += size * int256(price);
            // Coin-settled: so many coins of P&L, at today's price.
            book.linear += size * int256(book.grid.inverse ? book.spot : price);
            book.gross += FixedPointMathLib.abs(size);
            book.netDelta += size;
            book.grossDelta += FixedPointMathLib.abs(size);
        }
    }

    /// @notice Add a future of the expiry in hand.
    function addFuture(Book memory book, Term memory term, int256 size) internal pure {
        unchecked {
            book.mark += size * int256(term.forward);
            uint256 moving = book.grid.inverse ? book.spot * term.moving / term.forward : term.moving;
            book.expiry.futures += size * int256(moving);
            book.gross += FixedPointMathLib.abs(size);
            book.expiry.delta += size;
            book.netDelta += size;
            book.grossDelta += FixedPointMathLib.abs(size);
        }
    }

    /// @notice Add all options of one strike: `calls` and `puts` are net sizes, `gross` the sum of absolute sizes.
    function addOptions(Book memory book, Term memory term, uint256 strike, int256 calls, int256 puts, uint256 gross)
        internal
        pure
    {
        unchecked {
            int256 discount = int256(term.discount);
            int256 net = calls + puts;
            if (net < 0) book.naked += uint256(-net);
            book.expiry.gross += gross;
            if (puts != 0) {
                int256 discounted = puts * discount / int256(WAD);
                book.expiry.options.fixedPart += discounted * int256(strike);
                book.expiry.options.parity -= discounted * int256(term.forward);
            }
            int256 quantity = net * discount / int256(WAD);
            if (quantity == 0 && !book.tracksDelta) return;
            (int256 logMoneyness, uint256 deviation) = term.moneyness(strike);
            book.grid.setVolatility(logMoneyness, deviation);
            if (book.tracksDelta) _addDelta(book, term.discount, calls, puts);
            if (quantity != 0) book.grid.revalue(term.forward, strike, quantity);
        }
    }

    /// @notice Make ready for an expiry.
    function openExpiry(Book memory book, ScenarioConfig memory config, RiskSet memory risk, Term memory term)
        internal
        pure
    {
        book.expiry.futures = 0;
        book.expiry.gross = 0;
        book.expiry.delta = 0;
        (book.expiry.options.fixedPart, book.expiry.options.parity) = (0, 0);
        _shockVolatility(book.grid, config, risk, term.secondsLeft);
        if (book.grid.discounted) _setDiscount(book.expiry.options, config.discount, term);
    }

    /// @notice Book the expiry in hand, and charge it for a move of its forward against spot and for its roll.
    function closeExpiry(Book memory book, ScenarioConfig memory config, Term memory term) internal pure {
        ExpiryBook memory expiry = book.expiry;
        if (term.secondsLeft != 0) {
            int256 worst = book.grid.worstBasis(expiry.options, expiry.futures);
            if (worst != 0) {
                uint256 rate = config.basisAdd + config.basisPerYear * term.secondsLeft / YEAR;
                book.basis += Grids.floorWad(worst * int256(rate));
            }
        }
        if (book.tracksDelta) {
            uint256 rate = config.rollPerYear * term.secondsLeft / YEAR;
            if (rate < config.rollAddMin) rate = config.rollAddMin;
            book.roll += FixedPointMathLib.abs(expiry.delta).mulWadUp(book.spot).mulWadUp(rate);
        }
        unchecked {
            book.linear += expiry.futures;
            book.gross += expiry.gross;
            if (expiry.gross != 0) {
                book.mark += book.grid.current(expiry.options);
                book.grid.close(expiry.options);
            }
        }
    }

    /// @notice The largest loss, in wads: over all scenarios, the basis contingency and no move at all.
    function worstLoss(Book memory book) internal pure returns (uint256) {
        return uint256(-book.grid.worstProfit(book.linear, int256(book.follows), book.basis));
    }

    /// @notice What the largest loss is scaled with: itself and the roll charge, at least the charge on deltas.
    function scaledLoss(Book memory book, ScenarioConfig memory config) internal pure returns (uint256 loss) {
        loss = worstLoss(book);
        if (!book.tracksDelta) return loss;
        loss += book.roll + FixedPointMathLib.abs(book.perpetuals).mulWadUp(book.spot).mulWadUp(config.rollAddMin);
        uint256 net = FixedPointMathLib.abs(book.netDelta);
        // Rounding may leave the sum of absolute deltas below the absolute sum.
        uint256 hedged = book.grossDelta.zeroFloorSub(net) / 2;
        uint256 least = (net.mulWadUp(config.minDeltaNet) + hedged.mulWadUp(config.minDeltaHedged)).mulWadUp(book.spot);
        if (loss < least) loss = least;
    }

    /// @notice Value of all legs, in wads, rounded down.
    function total(Book memory book) internal pure returns (int256) {
        return Grids.floorWad(book.mark);
    }

    /// @dev Vol shocks scale with a power of time.
    function _shockVolatility(Grid memory grid, ScenarioConfig memory config, RiskSet memory risk, uint256 secondsLeft)
        private
        pure
    {
        uint256 horizon = secondsLeft < config.volHorizonFloor ? config.volHorizonFloor : secondsLeft;
        uint256 power = secondsLeft <= VOL_HORIZON ? config.volShortPower : config.volLongPower;
        uint256 multiple = uint256(FixedPointMathLib.powWad(int256(VOL_HORIZON * WAD / horizon), int256(power)));
        uint256 rise = risk.volUp * multiple / WAD;
        uint256 cut = risk.volDown * multiple / WAD;
        VolShocks memory shocks = grid.shocks;
        shocks.up = WAD + (rise < config.minVolShockUp ? config.minVolShockUp : rise);
        shocks.down = cut < WAD ? WAD - cut : 0;
        if (config.minVolUp != 0 || grid.skewed) {
            uint256 root = Black76.rootTime(secondsLeft);
            shocks.leastUp = Black76.totalDeviation(config.minVolUp, root);
            if (grid.skewed) _setSkew(shocks, config.skew, int256(root * WAD >> 64));
        }
    }

    /// @dev `root` is sqrt(tau), wad.
    function _setSkew(VolShocks memory shocks, SkewShock memory skew, int256 root) private pure {
        int256 wad = int256(WAD);
        shocks.linearCap = skew.linearBaseCap + skew.linearCapPerRootYear * root / wad;
        shocks.absCap = skew.absBaseCap + skew.absCapPerRootYear * root / wad;
        int256 vol = skew.volStatic + skew.volScale * root / wad;
        shocks.width = FixedPointMathLib.max(skew.minWidth, root * skew.width / wad * vol / wad);
    }

    function _setDiscount(ExpiryOptions memory options, StaticDiscount memory discount, Term memory term)
        private
        pure
    {
        uint256 long = _exponent(term, discount.longRateMultiple, discount.longRateAdd);
        options.positiveDiscount =
            discount.positiveBase.mulWad(uint256(FixedPointMathLib.expWad(-int256(long))));
        uint256 short = _exponent(term, discount.shortRateMultiple, discount.shortRateAdd);
        options.negativeDiscount = discount.negativeBase.mulWadUp(uint256(FixedPointMathLib.expWad(int256(short))));
        if (term.discount != 0) {
            options.negativeDiscount = FixedPointMathLib.min(options.negativeDiscount, WAD * WAD / term.discount);
        }
    }

    function _exponent(Term memory term, uint256 multiple, uint256 add) private pure returns (uint256) {
        return FixedPointMathLib.min((term.rate.mulWad(multiple) + add) * term.secondsLeft / YEAR, MAX_EXPONENT);
    }

    /// @dev Delta is the change of value per unit of the forward: D N(d1) for a call, D (N(d1) - 1) for a put.
    function _addDelta(Book memory book, uint256 discount, int256 calls, int256 puts) private pure {
        int256 d1 = FixedPointMathLib.clamp(book.grid.currentD1(), -MAX_DISTANCE, MAX_DISTANCE);
        int256 call = int256(Normal.cdf(d1 * int256(WAD) >> 64).mulWad(discount));
        int256 ofCalls = calls * call / int256(WAD);
        int256 ofPuts = puts * (call - int256(discount)) / int256(WAD);
        book.expiry.delta += ofCalls + ofPuts;
        book.netDelta += ofCalls + ofPuts;
        book.grossDelta += FixedPointMathLib.abs(ofCalls) + FixedPointMathLib.abs(ofPuts);
    }
}
