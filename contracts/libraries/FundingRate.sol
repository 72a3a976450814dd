// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {AssetPrice} from "../interfaces/Types.sol";

/// @title Perpetual funding
/// @notice Longs pay shorts the perpetual's premium over spot, spread over eight hours and capped:
/// rate = clamp((perpetual - spot) * 1e18 / spot, -maxRate, maxRate)
/// increment = spot * rate * elapsed / (1e18 * 28800), per unit of long position.
/// Both divisions truncate towards zero.
library FundingRate {
    int256 internal constant WAD = 1e18;
    int256 internal constant PERIOD = 8 hours;

    function increment(AssetPrice memory price, uint256 maxRate, uint256 elapsed) internal pure returns (int256) {
        int256 spot = int256(price.spot);
        int256 cap = int256(maxRate);
        int256 rate = (int256(price.perpetual) - spot) * WAD / spot;
        if (rate > cap) rate = cap;
        else if (rate < -cap) rate = -cap;
        return spot * rate * int256(elapsed) / (WAD * PERIOD);
    }
}
