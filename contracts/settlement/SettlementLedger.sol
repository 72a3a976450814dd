// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ISettlementLedger} from "../interfaces/ISettlementLedger.sol";

/// @notice See {ISettlementLedger}.
contract SettlementLedger is ISettlementLedger {
    address public immutable clearingHouse;

    /// @inheritdoc ISettlementLedger
    uint256 public count;

    /// @inheritdoc ISettlementLedger
    mapping(uint256 settlement => bytes32) public hashOf;

    constructor(address clearingHouse_) {
        clearingHouse = clearingHouse_;
    }

    /// @inheritdoc ISettlementLedger
    function append(Category category, uint256 account, uint256 counterparty, int256 amount, bytes32 details)
        external
        returns (uint256 settlement)
    {
        if (msg.sender != clearingHouse) revert NotClearingHouse(msg.sender);
        bytes32 previous = hashOf[count];
        settlement = ++count;
        bytes32 chainHash =
            keccak256(abi.encode(previous, settlement, category, account, counterparty, amount, details));
        hashOf[settlement] = chainHash;
        emit Settled(settlement, category, account, counterparty, amount, details, chainHash);
    }

    /// @inheritdoc ISettlementLedger
    function head() external view returns (bytes32) {
        return hashOf[count];
    }
}
