// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IClearingHouse} from "contracts/interfaces/IClearingHouse.sol";
import {ICollateralVault} from "contracts/interfaces/ICollateralVault.sol";
import {CoreBase} from "./CoreBase.sol";

contract WithdrawTest is CoreBase {
    function test_AllCashCanLeaveAnAccountWithoutPositions() external {
        uint256 account = open(ALICE, 100 * USD);
        withdraw(ALICE, account, 100 * USD);
        vm.assertEq(quote.balanceOf(ALICE), 100 * USD);
        vm.assertEq(house.cash(account), 0);
        assertConserved();
    }

    function test_CashWithoutPositionsLeavesWhilePricesAreStale() external {
        uint256 account = open(ALICE, 100 * USD);
        skip(60 days);
        withdraw(ALICE, account, 100 * USD);
    }

    function test_InitialMarginMustRemain() external {
        uint256 alice = open(ALICE, 100 * USD);
        trade(alice, open(BOB, 100 * USD), perpetual, 2e18, 200e18);
        withdraw(ALICE, alice, 60 * USD);

        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.BelowInitialMargin.selector, alice, -1e12));
        withdraw(ALICE, alice, 1);
    }

    function test_CashCanBeBorrowedAgainstCollateral() external {
        open(BOB, 1000 * USD);
        uint256 alice = open(ALICE, 0);
        depositEther(alice, 10e18);
        withdraw(ALICE, alice, 1000 * USD);
        vm.assertEq(house.cash(alice), -1000 * WAD);
        vm.assertEq(house.margin(alice).initialMargin, 600 * WAD);
        assertConserved();
    }

    function test_NoMoreThanTheVaultHoldsCanBeBorrowed() external {
        open(BOB, 1000 * USD);
        uint256 alice = open(ALICE, 0);
        depositEther(alice, 10e18);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.InsufficientBalance.selector, alice, 1001e18, 1000e18));
        withdraw(ALICE, alice, 1001 * USD);
    }

    function test_CollateralLeavesExactly() external {
        uint256 alice = open(ALICE, 0);
        depositEther(alice, 10e18);
        vm.prank(ALICE);
        house.withdraw(alice, address(weth), 10e18 - 1, CAROL);
        vm.assertEq(weth.balanceOf(CAROL), 10e18 - 1);
        vm.assertEq(house.portfolio(alice).holdings[0].amount, 1);

        vm.prank(ALICE);
        house.withdraw(alice, address(weth), 1, CAROL);
        vm.assertEq(house.portfolio(alice).holdings.length, 0);
        assertConserved();
    }

    function test_CollateralThatSecuresADebtStays() external {
        open(BOB, 1000 * USD);
        uint256 alice = open(ALICE, 0);
        depositEther(alice, 10e18);
        withdraw(ALICE, alice, 1000 * USD);
        vm.expectPartialRevert(IClearingHouse.BelowInitialMargin.selector);
        vm.prank(ALICE);
        house.withdraw(alice, address(weth), 4e18, ALICE);
    }

    function test_NoMoreCollateralThanHeld() external {
        uint256 alice = open(ALICE, 0);
        depositEther(alice, 1e18);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.InsufficientBalance.selector, alice, 2e18, 1e18));
        vm.prank(ALICE);
        house.withdraw(alice, address(weth), 2e18, ALICE);
    }

    function test_OnlyOwnerAndOperatorsWithdraw() external {
        uint256 alice = open(ALICE, 10 * USD);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.NotAuthorised.selector, BOB, alice));
        withdraw(BOB, alice, USD);

        vm.prank(ALICE);
        house.setOperator(alice, BOB, true);
        withdraw(BOB, alice, USD);
        vm.assertEq(quote.balanceOf(BOB), USD);
    }

    function test_OnlyTheClearingHouseMovesCustody() external {
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.NotClearingHouse.selector, ALICE));
        vm.prank(ALICE);
        vault.push(address(quote), ALICE, 1);
    }
}
