// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {LibBit} from "solady/src/utils/LibBit.sol";

import {IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {AssetPrice, ExpiryPrice, Smile} from "../interfaces/Types.sol";
import {Median} from "../libraries/Median.sol";
import {PackedSmile, SmileCodec} from "./SmileCodec.sol";

/// @dev Layout serves the reader, who is inside every margin check: a spot is one slot, an expiry three besides it. The
/// smile in force is not copied; the point in force names the publisher whose stored smile it is.
contract PriceOracle is IPriceOracle, AccessControl {
    using Checkpoints for Checkpoints.Trace208;
    using Median for uint256[];
    using SmileCodec for Smile;
    using SmileCodec for PackedSmile;

    uint256 public constant MAX_PUBLISHERS = 15;
    /// Publishers ever authorised. A dismissed publisher's number is not given to another, so its observations cannot
    /// come back under a new name.
    uint256 public constant MAX_PUBLISHERS_EVER = 128;
    uint256 public constant MIN_BASIS = 0.1e18;
    uint256 public constant MAX_BASIS = 10e18;
    int64 public constant MAX_RATE = 2e18;
    uint256 public constant MIN_ATM_VOL = 0.01e18;
    uint256 public constant MAX_ATM_VOL = 20e18;

    uint256 private constant WAD = 1e18;
    /// Makes rates positive, so that they are ranked like everything else.
    int256 private constant RATE_OFFSET = MAX_RATE;
    /// Volatilities are ranked at eight decimals, so that one fits beside the rest of an observation.
    uint256 private constant VOL_UNIT = 1e10;

    /// Timestamps of 32 bits last until 2106.
    struct SpotPoint {
        uint96 spot;
        uint64 basis;
        uint64 confidence;
        uint32 timestamp;
    }

    struct ExpiryObservation {
        uint64 basis;
        int64 rate;
        uint64 confidence;
        uint32 timestamp;
        uint32 atmVol;
    }

    struct ExpiryPoint {
        uint64 basis;
        int64 rate;
        uint64 confidence;
        uint32 timestamp;
        uint8 smileOf;
    }

    /// Observations that count, each kind in ascending order.
    struct Ranking {
        uint256[] bases;
        uint256[] rates;
        uint256[] confidences;
        uint256[] times;
        uint256[] smiles;
        uint256 count;
    }

    struct Panel {
        uint128 active;
        uint8 quorum;
        uint8 ever;
    }

    uint64 public immutable maxAge;

    Panel private _panel;
    mapping(address publisher => uint256) private _numberOf; // from 1; 0 is none
    mapping(uint16 underlying => SpotPoint) private _spot;
    mapping(uint16 underlying => mapping(uint256 id => SpotPoint)) private _spotOf;
    mapping(uint16 underlying => mapping(uint64 expiry => ExpiryPoint)) private _expiry;
    mapping(uint16 underlying => mapping(uint64 expiry => mapping(uint256 id => ExpiryObservation))) private _expiryOf;
    mapping(uint16 underlying => mapping(uint64 expiry => mapping(uint256 id => PackedSmile))) private _smileOf;
    mapping(uint16 underlying => Checkpoints.Trace208) private _history;
    mapping(uint16 underlying => mapping(uint64 expiry => uint256)) private _settlement;

    constructor(address admin, uint64 maxAge_) {
        if (maxAge_ == 0 || maxAge_ > type(uint32).max) revert InvalidMaxAge();
        maxAge = maxAge_;
        _panel.quorum = 1;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        emit QuorumSet(1);
    }

    // ADMINISTRATION

    /// @inheritdoc IPriceOracle
    function setPublisher(address publisher, bool authorised) external onlyRole(DEFAULT_ADMIN_ROLE) {
        Panel memory panel = _panel;
        uint256 number = _numberOf[publisher];
        if (authorised && number == 0) {
            if (panel.ever == MAX_PUBLISHERS_EVER) revert TooManyPublishers(MAX_PUBLISHERS_EVER);
            number = ++panel.ever;
            _numberOf[publisher] = number;
        }
        if (number != 0) {
            uint128 bit = uint128(1 << (number - 1));
            panel.active = authorised ? panel.active | bit : panel.active & ~bit;
            if (LibBit.popCount(panel.active) > MAX_PUBLISHERS) revert TooManyPublishers(MAX_PUBLISHERS);
            _panel = panel;
        }
        emit PublisherSet(publisher, authorised);
    }

    /// @inheritdoc IPriceOracle
    function setQuorum(uint256 quorum_) external onlyRole(DEFAULT_ADMIN_ROLE) {
        if (quorum_ == 0 || quorum_ > MAX_PUBLISHERS) revert InvalidQuorum(quorum_);
        _panel.quorum = uint8(quorum_);
        emit QuorumSet(quorum_);
    }

    // PUBLISHING

    /// @inheritdoc IPriceOracle
    function publish(uint64 timestamp, SpotUpdate[] calldata spots, ExpiryUpdate[] calldata expiries) external {
        uint256 number = _numberOf[msg.sender];
        if (!_isActive(number)) revert NotPublisher(msg.sender);
        uint256 id = number - 1;
        for (uint256 i; i < spots.length; ++i) {
            (bool accepted, Refusal reason) = _observeSpot(id, timestamp, spots[i]);
            if (accepted) _updateSpot(spots[i].underlying);
            else emit UpdateRefused(spots[i].underlying, 0, msg.sender, reason, timestamp);
        }
        for (uint256 i; i < expiries.length; ++i) {
            (bool accepted, Refusal reason) = _observeExpiry(id, timestamp, expiries[i]);
            if (accepted) _updateExpiry(expiries[i].underlying, expiries[i].expiry);
            else emit UpdateRefused(expiries[i].underlying, expiries[i].expiry, msg.sender, reason, timestamp);
        }
    }

    /// @inheritdoc IPriceOracle
    function refresh(uint16 underlying, uint64[] calldata expiries) external {
        _updateSpot(underlying);
        for (uint256 i; i < expiries.length; ++i) {
            _updateExpiry(underlying, expiries[i]);
        }
    }

    /// @inheritdoc IPriceOracle
    function fixSettlementPrice(uint16 underlying, uint64 expiry) external {
        if (block.timestamp < expiry) revert NotExpired(expiry, block.timestamp);
        if (_settlement[underlying][expiry] != 0) return;
        uint256 price = _history[underlying].lowerLookup(uint48(expiry));
        if (price == 0) revert NoSettlementPrice(underlying, expiry);
        _settlement[underlying][expiry] = price;
        emit SettlementPriceFixed(underlying, expiry, uint128(price));
    }

    // READING

    /// @inheritdoc IPriceOracle
    function assetPrice(uint16 underlying) external view returns (AssetPrice memory) {
        SpotPoint memory point = _freshSpot(underlying);
        return AssetPrice({
            spot: point.spot,
            perpetual: _times(point.spot, point.basis),
            confidence: point.confidence,
            timestamp: point.timestamp
        });
    }

    /// @inheritdoc IPriceOracle
    function expiryPrice(uint16 underlying, uint64 expiry) external view returns (ExpiryPrice memory price) {
        ExpiryPoint memory point = _expiry[underlying][expiry];
        if (point.timestamp == 0) revert NoPrice(underlying, expiry);
        if (!_isFresh(point.timestamp)) revert StalePrice(underlying, expiry, point.timestamp, maxAge);
        price.forward = _times(_freshSpot(underlying).spot, point.basis);
        price.rate = point.rate;
        price.confidence = point.confidence;
        price.smile = _smileOf[underlying][expiry][point.smileOf].unpack();
        price.timestamp = point.timestamp;
    }

    /// @inheritdoc IPriceOracle
    function settlementPrice(uint16 underlying, uint64 expiry) external view returns (uint256 price) {
        price = _settlement[underlying][expiry];
        if (price == 0) revert NoSettlementPrice(underlying, expiry);
    }

    /// @inheritdoc IPriceOracle
    function quorum() external view returns (uint256) {
        return _panel.quorum;
    }

    /// @inheritdoc IPriceOracle
    function isPublisher(address account) external view returns (bool) {
        return _isActive(_numberOf[account]);
    }

    // OBSERVATIONS

    function _observeSpot(uint256 id, uint64 timestamp, SpotUpdate calldata update) private returns (bool, Refusal) {
        SpotPoint storage last = _spotOf[update.underlying][id];
        (bool timely, Refusal reason) = _checkTime(timestamp, last.timestamp);
        if (!timely) return (false, reason);
        if (
            update.spot == 0 || update.spot > type(uint96).max || !_isBasis(update.perpetualBasis)
                || update.confidence > WAD
        ) return (false, Refusal.OutOfRange);
        _spotOf[update.underlying][id] =
            SpotPoint(uint96(update.spot), update.perpetualBasis, update.confidence, uint32(timestamp));
        emit SpotPublished(
            update.underlying, msg.sender, update.spot, update.perpetualBasis, update.confidence, timestamp
        );
        return (true, reason);
    }

    function _observeExpiry(uint256 id, uint64 timestamp, ExpiryUpdate calldata update)
        private
        returns (bool, Refusal)
    {
        ExpiryObservation storage last = _expiryOf[update.underlying][update.expiry][id];
        (bool timely, Refusal reason) = _checkTime(timestamp, last.timestamp);
        if (!timely) return (false, reason);
        if (
            update.expiry <= timestamp || !_isBasis(update.forwardBasis) || update.rate > MAX_RATE
                || update.rate < -MAX_RATE || update.confidence > WAD || !update.smile.isValid()
        ) return (false, Refusal.OutOfRange);
        uint256 vol = update.smile.atmVol();
        if (vol < MIN_ATM_VOL || vol > MAX_ATM_VOL) return (false, Refusal.OutOfRange);
        _expiryOf[update.underlying][update.expiry][id] = ExpiryObservation(
            update.forwardBasis, update.rate, update.confidence, uint32(timestamp), uint32(vol / VOL_UNIT)
        );
        _smileOf[update.underlying][update.expiry][id] = update.smile.pack();
        return (true, reason);
    }

    function _checkTime(uint64 timestamp, uint256 last) private view returns (bool, Refusal) {
        if (timestamp > block.timestamp) return (false, Refusal.TimestampInFuture);
        if (timestamp <= last) return (false, Refusal.TimestampNotNewer);
        if (!_isFresh(timestamp)) return (false, Refusal.TooOld);
        return (true, Refusal.OutOfRange);
    }

    // VALUES IN FORCE

    function _updateSpot(uint16 underlying) private {
        uint256[] memory spots = _places();
        uint256[] memory bases = _places();
        uint256[] memory confidences = _places();
        uint256[] memory times = _places();
        uint256 count;
        Panel memory panel = _panel;
        for (uint256 ids = panel.active; ids != 0; ids &= ids - 1) {
            SpotPoint memory seen = _spotOf[underlying][LibBit.ffs(ids)];
            if (!_isFresh(seen.timestamp)) continue;
            spots.insert(count, seen.spot);
            bases.insert(count, seen.basis);
            confidences.insert(count, seen.confidence);
            times.insert(count, seen.timestamp);
            ++count;
        }
        if (count < panel.quorum) return _withdrawSpot(underlying);

        SpotPoint memory point = SpotPoint({
            spot: uint96(spots.median(count)),
            basis: uint64(bases.median(count)),
            confidence: uint64(confidences.median(count)),
            timestamp: uint32(times[count - panel.quorum])
        });
        _spot[underlying] = point;
        _remember(underlying, point);
        emit SpotInForce(
            underlying, point.spot, uint128(_times(point.spot, point.basis)), point.confidence, point.timestamp
        );
    }

    function _updateExpiry(uint16 underlying, uint64 expiry) private {
        Panel memory panel = _panel;
        Ranking memory ranked = _rankExpiry(underlying, expiry, panel.active);
        uint256 count = ranked.count;
        if (count < panel.quorum) return _withdrawExpiry(underlying, expiry);

        ExpiryPoint memory point = ExpiryPoint({
            basis: uint64(ranked.bases.median(count)),
            rate: int64(int256(ranked.rates.median(count)) - RATE_OFFSET),
            confidence: uint64(ranked.confidences.median(count)),
            timestamp: uint32(ranked.times[count - panel.quorum]),
            smileOf: uint8(ranked.smiles.upperMedian(count))
        });
        _expiry[underlying][expiry] = point;
        Smile memory smile = _smileOf[underlying][expiry][point.smileOf].unpack();
        emit ExpiryInForce(underlying, expiry, point.basis, point.rate, point.confidence, smile, point.timestamp);
    }

    function _rankExpiry(uint16 underlying, uint64 expiry, uint256 ids) private view returns (Ranking memory ranked) {
        ranked = Ranking(_places(), _places(), _places(), _places(), _places(), 0);
        for (; ids != 0; ids &= ids - 1) {
            uint256 id = LibBit.ffs(ids);
            ExpiryObservation memory seen = _expiryOf[underlying][expiry][id];
            if (!_isFresh(seen.timestamp)) continue;
            uint256 count = ranked.count++;
            ranked.bases.insert(count, seen.basis);
            ranked.rates.insert(count, uint256(int256(seen.rate) + RATE_OFFSET));
            ranked.confidences.insert(count, seen.confidence);
            ranked.times.insert(count, seen.timestamp);
            // Ranked by volatility; the publisher rides along in the low byte.
            ranked.smiles.insert(count, uint256(seen.atmVol) << 8 | id);
        }
    }

    function _places() private pure returns (uint256[] memory) {
        return new uint256[](MAX_PUBLISHERS);
    }

    function _withdrawSpot(uint16 underlying) private {
        if (_spot[underlying].timestamp == 0) return;
        delete _spot[underlying];
        emit SpotInForce(underlying, 0, 0, 0, 0);
    }

    function _withdrawExpiry(uint16 underlying, uint64 expiry) private {
        if (_expiry[underlying][expiry].timestamp == 0) return;
        delete _expiry[underlying][expiry];
        emit ExpiryInForce(underlying, expiry, 0, 0, 0, Smile(0, 0, 0, 0, 0, 0, 0), 0);
    }

    /// @dev Only the first spot of each timestamp is kept: a later one must not replace a price that may settle.
    function _remember(uint16 underlying, SpotPoint memory point) private {
        Checkpoints.Trace208 storage history = _history[underlying];
        (bool exists, uint48 newest,) = history.latestCheckpoint();
        if (!exists || point.timestamp > newest) history.push(point.timestamp, point.spot);
    }

    // HELPERS OF THE ABOVE

    function _isActive(uint256 number) private view returns (bool) {
        return number != 0 && (_panel.active >> (number - 1)) & 1 == 1;
    }

    function _isFresh(uint256 timestamp) private view returns (bool) {
        return timestamp + maxAge >= block.timestamp;
    }

    function _freshSpot(uint16 underlying) private view returns (SpotPoint memory point) {
        point = _spot[underlying];
        if (point.timestamp == 0) revert NoPrice(underlying, 0);
        if (!_isFresh(point.timestamp)) revert StalePrice(underlying, 0, point.timestamp, maxAge);
    }

    function _times(uint256 spot, uint256 basis) private pure returns (uint256) {
        return spot * basis / WAD;
    }

    function _isBasis(uint256 basis) private pure returns (bool) {
        return basis >= MIN_BASIS && basis <= MAX_BASIS;
    }
}
