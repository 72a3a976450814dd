// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Test} from "./Test.sol";
import {TestToken} from "contracts/tokens/TestToken.sol";

contract TestTokenTest is Test {
    function testFuzz_MintedUnitsAreTheSupply(address account, uint128 amount, uint8 decimals) external {
        vm.assume(account != address(0));
        TestToken token = new TestToken("Ether", "WETH", decimals);
        token.mint(account, amount);
        vm.assertEq(token.balanceOf(account), amount);
        vm.assertEq(token.totalSupply(), amount);
        vm.assertEq(uint256(token.decimals()), decimals);
    }
}
