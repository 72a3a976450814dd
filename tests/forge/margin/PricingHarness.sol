// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Smile} from "contracts/interfaces/Types.sol";
import {Black76} from "contracts/libraries/Black76.sol";
import {Normal} from "contracts/libraries/Normal.sol";
import {Svi} from "contracts/libraries/Svi.sol";

/// The pricing libraries, callable from Python in batches.
contract PricingHarness {
    function cdf(int256[] calldata x) external pure returns (uint256[] memory values) {
        values = new uint256[](x.length);
        for (uint256 i = 0; i < x.length; ++i) values[i] = Normal.cdf(x[i]);
    }

    function pdf(int256[] calldata x) external pure returns (uint256[] memory values) {
        values = new uint256[](x.length);
        for (uint256 i = 0; i < x.length; ++i) values[i] = Normal.pdf(x[i]);
    }

    /// Undiscounted options with this forward.
    function black76(
        bool isCall,
        uint256 forward,
        uint256[] calldata strikes,
        uint256[] calldata vols,
        uint256 secondsLeft
    ) external pure returns (uint256[] memory values) {
        values = new uint256[](strikes.length);
        for (uint256 i = 0; i < strikes.length; ++i) {
            values[i] = Black76.price(isCall, forward, strikes[i], vols[i], secondsLeft, 1e18);
        }
    }

    function svi(Smile calldata smile, int256[] calldata k) external pure returns (uint256[] memory values) {
        values = new uint256[](k.length);
        for (uint256 i = 0; i < k.length; ++i) values[i] = Svi.vol(smile, k[i]);
    }
}
