// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IClearingHouse} from "contracts/interfaces/IClearingHouse.sol";
import {ICollateralVault} from "contracts/interfaces/ICollateralVault.sol";
import {TestToken} from "contracts/tokens/TestToken.sol";
import {CoreBase} from "./CoreBase.sol";

contract DepositTest is CoreBase {
    function testFuzz_QuoteUnitsBecomeWadsExactly(uint64 amount) external {
        vm.assume(amount != 0);
        uint256 account = open(ALICE, amount);
        vm.assertEq(house.cash(account), int256(uint256(amount) * 1e12));
        assertConserved();
    }

    function test_AnyoneMayDepositIntoAnyAccount() external {
        uint256 account = house.openAccount(ALICE);
        quote.mint(BOB, 5 * USD);
        vm.prank(BOB);
        quote.approve(address(vault), 5 * USD);
        vm.expectEmit();
        emit IClearingHouse.Deposited(account, address(quote), 5e18);
        vm.prank(BOB);
        house.deposit(account, address(quote), 5 * USD);
    }

    function test_CollateralIsAHoldingAndNotCash() external {
        uint256 account = open(ALICE, 0);
        depositEther(account, 3e18);
        vm.assertEq(house.holding(account, ETH), 3e18);
        vm.assertEq(house.cash(account), 0);
        vm.assertEq(house.margin(account).equity, 480 * WAD);
        assertConserved();
    }

    function test_TokensSentToTheVaultDirectlyBelongToNobody() external {
        open(ALICE, 10 * USD);
        quote.mint(address(vault), 4 * USD);
        vm.assertEq(vault.balanceWad(address(quote)), 10e18);
        assertConserved();
    }

    function test_AnUnlistedTokenIsRefused() external {
        uint256 account = house.openAccount(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.UnknownToken.selector, address(oracle)));
        house.deposit(account, address(oracle), 1);
    }

    function test_AnUnknownAccountIsRefused() external {
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.UnknownAccount.selector, 1));
        house.deposit(1, address(quote), 1);
    }

    function test_NothingCannotBeDeposited() external {
        uint256 account = house.openAccount(ALICE);
        vm.expectRevert(IClearingHouse.ZeroSize.selector);
        house.deposit(account, address(quote), 0);
    }

    function test_ATokenFinerThanAWadIsNotListed() external {
        TestToken fine = new TestToken("Fine", "FINE", 19);
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.UnsupportedToken.selector, address(fine)));
        house.listCollateral(address(fine), 5);
    }

    function test_OneTokenPerUnderlying() external {
        TestToken other = new TestToken("Staked", "STETH", 18);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.CollateralAlreadyListed.selector, address(other), ETH));
        house.listCollateral(address(other), ETH);
    }
}
