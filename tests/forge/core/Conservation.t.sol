// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Test} from "../Test.sol";
import {ProtocolHandler} from "./ProtocolHandler.sol";

/// What holds after any sequence of actions.
contract ConservationInvariants is Test {
    ProtocolHandler private _protocol;

    function setUp() external {
        _protocol = new ProtocolHandler();
        _protocol.begin();
        targetContract(address(_protocol));
        bytes4[] memory actions = new bytes4[](12);
        actions[0] = ProtocolHandler.add.selector;
        actions[1] = ProtocolHandler.takeCash.selector;
        actions[2] = ProtocolHandler.takeEther.selector;
        actions[3] = ProtocolHandler.tradeAny.selector;
        actions[4] = ProtocolHandler.movePrice.selector;
        actions[5] = ProtocolHandler.jump.selector;
        actions[6] = ProtocolHandler.liquidateFixed.selector;
        actions[7] = ProtocolHandler.bid.selector;
        actions[8] = ProtocolHandler.expire.selector;
        actions[9] = ProtocolHandler.settleExpired.selector;
        actions[10] = ProtocolHandler.bookBadDebt.selector;
        actions[11] = ProtocolHandler.auctionLot.selector;
        targetSelector(FuzzSelector(address(_protocol), actions));
    }

    function invariant_CashAndCollateralAreConservedToTheWei() external view {
        _protocol.assertCashAndCollateralConserved();
    }

    function invariant_LivePositionsNetToZero() external view {
        _protocol.assertPositionsNetToZero();
    }

    function invariant_EveryLossIsBorneByExactlyOne() external view {
        vm.assertEq(_protocol.losses(), _protocol.lossesFromFund() + _protocol.lossesSocialised());
    }

    function invariant_TheLedgerHasEverySettlement() external view {
        vm.assertEq(_protocol.ledgerCount(), _protocol.settlements());
    }
}
