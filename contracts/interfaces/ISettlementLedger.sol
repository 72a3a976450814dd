// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Numbered, hash-chained record of settlements, and escrow of what liquidations pay out
/// @notice Every liquidation and expiry settlement gets the next number, from 1. hash(0) is zero and hash(n) =
/// keccak256(abi.encode(hash(n-1), n, category, account, counterparty, amount, details)), so that the head commits to
/// the whole history and can be recomputed from the events.
///
/// With a hold policy, the proceeds of a liquidation are in escrow under its number until its place in the order is
/// final: they count for their owner's equity and maintenance margin, and cannot be withdrawn or borrowed against. The
/// clearing house keeps the cash; the ledger says to whom it goes, once: to its owner (`release`, `releaseAfterTimeout`)
/// or back (`void`). All three may be called by anyone, as each depends only on what is recorded here.
interface ISettlementLedger {
    enum Category {
        Liquidation,
        Expiry
    }

    /// None: proceeds are cash at once. Depth: final when `depth` blocks have been added. Checkpoint: final when the
    /// relay's newest checkpoint covers it.
    enum HoldRule {
        None,
        Depth,
        Checkpoint
    }

    enum HoldStatus {
        None,
        Held,
        Released,
        Voided
    }

    /// `depth` is for Depth alone; `timeout` (seconds) and `relay` are for Checkpoint alone. Zero elsewhere.
    struct HoldPolicy {
        HoldRule rule;
        uint64 depth;
        uint64 timeout;
        address relay;
    }

    /// What a liquidation keeps in escrow. A positive `payment` is held for the account and came from the liquidator; a
    /// negative one is held for the liquidator and came from the insurance fund. `advance` is held for the liquidator: its
    /// slice of what was in escrow for the account before, charged to the account's cash.
    struct Hold {
        uint64 account;
        uint64 liquidator;
        uint64 blockNumber;
        uint56 timestamp;
        HoldStatus status;
        int128 payment;
        uint128 advance;
    }

    /// The order of settlements up to and including block `blockNumber`, as finalised.
    struct Checkpoint {
        uint128 blockNumber;
        uint128 count;
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
    event HoldPolicySet(HoldRule rule, uint64 depth, uint64 timeout, address relay);
    event HoldPlaced(
        uint256 indexed settlement,
        uint256 indexed account,
        uint256 indexed liquidator,
        int256 payment,
        uint256 advance,
        uint256 blockNumber,
        uint256 timestamp
    );
    event HoldReleased(
        uint256 indexed settlement,
        uint256 indexed account,
        uint256 indexed liquidator,
        int256 payment,
        uint256 advance,
        bool timedOut
    );
    /// `toFund` of a negative payment repaid socialised loss or went to the fund; the rest of it is in suspense.
    event HoldVoided(
        uint256 indexed settlement,
        uint256 indexed account,
        uint256 indexed liquidator,
        int256 payment,
        uint256 advance,
        uint256 toFund
    );
    event CheckpointPosted(uint256 blockNumber, uint256 count, bytes32 chainHash);
    /// The relay saw another order than this ledger's, whose hash at `count` is `recorded`. Nothing became final.
    event OrderRefused(uint256 blockNumber, uint256 count, bytes32 chainHash, bytes32 recorded);

    error NotClearingHouse(address caller);
    error NotRelay(address caller);
    error InvalidHoldPolicy(HoldPolicy policy);
    error HoldNotOpen(uint256 settlement, HoldStatus status);
    error NotFinal(uint256 settlement, uint256 blockNumber, uint256 finalBlock);
    error ExcludedByOrder(uint256 settlement, uint256 finalCount);
    error NotExcluded(uint256 settlement, uint256 finalBlock, uint256 finalCount);
    error NoTimeout();
    error TimeoutRunning(uint256 settlement, uint256 endsAt);
    error UnknownSettlement(uint256 settlement, uint256 count);
    error CheckpointNotMined(uint256 blockNumber, uint256 current);
    error CheckpointNotNewer(uint256 blockNumber, uint256 count, Checkpoint newest);

    /// @notice Append an entry. Only the clearing house. `details` commits to whatever the category needs.
    function append(Category category, uint256 account, uint256 counterparty, int256 amount, bytes32 details)
        external
        returns (uint256 settlement);

    /// @notice Put the proceeds of a liquidation into escrow under its number; nothing is held if both are zero. Only the
    /// clearing house, which has set the cash aside. Meaning and signs of the amounts as in {Hold}.
    function hold(uint256 settlement, uint256 account, uint256 liquidator, int256 payment, uint256 advance) external;

    /// @notice Tell which settlements are final. Only the relay. `chainHash` proves that it saw this ledger's order: it
    /// must be the hash at `count`; otherwise the checkpoint is refused by event and returns false. Both numbers never
    /// fall, and the block is a past one.
    function postCheckpoint(uint256 blockNumber, uint256 count, bytes32 chainHash) external returns (bool accepted);

    /// @notice Give a hold to whom it is for, once its settlement is final. Anyone.
    function release(uint256 settlement) external;

    /// @notice The same under the checkpoint rule when `timeout` has passed since the liquidation and no checkpoint
    /// excludes it: whatever the relay does, nothing stays locked. Anyone.
    function releaseAfterTimeout(uint256 settlement) external;

    /// @notice Give a hold back, once a checkpoint of its block or a later one proves that the finalised order does not
    /// have it. Anyone. A penalty that was paid to the fund stays there.
    function void(uint256 settlement) external;

    function count() external view returns (uint256);

    function head() external view returns (bytes32);

    function hashOf(uint256 settlement) external view returns (bytes32);

    /// @notice Whether there is a hold policy.
    function holdsProceeds() external view returns (bool);

    function holdPolicy() external view returns (HoldPolicy memory);

    function holdOf(uint256 settlement) external view returns (Hold memory);

    /// @notice Newest checkpoint; zeros before the first.
    function checkpoint() external view returns (Checkpoint memory);

    /// @notice Newest block that is final under the rule; zero if none is.
    function finalBlock() external view returns (uint256);
}
