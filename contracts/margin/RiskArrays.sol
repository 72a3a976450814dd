// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Scan risk of positions whose P&L arrays are given
/// @notice A clearing house publishes, for each contract, the P&L of one unit in each of its scenarios, damped extremes
/// already weighted (CME SPAN's risk arrays). The scan risk of a portfolio is the largest sum of losses.
contract RiskArrays {
    error ArrayCountMismatch(uint256 sizes, uint256 arrays);
    error ArrayLengthMismatch(uint256 index, uint256 length, uint256 expected);

    /// @param sizes positions, in units: positive is long
    /// @param unitProfits of each position, the P&L of one unit long in each scenario
    /// @return worst the P&L of the worst scenario, zero if none loses
    /// @return index the first worst scenario; the number of scenarios if none loses
    function scanRisk(int256[] calldata sizes, int256[][] calldata unitProfits)
        external
        pure
        returns (int256 worst, uint256 index)
    {
        if (sizes.length != unitProfits.length) revert ArrayCountMismatch(sizes.length, unitProfits.length);
        uint256 scenarios = sizes.length == 0 ? 0 : unitProfits[0].length;
        for (uint256 i = 1; i < sizes.length; ++i) {
            uint256 length = unitProfits[i].length;
            if (length != scenarios) revert ArrayLengthMismatch(i, length, scenarios);
        }
        index = scenarios;
        for (uint256 j = 0; j < scenarios; ++j) {
            int256 profit = 0;
            for (uint256 i = 0; i < sizes.length; ++i) {
                profit += sizes[i] * unitProfits[i][j];
            }
            if (profit < worst) (worst, index) = (profit, j);
        }
    }
}
