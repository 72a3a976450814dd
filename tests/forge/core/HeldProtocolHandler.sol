// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ISettlementLedger} from "contracts/interfaces/ISettlementLedger.sol";
import {ProtocolHandler} from "./ProtocolHandler.sol";

/// All that {ProtocolHandler} does, on a ledger that holds proceeds: blocks pass, the relay says what is final, and
/// holds end in whatever way they can.
contract HeldProtocolHandler is ProtocolHandler {
    uint64 private constant DEPTH = 10;
    uint64 private constant TIMEOUT = 1 hours;
    address private constant RELAY = address(0x4E1A4);

    ISettlementLedger.HoldRule private _rule;
    uint256 private _block = 1000;

    function holdPolicy() internal view override returns (ISettlementLedger.HoldPolicy memory) {
        if (_rule == ISettlementLedger.HoldRule.Depth) {
            return ISettlementLedger.HoldPolicy(_rule, DEPTH, 0, address(0));
        }
        return ISettlementLedger.HoldPolicy(_rule, 0, TIMEOUT, RELAY);
    }

    function beginWith(ISettlementLedger.HoldRule rule) external {
        _rule = rule;
        vm.roll(_block);
        this.begin();
    }

    // ACTIONS

    function pass(uint256 blocks) external {
        blocks = bound(blocks, 1, 15);
        _block += blocks;
        vm.roll(_block);
        skip(12 * blocks);
    }

    /// With all settlements up to a block, or one fewer.
    function postCheckpoint(uint256 age, bool lacking) external {
        uint256 blockNumber = _block - bound(age, 1, 20);
        uint256 count = ledger.count();
        while (count != 0 && ledger.holdOf(count).blockNumber > blockNumber) {
            --count;
        }
        if (lacking && count != 0) --count;
        bytes32 hash = ledger.hashOf(count);
        vm.prank(RELAY);
        ledger.postCheckpoint(blockNumber, count, hash);
    }

    function end(uint256 which) external {
        uint256 count = ledger.count();
        for (uint256 i; i < count; ++i) {
            uint256 settlement = 1 + (which % count + i) % count;
            if (ledger.holdOf(settlement).status == ISettlementLedger.HoldStatus.Held && _ends(settlement)) return;
        }
    }

    // STATE

    function assertEscrowIsWhatIsHeld() external view {
        uint256 held;
        for (uint256 settlement = 1; settlement <= ledger.count(); ++settlement) {
            ISettlementLedger.Hold memory h = ledger.holdOf(settlement);
            if (h.status != ISettlementLedger.HoldStatus.Held) continue;
            held += uint256(h.payment > 0 ? int256(h.payment) : -int256(h.payment)) + h.advance;
        }
        uint256 escrowed;
        for (uint256 account = 1; account <= house.accountCount(); ++account) {
            escrowed += house.escrowed(account);
        }
        vm.assertEq(escrowed, held);
    }

    function assertNothingIsLocked() external {
        _block += DEPTH;
        vm.roll(_block);
        skip(TIMEOUT);
        for (uint256 settlement = 1; settlement <= ledger.count(); ++settlement) {
            if (ledger.holdOf(settlement).status != ISettlementLedger.HoldStatus.Held) continue;
            vm.assertTrue(_ends(settlement));
        }
        for (uint256 account = 1; account <= house.accountCount(); ++account) {
            vm.assertEq(house.escrowed(account), 0);
        }
        assertConserved();
    }

    function _ends(uint256 settlement) private returns (bool) {
        return _done(abi.encodeCall(ledger.void, (settlement))) || _done(abi.encodeCall(ledger.release, (settlement)))
            || _done(abi.encodeCall(ledger.releaseAfterTimeout, (settlement)));
    }

    function _done(bytes memory data) private returns (bool success) {
        (success,) = address(ledger).call(data);
    }
}
