// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {CoreBase} from "./CoreBase.sol";

/// Alice is long 50 perpetuals from 200 with 1,000 of cash, so that her equity at price p is 50 p - 9,000 and her
/// maintenance requirement 2.5 p: at 189 they are 450 and 472.5, at 170 -500 and 425. Bob is her counterparty, Carol
/// liquidates.
abstract contract CloseOutBase is CoreBase {
    uint256 internal alice;
    uint256 internal bob;
    uint256 internal carol;

    function setUp() public virtual override {
        super.setUp();
        alice = open(ALICE, 1000 * USD);
        bob = open(BOB, 100_000 * USD);
        carol = open(CAROL, 10_000 * USD);
        trade(alice, bob, perpetual, 50e18, 200e18);
    }

    function equityOf(uint256 account) internal view returns (int256) {
        return house.margin(account).equity;
    }
}
