// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {IScenarioSets} from "../interfaces/IScenarioSets.sol";
import {ScenarioCodec} from "../libraries/ScenarioCodec.sol";

/// @dev Bytes live as contract code: 200 gas each to write and next to nothing to read. A read touches two slots and
/// one account per chunk.
contract ScenarioSets is IScenarioSets, AccessControl {
    /// The largest contract (EIP-170), less the STOP before the data.
    uint256 public constant MAX_CHUNK_BYTES = 24_575;
    /// Each chunk costs every reader a cold account.
    uint256 public constant MAX_CHUNKS = 8;

    uint256 private constant WAD = 1e18;

    struct Posting {
        Commitment commitment;
        uint256 posted;
        address[] chunks;
    }

    Guards private _guards;
    mapping(address account => bool) public isPublisher;
    mapping(address publisher => Posting) private _postings;
    Posting private _inForce;

    constructor(address admin, Guards memory initialGuards) {
        bool possible = initialGuards.maxAge != 0 && initialGuards.minScenarios <= ScenarioCodec.MAX_SCENARIOS;
        if (!possible) revert InvalidGuards();
        _guards = initialGuards;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        emit GuardsSet(initialGuards);
    }

    // ADMINISTRATION

    /// @inheritdoc IScenarioSets
    function setPublisher(address publisher, bool authorised) external onlyRole(DEFAULT_ADMIN_ROLE) {
        isPublisher[publisher] = authorised;
        emit PublisherSet(publisher, authorised);
    }

    // PUBLISHING

    /// @inheritdoc IScenarioSets
    function commit(Commitment calldata commitment) external returns (bool) {
        _requirePublisher();
        (uint256 scenarios, uint256 underlyings) = (commitment.scenarios, commitment.underlyings);
        if (
            scenarios == 0 || scenarios > ScenarioCodec.MAX_SCENARIOS || underlyings == 0
                || underlyings > ScenarioCodec.MAX_UNDERLYINGS
        ) revert InvalidSize(scenarios, underlyings);
        (bool accepted, Refusal reason) = _check(commitment);
        if (!accepted) {
            emit SetRefused(msg.sender, commitment, reason);
            return false;
        }
        Posting storage own = _postings[msg.sender];
        own.commitment = commitment;
        own.posted = 0;
        delete own.chunks;
        emit SetCommitted(msg.sender, commitment);
        return true;
    }

    /// @inheritdoc IScenarioSets
    function post(uint256 index, bytes calldata chunk) external {
        _requirePublisher();
        Posting storage own = _ownPosting();
        uint256 expected = own.chunks.length;
        if (index != expected) revert WrongChunk(index, expected);
        if (expected == MAX_CHUNKS) revert TooManyChunks(MAX_CHUNKS);
        uint256 left = _length(own.commitment) - own.posted;
        uint256 limit = left < MAX_CHUNK_BYTES ? left : MAX_CHUNK_BYTES;
        if (chunk.length > limit) revert ChunkTooLarge(chunk.length, limit);
        own.posted += chunk.length;
        own.chunks.push(SSTORE2.write(chunk));
        emit ChunkPosted(msg.sender, own.commitment.hash, index, chunk);
    }

    /// @inheritdoc IScenarioSets
    function activate() external returns (bool) {
        _requirePublisher();
        Posting storage own = _ownPosting();
        Commitment memory commitment = own.commitment;
        uint256 length = _length(commitment);
        if (own.posted != length) revert PostingIncomplete(own.posted, length);
        // Checked again: time has passed, and another publisher may have been faster.
        (bool accepted, Refusal reason) = _check(commitment);
        if (accepted) (accepted, reason) = _checkBytes(commitment, _read(own));
        if (accepted) {
            _inForce = own;
            emit SetActivated(msg.sender, commitment);
        } else {
            emit SetRefused(msg.sender, commitment, reason);
        }
        delete _postings[msg.sender];
        return accepted;
    }

    // READING

    /// @inheritdoc IScenarioSets
    function current() external view returns (bytes memory set, bool fresh) {
        uint256 timestamp = _inForce.commitment.timestamp;
        if (timestamp == 0) revert NoSet();
        return (_read(_inForce), timestamp + _guards.maxAge >= block.timestamp);
    }

    /// @inheritdoc IScenarioSets
    function commitmentInForce() external view returns (Commitment memory) {
        return _inForce.commitment;
    }

    /// @inheritdoc IScenarioSets
    function posting(address publisher) external view returns (Commitment memory, uint256 chunks, uint256 posted) {
        Posting storage own = _postings[publisher];
        return (own.commitment, own.chunks.length, own.posted);
    }

    /// @inheritdoc IScenarioSets
    function guards() external view returns (Guards memory) {
        return _guards;
    }

    // CHECKS

    function _requirePublisher() private view {
        if (!isPublisher[msg.sender]) revert NotPublisher(msg.sender);
    }

    function _ownPosting() private view returns (Posting storage own) {
        own = _postings[msg.sender];
        if (own.commitment.scenarios == 0) revert NoPosting(msg.sender);
    }

    function _length(Commitment memory commitment) private pure returns (uint256) {
        return ScenarioCodec.size(commitment.scenarios, commitment.underlyings);
    }

    function _check(Commitment memory commitment) private view returns (bool, Refusal) {
        Guards memory limits = _guards;
        if (commitment.timestamp > block.timestamp) return (false, Refusal.TimestampInFuture);
        if (commitment.timestamp <= _inForce.commitment.timestamp) return (false, Refusal.TimestampNotNewer);
        if (uint256(commitment.timestamp) + limits.maxAge < block.timestamp) return (false, Refusal.TooOld);
        if (commitment.horizon < limits.minHorizon) return (false, Refusal.HorizonTooShort);
        return (commitment.scenarios >= limits.minScenarios, Refusal.TooFewScenarios);
    }

    function _checkBytes(Commitment memory commitment, bytes memory set) private view returns (bool, Refusal) {
        if (keccak256(set) != commitment.hash) return (false, Refusal.WrongHash);
        uint256 columns = commitment.underlyings;
        if (uint8(set[0]) != columns) return (false, Refusal.InvalidUnderlyings);
        for (uint256 i = 1; i < columns; ++i) {
            if (ScenarioCodec.underlying(set, i) <= ScenarioCodec.underlying(set, i - 1)) {
                return (false, Refusal.InvalidUnderlyings);
            }
        }
        return _checkMoves(set, commitment.scenarios, columns);
    }

    function _checkMoves(bytes memory set, uint256 scenarios, uint256 columns) private view returns (bool, Refusal) {
        // The whole of the absolute price moves that a column needs, in units of a move.
        uint256 least = (scenarios * _guards.minMeanMove << ScenarioCodec.MOVE_BITS) / WAD;
        uint256 row = columns * ScenarioCodec.CELL_BYTES;
        for (uint256 column = 0; column < columns; ++column) {
            uint256 cell = ScenarioCodec.firstCell(set, columns) + column * ScenarioCodec.CELL_BYTES;
            uint256 total;
            for (uint256 i = 0; i < scenarios; ++i) {
                (int256 price, int256 volatility) = ScenarioCodec.moves(cell);
                if (price < ScenarioCodec.MIN_MOVE) return (false, Refusal.PriceBelowZero);
                if (volatility < ScenarioCodec.MIN_MOVE) return (false, Refusal.VolatilityBelowZero);
                total += uint256(price < 0 ? -price : price);
                cell += row;
            }
            if (total < least) return (false, Refusal.MovesTooSmall);
        }
        return (true, Refusal.WrongHash);
    }

    // STORAGE

    function _read(Posting storage source) private view returns (bytes memory set) {
        uint256 count = source.chunks.length;
        if (count == 1) return SSTORE2.read(source.chunks[0]);
        for (uint256 i = 0; i < count; ++i) {
            set = bytes.concat(set, SSTORE2.read(source.chunks[i]));
        }
    }
}
