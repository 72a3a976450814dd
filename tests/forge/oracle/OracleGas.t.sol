// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {PriceOracle} from "contracts/oracle/PriceOracle.sol";
import {OracleBase} from "./OracleBase.sol";

/// The reader's cost is part of every margin check. A first read of a slot costs 2000 gas more than a second
/// (EIP-2929), so the difference between two equal calls counts the slots.
contract OracleGasTest is OracleBase {
    uint256 private constant COLD = 2000;

    function setUp() public override {
        super.setUp();
        authorise(1);
        postSpot(0, NOW, 200e18);
        post(0, NOW, expiryOf(1.01e18, 0.8e18));
    }

    function test_ASpotIsOneSlot() external view {
        vm.assertEq(_coldSlots(abi.encodeCall(oracle.assetPrice, (ETH))), 1);
    }

    function test_AnExpiryIsFourSlots() external view {
        vm.assertEq(_coldSlots(abi.encodeCall(oracle.expiryPrice, (ETH, EXPIRY))), 4);
    }

    function _coldSlots(bytes memory call) private view returns (uint256) {
        PriceOracle target = oracle;
        target.maxAge(); // reads no slot, but warms the account itself
        uint256 cold = _gas(address(target), call);
        uint256 warm = _gas(address(target), call);
        return (cold - warm + COLD / 2) / COLD;
    }

    function _gas(address target, bytes memory call) private view returns (uint256 used) {
        used = gasleft();
        (bool succeeded,) = target.staticcall(call);
        used -= gasleft();
        vm.assertTrue(succeeded);
    }
}
