// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {Covariance, ICovarianceOracle} from "../interfaces/ICovarianceOracle.sol";
import {Definiteness} from "../libraries/Definiteness.sol";
import {CovarianceCodec} from "./CovarianceCodec.sol";

/// @dev Matrices are kept as contract code: a fresh read costs one cold account and three slots.
contract CovarianceOracle is ICovarianceOracle, AccessControl {
    uint256 public constant MAX_UNDERLYINGS = 8;

    uint256 private constant WAD = 1e18;

    /// `matrix` is where the last accepted matrix is, or the default while `timestamp` is zero.
    struct Latest {
        address matrix;
        uint32 timestamp;
        uint32 acceptedAt;
        uint32 maxAge;
    }

    uint64 public immutable minInterval;

    mapping(address account => bool) public isPublisher;
    Latest private _latest;
    address private _defaults;
    uint16[] private _underlyings;
    Bounds private _bounds;

    constructor(address admin, uint64 minInterval_) {
        minInterval = minInterval_;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
    }

    // ADMINISTRATION

    /// @inheritdoc ICovarianceOracle
    function setPublisher(address publisher, bool authorised) external onlyRole(DEFAULT_ADMIN_ROLE) {
        isPublisher[publisher] = authorised;
        emit PublisherSet(publisher, authorised);
    }

    /// @inheritdoc ICovarianceOracle
    function setDefaults(Covariance calldata defaults, Bounds calldata bounds, uint64 maxAge)
        external
        onlyRole(DEFAULT_ADMIN_ROLE)
    {
        uint256 count = defaults.underlyings.length;
        if (
            !_areDistinct(defaults.underlyings) || defaults.lower.length != count * (2 * count + 1)
                || bounds.minReturnVariance < Definiteness.MIN_VARIANCE
                || bounds.minVolVariance < Definiteness.MIN_VARIANCE
                || bounds.maxReturnVariance > Definiteness.MAX_VARIANCE
                || bounds.maxVolVariance > Definiteness.MAX_VARIANCE || bounds.maxStep == 0 || bounds.maxStep > WAD
                || maxAge == 0 || maxAge > type(uint32).max || !_isWithin(defaults.lower, 2 * count, bounds)
                || !Definiteness.isCovariance(defaults.lower, 2 * count)
        ) revert InvalidDefaults();
        address matrix = SSTORE2.write(CovarianceCodec.pack(defaults.lower));
        _defaults = matrix;
        _underlyings = defaults.underlyings;
        _bounds = bounds;
        _latest = Latest(matrix, 0, 0, uint32(maxAge));
        emit CovarianceDefaultsSet(defaults, bounds, maxAge);
    }

    // PUBLISHING

    /// @inheritdoc ICovarianceOracle
    function publish(int256[] calldata lower, uint64 timestamp) external returns (bool) {
        if (!isPublisher[msg.sender]) revert NotPublisher(msg.sender);
        Latest memory latest = _latest;
        if (latest.maxAge == 0) revert NoCovariance();
        (bool accepted, Refusal reason) = _check(latest, lower, timestamp);
        if (!accepted) {
            emit CovarianceRefused(msg.sender, lower, reason, timestamp);
            return false;
        }
        address matrix = SSTORE2.write(CovarianceCodec.pack(lower));
        _latest = Latest(matrix, uint32(timestamp), uint32(block.timestamp), latest.maxAge);
        emit CovariancePublished(msg.sender, lower, timestamp);
        return true;
    }

    // READING

    /// @inheritdoc ICovarianceOracle
    function covariance() external view returns (Covariance memory) {
        Latest memory latest = _latest;
        if (latest.maxAge == 0) revert NoCovariance();
        return Covariance(_underlyings, _inForce(latest));
    }

    // CHECKS

    function _check(Latest memory latest, int256[] calldata lower, uint64 timestamp)
        private
        view
        returns (bool, Refusal)
    {
        if (timestamp > block.timestamp) return (false, Refusal.TimestampInFuture);
        if (timestamp <= latest.timestamp) return (false, Refusal.TimestampNotNewer);
        // The time of acceptance counts, not the publisher's own: a backlog of past timestamps in one block would
        // otherwise be a jump.
        if (block.timestamp < uint256(latest.acceptedAt) + minInterval) return (false, Refusal.TooSoon);
        uint256 size = 2 * _underlyings.length;
        if (lower.length != size * (size + 1) / 2) return (false, Refusal.WrongSize);
        Bounds memory bounds = _bounds;
        if (!_isWithin(lower, size, bounds)) return (false, Refusal.OutOfBounds);
        if (!_isStep(_inForce(latest), lower, size, bounds.maxStep)) return (false, Refusal.StepTooLarge);
        return (Definiteness.isCovariance(lower, size), Refusal.NotPositiveSemiDefinite);
    }

    function _areDistinct(uint16[] calldata underlyings) private pure returns (bool) {
        uint256 count = underlyings.length;
        if (count == 0 || count > MAX_UNDERLYINGS) return false;
        for (uint256 i = 0; i < count; ++i) {
            for (uint256 j = 0; j < i; ++j) {
                if (underlyings[i] == underlyings[j]) return false;
            }
        }
        return true;
    }

    /// @dev No covariance of variances within their caps lies outside [-MAX_VARIANCE, MAX_VARIANCE].
    function _isWithin(int256[] calldata lower, uint256 size, Bounds memory bounds) private pure returns (bool) {
        uint256 entry = 0;
        for (uint256 i = 0; i < size; ++i) {
            for (uint256 j = 0; j < i; ++j) {
                if (FixedPointMathLib.abs(lower[entry++]) > Definiteness.MAX_VARIANCE) return false;
            }
            int256 variance = lower[entry++];
            (uint256 low, uint256 high) = i % 2 == 0
                ? (bounds.minReturnVariance, bounds.maxReturnVariance)
                : (bounds.minVolVariance, bounds.maxVolVariance);
            if (variance < int256(low) || variance > int256(high)) return false;
        }
        return true;
    }

    function _isStep(int256[] memory from, int256[] calldata to, uint256 size, uint256 maxStep)
        private
        pure
        returns (bool)
    {
        uint256[] memory deviations = new uint256[](size);
        uint256 entry = 0;
        for (uint256 i = 0; i < size; ++i) {
            deviations[i] = FixedPointMathLib.sqrt(uint256(from[entry + i]) * WAD);
            for (uint256 j = 0; j <= i; ++j) {
                uint256 limit = deviations[i] * deviations[j] / WAD * maxStep / WAD;
                if (FixedPointMathLib.dist(from[entry], to[entry]) > limit) return false;
                ++entry;
            }
        }
        return true;
    }

    // VALUES

    function _inForce(Latest memory latest) private view returns (int256[] memory lower) {
        lower = CovarianceCodec.unpack(SSTORE2.read(latest.matrix));
        if (latest.timestamp == 0 || uint256(latest.timestamp) + latest.maxAge >= block.timestamp) return lower;
        int256[] memory fallback_ = CovarianceCodec.unpack(SSTORE2.read(_defaults));
        for (uint256 i = 0; i < lower.length; ++i) lower[i] += fallback_[i];
    }
}
