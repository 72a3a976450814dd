// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {SignedWad} from "../libraries/SignedWad.sol";
import {Losses} from "./Losses.sol";

/// @title Cash that waits for a settlement to be final
/// @notice The ledger decides when a hold ends and how; here cash goes into escrow and comes out of it.
abstract contract Escrow is Losses {
    using SafeCast for uint256;
    using SignedWad for int256;

    /// @inheritdoc IClearingHouse
    function releaseEscrow(uint256 account, uint256 liquidator, int256 payment, uint256 advance) external nonReentrant {
        _requireLedger();
        if (payment > 0) _release(account, uint256(payment));
        else _release(liquidator, uint256(-payment));
        _release(liquidator, advance);
    }

    /// @inheritdoc IClearingHouse
    function returnEscrow(uint256 account, uint256 liquidator, int256 payment, uint256 advance)
        external
        nonReentrant
        returns (uint256 toFund)
    {
        _requireLedger();
        _accounts[liquidator].escrowed -= advance;
        _accounts[account].cash += advance.toInt256();
        if (payment > 0) {
            _accounts[account].escrowed -= uint256(payment);
            _accounts[liquidator].cash += payment;
            return 0;
        }
        uint256 covered = uint256(-payment);
        _accounts[liquidator].escrowed -= covered;
        toFund = _payFund(covered);
        suspense += (covered - toFund).toInt256();
    }

    /// @dev Sets aside what the close-out has just credited.
    function _hold(
        uint256 settlement,
        uint256 account,
        uint256 liquidator,
        int256 payment,
        uint256 fee,
        uint256 advance
    ) internal {
        if (payment > 0) payment -= Math.min(uint256(payment), fee).toInt256();
        if (payment > 0) _setAside(account, account, uint256(payment));
        else _setAside(liquidator, liquidator, uint256(-payment));
        _setAside(account, liquidator, advance);
        ledger.hold(settlement, account, liquidator, payment, advance);
    }

    /// @dev Puts cash of `from` into the escrow of `to`.
    function _setAside(uint256 from, uint256 to, uint256 amount) private {
        _accounts[from].cash -= amount.toInt256();
        _accounts[to].escrowed += amount;
    }

    function _release(uint256 account, uint256 amount) private {
        _accounts[account].escrowed -= amount;
        _accounts[account].cash += amount.toInt256();
    }

    /// @dev What a slice of cash and escrow together has beyond the slice of cash, so that a buyer gets the same value as
    /// without a hold. The escrow itself stays with the account, whose cash pays for this.
    function _escrowedSlice(uint256 account, uint256 fraction) internal view returns (uint256) {
        int256 inEscrow = escrowed(account).toInt256();
        if (inEscrow == 0) return 0;
        int256 cash_ = _accounts[account].cash;
        return uint256((cash_ + inEscrow).slice(fraction) - cash_.slice(fraction));
    }

    function _requireLedger() private view {
        if (msg.sender != address(ledger)) revert NotLedger(msg.sender);
    }
}
