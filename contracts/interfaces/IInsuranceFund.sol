// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Backstop that absorbs bad debt
/// @notice An ERC-4626 vault over the quote token that holds its own tokens. Fees raise its share price; bad debt and
/// insolvent-auction payments lower it. Leaving takes a notice period, so that depositors cannot run ahead of a loss;
/// once it has passed, the announced shares may leave during `WINDOW`, then the notice lapses. For shares that are
/// transferred it lapses at once.
interface IInsuranceFund {
    event Covered(uint256 requested, uint256 paid);
    event WithdrawalRequested(address indexed owner, uint256 shares, uint64 availableAt);

    error NotClearingHouse(address caller);
    error NoticeRunning(address owner, uint64 availableAt);
    error NoNotice(address owner);
    error NoticeAboveBalance(address owner, uint256 shares, uint256 balance);

    /// @notice Let the collateral vault pull up to `amount` (token units) of the fund's assets; returns how much the
    /// fund can pay. Only the clearing house, which pulls at once.
    function cover(uint256 amount) external returns (uint256 paid);

    /// @notice Start the notice period for `shares` of the caller; replaces an earlier notice.
    function requestWithdrawal(uint256 shares) external;
}
