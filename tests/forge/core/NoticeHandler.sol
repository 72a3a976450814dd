// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {CoreBase} from "./CoreBase.sol";

/// Depositors of the insurance fund who give notice, pass shares around and leave, while fees and losses come. Keeps its
/// own record of how many of the announced shares each has held ever since.
contract NoticeHandler is CoreBase {
    address[3] private _holders = [ALICE, BOB, CAROL];

    mapping(address holder => uint256) private _announced;
    mapping(address holder => uint256) private _announcedAt;

    uint256 public left;
    /// Shares that left without having stayed with who announced them.
    uint256 public early;

    function begin() external {
        setUp();
    }

    // ACTIONS

    function join(uint256 who, uint256 amount) external {
        address holder = _holders[who % 3];
        amount = bound(amount, 1, 1000 * USD);
        quote.mint(holder, amount);
        vm.startPrank(holder);
        quote.approve(address(fund), amount);
        fund.deposit(amount, holder);
        vm.stopPrank();
    }

    function pass(uint256 who, uint256 to, uint256 shares) external {
        address holder = _holders[who % 3];
        vm.prank(holder);
        fund.transfer(_holders[to % 3], bound(shares, 0, fund.balanceOf(holder)));
        _keep(holder);
    }

    function announce(uint256 who, uint256 shares) external {
        address holder = _holders[who % 3];
        shares = bound(shares, 0, fund.balanceOf(holder));
        vm.prank(holder);
        fund.requestWithdrawal(shares);
        (_announced[holder], _announcedAt[holder]) = (shares, time());
    }

    function leave(uint256 who, uint256 shares) external {
        address holder = _holders[who % 3];
        shares = bound(shares, 1, fund.balanceOf(holder));
        vm.prank(holder);
        fund.redeem(shares, holder, holder);
        ++left;
        uint256 since = time() - _announcedAt[holder];
        bool open = since >= NOTICE && since <= NOTICE + fund.WINDOW();
        if (!open || shares > _announced[holder]) ++early;
        _announced[holder] -= shares < _announced[holder] ? shares : _announced[holder];
        _keep(holder);
    }

    function wait(uint256 elapsed) external {
        skip(bound(elapsed, 1, 2 days));
    }

    function earn(uint256 amount) external {
        quote.mint(address(fund), bound(amount, 1, 100 * USD));
    }

    function lose(uint256 amount) external {
        uint256 assets = fund.totalAssets();
        vm.prank(address(house));
        uint256 paid = fund.cover(bound(amount, 0, assets / 2));
        vm.prank(address(house));
        vault.pull(address(quote), address(fund), paid);
    }

    // STATE

    function assertNoticesAreCovered() external view {
        for (uint256 i; i < 3; ++i) {
            (uint192 shares,) = fund.noticeOf(_holders[i]);
            vm.assertLe(uint256(shares), fund.balanceOf(_holders[i]));
        }
    }

    function _keep(address holder) private {
        uint256 held = fund.balanceOf(holder);
        if (_announced[holder] > held) _announced[holder] = held;
    }
}
