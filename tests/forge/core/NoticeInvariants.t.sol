// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Test} from "../Test.sol";
import {NoticeHandler} from "./NoticeHandler.sol";

/// What holds of leaving the insurance fund after any sequence of actions.
contract NoticeInvariants is Test {
    NoticeHandler private _depositors;

    function setUp() external {
        _depositors = new NoticeHandler();
        _depositors.begin();
        targetContract(address(_depositors));
        bytes4[] memory actions = new bytes4[](7);
        actions[0] = NoticeHandler.join.selector;
        actions[1] = NoticeHandler.pass.selector;
        actions[2] = NoticeHandler.announce.selector;
        actions[3] = NoticeHandler.leave.selector;
        actions[4] = NoticeHandler.wait.selector;
        actions[5] = NoticeHandler.earn.selector;
        actions[6] = NoticeHandler.lose.selector;
        targetSelector(FuzzSelector(address(_depositors), actions));
    }

    function invariant_NothingLeavesThatDidNotStayWithWhoAnnouncedIt() external view {
        vm.assertEq(_depositors.early(), 0);
    }

    function invariant_NobodyHasNoticeOfMoreThanItHolds() external view {
        _depositors.assertNoticesAreCovered();
    }

    /// The actions that the invariants draw from let depositors leave.
    function test_LeavingIsWithinReach() external {
        _depositors.join(0, 100e6);
        _depositors.announce(0, type(uint256).max);
        _depositors.wait(1 days);
        _depositors.leave(0, 1);
        vm.assertEq(_depositors.left(), 1);
        vm.assertEq(_depositors.early(), 0);
    }
}
