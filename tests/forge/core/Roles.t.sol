// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IClearingHouse} from "contracts/interfaces/IClearingHouse.sol";
import {Fill, Instrument, Kind} from "contracts/interfaces/Types.sol";
import {CoreBase} from "./CoreBase.sol";
import {LinearRule} from "./LinearRule.sol";

contract RolesTest is CoreBase {
    function _expectRefused(bytes32 role) private {
        vm.expectRevert(abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, BOB, role));
        vm.prank(BOB);
    }

    function test_OnlyAMatcherSettlesTrades() external {
        _expectRefused(house.MATCHER_ROLE());
        house.settleTrades(new Fill[](0));
    }

    function test_OnlyAMechanismClosesOut() external {
        _expectRefused(house.LIQUIDATOR_ROLE());
        house.closeOut(1, 2, 1e18, 0, 0);
    }

    function test_OnlyTheAdministratorLists() external {
        _expectRefused(bytes32(0));
        house.listInstrument(Instrument(ETH, Kind.Perpetual, 0, 0));
        _expectRefused(bytes32(0));
        house.listCollateral(address(1), 3);
    }

    function test_OnlyTheAdministratorReplacesTheRule() external {
        address rule = address(new LinearRule(oracle));
        _expectRefused(bytes32(0));
        house.setMarginRule(rule);

        vm.expectEmit();
        emit IClearingHouse.MarginRuleSet(rule);
        house.setMarginRule(rule);
        vm.assertEq(address(house.marginRule()), rule);
    }

    function test_WiringHappensOnce() external {
        vm.expectRevert(IClearingHouse.AlreadyWired.selector);
        house.wire(address(1), address(2), address(3));
    }

    function test_InstrumentsAreNumberedFromZero() external view {
        vm.assertEq(uint256(perpetual), 0);
        vm.assertEq(house.instrumentCount(), 4);
        vm.assertEq(uint256(house.instrument(call200).strike), 200e18);
    }
}
