// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ILiquidation} from "../interfaces/ILiquidation.sol";
import {Margin} from "../interfaces/Types.sol";
import {SignedWad} from "../libraries/SignedWad.sol";
import {Mechanism} from "./Mechanism.sol";

/// @title What the mechanisms share that name a price
/// @notice A mechanism sets the price of the whole account and the largest slice that may be bought; this turns them
/// into a quote and a close-out: payment = fraction * price, rounded up.
abstract contract Liquidation is ILiquidation, Mechanism {
    using SignedWad for int256;

    /// Price of the whole account (negative: the fund pays), largest slice of it, and whether its owner is paid.
    struct Terms {
        int256 price;
        uint256 maxFraction;
        bool solvent;
    }

    constructor(address clearingHouse_, uint256 fundFee_) Mechanism(clearingHouse_, fundFee_) {}

    /// @inheritdoc ILiquidation
    function quote(uint256 account, uint256 fraction) public view returns (Quote memory) {
        Margin memory state = _belowMaintenance(account);
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
        _requireAuthorised(liquidator);
        Quote memory q = quote(account, fraction);
        if (q.payment > maxPayment) revert PaymentAboveLimit(q.payment, maxPayment);
        settlement = clearingHouse.closeOut(account, liquidator, fraction, q.payment, q.fee);
        _closed(account, liquidator, fraction);
    }

    /// @dev Price and limit now of an account below maintenance margin.
    function _terms(uint256 account, Margin memory state) internal view virtual returns (Terms memory);

    /// @dev Called after a close-out.
    function _closed(uint256 account, uint256 liquidator, uint256 fraction) internal virtual {}
}
