// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Smile} from "../interfaces/Types.sol";

/// Raw SVI in two slots.
struct PackedSmile {
    uint96 forward;
    int96 a;
    uint64 tau;
    int64 b;
    int64 rho;
    int64 m;
    int64 sigma;
}

/// @title What may be stored as a smile, and how
library SmileCodec {
    int256 private constant WAD = 1e18;

    /// @notice Whether the members fit their packed types and the smile's lowest total variance,
    /// a + b sigma sqrt(1 - rho^2) (Gatheral and Jacquier 2014, section 3.1), is not negative.
    function isValid(Smile calldata smile) internal pure returns (bool) {
        if (
            smile.a != int96(smile.a) || smile.b < 0 || smile.b > type(int64).max || smile.rho < -WAD
                || smile.rho > WAD || smile.m != int64(smile.m) || smile.sigma < 0 || smile.sigma > type(int64).max
                || smile.forward == 0 || smile.forward > type(uint96).max || smile.tau == 0
                || smile.tau > type(uint64).max
        ) return false;
        int256 width = int256(FixedPointMathLib.sqrt(uint256(WAD * WAD - smile.rho * smile.rho)));
        return smile.a + smile.b * smile.sigma / WAD * width / WAD >= 0;
    }

    /// @notice At-the-money volatility sqrt(w(0) / tau) of a valid smile; zero where rounding makes w(0) negative.
    function atmVol(Smile calldata smile) internal pure returns (uint256) {
        int256 wing = int256(FixedPointMathLib.sqrt(uint256(smile.m * smile.m + smile.sigma * smile.sigma)));
        int256 variance = smile.a + smile.b * (wing - smile.rho * smile.m / WAD) / WAD;
        if (variance <= 0) return 0;
        return FixedPointMathLib.sqrt(uint256(variance * WAD * WAD) / smile.tau);
    }

    /// @notice Lossless for a valid smile.
    function pack(Smile calldata smile) internal pure returns (PackedSmile memory) {
        return PackedSmile({
            forward: uint96(smile.forward),
            a: int96(smile.a),
            tau: uint64(smile.tau),
            b: int64(smile.b),
            rho: int64(smile.rho),
            m: int64(smile.m),
            sigma: int64(smile.sigma)
        });
    }

    function unpack(PackedSmile memory smile) internal pure returns (Smile memory) {
        return Smile({
            a: smile.a,
            b: smile.b,
            rho: smile.rho,
            m: smile.m,
            sigma: smile.sigma,
            forward: smile.forward,
            tau: smile.tau
        });
    }
}
