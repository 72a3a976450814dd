// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";

import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {RiskSet} from "../interfaces/Types.sol";

/// @dev A fresh read touches two slots; a stale one two more.
contract RiskParameters is IRiskParameters, AccessControl {
    uint256 public constant MIN_STEP = 0.01e18;

    uint256 private constant WAD = 1e18;

    struct PackedSet {
        uint64 spotShock;
        uint64 volUp;
        uint64 volDown;
        uint64 haircut;
        uint64 liquidityAddOn;
        uint64 multiplier;
    }

    /// Two slots. `maxAge` is here and not with the bounds because every read needs it; it is zero if never configured.
    struct Latest {
        uint64 spotShock;
        uint64 volUp;
        uint64 volDown;
        uint64 haircut;
        uint64 liquidityAddOn;
        uint64 multiplier;
        uint32 timestamp;
        uint32 acceptedAt;
        uint32 maxAge;
    }

    struct Bounds {
        PackedSet floor;
        PackedSet cap;
        uint64 maxStep;
    }

    uint64 public immutable minInterval;

    mapping(address account => bool) public isPublisher;
    mapping(uint16 underlying => Latest) private _latest;
    mapping(uint16 underlying => PackedSet) private _defaults;
    mapping(uint16 underlying => Bounds) private _bounds;

    constructor(address admin, uint64 minInterval_) {
        minInterval = minInterval_;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
    }

    // ADMINISTRATION

    /// @inheritdoc IRiskParameters
    function setPublisher(address publisher, bool authorised) external onlyRole(DEFAULT_ADMIN_ROLE) {
        isPublisher[publisher] = authorised;
        emit PublisherSet(publisher, authorised);
    }

    /// @inheritdoc IRiskParameters
    function setDefaults(
        uint16 underlying,
        RiskSet calldata defaults,
        RiskSet calldata floor,
        RiskSet calldata cap,
        uint256 maxStep,
        uint64 maxAge
    ) external onlyRole(DEFAULT_ADMIN_ROLE) {
        if (
            !_isWithin(defaults, floor, cap) || !_fits(cap) || cap.spotShock >= WAD || cap.volDown >= WAD
                || cap.haircut > WAD || floor.multiplier < WAD || maxStep == 0 || maxStep > WAD || maxAge == 0
                || maxAge > type(uint32).max
        ) revert InvalidBounds(underlying);
        Latest memory latest = _latest[underlying];
        RiskSet memory last = latest.maxAge == 0 ? defaults : _clamp(_last(latest), floor, cap);
        _defaults[underlying] = _pack(defaults);
        _bounds[underlying] = Bounds(_pack(floor), _pack(cap), uint64(maxStep));
        _store(underlying, last, latest.timestamp, latest.acceptedAt, uint32(maxAge));
        emit DefaultsSet(underlying, defaults, floor, cap, maxStep, maxAge);
    }

    // PUBLISHING

    /// @inheritdoc IRiskParameters
    function publish(uint16 underlying, RiskSet calldata values, uint64 timestamp) external returns (bool) {
        if (!isPublisher[msg.sender]) revert NotPublisher(msg.sender);
        Latest memory latest = _latest[underlying];
        if (latest.maxAge == 0) revert NoParameters(underlying);
        (bool accepted, Refusal reason) = _check(underlying, latest, values, timestamp);
        if (!accepted) {
            emit RiskSetRefused(underlying, msg.sender, values, reason, timestamp);
            return false;
        }
        _store(underlying, values, uint32(timestamp), uint32(block.timestamp), latest.maxAge);
        emit RiskSetPublished(underlying, msg.sender, values, timestamp);
        return true;
    }

    // READING

    /// @inheritdoc IRiskParameters
    function riskSet(uint16 underlying) external view returns (RiskSet memory) {
        Latest memory latest = _latest[underlying];
        if (latest.maxAge == 0) revert NoParameters(underlying);
        return _inForce(underlying, latest);
    }

    /// @inheritdoc IRiskParameters
    function stepLimit(uint256 value, uint256 maxStep) public pure returns (uint256) {
        uint256 step = value * maxStep / WAD;
        return step > MIN_STEP ? step : MIN_STEP;
    }

    // CHECKS

    function _check(uint16 underlying, Latest memory latest, RiskSet calldata values, uint64 timestamp)
        private
        view
        returns (bool, Refusal)
    {
        if (timestamp > block.timestamp) return (false, Refusal.TimestampInFuture);
        if (timestamp <= latest.timestamp) return (false, Refusal.TimestampNotNewer);
        // The time of acceptance counts, not the publisher's own: a backlog of past timestamps in one block would
        // otherwise be a jump.
        if (block.timestamp < uint256(latest.acceptedAt) + minInterval) return (false, Refusal.TooSoon);
        Bounds memory bounds = _bounds[underlying];
        if (!_isWithin(values, _unpack(bounds.floor), _unpack(bounds.cap))) return (false, Refusal.OutOfBounds);
        RiskSet memory current = _inForce(underlying, latest);
        uint256 step = bounds.maxStep;
        bool small = _isStep(current.spotShock, values.spotShock, step) && _isStep(current.volUp, values.volUp, step)
            && _isStep(current.volDown, values.volDown, step) && _isStep(current.haircut, values.haircut, step)
            && _isStep(current.liquidityAddOn, values.liquidityAddOn, step)
            && _isStep(current.multiplier, values.multiplier, step);
        return (small, Refusal.StepTooLarge);
    }

    function _isStep(uint256 from, uint256 to, uint256 maxStep) private pure returns (bool) {
        return (to > from ? to - from : from - to) <= stepLimit(from, maxStep);
    }

    function _isWithin(RiskSet memory set, RiskSet memory low, RiskSet memory high) private pure returns (bool) {
        return set.spotShock >= low.spotShock && set.spotShock <= high.spotShock && set.volUp >= low.volUp
            && set.volUp <= high.volUp && set.volDown >= low.volDown && set.volDown <= high.volDown
            && set.haircut >= low.haircut && set.haircut <= high.haircut && set.liquidityAddOn >= low.liquidityAddOn
            && set.liquidityAddOn <= high.liquidityAddOn && set.multiplier >= low.multiplier
            && set.multiplier <= high.multiplier;
    }

    function _fits(RiskSet calldata set) private pure returns (bool) {
        return (set.spotShock | set.volUp | set.volDown | set.haircut | set.liquidityAddOn | set.multiplier)
            <= type(uint64).max;
    }

    // VALUES

    function _inForce(uint16 underlying, Latest memory latest) private view returns (RiskSet memory) {
        RiskSet memory last = _last(latest);
        if (uint256(latest.timestamp) + latest.maxAge >= block.timestamp) return last;
        RiskSet memory fallback_ = _unpack(_defaults[underlying]);
        return RiskSet({
            spotShock: _max(last.spotShock, fallback_.spotShock),
            volUp: _max(last.volUp, fallback_.volUp),
            volDown: _max(last.volDown, fallback_.volDown),
            haircut: _max(last.haircut, fallback_.haircut),
            liquidityAddOn: _max(last.liquidityAddOn, fallback_.liquidityAddOn),
            multiplier: _max(last.multiplier, fallback_.multiplier)
        });
    }

    function _clamp(RiskSet memory set, RiskSet memory low, RiskSet memory high)
        private
        pure
        returns (RiskSet memory)
    {
        return RiskSet({
            spotShock: _bound(set.spotShock, low.spotShock, high.spotShock),
            volUp: _bound(set.volUp, low.volUp, high.volUp),
            volDown: _bound(set.volDown, low.volDown, high.volDown),
            haircut: _bound(set.haircut, low.haircut, high.haircut),
            liquidityAddOn: _bound(set.liquidityAddOn, low.liquidityAddOn, high.liquidityAddOn),
            multiplier: _bound(set.multiplier, low.multiplier, high.multiplier)
        });
    }

    function _max(uint256 x, uint256 y) private pure returns (uint256) {
        return x > y ? x : y;
    }

    function _bound(uint256 value, uint256 low, uint256 high) private pure returns (uint256) {
        if (value < low) return low;
        return value > high ? high : value;
    }

    // STORAGE

    function _store(uint16 underlying, RiskSet memory set, uint32 timestamp, uint32 acceptedAt, uint32 maxAge) private {
        _latest[underlying] = Latest({
            spotShock: uint64(set.spotShock),
            volUp: uint64(set.volUp),
            volDown: uint64(set.volDown),
            haircut: uint64(set.haircut),
            liquidityAddOn: uint64(set.liquidityAddOn),
            multiplier: uint64(set.multiplier),
            timestamp: timestamp,
            acceptedAt: acceptedAt,
            maxAge: maxAge
        });
    }

    function _last(Latest memory latest) private pure returns (RiskSet memory) {
        return RiskSet({
            spotShock: latest.spotShock,
            volUp: latest.volUp,
            volDown: latest.volDown,
            haircut: latest.haircut,
            liquidityAddOn: latest.liquidityAddOn,
            multiplier: latest.multiplier
        });
    }

    function _pack(RiskSet calldata set) private pure returns (PackedSet memory) {
        return PackedSet({
            spotShock: uint64(set.spotShock),
            volUp: uint64(set.volUp),
            volDown: uint64(set.volDown),
            haircut: uint64(set.haircut),
            liquidityAddOn: uint64(set.liquidityAddOn),
            multiplier: uint64(set.multiplier)
        });
    }

    function _unpack(PackedSet memory set) private pure returns (RiskSet memory) {
        return RiskSet({
            spotShock: set.spotShock,
            volUp: set.volUp,
            volDown: set.volDown,
            haircut: set.haircut,
            liquidityAddOn: set.liquidityAddOn,
            multiplier: set.multiplier
        });
    }
}
