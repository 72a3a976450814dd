// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Escrow} from "./clearing/Escrow.sol";
import {Registry} from "./clearing/Registry.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {ISettlementLedger} from "./interfaces/ISettlementLedger.sol";
import {Fill, Instrument, Margin} from "./interfaces/Types.sol";
import {Payoff} from "./libraries/Payoff.sol";
import {Book, Position, PositionBook} from "./libraries/PositionBook.sol";
import {Participant, Roster, RosterLib} from "./libraries/Roster.sol";
import {SignedWad} from "./libraries/SignedWad.sol";

/// @title Trades, expiry and close-out
/// @notice See {IClearingHouse}. Registry, accounts, losses and escrow are in `clearing/`; here is everything that moves
/// value between accounts.
contract ClearingHouse is Escrow {
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

    // CLOSE-OUT

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
}
