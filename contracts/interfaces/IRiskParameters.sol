// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {RiskSet} from "./Types.sol";

/// @title Dynamic risk parameters with guards
/// @notice An update moves each parameter at most `maxStep` (a fraction of its value) from the value in force and stays
/// within [floor, cap]. Timestamps are monotonic. When the last accepted update is older than `maxAge`, the more
/// conservative of last and default applies, member by member. A refused update emits an event and changes nothing.
interface IRiskParameters {
    enum Refusal {
        TimestampNotNewer,
        TimestampInFuture,
        StepTooLarge,
        OutOfBounds
    }

    event RiskSetPublished(uint16 indexed underlying, address indexed publisher, RiskSet values, uint64 timestamp);
    event RiskSetRefused(uint16 indexed underlying, address indexed publisher, RiskSet values, Refusal reason, uint64 timestamp);
    event DefaultsSet(uint16 indexed underlying, RiskSet defaults, RiskSet floor, RiskSet cap, uint256 maxStep, uint64 maxAge);
    event PublisherSet(address indexed publisher, bool authorised);

    error NotPublisher(address caller);
    error NoParameters(uint16 underlying);
    error InvalidBounds(uint16 underlying);

    /// @notice Set defaults, bounds, step limit and maximum age of an underlying. Only the administrator.
    function setDefaults(
        uint16 underlying, RiskSet calldata defaults, RiskSet calldata floor, RiskSet calldata cap, uint256 maxStep, uint64 maxAge
    ) external;

    /// @notice Post new values computed at `timestamp`. Only an authorised publisher. Returns false if refused.
    function publish(uint16 underlying, RiskSet calldata values, uint64 timestamp) external returns (bool accepted);

    /// @notice The values in force, with the staleness fallback applied. Reverts with NoParameters if never configured.
    function riskSet(uint16 underlying) external view returns (RiskSet memory);
}
