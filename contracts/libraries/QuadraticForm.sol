// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// Cumulants of a profit, first to fourth, Q96.
struct Cumulants {
    int256 mean;
    int256 variance;
    int256 third;
    int256 fourth;
}

/// @title Cumulants of a delta-gamma profit
/// @notice Of P = delta' x + x' G x / 2 for Gaussian moves x of covariance C, with G diagonal: with A = G C and m = C delta,
/// mean tr(A) / 2, variance tr(A^2) / 2 + delta' m, third tr(A^3) + 3 m' G m, fourth 3 tr(A^4) + 12 (G m)' C (G m)
/// (Mathai and Provost 1992, theorem 3.3.2).
/// @dev All Q96, |delta| and |G| at most 2^96, |C| at most 2^98, at most 16 factors: a product of two entries stays below
/// 2^195, a sum of 256 products of three, shifted back once, below 2^211.
library QuadraticForm {
    /// @notice Mean zero and the variance delta' C delta; no more is known of a linear profit, which is Gaussian.
    /// @param covariance row by row, size * size entries, size being that of `delta`
    function linear(int256[] memory delta, int256[] memory covariance) internal pure returns (Cumulants memory cumulants) {
        cumulants.variance = _dot(delta, _times(covariance, delta), 1);
    }

    /// @param gamma the diagonal of G, as long as `delta`; only every second factor, from the first on, is curved
    function quadratic(int256[] memory delta, int256[] memory gamma, int256[] memory covariance)
        internal
        pure
        returns (Cumulants memory cumulants)
    {
        int256[] memory moved = _times(covariance, delta);
        cumulants.variance = _dot(delta, moved, 1);
        int256[] memory curved = new int256[](gamma.length);
        unchecked {
            uint256 size = gamma.length;
            for (uint256 i = 0; i < size; i += 2) {
                curved[i] = (gamma[i] * moved[i]) >> 96;
                cumulants.mean += (gamma[i] * covariance[i * size + i]) >> 97;
            }
            cumulants.third = 3 * _dot(curved, moved, 2);
            cumulants.fourth = 12 * _dot(curved, _times(covariance, curved), 2);
            _addTraces(cumulants, _scaled(gamma, covariance), size / 2);
        }
    }

    /// @dev Adds what the powers of A = G C contribute, `a` being its curved rows and columns.
    function _addTraces(Cumulants memory cumulants, int256[] memory a, uint256 n) private pure {
        unchecked {
            int256 second = 0;
            int256 third = 0;
            int256 fourth = 0;
            int256[] memory square = new int256[](n * n);
            for (uint256 i = 0; i < n; ++i) {
                for (uint256 j = 0; j < n; ++j) {
                    int256 sum = 0;
                    for (uint256 k = 0; k < n; ++k) sum += a[i * n + k] * a[k * n + j];
                    square[i * n + j] = sum >> 96;
                }
                second += square[i * n + i];
            }
            for (uint256 i = 0; i < n; ++i) {
                for (uint256 j = 0; j < n; ++j) {
                    third += square[i * n + j] * a[j * n + i];
                    fourth += square[i * n + j] * square[j * n + i];
                }
            }
            cumulants.variance += second / 2;
            cumulants.third += third >> 96;
            cumulants.fourth += 3 * (fourth >> 96);
        }
    }

    /// @dev G C of the curved factors alone.
    function _scaled(int256[] memory gamma, int256[] memory covariance) private pure returns (int256[] memory a) {
        unchecked {
            uint256 size = gamma.length;
            uint256 n = size / 2;
            a = new int256[](n * n);
            for (uint256 i = 0; i < n; ++i) {
                for (uint256 j = 0; j < n; ++j) {
                    a[i * n + j] = (gamma[2 * i] * covariance[2 * i * size + 2 * j]) >> 96;
                }
            }
        }
    }

    function _times(int256[] memory matrix, int256[] memory vector) private pure returns (int256[] memory result) {
        unchecked {
            uint256 size = vector.length;
            result = new int256[](size);
            for (uint256 i = 0; i < size; ++i) {
                int256 sum = 0;
                for (uint256 j = 0; j < size; ++j) sum += matrix[i * size + j] * vector[j];
                result[i] = sum >> 96;
            }
        }
    }

    function _dot(int256[] memory x, int256[] memory y, uint256 stride) private pure returns (int256 sum) {
        unchecked {
            for (uint256 i = 0; i < x.length; i += stride) sum += x[i] * y[i];
            sum >>= 96;
        }
    }
}
