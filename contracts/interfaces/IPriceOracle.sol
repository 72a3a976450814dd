// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {AssetPrice, ExpiryPrice, Smile} from "./Types.sol";

/// @title Prices from several authorised publishers
/// @notice Each publisher posts its own observation; the value in force is the median of the fresh ones, computed when
/// an observation arrives, so that reading is cheap. A refused observation emits an event and changes nothing; the other
/// entries of its batch still count.
/// @dev The perpetual and the forwards are posted and kept as a basis, their ratio to spot. One new spot therefore moves
/// them all at once, and no reader ever sees a new spot beside an old forward. A value is in force while at least
/// `quorum` of the observations behind it are fresh; its timestamp is that of the quorum-th newest of them.
interface IPriceOracle {
    /// One observation of one underlying. `spot` is at most 2^96 - 1, `perpetualBasis` = perpetual / spot is within
    /// [0.1, 10] (1 where no perpetual trades), `confidence` at most 1; all wads.
    struct SpotUpdate {
        uint16 underlying;
        uint128 spot;
        uint64 perpetualBasis;
        uint64 confidence;
    }

    /// One observation of one (underlying, expiry). `forwardBasis` = forward / spot is within [0.1, 10], `rate` within
    /// [-2, 2], the smile nowhere negative and its at-the-money volatility within [1 %, 2000 %].
    struct ExpiryUpdate {
        uint16 underlying;
        uint64 expiry;
        uint64 forwardBasis;
        int64 rate;
        uint64 confidence;
        Smile smile;
    }

    enum Refusal {
        TimestampNotNewer,
        TimestampInFuture,
        TooOld,
        OutOfRange
    }

    event SpotPublished(
        uint16 indexed underlying,
        address indexed publisher,
        uint128 spot,
        uint64 perpetualBasis,
        uint64 confidence,
        uint64 timestamp
    );
    /// New prices in force; the forward of every expiry is now spot * forwardBasis / 1e18, rounded down. All zero when
    /// the value was withdrawn because fewer than `quorum` observations count.
    event SpotInForce(uint16 indexed underlying, uint128 spot, uint128 perpetual, uint64 confidence, uint64 timestamp);
    /// New term-structure point in force; all zero when withdrawn.
    event ExpiryInForce(
        uint16 indexed underlying,
        uint64 indexed expiry,
        uint64 forwardBasis,
        int64 rate,
        uint64 confidence,
        Smile smile,
        uint64 timestamp
    );
    /// `expiry` is zero for a refused spot.
    event UpdateRefused(
        uint16 indexed underlying, uint64 indexed expiry, address indexed publisher, Refusal reason, uint64 timestamp
    );
    event SettlementPriceFixed(uint16 indexed underlying, uint64 indexed expiry, uint128 price);
    event PublisherSet(address indexed publisher, bool authorised);
    event QuorumSet(uint256 quorum);

    error NotPublisher(address caller);
    error NoPrice(uint16 underlying, uint64 expiry);
    error StalePrice(uint16 underlying, uint64 expiry, uint64 timestamp, uint64 maxAge);
    error NotExpired(uint64 expiry, uint256 now_);
    error NoSettlementPrice(uint16 underlying, uint64 expiry);
    error TooManyPublishers(uint256 limit);
    error InvalidQuorum(uint256 quorum);
    error InvalidMaxAge();

    /// @notice Authorise or dismiss a publisher. Only the administrator. The observations of a dismissed publisher no
    /// longer count from the next publication or `refresh` on.
    function setPublisher(address publisher, bool authorised) external;

    /// @notice Set how many fresh observations a value needs, 1 to 15. Only the administrator. Applies from the next
    /// publication or `refresh` on.
    function setQuorum(uint256 quorum) external;

    /// @notice Post observations made at `timestamp`. Only authorised publishers.
    function publish(uint64 timestamp, SpotUpdate[] calldata spots, ExpiryUpdate[] calldata expiries) external;

    /// @notice Recompute the values in force from the observations that count now. Anyone.
    function refresh(uint16 underlying, uint64[] calldata expiries) external;

    /// @notice Fix the settlement price of an expiry that has passed: the first spot that came into force with a
    /// timestamp at or after it. Anyone may call at any later time, with the same result; a repeated call does nothing.
    /// Reverts with NotExpired, or NoSettlementPrice while there is no such spot.
    function fixSettlementPrice(uint16 underlying, uint64 expiry) external;

    /// @notice Prices of `underlying` in force. Reverts with NoPrice or StalePrice.
    function assetPrice(uint16 underlying) external view returns (AssetPrice memory);

    /// @notice Forward, rate and smile of an expiry in force. Reverts with NoPrice or StalePrice, also when the spot
    /// behind the forward is missing or stale (named by expiry zero).
    function expiryPrice(uint16 underlying, uint64 expiry) external view returns (ExpiryPrice memory);

    /// @notice The fixed settlement price, or NoSettlementPrice.
    function settlementPrice(uint16 underlying, uint64 expiry) external view returns (uint256);

    /// @notice Oldest an observation may be, in seconds, to count and to be read.
    function maxAge() external view returns (uint64);

    function quorum() external view returns (uint256);

    function isPublisher(address account) external view returns (bool);
}
