// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ISettlementLedger} from "contracts/interfaces/ISettlementLedger.sol";
import {Test} from "../Test.sol";
import {HoldHandler} from "./HoldHandler.sol";

/// What holds of escrow after any sequence of actions, under either rule.
abstract contract HoldInvariants is Test {
    HoldHandler internal protocol;

    function rule() internal pure virtual returns (ISettlementLedger.HoldRule);

    function setUp() external {
        protocol = new HoldHandler();
        protocol.begin(rule());
        targetContract(address(protocol));
        bytes4[] memory actions = new bytes4[](12);
        actions[0] = HoldHandler.add.selector;
        actions[1] = HoldHandler.takeCash.selector;
        actions[2] = HoldHandler.tradeAny.selector;
        actions[3] = HoldHandler.movePrice.selector;
        actions[4] = HoldHandler.liquidate.selector;
        actions[5] = HoldHandler.wait.selector;
        actions[6] = HoldHandler.postCheckpoint.selector;
        actions[7] = HoldHandler.forgeCheckpoint.selector;
        actions[8] = HoldHandler.release.selector;
        actions[9] = HoldHandler.releaseAfterTimeout.selector;
        actions[10] = HoldHandler.voidHold.selector;
        actions[11] = HoldHandler.liquidate.selector;
        targetSelector(FuzzSelector(address(protocol), actions));
    }

    /// forge-config: default.invariant.runs = 24
    function invariant_CashIsConservedWithWhatIsHeld() external view {
        protocol.assertEscrowIsConserved();
        protocol.assertEscrowIsWhatIsHeld();
    }

    /// forge-config: default.invariant.runs = 24
    function invariant_NothingIsReleasedEarlyNorTwice() external view {
        vm.assertEq(protocol.early(), 0);
        protocol.assertEachEndsOnce();
    }

    /// forge-config: default.invariant.runs = 24
    function invariant_AForgedOrderMakesNothingFinal() external view {
        vm.assertEq(protocol.forgeries(), 0);
    }

    /// forge-config: default.invariant.runs = 24
    function invariant_NothingIsLockedForEver() external {
        uint256 state = vm.snapshotState();
        protocol.assertNothingIsLocked();
        vm.revertToState(state);
    }
}

contract HoldDepthInvariants is HoldInvariants {
    function rule() internal pure override returns (ISettlementLedger.HoldRule) {
        return ISettlementLedger.HoldRule.Depth;
    }
}

contract HoldCheckpointInvariants is HoldInvariants {
    function rule() internal pure override returns (ISettlementLedger.HoldRule) {
        return ISettlementLedger.HoldRule.Checkpoint;
    }

    /// The actions that the invariants draw from reach every way in which a hold can end.
    function test_EveryEndOfAHoldIsWithinReach() external {
        protocol.liquidate(0, 1e17 + 1, 100e18, 0);
        protocol.liquidate(1, 1e17 + 1, 100e18, 0);
        protocol.wait(5);
        protocol.postCheckpoint(1, 4 * 7 + 1);
        protocol.release(0);
        protocol.liquidate(1, 1e17 + 1, -10e18, 0);
        protocol.wait(15);
        protocol.releaseAfterTimeout(2);
        protocol.liquidate(2, 1e17 + 1, 10e18, 0);
        protocol.wait(5);
        protocol.postCheckpoint(1, 4);
        protocol.voidHold(3);
        vm.assertEq(protocol.released() + protocol.timedOut() + protocol.voided(), 3);
    }
}
