// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IClearingHouse} from "contracts/interfaces/IClearingHouse.sol";
import {CoreBase} from "./CoreBase.sol";

contract AccountsTest is CoreBase {
    function test_AccountsAreNumberedFromOne() external {
        vm.expectEmit();
        emit IClearingHouse.AccountOpened(1, ALICE);
        vm.assertEq(house.openAccount(ALICE), 1);
        vm.assertEq(house.openAccount(ALICE), 2);
        vm.assertEq(house.accountCount(), 2);
        vm.assertEq(house.ownerOf(2), ALICE);
    }

    function test_AnAccountNeedsAnOwner() external {
        vm.expectRevert(IClearingHouse.ZeroOwner.selector);
        house.openAccount(address(0));
    }

    function test_AnUnknownAccountHasNoOwner() external {
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.UnknownAccount.selector, 7));
        house.ownerOf(7);
    }

    function test_OnlyTheOwnerAppointsOperators() external {
        uint256 account = house.openAccount(ALICE);
        vm.prank(ALICE);
        house.setOperator(account, BOB, true);
        vm.assertTrue(house.isAuthorised(account, BOB));

        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.NotAuthorised.selector, BOB, account));
        vm.prank(BOB);
        house.setOperator(account, CAROL, true);
    }

    function test_ADismissedOperatorIsNotAuthorised() external {
        uint256 account = house.openAccount(ALICE);
        vm.prank(ALICE);
        house.setOperator(account, BOB, true);
        vm.prank(ALICE);
        house.setOperator(account, BOB, false);
        vm.assertFalse(house.isAuthorised(account, BOB));
    }
}
