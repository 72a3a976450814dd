// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ISettlementLedger} from "contracts/interfaces/ISettlementLedger.sol";
import {CoreBase} from "./CoreBase.sol";

/// Close-outs of every kind while anyone releases, voids and times out what they hold, at any block and time, and the
/// relay posts checkpoints that are honest, that lack settlements, or that are forged. Keeps its own record of what was
/// held and paid, and says itself what is final.
contract HoldHandler is CoreBase {
    uint256 private constant TRADERS = 3;
    uint64 private constant DEPTH = 10;
    uint64 private constant TIMEOUT = 1 hours;
    address private constant RELAY = address(0x4E1A4);

    ISettlementLedger.HoldRule private _rule;
    uint256 private _liquidator;
    uint256 private _block = 1000;
    /// Newest accepted checkpoint.
    uint256 private _finalBlock;
    uint256 private _finalCount;

    uint256 public released;
    uint256 public voided;
    uint256 public timedOut;
    /// Ends of holds that the rules as stated here do not allow.
    uint256 public early;
    uint256 public forgeries;

    /// How often each hold came to an end.
    mapping(uint256 settlement => uint256) public ends;

    function holdPolicy() internal view override returns (ISettlementLedger.HoldPolicy memory) {
        if (_rule == ISettlementLedger.HoldRule.Depth) {
            return ISettlementLedger.HoldPolicy(_rule, DEPTH, 0, address(0));
        }
        return ISettlementLedger.HoldPolicy(_rule, 0, TIMEOUT, RELAY);
    }

    function begin(ISettlementLedger.HoldRule rule) external {
        _rule = rule;
        vm.roll(_block);
        setUp();
        for (uint256 i; i < TRADERS; ++i) {
            open(address(this), 2000 * USD);
        }
        _liquidator = open(address(this), 1_000_000 * USD);
        endow(2000 * USD);
        house.grantRole(house.LIQUIDATOR_ROLE(), address(this));
    }

    // ACTIONS

    function add(uint256 who, uint256 amount) external {
        deposit(_any(who), bound(amount, 1, 500 * USD));
    }

    function takeCash(uint256 who, uint256 amount) external {
        uint256 account = _any(who);
        int256 free = house.margin(account).initialMargin / 1e12;
        if (free > 0) house.withdraw(account, address(quote), bound(amount, 1, uint256(free)), ALICE);
    }

    function tradeAny(uint256 who, uint256 size) external {
        uint256 price = oracle.assetPrice(ETH).spot;
        trade(1 + who % TRADERS, _liquidator, perpetual, bound(size, 20e18, 90e18), price);
    }

    function movePrice(uint256 spot, uint256 blocks) external {
        _pass(blocks);
        publish(bound(spot, 120e18, 240e18), 1e18);
    }

    /// A slice of an unhealthy account, for a payment by either side; if all are healthy, one is made unhealthy first.
    function liquidate(uint256 who, uint256 fraction, int256 payment, uint256 fee) external {
        uint256 account = _unhealthy(who);
        if (account == 0) account = _ruin(1 + who % TRADERS);
        payment = bound(payment, -300e18, 300e18);
        fraction = fraction % 3 == 0 ? 1e18 : bound(fraction, 1, 1e18);
        house.closeOut(account, _liquidator, fraction, payment, payment > 0 ? bound(fee, 0, uint256(payment)) : 0);
        if (_isEmpty(account)) deposit(account, 1000 * USD);
    }

    function wait(uint256 blocks) external {
        _pass(blocks);
    }

    /// With all settlements up to a block, or fewer: then those it lacks are excluded.
    function postCheckpoint(uint256 age, uint256 lacking) external {
        uint256 count = ledger.count();
        uint256 blockNumber = _block - bound(age, 1, 20);
        while (count != 0 && ledger.holdOf(count).blockNumber > blockNumber) {
            --count;
        }
        lacking = lacking % 4 == 0 ? bound(lacking, 0, 2) : 0;
        count -= lacking < count ? lacking : 0;
        bytes32 hash = ledger.hashOf(count);
        vm.prank(RELAY);
        if (ledger.postCheckpoint(blockNumber, count, hash)) (_finalBlock, _finalCount) = (blockNumber, count);
    }

    function forgeCheckpoint(uint256 count, bytes32 hash) external {
        count = bound(count, 0, ledger.count());
        if (hash == ledger.hashOf(count)) return;
        vm.prank(RELAY);
        if (ledger.postCheckpoint(_block - 1, count, hash)) ++forgeries;
    }

    function release(uint256 which) external {
        uint256 settlement = _settlement(which);
        ISettlementLedger.Hold memory held = ledger.holdOf(settlement);
        ledger.release(settlement);
        ++ends[settlement];
        ++released;
        bool deep = _block >= held.blockNumber + DEPTH;
        bool covered = held.blockNumber <= _finalBlock && settlement <= _finalCount;
        if (!(_rule == ISettlementLedger.HoldRule.Depth ? deep : covered)) ++early;
    }

    function releaseAfterTimeout(uint256 which) external {
        uint256 settlement = _settlement(which);
        ISettlementLedger.Hold memory held = ledger.holdOf(settlement);
        ledger.releaseAfterTimeout(settlement);
        ++ends[settlement];
        ++timedOut;
        if (_rule == ISettlementLedger.HoldRule.Depth || time() < held.timestamp + TIMEOUT) ++early;
        if (_excluded(settlement, held)) ++early;
    }

    function voidHold(uint256 which) external {
        uint256 settlement = _settlement(which);
        ISettlementLedger.Hold memory held = ledger.holdOf(settlement);
        ledger.void(settlement);
        ++ends[settlement];
        ++voided;
        if (_rule == ISettlementLedger.HoldRule.Depth || !_excluded(settlement, held)) ++early;
    }

    // STATE

    function assertEscrowIsConserved() external view {
        assertConserved();
    }

    /// The escrow of all accounts is what the open holds say.
    function assertEscrowIsWhatIsHeld() external view {
        int256[TRADERS + 2] memory held;
        for (uint256 settlement = 1; settlement <= ledger.count(); ++settlement) {
            ISettlementLedger.Hold memory h = ledger.holdOf(settlement);
            if (h.status != ISettlementLedger.HoldStatus.Held) continue;
            held[h.payment > 0 ? h.account : h.liquidator] += h.payment > 0 ? int256(h.payment) : -int256(h.payment);
            held[h.liquidator] += int256(uint256(h.advance));
        }
        for (uint256 account = 1; account <= TRADERS + 1; ++account) {
            vm.assertEq(house.escrowed(account), uint256(held[account]), "escrow");
        }
    }

    function assertEachEndsOnce() external view {
        for (uint256 settlement = 1; settlement <= ledger.count(); ++settlement) {
            ISettlementLedger.HoldStatus status = ledger.holdOf(settlement).status;
            bool ended = status > ISettlementLedger.HoldStatus.Held;
            vm.assertEq(ends[settlement], ended ? 1 : 0, "ends");
        }
    }

    /// Once the longest wait is over every hold ends, by one of the three ways and one alone, and no escrow is left.
    function assertNothingIsLocked() external {
        _block += DEPTH;
        vm.roll(_block);
        skip(TIMEOUT);
        for (uint256 settlement = 1; settlement <= ledger.count(); ++settlement) {
            if (ledger.holdOf(settlement).status != ISettlementLedger.HoldStatus.Held) continue;
            vm.assertTrue(_endsBy(abi.encodeCall(ledger.void, (settlement)))
                || _endsBy(abi.encodeCall(ledger.release, (settlement)))
                || _endsBy(abi.encodeCall(ledger.releaseAfterTimeout, (settlement))));
        }
        for (uint256 account = 1; account <= TRADERS + 1; ++account) {
            vm.assertEq(house.escrowed(account), 0);
        }
        assertConserved();
    }

    function _endsBy(bytes memory data) private returns (bool success) {
        (success,) = address(ledger).call(data);
    }

    function _excluded(uint256 settlement, ISettlementLedger.Hold memory held) private view returns (bool) {
        return held.blockNumber <= _finalBlock && settlement > _finalCount;
    }

    function _pass(uint256 blocks) private {
        blocks = bound(blocks, 1, 15);
        _block += blocks;
        vm.roll(_block);
        skip(12 * blocks * (blocks > 12 ? 30 : 1));
    }

    function _any(uint256 who) private pure returns (uint256) {
        return 1 + who % (TRADERS + 1);
    }

    /// The first that is held, counting from any; that very one, which may not exist, if none is.
    function _settlement(uint256 which) private view returns (uint256 settlement) {
        uint256 count = ledger.count();
        for (uint256 i; i <= count; ++i) {
            settlement = 1 + (which % (count + 1) + i) % (count + 1);
            if (ledger.holdOf(settlement).status == ISettlementLedger.HoldStatus.Held) return settlement;
        }
    }

    /// The first trader below maintenance margin, counting from any; zero if there is none.
    function _unhealthy(uint256 who) private view returns (uint256) {
        for (uint256 i; i < TRADERS; ++i) {
            uint256 account = 1 + (who % TRADERS + i) % TRADERS;
            if (house.margin(account).maintenanceMargin < 0) return account;
        }
        return 0;
    }

    /// All the account can buy, and a fall by an eighth.
    function _ruin(uint256 account) private returns (uint256) {
        uint256 spot = oracle.assetPrice(ETH).spot;
        int256 free = house.margin(account).initialMargin;
        if (free > 0) trade(account, _liquidator, perpetual, uint256(free) * 9e18 / spot, spot);
        setPrice(spot > 120e18 ? spot * 7 / 8 : 240e18);
        return account;
    }

    function _isEmpty(uint256 account) private view returns (bool) {
        (uint32[] memory ids,) = house.positionsOf(account);
        return ids.length == 0;
    }
}
