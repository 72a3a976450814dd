// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title ERC-20 custody
/// @notice Holds every token of the accounts. Only the clearing house moves them. Amounts inside the protocol are wads;
/// the vault converts to the token's decimals and rounds what leaves down. Rebasing tokens are not supported.
interface ICollateralVault {
    event TokenListed(address indexed token, uint8 decimals, bool isCash, uint16 underlying);

    error NotClearingHouse(address caller);
    error UnsupportedToken(address token);
    error InsufficientCustody(address token, uint256 wanted, uint256 available);

    /// @notice Accept `token`, of at most 18 decimals; returns the wad value of its smallest unit. Only the clearing
    /// house.
    function list(address token, bool isCash, uint16 underlying) external returns (uint256 unit);

    /// @notice Pull `amount` token units from `from`; returns the wad credited (what arrived, fee-on-transfer
    /// included).
    function pull(address token, address from, uint256 amount) external returns (uint256 amountWad);

    /// @notice Send `amountWad` to `to`, rounded down to token units; returns the wad that left.
    function push(address token, address to, uint256 amountWad) external returns (uint256 sentWad);

    /// @notice What the vault holds of `token` for the accounts, in wads. Tokens sent to the vault past `pull` do not
    /// count.
    function balanceWad(address token) external view returns (uint256);
}
