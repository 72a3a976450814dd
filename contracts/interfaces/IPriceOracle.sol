// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {AssetPrice, ExpiryPrice, Smile} from "./Types.sol";

/// @title Prices from several authorised publishers
/// @notice Each publisher posts its own observation; the value in force is the median of the fresh ones, computed when
/// an observation arrives, so that reading is cheap. A refused observation emits an event and changes nothing.
interface IPriceOracle {
    /// One observation of one underlying at `timestamp`.
    struct SpotUpdate {
        uint16 underlying;
        uint128 spot;
        uint128 perpetual;
        uint64 confidence;
    }

    /// One observation of one (underlying, expiry) at `timestamp`.
    struct ExpiryUpdate {
        uint16 underlying;
        uint64 expiry;
        uint128 forward;
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
        uint16 indexed underlying, address indexed publisher, uint128 spot, uint128 perpetual, uint64 confidence, uint64 timestamp
    );
    event SpotInForce(uint16 indexed underlying, uint128 spot, uint128 perpetual, uint64 confidence, uint64 timestamp);
    event ExpiryInForce(
        uint16 indexed underlying, uint64 indexed expiry, uint128 forward, int64 rate, uint64 confidence, Smile smile, uint64 timestamp
    );
    event UpdateRefused(uint16 indexed underlying, uint64 indexed expiry, address indexed publisher, Refusal reason, uint64 timestamp);
    event SettlementPriceFixed(uint16 indexed underlying, uint64 indexed expiry, uint128 price);
    event PublisherSet(address indexed publisher, bool authorised);

    error NotPublisher(address caller);
    error NoPrice(uint16 underlying, uint64 expiry);
    error StalePrice(uint16 underlying, uint64 expiry, uint64 timestamp, uint64 maxAge);
    error NotExpired(uint64 expiry, uint256 now_);
    error NoSettlementPrice(uint16 underlying, uint64 expiry);

    /// @notice Post observations made at `timestamp`. Only authorised publishers.
    function publish(uint64 timestamp, SpotUpdate[] calldata spots, ExpiryUpdate[] calldata expiries) external;

    /// @notice Prices of `underlying` in force. Reverts with NoPrice or StalePrice.
    function assetPrice(uint16 underlying) external view returns (AssetPrice memory);

    /// @notice Forward, rate and smile of an expiry in force. Reverts with NoPrice or StalePrice.
    function expiryPrice(uint16 underlying, uint64 expiry) external view returns (ExpiryPrice memory);

    /// @notice Fix the settlement price of an expiry that has passed, from the first spot in force at or after it.
    /// Anyone may call; the first success is permanent.
    function fixSettlementPrice(uint16 underlying, uint64 expiry) external;

    /// @notice The fixed settlement price, or NoSettlementPrice.
    function settlementPrice(uint16 underlying, uint64 expiry) external view returns (uint256);
}
