// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title A liquidation mechanism
/// @notice Decides who may take how much of an account below maintenance margin, at what price.
interface ILiquidation {
    /// What a bid for `fraction` would do now. `payment` is what the liquidator pays (negative: receives); `fee` goes
    /// from the account to the insurance fund.
    struct Quote {
        uint256 maxFraction;
        int256 payment;
        uint256 fee;
        bool solvent;
    }

    /// Anyone may bid from `startedAt`. `solvent` is false if the account's equity was not positive.
    event AuctionStarted(
        uint256 indexed account, uint64 startedAt, bool solvent, int256 equity, int256 maintenanceMargin
    );
    /// The clock of the insolvent phase, in which the fund pays, started at `insolventAt`.
    event AuctionTurnedInsolvent(uint256 indexed account, uint64 insolventAt, int256 equity, int256 maintenanceMargin);
    /// `liquidator` is the account whose bid ended it, zero if the account recovered without one.
    event AuctionEnded(uint256 indexed account, uint256 indexed liquidator);

    error PaymentAboveLimit(int256 payment, int256 limit);
    error FractionAboveLimit(uint256 fraction, uint256 limit);
    error AuctionNotRunning(uint256 account);
    error AuctionRunning(uint256 account);
    error StillSolvent(uint256 account, int256 equity);
    error StillBelowMaintenance(uint256 account, int256 maintenanceMargin);
    error InvalidParameters();

    /// @notice The view twin of `liquidate`. Reverts where that would, except that a `fraction` of zero asks for the
    /// limit.
    function quote(uint256 account, uint256 fraction) external view returns (Quote memory);

    /// @notice Take `fraction` (wad) of `account` into `liquidator` (an account the caller may act for), paying at most
    /// `maxPayment`. Returns the number in the settlement ledger.
    function liquidate(uint256 account, uint256 liquidator, uint256 fraction, int256 maxPayment)
        external
        returns (uint256 settlement);
}
