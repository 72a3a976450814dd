// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILiquidation} from "../interfaces/ILiquidation.sol";
import {Margin} from "../interfaces/Types.sol";
import {SignedWad} from "../libraries/SignedWad.sol";

/// @title What every liquidation mechanism shares
/// @notice A mechanism sets the price of the whole account and the largest slice that may be bought; this turns them
/// into a quote and a close-out. With E the equity and R = E - MM the maintenance requirement of the account:
/// payment = fraction * price, rounded up; fee = min(fraction * fundFee * R, payment), rounded down, and zero if the
/// payment is not positive.
abstract contract Liquidation is ILiquidation {
    using SignedWad for int256;

    int256 internal constant WAD = 1e18;

    IClearingHouse public immutable clearingHouse;
    /// Penalty on the account for the insurance fund, as a share of the maintenance requirement closed out.
    uint256 public immutable fundFee;

    /// Price of the whole account (negative: the fund pays), largest slice of it, and whether its owner is paid.
    struct Terms {
        int256 price;
        uint256 maxFraction;
        bool solvent;
    }

    constructor(address clearingHouse_, uint256 fundFee_) {
        if (fundFee_ >= uint256(WAD)) revert InvalidParameters();
        clearingHouse = IClearingHouse(clearingHouse_);
        fundFee = fundFee_;
    }

    /// @inheritdoc ILiquidation
    function quote(uint256 account, uint256 fraction) public view returns (Quote memory) {
        Margin memory state = clearingHouse.margin(account);
        if (state.maintenanceMargin >= 0) {
            revert IClearingHouse.NotLiquidatable(account, state.maintenanceMargin);
        }
        Terms memory terms = _terms(account, state);
        if (fraction > terms.maxFraction) revert FractionAboveLimit(fraction, terms.maxFraction);
        int256 payment = int256(fraction).mulUp(terms.price);
        return Quote(terms.maxFraction, payment, _fee(fraction, payment, state), terms.solvent);
    }

    /// @inheritdoc ILiquidation
    function liquidate(uint256 account, uint256 liquidator, uint256 fraction, int256 maxPayment)
        external
        returns (uint256 settlement)
    {
        if (!clearingHouse.isAuthorised(liquidator, msg.sender)) {
            revert IClearingHouse.NotAuthorised(msg.sender, liquidator);
        }
        Quote memory q = quote(account, fraction);
        if (q.payment > maxPayment) revert PaymentAboveLimit(q.payment, maxPayment);
        settlement = clearingHouse.closeOut(account, liquidator, fraction, q.payment, q.fee);
        _closed(account, liquidator, fraction);
    }

    /// @dev Price and limit now of an account below maintenance margin.
    function _terms(uint256 account, Margin memory state) internal view virtual returns (Terms memory);

    /// @dev Called after a close-out.
    function _closed(uint256 account, uint256 liquidator, uint256 fraction) internal virtual {}

    function _requirement(Margin memory state) internal pure returns (int256) {
        int256 requirement = state.equity - state.maintenanceMargin;
        return requirement > 0 ? requirement : int256(0);
    }

    function _fee(uint256 fraction, int256 payment, Margin memory state) private view returns (uint256) {
        if (payment <= 0) return 0;
        int256 fee = int256(fraction).mulDown(_feeOnWhole(state));
        return uint256(fee < payment ? fee : payment);
    }

    function _feeOnWhole(Margin memory state) internal view returns (int256) {
        return int256(fundFee).mulDown(_requirement(state));
    }
}
