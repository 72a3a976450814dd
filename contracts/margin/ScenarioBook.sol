// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {RiskSet} from "../interfaces/Types.sol";
import {Black76} from "../libraries/Black76.sol";
import {Grid, Grids, Snapshot} from "./Grid.sol";
import {ScenarioConfig} from "./ScenarioConfig.sol";
import {Term, Terms} from "./Term.sol";

/// Running totals of one underlying. Amounts of money are wad * wad; `gross`, `naked` and `perpetuals` are units. By
/// parity a put is a call less what is linear in the forward, so the grid revalues calls alone.
struct Book {
    Grid grid;
    int256 mark;
    int256 linear;
    int256 basis;
    uint256 gross;
    uint256 naked;
    uint256 perpetuals;
}

/// @title What the legs of one underlying are worth, now and in every scenario
/// @dev Unchecked additions are bounded by LegOrder (256 legs of at most 2^100 units) and Black76.MAX_PRICE (2^100):
/// money stays below 2^208, units below 2^108.
library ScenarioBook {
    using Grids for Grid;
    using Terms for Term;

    uint256 private constant WAD = 1e18;
    uint256 private constant YEAR = 365 days;
    uint256 private constant VOL_HORIZON = 30 days;

    /// @notice Empty the book for an underlying with this spot shock.
    function open(Book memory book, ScenarioConfig memory config, uint256 spotShock) internal pure {
        (book.mark, book.linear, book.basis, book.gross, book.naked, book.perpetuals) = (0, 0, 0, 0, 0, 0);
        book.grid.lay(config, spotShock);
    }

    /// @notice Add a contract that moves one for one with spot.
    function addLinear(Book memory book, int256 size, uint256 price) internal pure {
        unchecked {
            int256 amount = size * int256(price);
            book.mark += amount;
            book.linear += amount;
            book.gross += FixedPointMathLib.abs(size);
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
            book.gross += gross;
            if (puts != 0) {
                int256 discounted = puts * discount / int256(WAD);
                book.mark += discounted * (int256(strike) - int256(term.forward));
                book.linear -= discounted * int256(term.forward);
            }
            int256 quantity = net * discount / int256(WAD);
            if (quantity == 0) return;
            (int256 logMoneyness, uint256 deviation) = term.moneyness(strike);
            book.grid.setVolatility(logMoneyness, deviation);
            book.grid.revalue(term.forward, strike, quantity);
        }
    }

    /// @notice Vol shocks of an expiry: they scale with a power of its time.
    function shockVolatility(Book memory book, ScenarioConfig memory config, RiskSet memory risk, uint256 secondsLeft)
        internal
        pure
    {
        uint256 horizon = secondsLeft < config.volHorizonFloor ? config.volHorizonFloor : secondsLeft;
        uint256 power = secondsLeft <= VOL_HORIZON ? config.volShortPower : config.volLongPower;
        uint256 multiple = uint256(FixedPointMathLib.powWad(int256(VOL_HORIZON * WAD / horizon), int256(power)));
        uint256 cut = risk.volDown * multiple / WAD;
        book.grid.up = WAD + risk.volUp * multiple / WAD;
        book.grid.down = cut < WAD ? WAD - cut : 0;
    }

    /// @notice Charge an expiry for a move of its forward against spot. `before` and `linear` are the grid's values and
    /// book.linear as they were without it.
    function closeExpiry(
        Book memory book,
        ScenarioConfig memory config,
        Term memory term,
        Snapshot memory before,
        int256 linear
    ) internal pure {
        int256 worst = book.grid.worstBasis(before, book.linear - linear);
        if (worst == 0 || term.secondsLeft == 0) return;
        uint256 rate = config.basisAdd + config.basisPerYear * term.secondsLeft / YEAR;
        book.basis += worst / int256(WAD) * int256(rate);
    }

    /// @notice The largest loss, in wads: over all scenarios, the basis contingency and no move at all.
    function worstLoss(Book memory book) internal pure returns (uint256) {
        return uint256(-book.grid.worstProfit(book.linear, Grids.floorWad(book.basis)));
    }

    /// @notice Value of all legs, in wads, rounded down.
    function total(Book memory book) internal pure returns (int256) {
        return Grids.floorWad(book.mark + book.grid.current());
    }
}
