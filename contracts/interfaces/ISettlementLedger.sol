// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Numbered, hash-chained record of settlements
/// @notice Every liquidation and expiry settlement gets the next number, from 1. hash(0) is zero and hash(n) =
/// keccak256(abi.encode(hash(n-1), n, category, account, counterparty, amount, details)), so that the head commits to
/// the whole history and can be recomputed from the events.
interface ISettlementLedger {
    enum Category {
        Liquidation,
        Expiry
    }

    event Settled(
        uint256 indexed settlement,
        Category indexed category,
        uint256 indexed account,
        uint256 counterparty,
        int256 amount,
        bytes32 details,
        bytes32 chainHash
    );

    error NotClearingHouse(address caller);

    /// @notice Append an entry. Only the clearing house. `details` commits to whatever the category needs.
    function append(Category category, uint256 account, uint256 counterparty, int256 amount, bytes32 details)
        external
        returns (uint256 settlement);

    function count() external view returns (uint256);

    function head() external view returns (bytes32);

    function hashOf(uint256 settlement) external view returns (bytes32);
}
