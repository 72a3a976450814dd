// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {OracleBase} from "./OracleBase.sol";

/// The reader's cost is part of every margin check: bounded here with cold storage.
contract OracleGasTest is OracleBase {
    uint256 private constant SLOT = 2100;

    function setUp() public override {
        super.setUp();
        authorise(1);
        postSpot(0, NOW, 200e18);
        post(0, NOW, expiryOf(1.01e18, 0.8e18));
    }

    function test_ASpotIsOneSlot() external view {
        uint256 before = gasleft();
        oracle.assetPrice(ETH);
        vm.assertLt(before - gasleft(), 2600 + SLOT + 2500);
    }

    function test_AnExpiryIsFourSlots() external view {
        uint256 before = gasleft();
        oracle.expiryPrice(ETH, EXPIRY);
        vm.assertLt(before - gasleft(), 2600 + 4 * SLOT + 4500);
    }
}
