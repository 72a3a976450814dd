// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Black76} from "./Black76.sol";
import {Normal} from "./Normal.sol";

/// @title Sensitivities of a call on a forward to relative moves
/// @notice Per unit of x, the relative move of the forward, and of v, the relative change of volatility, undiscounted:
/// delta = F N(d1), gamma = F phi(d1) / s, vega = F phi(d1) s, with s = vol sqrt(tau) (Black 1976). So that the profit of
/// a small move is delta x + gamma x^2 / 2 + vega v.
/// @dev Sensitivities are those of an option with a total deviation of at least 1 %: that of a shorter one is a spike
/// (gamma) or a step (delta) at the strike, narrower than the moves that margin is for.
library Greeks {
    /// One percent, Q64.
    uint256 private constant MIN_DEVIATION = uint256(2 ** 64) / 100;

    /// Beyond 7 deviations a call moves like its forward or not at all, to 2e-12. Q64.
    uint256 private constant CUTOFF = 7 << 64;

    /// 1 / sqrt(2 pi), Q64.
    uint256 private constant PEAK = 7359186146747302452;

    /// @param forward wad, at most 2^112
    /// @param logMoneyness ln(forward / strike), Q64, absolute value below 2^71
    /// @param deviation vol sqrt(tau), Q64
    /// @return delta at most `forward`
    /// @return gamma at most 40 times `forward`
    /// @return vega at most 7 times `forward`
    function call(uint256 forward, int256 logMoneyness, uint256 deviation)
        internal
        pure
        returns (uint256 delta, uint256 gamma, uint256 vega)
    {
        (uint256 s, uint256 inverse) = Black76.clamp(deviation < MIN_DEVIATION ? MIN_DEVIATION : deviation);
        int256 d1 = Black76.distance(logMoneyness, s, inverse);
        unchecked {
            uint256 apart = uint256(d1 < 0 ? -d1 : d1);
            if (apart >= CUTOFF) return (d1 < 0 ? 0 : forward, 0, 0);
            // decay <= 2^64 and the scaled tail <= 2^52: the tail is a probability, at most one half, in Q64.
            uint256 decay = Normal.decay(apart);
            uint256 tail = (decay * Normal.scaledTail(apart >> 16)) >> 52;
            delta = (forward * (d1 < 0 ? tail : 2 ** 64 - tail)) >> 64;
            // Below 2^112 * 2^63: times s <= 2^68 or inverse < 2^71 it stays below 2^246.
            uint256 density = forward * ((decay * PEAK) >> 64);
            gamma = (density * inverse) >> 128;
            vega = (density * s) >> 128;
        }
    }
}
