// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IInsuranceFund} from "./interfaces/IInsuranceFund.sol";

/// @notice See {IInsuranceFund}.
contract InsuranceFund is ERC4626, IInsuranceFund {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// Shares whose owner announced to leave, from when they may.
    struct Notice {
        uint192 shares;
        uint64 availableAt;
    }

    /// How long announced shares may leave once the notice has passed; without an end, a standing notice would let a
    /// depositor leave ahead of any loss.
    uint256 public constant WINDOW = 2 days;

    /// Virtual shares per unit of assets, as a power of ten: they make it unprofitable to inflate the share price
    /// before another's first deposit.
    uint8 private constant OFFSET = 6;

    address public immutable clearingHouse;
    address public immutable vault;
    uint256 public immutable noticeSeconds;

    mapping(address owner => Notice) public noticeOf;

    constructor(IERC20 asset, address clearingHouse_, address vault_, uint256 noticeSeconds_)
        ERC20("Seawall Insurance Fund", "swIF")
        ERC4626(asset)
    {
        clearingHouse = clearingHouse_;
        vault = vault_;
        noticeSeconds = noticeSeconds_;
    }

    /// @inheritdoc IInsuranceFund
    function cover(uint256 amount) external returns (uint256 paid) {
        if (msg.sender != clearingHouse) revert NotClearingHouse(msg.sender);
        paid = Math.min(amount, totalAssets());
        IERC20(asset()).forceApprove(vault, paid);
        emit Covered(amount, paid);
    }

    /// @inheritdoc IInsuranceFund
    function requestWithdrawal(uint256 shares) external {
        uint256 balance = balanceOf(msg.sender);
        if (shares > balance) revert NoticeAboveBalance(msg.sender, shares, balance);
        uint64 availableAt = (block.timestamp + noticeSeconds).toUint64();
        noticeOf[msg.sender] = Notice(shares.toUint192(), availableAt);
        emit WithdrawalRequested(msg.sender, shares, availableAt);
    }

    /// @notice Announced shares whose notice has passed and has not lapsed.
    function maxRedeem(address owner) public view override returns (uint256) {
        Notice memory notice = noticeOf[owner];
        bool open = block.timestamp >= notice.availableAt && block.timestamp <= notice.availableAt + WINDOW;
        return open ? Math.min(notice.shares, balanceOf(owner)) : 0;
    }

    /// @inheritdoc ERC4626
    function withdraw(uint256 assets, address receiver, address owner) public override returns (uint256) {
        _requireNotice(owner);
        return super.withdraw(assets, receiver, owner);
    }

    /// @inheritdoc ERC4626
    function redeem(uint256 shares, address receiver, address owner) public override returns (uint256) {
        _requireNotice(owner);
        return super.redeem(shares, receiver, owner);
    }

    function _withdraw(address caller, address receiver, address owner, uint256 assets, uint256 shares)
        internal
        override
    {
        noticeOf[owner].shares -= shares.toUint192();
        super._withdraw(caller, receiver, owner, assets, shares);
    }

    /// @dev A notice is for shares that stay where they are. Otherwise the same shares, passed between addresses that
    /// gave notice at different times, could leave at any moment.
    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from == address(0)) return;
        uint256 left = balanceOf(from);
        if (noticeOf[from].shares > left) noticeOf[from].shares = uint192(left);
    }

    function _requireNotice(address owner) private view {
        Notice memory notice = noticeOf[owner];
        if (notice.shares == 0 || block.timestamp > notice.availableAt + WINDOW) revert NoNotice(owner);
        if (block.timestamp < notice.availableAt) revert NoticeRunning(owner, notice.availableAt);
    }

    function _decimalsOffset() internal pure override returns (uint8) {
        return OFFSET;
    }
}
