// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {RiskSet} from "./Types.sol";

/// @title Dynamic risk parameters with guards
/// @notice An update moves each parameter at most `maxStep` (a fraction of its value, see `stepLimit`) from the value in
/// force and stays within [floor, cap]; updates are accepted at least `minInterval` apart, so that many small steps do
/// not add up to a jump. Timestamps are monotonic. When the last accepted update is older than `maxAge`, the more
/// conservative of last and default applies, member by member. A refused update emits an event and changes nothing.
interface IRiskParameters {
    enum Refusal {
        TimestampNotNewer,
        TimestampInFuture,
        StepTooLarge,
        OutOfBounds,
        TooSoon
    }

    event RiskSetPublished(uint16 indexed underlying, address indexed publisher, RiskSet values, uint64 timestamp);
    event RiskSetRefused(
        uint16 indexed underlying, address indexed publisher, RiskSet values, Refusal reason, uint64 timestamp
    );
    /// The last values are kept, moved into the new bounds where they lie outside; without any, they are the defaults.
    event DefaultsSet(
        uint16 indexed underlying, RiskSet defaults, RiskSet floor, RiskSet cap, uint256 maxStep, uint64 maxAge
    );
    event PublisherSet(address indexed publisher, bool authorised);

    error NotPublisher(address caller);
    error NoParameters(uint16 underlying);
    error InvalidBounds(uint16 underlying);

    /// @notice Authorise or dismiss a publisher. Only the administrator.
    function setPublisher(address publisher, bool authorised) external;

    /// @notice Set defaults, bounds, step limit and maximum age of an underlying. Only the administrator. Needs
    /// floor <= defaults <= cap, spotShock and volDown caps below 1, a haircut cap of at most 1, a multiplier floor of at
    /// least 1, 0 < maxStep <= 1 and maxAge > 0; InvalidBounds otherwise.
    function setDefaults(
        uint16 underlying,
        RiskSet calldata defaults,
        RiskSet calldata floor,
        RiskSet calldata cap,
        uint256 maxStep,
        uint64 maxAge
    ) external;

    /// @notice Post new values computed at `timestamp`. Only an authorised publisher. Returns false if refused.
    function publish(uint16 underlying, RiskSet calldata values, uint64 timestamp) external returns (bool accepted);

    /// @notice The values in force, with the staleness fallback applied. Reverts with NoParameters if never configured.
    function riskSet(uint16 underlying) external view returns (RiskSet memory);

    /// @notice How far a member that is `value` now may move: the larger of value * maxStep / 1e18, rounded down, and
    /// 0.01 (so that a member at zero can leave it).
    function stepLimit(uint256 value, uint256 maxStep) external pure returns (uint256);

    /// @notice Least time, in seconds, between two accepted updates of an underlying.
    function minInterval() external view returns (uint64);

    function isPublisher(address account) external view returns (bool);
}
