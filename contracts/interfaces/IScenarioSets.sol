// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Sets of joint scenarios, committed by hash and posted in chunks
/// @notice A set says how the prices and implied volatilities of several underlyings may move together over a horizon;
/// all its scenarios are equally likely. A publisher commits to the keccak-256 of the whole set, posts its bytes in
/// order and activates it. Only a set that is complete, has that hash and passes the guards comes into force; until
/// then the one before stays. Each publisher has one posting at a time and gives it up by committing to another, so
/// that nobody can disturb a posting of somebody else.
/// @dev The bytes: number of underlyings n (1), the underlyings in ascending order (2 each), then per scenario and
/// underlying a pair of int32: price in the scenario over price now, less one, and relative change of implied
/// volatility. One unit is 2^-26, about 1.5e-8; moves lie in [-1, 32). Big endian.
interface IScenarioSets {
    /// What a set is said to be before its bytes are known. `timestamp`: when it was computed. `horizon`: seconds.
    struct Commitment {
        bytes32 hash;
        uint64 timestamp;
        uint32 horizon;
        uint16 scenarios;
        uint8 underlyings;
    }

    /// What a set must be to come into force. `maxAge`: seconds, also how long it then counts as fresh. `minHorizon`:
    /// seconds. `minMeanMove`: wad, the least mean of the absolute price moves of each underlying, so that nobody posts
    /// a set in which nothing happens.
    struct Guards {
        uint32 maxAge;
        uint32 minHorizon;
        uint16 minScenarios;
        uint64 minMeanMove;
    }

    enum Refusal {
        TimestampInFuture,
        TimestampNotNewer,
        TooOld,
        HorizonTooShort,
        TooFewScenarios,
        WrongHash,
        InvalidUnderlyings,
        PriceBelowZero,
        VolatilityBelowZero,
        MovesTooSmall
    }

    event PublisherSet(address indexed publisher, bool authorised);
    event GuardsSet(Guards guards);
    /// A posting begins. One of the same publisher that was not activated is given up.
    event SetCommitted(address indexed publisher, Commitment commitment);
    event ChunkPosted(address indexed publisher, bytes32 indexed hash, uint256 index, bytes chunk);
    /// The set with this commitment is in force from now on.
    event SetActivated(address indexed publisher, Commitment commitment);
    /// A commitment was not accepted, or a posting did not come into force and is gone.
    event SetRefused(address indexed publisher, Commitment commitment, Refusal reason);

    error NotPublisher(address caller);
    error InvalidGuards();
    error InvalidSize(uint256 scenarios, uint256 underlyings);
    error NoPosting(address publisher);
    error WrongChunk(uint256 index, uint256 expected);
    error ChunkTooLarge(uint256 length, uint256 limit);
    error TooManyChunks(uint256 limit);
    error PostingIncomplete(uint256 posted, uint256 length);
    error NoSet();

    /// @notice Authorise or dismiss a publisher. Only the administrator.
    function setPublisher(address publisher, bool authorised) external;

    /// @notice Commit to a set, giving up the caller's own posting if there is one. Only an authorised publisher.
    /// Returns false if the set could not come into force now. Reverts with InvalidSize beyond 512 scenarios or 8
    /// underlyings.
    function commit(Commitment calldata commitment) external returns (bool accepted);

    /// @notice Append the chunk number `index` of the caller's posting. Chunks hold at most 24,575 bytes, and a posting
    /// at most 8 of them.
    function post(uint256 index, bytes calldata chunk) external;

    /// @notice Put the caller's complete posting in force. Returns false, and drops the posting, if it is refused.
    function activate() external returns (bool accepted);

    /// @notice The bytes of the set in force, and whether it is no older than `maxAge`. Reverts with NoSet if there is
    /// none.
    function current() external view returns (bytes memory set, bool fresh);

    /// @notice The commitment of the set in force, all zero if there is none.
    function commitmentInForce() external view returns (Commitment memory);

    /// @notice A publisher's posting: its commitment (all zero if there is none), and the chunks and bytes posted.
    function posting(address publisher)
        external
        view
        returns (Commitment memory commitment, uint256 chunks, uint256 posted);

    function guards() external view returns (Guards memory);

    function isPublisher(address account) external view returns (bool);
}
