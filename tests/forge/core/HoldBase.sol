// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ISettlementLedger} from "contracts/interfaces/ISettlementLedger.sol";
import {CloseOutBase} from "./CloseOutBase.sol";

/// Accounts as in {CloseOutBase}, on a ledger that holds proceeds. The test is the mechanism.
abstract contract HoldBase is CloseOutBase {
    uint64 internal constant DEPTH = 10;
    uint64 internal constant TIMEOUT = 1 days;
    uint256 internal constant BLOCK = 1000;
    address internal constant RELAY = address(0x4E1A4);

    function setUp() public virtual override {
        vm.roll(BLOCK);
        super.setUp();
        house.grantRole(house.LIQUIDATOR_ROLE(), address(this));
    }

    /// Half of Alice's account at 189, where her equity is 450, for 200 with a fee of 10: 190 are held for her.
    function closeHalf() internal returns (uint256 settlement) {
        setPrice(189e18);
        return house.closeOut(alice, carol, 0.5e18, 200e18, 10e18);
    }

    /// All of Alice's account at 170, where her equity is -500; the fund has 1,000 and pays 600, held for Carol.
    function closeInsolvent() internal returns (uint256 settlement) {
        endow(1000 * USD);
        setPrice(170e18);
        return house.closeOut(alice, carol, 1e18, -600e18, 0);
    }

    /// What the account would have in cash without a hold.
    function total(uint256 account) internal view returns (int256) {
        return house.cash(account) + int256(house.escrowed(account));
    }

    function statusOf(uint256 settlement) internal view returns (ISettlementLedger.HoldStatus) {
        return ledger.holdOf(settlement).status;
    }

    function assertStatus(uint256 settlement, ISettlementLedger.HoldStatus expected) internal view {
        vm.assertEq(uint256(statusOf(settlement)), uint256(expected));
    }

    function expectNotOpen(uint256 settlement, ISettlementLedger.HoldStatus status) internal {
        vm.expectRevert(abi.encodeWithSelector(ISettlementLedger.HoldNotOpen.selector, settlement, status));
    }
}
