// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {Accounts} from "./Accounts.sol";

/// @title What passes between accounts and the insurance fund: fees, and losses beyond what an account can bear
abstract contract Losses is Accounts {
    using SafeCast for uint256;

    /// @inheritdoc IClearingHouse
    function bookBadDebt(uint256 account) external nonReentrant {
        int256 cash_ = cash(account) + escrowed(account).toInt256();
        if (cash_ >= 0 || !_isEmpty(account)) revert NotBankrupt(account, cash_);
        _absorbNegativeCash(account, 0);
    }

    /// @dev Returns what the account was charged.
    function _payFee(uint256 account, uint256 fee) internal returns (uint256 charged) {
        charged = _payFund(fee);
        _accounts[account].cash -= charged.toInt256();
    }

    /// @dev Income first repays socialised loss, the rest goes to the fund in whole token units, as far as the vault's
    /// cash reaches. Returns what went either way.
    function _payFund(uint256 income) internal returns (uint256 paid) {
        uint256 outstanding = socialisedLoss;
        uint256 repaid = Math.min(income, outstanding);
        if (repaid != 0) {
            socialisedLoss = outstanding - repaid;
            emit SocialisedLossRepaid(repaid, outstanding - repaid);
        }
        uint256 sent = Math.min(income - repaid, vault.balanceWad(quoteToken));
        sent -= sent % quoteUnit;
        paid = repaid + sent;
        if (sent != 0) vault.push(quoteToken, address(fund), sent);
    }

    /// @dev Debt that the account's escrow will cover is not bad.
    function _absorbNegativeCash(uint256 account, uint256 settlement) internal {
        int256 cash_ = _accounts[account].cash + escrowed(account).toInt256();
        if (cash_ >= 0) return;
        _accounts[account].cash -= cash_;
        _absorb(account, settlement, uint256(-cash_));
    }

    /// @dev The fund pays whole token units, rounded up; the dust stays in suspense. What it lacks is socialised.
    function _absorb(uint256 account, uint256 settlement, uint256 amount) internal {
        uint256 available = fund.cover(Math.ceilDiv(amount, quoteUnit));
        uint256 received = available == 0 ? 0 : vault.pull(quoteToken, address(fund), available);
        uint256 fromFund = Math.min(received, amount);
        uint256 socialised = amount - fromFund;
        if (received > fromFund) suspense += (received - fromFund).toInt256();
        if (socialised != 0) socialisedLoss += socialised;
        emit BadDebtBooked(account, settlement, amount, fromFund, socialised);
    }

    function _isEmpty(uint256 account) internal view returns (bool) {
        Account storage a = _accounts[account];
        return a.collaterals == 0 && a.book.instruments.length == 0;
    }
}
