// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ISettlementLedger} from "../interfaces/ISettlementLedger.sol";

/// @notice See {ISettlementLedger}.
contract SettlementLedger is ISettlementLedger {
    using SafeCast for int256;
    using SafeCast for uint256;

    /// Longest waits that a policy may ask for, so that none locks funds for good.
    uint64 public constant MAX_DEPTH = 1_000_000;
    uint64 public constant MAX_TIMEOUT = 30 days;

    address public immutable clearingHouse;
    HoldRule private immutable _rule;
    uint64 private immutable _depth;
    uint64 private immutable _timeout;
    address private immutable _relay;

    /// @inheritdoc ISettlementLedger
    uint256 public count;

    /// @inheritdoc ISettlementLedger
    mapping(uint256 settlement => bytes32) public hashOf;

    mapping(uint256 settlement => Hold) private _holds;
    Checkpoint private _newest;

    modifier onlyClearingHouse() {
        if (msg.sender != clearingHouse) revert NotClearingHouse(msg.sender);
        _;
    }

    constructor(address clearingHouse_, HoldPolicy memory policy) {
        if (!_isValid(policy)) revert InvalidHoldPolicy(policy);
        clearingHouse = clearingHouse_;
        (_rule, _depth, _timeout, _relay) = (policy.rule, policy.depth, policy.timeout, policy.relay);
        emit HoldPolicySet(policy.rule, policy.depth, policy.timeout, policy.relay);
    }

    // ORDER

    /// @inheritdoc ISettlementLedger
    function append(Category category, uint256 account, uint256 counterparty, int256 amount, bytes32 details)
        external
        onlyClearingHouse
        returns (uint256 settlement)
    {
        bytes32 previous = hashOf[count];
        settlement = ++count;
        bytes32 chainHash =
            keccak256(abi.encode(previous, settlement, category, account, counterparty, amount, details));
        hashOf[settlement] = chainHash;
        emit Settled(settlement, category, account, counterparty, amount, details, chainHash);
    }

    /// @inheritdoc ISettlementLedger
    function postCheckpoint(uint256 blockNumber, uint256 count_, bytes32 chainHash) external returns (bool accepted) {
        if (msg.sender != _relay) revert NotRelay(msg.sender);
        if (blockNumber >= block.number) revert CheckpointNotMined(blockNumber, block.number);
        // The hash of a number that is not taken yet is zero, which anyone can name.
        if (count_ > count) revert UnknownSettlement(count_, count);
        Checkpoint memory newest = _newest;
        if (blockNumber <= newest.blockNumber || count_ < newest.count) {
            revert CheckpointNotNewer(blockNumber, count_, newest);
        }
        bytes32 recorded = hashOf[count_];
        if (chainHash != recorded) {
            emit OrderRefused(blockNumber, count_, chainHash, recorded);
            return false;
        }
        _newest = Checkpoint(uint128(blockNumber), uint128(count_));
        emit CheckpointPosted(blockNumber, count_, chainHash);
        return true;
    }

    // ESCROW

    /// @inheritdoc ISettlementLedger
    function hold(uint256 settlement, uint256 account, uint256 liquidator, int256 payment, uint256 advance)
        external
        onlyClearingHouse
    {
        if (payment == 0 && advance == 0) return;
        _holds[settlement] = Hold({
            account: account.toUint64(),
            liquidator: liquidator.toUint64(),
            blockNumber: uint64(block.number),
            timestamp: uint56(block.timestamp),
            status: HoldStatus.Held,
            payment: payment.toInt128(),
            advance: advance.toUint128()
        });
        emit HoldPlaced(settlement, account, liquidator, payment, advance, block.number, block.timestamp);
    }

    /// @inheritdoc ISettlementLedger
    function release(uint256 settlement) external {
        Hold memory held = _open(settlement);
        uint256 finalBlock_ = finalBlock();
        if (held.blockNumber > finalBlock_) revert NotFinal(settlement, held.blockNumber, finalBlock_);
        if (_excludes(settlement, held)) revert ExcludedByOrder(settlement, _newest.count);
        _release(settlement, held, false);
    }

    /// @inheritdoc ISettlementLedger
    function releaseAfterTimeout(uint256 settlement) external {
        if (_rule != HoldRule.Checkpoint) revert NoTimeout();
        Hold memory held = _open(settlement);
        uint256 endsAt = uint256(held.timestamp) + _timeout;
        if (block.timestamp < endsAt) revert TimeoutRunning(settlement, endsAt);
        if (_excludes(settlement, held)) revert ExcludedByOrder(settlement, _newest.count);
        _release(settlement, held, true);
    }

    /// @inheritdoc ISettlementLedger
    function void(uint256 settlement) external {
        Hold memory held = _open(settlement);
        if (!_excludes(settlement, held)) revert NotExcluded(settlement, finalBlock(), _newest.count);
        _holds[settlement].status = HoldStatus.Voided;
        uint256 toFund =
            IClearingHouse(clearingHouse).returnEscrow(held.account, held.liquidator, held.payment, held.advance);
        emit HoldVoided(settlement, held.account, held.liquidator, held.payment, held.advance, toFund);
    }

    function _release(uint256 settlement, Hold memory held, bool timedOut) private {
        _holds[settlement].status = HoldStatus.Released;
        emit HoldReleased(settlement, held.account, held.liquidator, held.payment, held.advance, timedOut);
        IClearingHouse(clearingHouse).releaseEscrow(held.account, held.liquidator, held.payment, held.advance);
    }

    function _open(uint256 settlement) private view returns (Hold memory held) {
        held = _holds[settlement];
        if (held.status != HoldStatus.Held) revert HoldNotOpen(settlement, held.status);
    }

    /// @dev Whether the finalised order reaches the block of the liquidation and does not have it.
    function _excludes(uint256 settlement, Hold memory held) private view returns (bool) {
        if (_rule != HoldRule.Checkpoint) return false;
        Checkpoint memory newest = _newest;
        return held.blockNumber <= newest.blockNumber && settlement > newest.count;
    }

    function _isValid(HoldPolicy memory policy) private pure returns (bool) {
        bool deep = policy.depth != 0 && policy.depth <= MAX_DEPTH;
        bool timed = policy.timeout != 0 && policy.timeout <= MAX_TIMEOUT;
        bool noDepth = policy.depth == 0;
        bool noRelay = policy.timeout == 0 && policy.relay == address(0);
        if (policy.rule == HoldRule.None) return noDepth && noRelay;
        if (policy.rule == HoldRule.Depth) return deep && noRelay;
        return noDepth && timed && policy.relay != address(0);
    }

    // VIEWS

    /// @inheritdoc ISettlementLedger
    function head() external view returns (bytes32) {
        return hashOf[count];
    }

    /// @inheritdoc ISettlementLedger
    function holdsProceeds() external view returns (bool) {
        return _rule != HoldRule.None;
    }

    /// @inheritdoc ISettlementLedger
    function holdPolicy() external view returns (HoldPolicy memory) {
        return HoldPolicy(_rule, _depth, _timeout, _relay);
    }

    /// @inheritdoc ISettlementLedger
    function holdOf(uint256 settlement) external view returns (Hold memory) {
        return _holds[settlement];
    }

    /// @inheritdoc ISettlementLedger
    function checkpoint() external view returns (Checkpoint memory) {
        return _newest;
    }

    /// @inheritdoc ISettlementLedger
    function finalBlock() public view returns (uint256) {
        if (_rule == HoldRule.Checkpoint) return _newest.blockNumber;
        return block.number > _depth && _rule == HoldRule.Depth ? block.number - _depth : 0;
    }
}
