// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ISettlementLedger} from "contracts/interfaces/ISettlementLedger.sol";
import {SettlementLedger} from "contracts/settlement/SettlementLedger.sol";
import {Test} from "../Test.sol";

contract SettlementLedgerTest is Test {
    SettlementLedger private _ledger = new SettlementLedger(address(this));

    function test_AnEmptyLedgerHasNoHead() external view {
        vm.assertEq(_ledger.count(), 0);
        vm.assertEq(_ledger.head(), bytes32(0));
    }

    function testFuzz_EachEntryCommitsToThoseBefore(uint256 account, int256 amount, bytes32 details) external {
        ISettlementLedger.Category category = ISettlementLedger.Category.Liquidation;
        vm.assertEq(_ledger.append(category, account, 7, amount, details), 1);
        vm.assertEq(_ledger.append(category, account, 8, amount, details), 2);
        bytes32 first = keccak256(abi.encode(bytes32(0), 1, category, account, 7, amount, details));
        bytes32 second = keccak256(abi.encode(first, 2, category, account, 8, amount, details));
        vm.assertEq(_ledger.hashOf(1), first);
        vm.assertEq(_ledger.head(), second);
    }

    function test_OnlyTheClearingHouseAppends() external {
        vm.expectRevert(abi.encodeWithSelector(ISettlementLedger.NotClearingHouse.selector, address(0xB0B)));
        vm.prank(address(0xB0B));
        _ledger.append(ISettlementLedger.Category.Expiry, 1, 0, 0, 0);
    }
}
