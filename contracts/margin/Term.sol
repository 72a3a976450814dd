// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Smile} from "../interfaces/Types.sol";
import {Black76} from "../libraries/Black76.sol";
import {Svi} from "../libraries/Svi.sol";
import {ExpiryMarket, StrikeVol} from "./Market.sol";

/// One expiry, ready to price strikes. `smileShift` is ln(forward / smile.forward); `varianceScale` turns the smile's
/// total variance (wad) into the square of a total deviation in Q64. Settled: `forward` is the fixed settlement price
/// and nothing moves any more. Expired but not settled: spot stands in for the forward and no time is left.
/// `moving` is the part of the forward that shocks move.
struct Term {
    uint256 forward;
    uint256 moving;
    uint256 rate;
    uint256 discount;
    uint256 secondsLeft;
    uint256 varianceScale;
    int256 smileShift;
    int256 leastVariance;
    Smile smile;
    StrikeVol[] strikeVols;
    bool settled;
}

/// @title What a rule needs of an expiry
library Terms {
    uint256 private constant WAD = 1e18;
    uint256 private constant YEAR = 365 days;

    /// Keeps scale times variance (at most 144e18 < 2^68) below 2^256. Only a smile fitted for under 1e-35 of the time
    /// that is left could reach it.
    uint256 private constant MAX_SCALE = 2 ** 187;

    error SettledBeyondForward(uint256 settledForward, uint256 forward);

    /// @dev A negative rate counts as zero: nobody is credited more than the undiscounted value.
    function read(ExpiryMarket memory entry, uint256 spot, uint256 timestamp) internal pure returns (Term memory term) {
        term.discount = WAD;
        if (timestamp >= entry.expiry) {
            term.settled = entry.settlement != 0;
            term.forward = term.settled ? entry.settlement : spot;
            term.moving = term.forward;
            Black76.checkPrice(term.forward);
            return term;
        }
        Smile memory smile = entry.price.smile;
        Svi.check(smile);
        Black76.checkPrice(smile.forward);
        Black76.checkPrice(entry.price.forward);
        term.smile = smile;
        term.leastVariance = Svi.least(smile);
        term.strikeVols = entry.strikeVols;
        term.forward = entry.price.forward;
        if (entry.settledForward > term.forward) revert SettledBeyondForward(entry.settledForward, term.forward);
        term.moving = term.forward - entry.settledForward;
        term.secondsLeft = entry.expiry - timestamp;
        uint256 scale = (term.secondsLeft << 128) / (YEAR * smile.tau);
        term.varianceScale = scale < MAX_SCALE ? scale : MAX_SCALE;
        term.smileShift = FixedPointMathLib.lnWad(int256(term.forward * WAD / smile.forward));
        if (entry.price.rate > 0) {
            term.rate = uint256(entry.price.rate);
            int256 exponent = entry.price.rate * int256(term.secondsLeft) / int256(YEAR);
            term.discount = uint256(FixedPointMathLib.expWad(-exponent));
        }
    }

    /// @notice Log-moneyness ln(forward / strike) and total deviation vol sqrt(tau), both Q64.
    function moneyness(Term memory term, uint256 strike)
        internal
        pure
        returns (int256 logMoneyness, uint256 deviation)
    {
        Black76.checkPrice(strike);
        unchecked {
            // Prices are at most 2^100: strike * WAD < 2^160, and |k| < 1.2e20 < 2^67 for a wad that fits 2^160.
            int256 k = FixedPointMathLib.lnWad(int256(strike * WAD / term.forward));
            logMoneyness = -Black76.toQ64(k);
            if (term.secondsLeft == 0) return (logMoneyness, 0);
            int256 atSmile = Svi.clip(k + term.smileShift, term.leastVariance);
            deviation = FixedPointMathLib.sqrt(Svi.variance(term.smile, atSmile) * term.varianceScale);
        }
        uint256 given = term.strikeVols.length;
        for (uint256 i = 0; i < given; ++i) {
            if (term.strikeVols[i].strike == strike) {
                return (
                    logMoneyness,
                    Black76.totalDeviation(term.strikeVols[i].volatility, Black76.rootTime(term.secondsLeft))
                );
            }
        }
    }

    /// @notice Present value of a call or a put.
    function option(Term memory term, bool isCall, uint256 strike) internal pure returns (uint256) {
        uint256 call = _call(term, strike);
        uint256 whole = call + strike;
        uint256 value = isCall ? call : whole > term.forward ? whole - term.forward : 0;
        return value * term.discount / WAD;
    }

    /// @notice What an option pays if the underlying settles at the forward.
    function intrinsic(Term memory term, bool isCall, uint256 strike) internal pure returns (uint256) {
        (uint256 high, uint256 low) = isCall ? (term.forward, strike) : (strike, term.forward);
        return high > low ? high - low : 0;
    }

    function _call(Term memory term, uint256 strike) private pure returns (uint256) {
        if (term.settled) return intrinsic(term, true, strike);
        (int256 logMoneyness, uint256 deviation) = moneyness(term, strike);
        (uint256 s, uint256 inverse) = Black76.clamp(deviation);
        int256 value = Black76.call(term.forward, strike, Black76.distance(logMoneyness, s, inverse), s);
        return value > 0 ? uint256(value) : 0;
    }
}
