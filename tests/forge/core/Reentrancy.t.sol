// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {TestToken} from "contracts/tokens/TestToken.sol";
import {CloseOutBase} from "./CloseOutBase.sol";
import {ReentrantToken} from "./ReentrantToken.sol";

contract ReentrancyTest is CloseOutBase {
    function quoteToken() internal override returns (TestToken) {
        return new ReentrantToken();
    }

    function setUp() public override {
        super.setUp();
        house.grantRole(house.LIQUIDATOR_ROLE(), address(this));
    }

    function _expectGuarded() private {
        vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
    }

    function test_NoWithdrawalInsideAWithdrawal() external {
        _arm(abi.encodeCall(house.withdraw, (alice, address(quote), USD, ALICE)));
        _expectGuarded();
        withdraw(BOB, bob, USD);
    }

    function test_NoWithdrawalInsideADeposit() external {
        quote.mint(address(this), USD);
        quote.approve(address(vault), USD);
        _arm(abi.encodeCall(house.withdraw, (alice, address(quote), USD, ALICE)));
        _expectGuarded();
        house.deposit(alice, address(quote), USD);
    }

    function test_NoBadDebtInsideACloseOut() external {
        endow(1000 * USD);
        setPrice(170e18);
        _arm(abi.encodeCall(house.bookBadDebt, (alice)));
        _expectGuarded();
        house.closeOut(alice, carol, 1e18, -600e18, 0);
    }

    /// Makes the token an operator of Alice's account, so that only the guard is in its way.
    function _arm(bytes memory data) private {
        vm.prank(ALICE);
        house.setOperator(alice, address(quote), true);
        ReentrantToken(address(quote)).arm(address(house), data);
    }
}
