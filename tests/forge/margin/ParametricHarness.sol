// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Definiteness} from "contracts/libraries/Definiteness.sol";
import {Cumulants, QuadraticForm} from "contracts/libraries/QuadraticForm.sol";
import {TailFactors} from "contracts/margin/ParametricConfig.sol";
import {ParametricMath} from "contracts/margin/ParametricMath.sol";

/// The libraries of parametric margin where a test can call them.
contract ParametricHarness {
    function isCovariance(int256[] calldata lower, uint256 size) external pure returns (bool) {
        return Definiteness.isCovariance(lower, size);
    }

    function cumulants(int256[] calldata delta, int256[] calldata gamma, int256[] calldata covariance)
        external
        pure
        returns (Cumulants memory)
    {
        return QuadraticForm.quadratic(delta, gamma, covariance);
    }

    function tailLoss(ParametricMath.Moments calldata profit, TailFactors calldata tail)
        external
        pure
        returns (uint256)
    {
        return ParametricMath.tailLoss(profit, tail);
    }
}
