// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Smile} from "../interfaces/Types.sol";
import {Black76} from "../libraries/Black76.sol";
import {Svi} from "../libraries/Svi.sol";
import {ExpiryMarket} from "./Market.sol";

/// One expiry, ready to price strikes. `rootTime` is sqrt(tau) in Q64; `smileShift` is ln(forward / smile.forward).
/// Settled: `forward` is the fixed settlement price and nothing moves any more. Expired but not settled: spot stands in
/// for the forward and no time is left.
struct Term {
    uint256 forward;
    uint256 discount;
    uint256 secondsLeft;
    uint256 rootTime;
    int256 smileShift;
    Smile smile;
    bool settled;
}

/// @title What a rule needs of an expiry
library Terms {
    uint256 private constant WAD = 1e18;
    uint256 private constant YEAR = 365 days;

    /// @dev A negative rate counts as zero: nobody is credited more than the undiscounted value.
    function at(ExpiryMarket memory entry, uint256 spot, uint256 timestamp) internal pure returns (Term memory term) {
        if (timestamp >= entry.expiry) {
            term.settled = entry.settlement != 0;
            term.forward = term.settled ? entry.settlement : spot;
            Black76.checkPrice(term.forward);
            term.discount = WAD;
        } else {
            term.forward = entry.price.forward;
            Black76.checkPrice(term.forward);
            Black76.checkPrice(entry.price.smile.forward);
            term.secondsLeft = entry.expiry - timestamp;
            term.rootTime = Black76.rootTime(term.secondsLeft);
            term.smile = entry.price.smile;
            term.smileShift = FixedPointMathLib.lnWad(int256(term.forward * WAD / term.smile.forward));
            term.discount = WAD;
            if (entry.price.rate > 0) {
                int256 exponent = entry.price.rate * int256(term.secondsLeft) / int256(YEAR);
                term.discount = uint256(FixedPointMathLib.expWad(-exponent));
            }
        }
    }

    /// @notice Log-moneyness ln(forward / strike) and total deviation vol sqrt(tau), both Q64.
    function moneyness(Term memory term, uint256 strike) internal pure returns (int256 logMoneyness, uint256 deviation) {
        Black76.checkPrice(strike);
        int256 k = FixedPointMathLib.lnWad(int256(strike * WAD / term.forward));
        logMoneyness = -Black76.toQ64(k);
        if (term.secondsLeft != 0) {
            deviation = Black76.totalDeviation(Svi.vol(term.smile, k + term.smileShift), term.rootTime);
        }
    }

    /// @notice Undiscounted value of a call.
    function call(Term memory term, uint256 strike) internal pure returns (uint256) {
        if (term.settled) return term.forward > strike ? term.forward - strike : 0;
        (int256 logMoneyness, uint256 deviation) = moneyness(term, strike);
        (uint256 s, uint256 inverse) = Black76.clamp(deviation);
        int256 value = Black76.call(term.forward, strike, Black76.distance(logMoneyness, s, inverse), s);
        return value > 0 ? uint256(value) : 0;
    }

    /// @notice Present value of a call or a put.
    function option(Term memory term, bool isCall, uint256 strike) internal pure returns (uint256) {
        uint256 value = call(term, strike);
        if (!isCall) value = value + strike > term.forward ? value + strike - term.forward : 0;
        return value * term.discount / WAD;
    }
}
