// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// Covariance over the margin horizon of two factors of each underlying, its relative price move and the relative change
/// of its implied volatility, in that order, underlying by underlying. `lower` is the lower triangle with the diagonal,
/// row by row, in wads: a matrix that is not symmetric cannot be written down.
struct Covariance {
    uint16[] underlyings;
    int256[] lower;
}

/// @title Covariance of prices and volatilities with guards
/// @notice A matrix is accepted if it is positive semi-definite, every variance lies within its bounds, and no entry moves
/// by more than `maxStep` times the root of the product of its two variances in force; updates are at least `minInterval`
/// apart and their timestamps monotonic. When the last accepted matrix is older than `maxAge`, the sum of it and the
/// default applies: for every portfolio at least the variance of either. A refused update emits an event and changes
/// nothing.
interface ICovarianceOracle {
    /// Of the two kinds of variance over the horizon, and the step; wads.
    struct Bounds {
        uint64 minReturnVariance;
        uint64 maxReturnVariance;
        uint64 minVolVariance;
        uint64 maxVolVariance;
        uint64 maxStep;
    }

    enum Refusal {
        TimestampNotNewer,
        TimestampInFuture,
        TooSoon,
        WrongSize,
        OutOfBounds,
        StepTooLarge,
        NotPositiveSemiDefinite
    }

    event CovariancePublished(address indexed publisher, int256[] lower, uint64 timestamp);
    event CovarianceRefused(address indexed publisher, int256[] lower, Refusal reason, uint64 timestamp);
    event CovarianceDefaultsSet(Covariance defaults, Bounds bounds, uint64 maxAge);
    event PublisherSet(address indexed publisher, bool authorised);

    error NotPublisher(address caller);
    error NoCovariance();
    error InvalidDefaults();

    /// @notice Authorise or dismiss a publisher. Only the administrator.
    function setPublisher(address publisher, bool authorised) external;

    /// @notice Set underlyings (at most 8, each once), default matrix, bounds and maximum age. Only the administrator.
    /// The default is in force until the first publication and whatever was published before is dropped. Needs a default
    /// within the bounds, variance bounds within [1e-8, 4], 0 < maxStep <= 1 and maxAge > 0; InvalidDefaults otherwise.
    function setDefaults(Covariance calldata defaults, Bounds calldata bounds, uint64 maxAge) external;

    /// @notice Post the matrix computed at `timestamp`. Only an authorised publisher. Returns false if refused.
    function publish(int256[] calldata lower, uint64 timestamp) external returns (bool accepted);

    /// @notice The matrix in force, with the staleness fallback applied. Reverts with NoCovariance if never configured.
    function covariance() external view returns (Covariance memory);

    /// @notice Least time, in seconds, between two accepted updates.
    function minInterval() external view returns (uint64);

    function isPublisher(address account) external view returns (bool);
}
