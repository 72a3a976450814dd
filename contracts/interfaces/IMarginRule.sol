// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Margin, Portfolio} from "./Types.sol";

/// @title A collateral rule
/// @notice Values any portfolio, stored or hypothetical, at the current oracle prices and risk parameters.
/// @dev Stateless towards accounts: the clearing house hands over the whole portfolio. A portfolio without legs and
/// holdings costs nothing beyond its cash. Reverts if a price it needs is missing or stale.
interface IMarginRule {
    /// @notice Equity, net initial margin and net maintenance margin of `portfolio`, in wads of the quote currency.
    function margin(Portfolio calldata portfolio) external view returns (Margin memory);
}
