// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Accounts} from "./clearing/Accounts.sol";
import {Registry} from "./clearing/Registry.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {ISettlementLedger} from "./interfaces/ISettlementLedger.sol";
import {Fill, Instrument, Margin} from "./interfaces/Types.sol";
import {Payoff} from "./libraries/Payoff.sol";
import {Book, Position, PositionBook} from "./libraries/PositionBook.sol";
import {Participant, Roster, RosterLib} from "./libraries/Roster.sol";
import {SignedWad} from "./libraries/SignedWad.sol";

/// @title Trades, expiry, close-out and losses
/// @notice See {IClearingHouse}. Registry and accounts are in `clearing/`; here is everything that moves value between
/// accounts, between an account and the fund, and between cash and escrow.
contract ClearingHouse is Accounts {
    using PositionBook for Book;
    using RosterLib for Roster;
    using SafeCast for int256;
    using SafeCast for uint256;
    using SignedWad for int256;

    constructor(
        address admin,
        address quoteToken_,
        address oracle_,
        address marginRule_,
        uint256 maxPositions_,
        uint256 maxFundingRate_
    ) Registry(admin, quoteToken_, oracle_, marginRule_, maxPositions_, maxFundingRate_) {}

    // TRADES

    /// @inheritdoc IClearingHouse
    function settleTrades(Fill[] calldata fills) external onlyRole(MATCHER_ROLE) nonReentrant {
        Roster memory roster = RosterLib.create(2 * fills.length);
        for (uint256 i; i < fills.length; ++i) {
            _settleTrade(fills[i], roster);
        }
        for (uint256 i; i < roster.count; ++i) {
            Participant memory participant = roster.entries[i];
            if (participant.onlyReduced) _requireMaintenanceMargin(participant.account);
            else _requireInitialMargin(participant.account);
        }
    }

    function _settleTrade(Fill calldata fill, Roster memory roster) private {
        if (fill.size == 0) revert ZeroSize();
        if (fill.buyer == fill.seller) revert SelfTrade(fill.buyer);
        Instrument memory terms = instrument(fill.instrument);
        if (_expired(terms)) revert InstrumentExpired(fill.instrument, terms.expiry);

        int256 index = _accruedIndex(terms);
        int256 size = uint256(fill.size).toInt256();
        // Rounded down once, so that both sides book the same integer.
        uint256 cost = uint256(fill.size) * fill.price / WAD;
        roster.note(fill.buyer, _trade(fill.buyer, fill.instrument, size, index, -cost.toInt256()));
        roster.note(fill.seller, _trade(fill.seller, fill.instrument, -size, index, cost.toInt256()));
        emit Traded(fill.buyer, fill.seller, fill.instrument, fill.size, fill.price, cost);
    }

    /// @return reduced whether the position came closer to zero without crossing it.
    function _trade(uint256 account, uint32 id, int256 delta, int256 index, int256 proceeds)
        private
        returns (bool reduced)
    {
        ownerOf(account);
        int256 size = _changePosition(account, id, delta, index);
        _accounts[account].cash += proceeds;
        int256 left = size + delta;
        return size > 0 ? left >= 0 && left < size : left <= 0 && left > size;
    }

    /// @dev Settles funding up to `index` first. Returns the size state.
    function _changePosition(uint256 account, uint32 id, int256 delta, int256 index) private returns (int256 size) {
        Account storage a = _accounts[account];
        Position memory held = a.book.positions[id];
        size = held.size;
        int256 owed = _fundingOwed(size, index - held.fundingIndex);
        if (owed != 0) {
            a.cash += owed;
            suspense -= owed;
            emit FundingSettled(account, id, owed);
        }
        a.book.set(id, size + delta, index);
        if (size == 0 && a.book.instruments.length > maxPositions) revert TooManyPositions(account, maxPositions);
    }

    // EXPIRY

    /// @inheritdoc IClearingHouse
    function settleExpiry(uint256 account, uint32 id) external nonReentrant returns (uint256 settlement) {
        Instrument memory terms = instrument(id);
        if (!_expired(terms)) revert InstrumentNotExpired(id, terms.expiry);
        if (_accounts[account].book.positions[id].size == 0) revert NothingToSettle(account, id);
        return _settleExpiry(account, id, terms, oracle.settlementPrice(terms.underlying, terms.expiry));
    }

    /// @inheritdoc IClearingHouse
    function settleExpiries(uint256 account) external nonReentrant returns (uint256 settled) {
        uint32[] storage ids = _accounts[account].book.instruments;
        // From the end: settling removes a position by moving the last one, already seen, into its place.
        for (uint256 i = ids.length; i > 0; --i) {
            uint32 id = ids[i - 1];
            Instrument memory terms = _instruments[id];
            (bool isFixed, uint256 price) = _settlementPrice(terms);
            if (!isFixed) continue;
            _settleExpiry(account, id, terms, price);
            ++settled;
        }
    }

    function _settleExpiry(uint256 account, uint32 id, Instrument memory terms, uint256 price)
        private
        returns (uint256 settlement)
    {
        Account storage a = _accounts[account];
        int256 size = a.book.positions[id].size;
        int256 amount = size.mulDown(Payoff.ofOne(terms, price).toInt256());
        a.book.set(id, 0, 0);
        a.cash += amount;
        suspense -= amount;
        bytes32 details = keccak256(abi.encode(id, size, price));
        settlement = ledger.append(ISettlementLedger.Category.Expiry, account, 0, amount, details);
        emit ExpirySettled(account, id, settlement, size, price, amount);
    }

    // CLOSE-OUT AND LOSSES

    /// @inheritdoc IClearingHouse
    function closeOut(uint256 account, uint256 liquidator, uint256 fraction, int256 payment, uint256 fee)
        external
        onlyRole(LIQUIDATOR_ROLE)
        nonReentrant
        returns (uint256 settlement)
    {
        ownerOf(liquidator);
        if (account == liquidator) revert SelfTrade(account);
        if (fraction == 0 || fraction > WAD) revert InvalidFraction(fraction);
        Margin memory state = margin(account);
        if (state.maintenanceMargin >= 0) revert NotLiquidatable(account, state.maintenanceMargin);

        _movePositions(account, liquidator, fraction);
        _moveHoldings(account, liquidator, fraction);
        uint256 advance = _escrowedSlice(account, fraction);
        int256 slice = _accounts[account].cash.slice(fraction);
        _accounts[account].cash += (payment > 0 ? payment : int256(0)) - slice;
        _accounts[liquidator].cash += slice - payment;
        emit CashMoved(account, liquidator, slice);
        fee = _payFee(account, fee);

        bytes32 details = keccak256(abi.encode(fraction, fee, state.equity, state.maintenanceMargin));
        settlement = ledger.append(ISettlementLedger.Category.Liquidation, account, liquidator, payment, details);
        emit ClosedOut(settlement, account, liquidator, fraction, payment, fee, state.equity, state.maintenanceMargin);
        if (_holdsProceeds) _hold(settlement, account, liquidator, payment, fee, advance);
        if (payment < 0) _absorb(account, settlement, uint256(-payment));
        if (_isEmpty(account)) _absorbNegativeCash(account, settlement);
        _requireInitialMargin(liquidator);
    }

    /// @inheritdoc IClearingHouse
    function bookBadDebt(uint256 account) external nonReentrant {
        int256 cash_ = cash(account) + escrowed(account).toInt256();
        if (cash_ >= 0 || !_isEmpty(account)) revert NotBankrupt(account, cash_);
        _absorbNegativeCash(account, 0);
    }

    function _movePositions(uint256 from, uint256 to, uint256 fraction) private {
        uint32[] storage ids = _accounts[from].book.instruments;
        for (uint256 i = ids.length; i > 0; --i) {
            uint32 id = ids[i - 1];
            int256 slice = int256(_accounts[from].book.positions[id].size).slice(fraction);
            if (slice == 0) continue;
            int256 index = _accruedIndex(_instruments[id]);
            _changePosition(from, id, -slice, index);
            _changePosition(to, id, slice, index);
            emit PositionMoved(from, to, id, slice);
        }
    }

    function _moveHoldings(uint256 from, uint256 to, uint256 fraction) private {
        uint96 held = _accounts[from].collaterals;
        for (uint8 place; held != 0; ++place) {
            if (held & 1 == 1) {
                Collateral memory collateral = Collateral(_collateralUnderlyings[place], place, 0);
                uint256 amount = holding(from, collateral.underlying);
                uint256 slice = amount * fraction / WAD;
                _setHolding(from, collateral, amount - slice);
                _setHolding(to, collateral, holding(to, collateral.underlying) + slice);
                emit HoldingMoved(from, to, collateral.underlying, slice);
            }
            held >>= 1;
        }
    }

    /// @dev Returns what the account was charged.
    function _payFee(uint256 account, uint256 fee) private returns (uint256 charged) {
        charged = _payFund(fee);
        _accounts[account].cash -= charged.toInt256();
    }

    /// @dev Income first repays socialised loss, the rest goes to the fund in whole token units, as far as the vault's
    /// cash reaches. Returns what went either way.
    function _payFund(uint256 income) private returns (uint256 paid) {
        uint256 outstanding = socialisedLoss;
        uint256 repaid = Math.min(income, outstanding);
        if (repaid != 0) {
            socialisedLoss = outstanding - repaid;
            emit SocialisedLossRepaid(repaid, outstanding - repaid);
        }
        uint256 sent = Math.min(income - repaid, vault.balanceWad(quoteToken));
        sent -= sent % quoteUnit;
        paid = repaid + sent;
        if (sent != 0) vault.push(quoteToken, address(fund), sent);
    }

    /// @dev Debt that the account's escrow will cover is not bad.
    function _absorbNegativeCash(uint256 account, uint256 settlement) private {
        int256 cash_ = _accounts[account].cash + escrowed(account).toInt256();
        if (cash_ >= 0) return;
        _accounts[account].cash -= cash_;
        _absorb(account, settlement, uint256(-cash_));
    }

    /// @dev The fund pays whole token units, rounded up; the dust stays in suspense. What it lacks is socialised.
    function _absorb(uint256 account, uint256 settlement, uint256 amount) private {
        uint256 available = fund.cover(Math.ceilDiv(amount, quoteUnit));
        uint256 received = available == 0 ? 0 : vault.pull(quoteToken, address(fund), available);
        uint256 fromFund = Math.min(received, amount);
        uint256 socialised = amount - fromFund;
        if (received > fromFund) suspense += (received - fromFund).toInt256();
        if (socialised != 0) socialisedLoss += socialised;
        emit BadDebtBooked(account, settlement, amount, fromFund, socialised);
    }

    // ESCROW

    /// @inheritdoc IClearingHouse
    function releaseEscrow(uint256 account, uint256 liquidator, int256 payment, uint256 advance) external nonReentrant {
        _requireLedger();
        if (payment > 0) _release(account, uint256(payment));
        else _release(liquidator, uint256(-payment));
        _release(liquidator, advance);
    }

    /// @inheritdoc IClearingHouse
    function returnEscrow(uint256 account, uint256 liquidator, int256 payment, uint256 advance)
        external
        nonReentrant
        returns (uint256 toFund)
    {
        _requireLedger();
        _accounts[liquidator].escrowed -= advance;
        _accounts[account].cash += advance.toInt256();
        if (payment > 0) {
            _accounts[account].escrowed -= uint256(payment);
            _accounts[liquidator].cash += payment;
            return 0;
        }
        uint256 covered = uint256(-payment);
        _accounts[liquidator].escrowed -= covered;
        toFund = _payFund(covered);
        suspense += (covered - toFund).toInt256();
    }

    /// @dev Sets aside what the close-out has just credited.
    function _hold(
        uint256 settlement,
        uint256 account,
        uint256 liquidator,
        int256 payment,
        uint256 fee,
        uint256 advance
    ) private {
        if (payment > 0) payment -= Math.min(uint256(payment), fee).toInt256();
        if (payment > 0) _setAside(account, account, uint256(payment));
        else _setAside(liquidator, liquidator, uint256(-payment));
        _setAside(account, liquidator, advance);
        ledger.hold(settlement, account, liquidator, payment, advance);
    }

    /// @dev Puts cash of `from` into the escrow of `to`.
    function _setAside(uint256 from, uint256 to, uint256 amount) private {
        _accounts[from].cash -= amount.toInt256();
        _accounts[to].escrowed += amount;
    }

    function _release(uint256 account, uint256 amount) private {
        _accounts[account].escrowed -= amount;
        _accounts[account].cash += amount.toInt256();
    }

    /// @dev What a slice of cash and escrow together has beyond the slice of cash, so that a buyer gets the same value as
    /// without a hold. The escrow itself stays with the account, whose cash pays for this.
    function _escrowedSlice(uint256 account, uint256 fraction) private view returns (uint256) {
        int256 inEscrow = escrowed(account).toInt256();
        if (inEscrow == 0) return 0;
        int256 cash_ = _accounts[account].cash;
        return uint256((cash_ + inEscrow).slice(fraction) - cash_.slice(fraction));
    }

    function _requireLedger() private view {
        if (msg.sender != address(ledger)) revert NotLedger(msg.sender);
    }

    function _isEmpty(uint256 account) private view returns (bool) {
        Account storage a = _accounts[account];
        return a.collaterals == 0 && a.book.instruments.length == 0;
    }
}
