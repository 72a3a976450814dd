// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICollateralVault} from "./interfaces/ICollateralVault.sol";

/// @notice See {ICollateralVault}.
contract CollateralVault is ICollateralVault {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// `unit` is the wad value of the token's smallest unit, zero if the token is not listed; `custody` is in token
    /// units.
    struct Token {
        uint64 unit;
        uint192 custody;
    }

    address public immutable clearingHouse;

    mapping(address token => Token) private _tokens;

    modifier onlyClearingHouse() {
        if (msg.sender != clearingHouse) revert NotClearingHouse(msg.sender);
        _;
    }

    constructor(address clearingHouse_) {
        clearingHouse = clearingHouse_;
    }

    /// @inheritdoc ICollateralVault
    function list(address token, bool isCash, uint16 underlying) external onlyClearingHouse returns (uint256 unit) {
        uint8 decimals = IERC20Metadata(token).decimals();
        if (decimals > 18 || _tokens[token].unit != 0) revert UnsupportedToken(token);
        unit = 10 ** (18 - decimals);
        _tokens[token].unit = unit.toUint64();
        emit TokenListed(token, decimals, isCash, underlying);
    }

    /// @inheritdoc ICollateralVault
    function pull(address token, address from, uint256 amount) external onlyClearingHouse returns (uint256 amountWad) {
        uint256 unit = _unit(token);
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(from, address(this), amount);
        uint256 arrived = IERC20(token).balanceOf(address(this)) - before;
        _tokens[token].custody += arrived.toUint192();
        return arrived * unit;
    }

    /// @inheritdoc ICollateralVault
    function push(address token, address to, uint256 amountWad) external onlyClearingHouse returns (uint256 sentWad) {
        uint256 unit = _unit(token);
        uint256 custody = _tokens[token].custody;
        uint256 amount = amountWad / unit;
        if (amount > custody) revert InsufficientCustody(token, amountWad, custody * unit);
        _tokens[token].custody = (custody - amount).toUint192();
        IERC20(token).safeTransfer(to, amount);
        return amount * unit;
    }

    /// @inheritdoc ICollateralVault
    function balanceWad(address token) external view returns (uint256) {
        Token memory held = _tokens[token];
        return uint256(held.custody) * held.unit;
    }

    function _unit(address token) private view returns (uint256 unit) {
        unit = _tokens[token].unit;
        if (unit == 0) revert UnsupportedToken(token);
    }
}
