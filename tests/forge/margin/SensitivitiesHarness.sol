// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Portfolio} from "contracts/interfaces/Types.sol";
import {LegOrder} from "contracts/margin/LegOrder.sol";
import {Market} from "contracts/margin/Market.sol";
import {Exposure, Sensitivities} from "contracts/margin/Sensitivities.sol";

/// The library where a test can call it.
contract SensitivitiesHarness {
    function read(Portfolio calldata portfolio, Market calldata market) external pure returns (Exposure[] memory) {
        return Sensitivities.read(portfolio, LegOrder.sort(portfolio.legs), market);
    }
}
