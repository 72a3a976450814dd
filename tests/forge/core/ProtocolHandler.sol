// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IClearingHouse} from "contracts/interfaces/IClearingHouse.sol";
import {IEnglishAuction} from "contracts/interfaces/IEnglishAuction.sol";
import {Instrument, Kind} from "contracts/interfaces/Types.sol";
import {DutchAuction} from "contracts/liquidation/DutchAuction.sol";
import {EnglishAuction} from "contracts/liquidation/EnglishAuction.sol";
import {FixedDiscount} from "contracts/liquidation/FixedDiscount.sol";
import {Vm} from "../Test.sol";
import {CoreBase} from "./CoreBase.sol";

/// Everything anyone can do to the protocol, in any order, at moving prices: trades, deposits, borrowing, expiries,
/// every liquidation mechanism, losses beyond the fund. Counts the settlements and losses that the events report.
contract ProtocolHandler is CoreBase {
    uint256 private constant TRADERS = 4;
    bytes32 private constant CLOSED_OUT = IClearingHouse.ClosedOut.selector;
    bytes32 private constant EXPIRY_SETTLED = IClearingHouse.ExpirySettled.selector;
    bytes32 private constant BAD_DEBT = IClearingHouse.BadDebtBooked.selector;

    FixedDiscount private _fixed;
    DutchAuction private _dutch;
    EnglishAuction private _english;
    uint256 private _liquidator;
    uint256 private _spot = 200e18;

    uint256 public settlements;
    uint256 public closeOuts;
    uint256 public losses;
    uint256 public lossesFromFund;
    uint256 public lossesSocialised;

    /// What the events of an action report is added to the counts.
    modifier counted() {
        vm.recordLogs();
        _;
        _count();
    }

    function begin() external {
        setUp();
        for (uint256 i; i < TRADERS; ++i) {
            open(address(this), 2000 * USD);
        }
        _liquidator = open(address(this), 1_000_000 * USD);
        endow(300 * USD);
        _fixed = new FixedDiscount(address(house), FixedDiscount.Parameters(0.05e18, 0.5e18, 0.5e18, 0.02e18));
        _dutch = new DutchAuction(address(house), DutchAuction.Parameters(0, 0.2e18, 300, 900, 900, 0.1e18, 0.02e18));
        house.grantRole(house.LIQUIDATOR_ROLE(), address(_fixed));
        house.grantRole(house.LIQUIDATOR_ROLE(), address(_dutch));
        _english = new EnglishAuction(address(house), EnglishAuction.Parameters(200e18, 0.03e18, 600, 3600, 0.02e18));
        house.grantRole(house.LIQUIDATOR_ROLE(), address(_english));
    }

    // ACTIONS

    function add(uint256 who, uint256 amount) external {
        if (amount % 2 == 0) deposit(_trader(who), bound(amount, 1, 300 * USD));
        else depositEther(_trader(who), bound(amount, 1, 2e18));
    }

    /// From half to all that the margin allows, which leaves accounts that the next move makes unhealthy.
    function takeCash(uint256 who, uint256 amount) external {
        uint256 account = _trader(who);
        int256 free = house.margin(account).initialMargin / 1e12;
        if (free > 0) {
            house.withdraw(account, address(quote), bound(amount, uint256(free + 1) / 2, uint256(free)), ALICE);
        }
    }

    function takeEther(uint256 who, uint256 amount) external {
        uint256 account = _trader(who);
        uint256 held = house.holding(account, ETH);
        if (held != 0) house.withdraw(account, address(weth), bound(amount, 1, held), ALICE);
    }

    function tradeAny(uint256 who, uint256 other, uint256 which, uint256 size, uint256 price) external {
        uint256 buyer = _trader(who);
        uint256 seller = _trader(other);
        uint32 id = [perpetual, future, call200, put200][which % 4];
        bool option = which % 4 > 1;
        price = option ? bound(price, 0, _spot / 5) : bound(price, _spot * 99 / 100, _spot * 101 / 100);
        if (buyer != seller) trade(buyer, seller, id, bound(size, 5e18 + 1, 60e18), price);
    }

    function movePrice(uint256 factor, uint256 basis, uint256 elapsed) external {
        _spot = bound(_spot * bound(factor, 0.85e18, 1.15e18) / 1e18, 120e18, 320e18);
        skip(bound(elapsed, 1, 6 hours));
        publish(_spot, bound(basis, 0.98e18, 1.02e18));
        if (elapsed % 2 == 0) house.accrueFunding(ETH);
    }

    function jump(uint256 spot) external {
        _spot = bound(spot, 120e18, 320e18);
        setPrice(_spot);
    }

    function liquidateFixed(uint256 who, uint256 fraction) external counted {
        uint256 account = _unhealthy(who);
        uint256 limit = _fixed.quote(account, 0).maxFraction;
        _fixed.liquidate(account, _liquidator, fraction % 2 == 0 ? limit : bound(fraction, 1, limit), 1e30);
    }

    /// Some time into an auction, which it starts, or turns insolvent, where it can.
    function bid(uint256 who, uint256 fraction, uint256 wait) external counted {
        uint256 account = _unhealthy(who);
        (uint64 startedAt, uint64 insolventAt) = _dutch.auctionOf(account);
        if (startedAt == 0) _dutch.start(account);
        else if (insolventAt == 0 && house.margin(account).equity <= 0) _dutch.declareInsolvent(account);
        skip(bound(wait, 0, 2000));
        uint256 limit = _dutch.quote(account, 0).maxFraction;
        _dutch.liquidate(account, _liquidator, fraction % 2 == 0 ? limit : bound(fraction, 1, limit), 1e30);
    }

    /// The next thing that can happen to a lot of an account: it is offered, bid for, by a trader too, sold, or offered
    /// again.
    function auctionLot(uint256 who, uint256 bidder, uint256 raise, uint256 wait) external counted {
        uint256 account = _unhealthy(who);
        (uint64 lot, uint64 endsAt, uint64 standsUntil,,,,,) = _english.auctionOf(account);
        skip(bound(wait, 0, 1200));
        bool stood = standsUntil != 0 && time() >= standsUntil;
        if (lot == 0) {
            _english.start(account);
        } else if (house.margin(account).maintenanceMargin >= 0) {
            _english.terminate(account);
        } else if (!stood && time() < endsAt) {
            int256 least = _english.leastPayment(account);
            _english.bid(account, lot, _any(bidder), least + int256(bound(raise, 0, 200e18)));
        } else if (standsUntil == 0) {
            _english.restart(account);
        } else {
            _english.settle(account);
        }
    }

    function expire(uint256 next, uint256 spot) external {
        uint64 expiry = house.instrument(future).expiry;
        vm.warp(expiry);
        _spot = bound(spot, 120e18, 320e18);
        publish(_spot, 1e18);
        oracle.fixSettlementPrice(ETH, expiry);
        expiry = time() + uint64(bound(next, 1 days, 7 days));
        future = house.listInstrument(Instrument(ETH, Kind.Future, expiry, 0));
        call200 = house.listInstrument(Instrument(ETH, Kind.Call, expiry, uint128(_spot)));
        put200 = house.listInstrument(Instrument(ETH, Kind.Put, expiry, uint128(_spot)));
    }

    function settleExpired(uint256 who) external counted {
        house.settleExpiries(_any(who));
    }

    function bookBadDebt(uint256 who) external counted {
        house.bookBadDebt(_bankrupt(who));
    }

    // STATE

    function assertCashAndCollateralConserved() external view {
        assertConserved();
    }

    /// Contracts whose settlement has begun are left out: their sides settle one by one.
    function assertPositionsNetToZero() external view {
        for (uint32 id; id < house.instrumentCount(); ++id) {
            uint64 expiry = house.instrument(id).expiry;
            if (expiry == 0 || expiry > time()) vm.assertEq(netSize(id), 0);
        }
    }

    function ledgerCount() external view returns (uint256) {
        return ledger.count();
    }

    function _trader(uint256 who) private pure returns (uint256) {
        return 1 + who % TRADERS;
    }

    function _any(uint256 who) private pure returns (uint256) {
        return 1 + who % (TRADERS + 1);
    }

    /// The first trader below maintenance margin, counting from any; that very one if all are healthy.
    function _unhealthy(uint256 who) private view returns (uint256 account) {
        for (uint256 i; i < TRADERS; ++i) {
            account = 1 + (who % TRADERS + i) % TRADERS;
            if (house.margin(account).maintenanceMargin < 0) return account;
        }
    }

    /// The first trader in debt without positions and holdings, counting from any; that very one if there is none.
    function _bankrupt(uint256 who) private view returns (uint256 account) {
        for (uint256 i; i < TRADERS; ++i) {
            account = 1 + (who % TRADERS + i) % TRADERS;
            (uint32[] memory open,) = house.positionsOf(account);
            if (house.cash(account) < 0 && open.length == 0 && house.holding(account, ETH) == 0) return account;
        }
    }

    function _count() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            // What a close-out logged before it failed is recorded, but undone.
            if (logs[i].topics[0] == IEnglishAuction.BidFailed.selector) return;
        }
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].emitter != address(house)) continue;
            bytes32 topic = logs[i].topics[0];
            if (topic == CLOSED_OUT) ++closeOuts;
            if (topic == CLOSED_OUT || topic == EXPIRY_SETTLED) ++settlements;
            if (topic == BAD_DEBT) {
                (uint256 amount, uint256 fromFund, uint256 socialised) =
                    abi.decode(logs[i].data, (uint256, uint256, uint256));
                losses += amount;
                lossesFromFund += fromFund;
                lossesSocialised += socialised;
            }
        }
    }
}
