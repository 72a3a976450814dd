// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ISettlementLedger} from "contracts/interfaces/ISettlementLedger.sol";
import {Test} from "../Test.sol";
import {HeldProtocolHandler} from "./HeldProtocolHandler.sol";
import {ProtocolHandler} from "./ProtocolHandler.sol";

/// What holds after any sequence of actions with every mechanism, collateral and expiries, where proceeds are held.
abstract contract HeldConservation is Test {
    HeldProtocolHandler private _protocol;

    function rule() internal pure virtual returns (ISettlementLedger.HoldRule);

    function setUp() external {
        _protocol = new HeldProtocolHandler();
        _protocol.beginWith(rule());
        targetContract(address(_protocol));
        bytes4[] memory actions = new bytes4[](14);
        actions[0] = ProtocolHandler.add.selector;
        actions[1] = ProtocolHandler.takeCash.selector;
        actions[2] = ProtocolHandler.takeEther.selector;
        actions[3] = ProtocolHandler.tradeAny.selector;
        actions[4] = ProtocolHandler.movePrice.selector;
        actions[5] = ProtocolHandler.jump.selector;
        actions[6] = ProtocolHandler.liquidateFixed.selector;
        actions[7] = ProtocolHandler.bid.selector;
        actions[8] = ProtocolHandler.auctionLot.selector;
        actions[9] = ProtocolHandler.expire.selector;
        actions[10] = ProtocolHandler.bookBadDebt.selector;
        actions[11] = HeldProtocolHandler.pass.selector;
        actions[12] = HeldProtocolHandler.postCheckpoint.selector;
        actions[13] = HeldProtocolHandler.end.selector;
        targetSelector(FuzzSelector(address(_protocol), actions));
    }

    function invariant_CashAndCollateralAreConservedWithWhatIsHeld() external view {
        _protocol.assertCashAndCollateralConserved();
        _protocol.assertEscrowIsWhatIsHeld();
        _protocol.assertPositionsNetToZero();
    }

    function invariant_EveryLossIsBorneByExactlyOne() external view {
        vm.assertEq(_protocol.losses(), _protocol.lossesFromFund() + _protocol.lossesSocialised());
    }

    function invariant_EveryHoldCanEnd() external {
        uint256 state = vm.snapshotState();
        _protocol.assertNothingIsLocked();
        vm.revertToState(state);
    }
}

contract HeldConservationDepth is HeldConservation {
    function rule() internal pure override returns (ISettlementLedger.HoldRule) {
        return ISettlementLedger.HoldRule.Depth;
    }
}

contract HeldConservationCheckpoint is HeldConservation {
    function rule() internal pure override returns (ISettlementLedger.HoldRule) {
        return ISettlementLedger.HoldRule.Checkpoint;
    }
}
