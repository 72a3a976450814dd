// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Instrument, Kind} from "../interfaces/Types.sol";

/// @title What one unit of an expired contract is worth at the settlement price
library Payoff {
    function ofOne(Instrument memory terms, uint256 price) internal pure returns (uint256) {
        if (terms.kind == Kind.Call) return price > terms.strike ? price - terms.strike : 0;
        if (terms.kind == Kind.Put) return terms.strike > price ? terms.strike - price : 0;
        return price;
    }
}
