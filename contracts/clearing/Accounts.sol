// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {LibBit} from "solady/src/utils/LibBit.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {Holding, Instrument, Kind, Leg, Margin, Portfolio} from "../interfaces/Types.sol";
import {LegArray} from "../libraries/LegArray.sol";
import {Payoff} from "../libraries/Payoff.sol";
import {Book, Position, PositionBook} from "../libraries/PositionBook.sol";
import {SignedWad} from "../libraries/SignedWad.sol";
import {Registry} from "./Registry.sol";

/// @title Accounts: what they hold, what goes in and out, and their margin
abstract contract Accounts is Registry, ReentrancyGuardTransient {
    using LegArray for Leg[];
    using PositionBook for Book;
    using SafeCast for int256;
    using SafeCast for uint256;
    using SignedWad for int256;

    /// Bit i of `collaterals` is set while the account holds the i-th listed collateral. `escrowed` is apart from `cash`.
    struct Account {
        address owner;
        uint96 collaterals;
        int256 cash;
        uint256 escrowed;
        Book book;
        mapping(uint16 underlying => uint256) holdings;
        mapping(address operator => bool) operators;
    }

    /// @inheritdoc IClearingHouse
    int256 public suspense;
    /// @inheritdoc IClearingHouse
    uint256 public socialisedLoss;
    /// @inheritdoc IClearingHouse
    uint256 public accountCount;

    mapping(uint256 account => Account) internal _accounts;

    // OWNERS

    /// @inheritdoc IClearingHouse
    function openAccount(address owner) external returns (uint256 account) {
        if (owner == address(0)) revert ZeroOwner();
        account = ++accountCount;
        _accounts[account].owner = owner;
        emit AccountOpened(account, owner);
    }

    /// @inheritdoc IClearingHouse
    function setOperator(uint256 account, address operator, bool approved) external {
        if (ownerOf(account) != msg.sender) revert NotAuthorised(msg.sender, account);
        _accounts[account].operators[operator] = approved;
        emit OperatorSet(account, operator, approved);
    }

    /// @inheritdoc IClearingHouse
    function ownerOf(uint256 account) public view returns (address owner) {
        owner = _accounts[account].owner;
        if (owner == address(0)) revert UnknownAccount(account);
    }

    /// @inheritdoc IClearingHouse
    function isAuthorised(uint256 account, address caller) public view returns (bool) {
        return ownerOf(account) == caller || _accounts[account].operators[caller];
    }

    // DEPOSITS AND WITHDRAWALS

    /// @inheritdoc IClearingHouse
    function deposit(uint256 account, address token, uint256 amount) external nonReentrant {
        ownerOf(account);
        if (amount == 0) revert ZeroSize();
        if (token == quoteToken) {
            uint256 arrived = vault.pull(token, msg.sender, amount);
            _accounts[account].cash += arrived.toInt256();
            emit Deposited(account, token, arrived);
        } else {
            Collateral memory collateral = _listed(token);
            uint256 arrived = vault.pull(token, msg.sender, amount);
            _setHolding(account, collateral, holding(account, collateral.underlying) + arrived);
            emit Deposited(account, token, arrived);
        }
    }

    /// @inheritdoc IClearingHouse
    function withdraw(uint256 account, address token, uint256 amount, address to) external nonReentrant {
        if (!isAuthorised(account, msg.sender)) revert NotAuthorised(msg.sender, account);
        if (amount == 0) revert ZeroSize();
        uint256 left;
        uint256 paid;
        if (token == quoteToken) {
            (left, paid) = _burnCash(account, amount * quoteUnit);
        } else {
            left = paid = _takeHolding(account, token, amount);
        }
        emit Withdrawn(account, token, left, paid);
        _requireInitialMargin(account);
        vault.push(token, to, paid);
    }

    /// @dev The account loses what leaves plus its share of the socialised loss, never a part of a token unit beyond
    /// that.
    function _burnCash(uint256 account, uint256 wanted) private returns (uint256 burned, uint256 paid) {
        uint256 inVault = vault.balanceWad(quoteToken);
        uint256 outstanding = socialisedLoss;
        uint256 claims = inVault + outstanding;
        if (wanted > claims) revert InsufficientBalance(account, wanted, claims);
        paid = Math.mulDiv(wanted, inVault, claims);
        paid -= paid % quoteUnit;
        uint256 borne = Math.min(wanted - paid, outstanding);
        if (borne != 0) socialisedLoss = outstanding - borne;
        burned = paid + borne;
        _accounts[account].cash -= burned.toInt256();
    }

    function _takeHolding(uint256 account, address token, uint256 amount) private returns (uint256 taken) {
        Collateral memory collateral = _listed(token);
        taken = amount * collateral.unit;
        uint256 held = holding(account, collateral.underlying);
        if (taken > held) revert InsufficientBalance(account, taken, held);
        _setHolding(account, collateral, held - taken);
    }

    function _setHolding(uint256 account, Collateral memory collateral, uint256 amount) internal {
        Account storage a = _accounts[account];
        uint96 bit = uint96(1) << collateral.place;
        a.holdings[collateral.underlying] = amount;
        a.collaterals = amount == 0 ? a.collaterals & ~bit : a.collaterals | bit;
    }

    // MARGIN

    /// @inheritdoc IClearingHouse
    function margin(uint256 account) public view returns (Margin memory result) {
        result = marginRule.margin(portfolio(account));
        // A rule's requirement does not depend on cash, so that this is the rule's answer for cash + escrowed.
        int256 inEscrow = escrowed(account).toInt256();
        result.equity += inEscrow;
        result.maintenanceMargin += inEscrow;
    }

    /// @inheritdoc IClearingHouse
    function portfolio(uint256 account) public view returns (Portfolio memory p) {
        ownerOf(account);
        Account storage a = _accounts[account];
        uint32[] memory ids = a.book.instruments;
        uint256 count;
        p.cash = a.cash;
        p.legs = new Leg[](ids.length);
        for (uint256 i; i < ids.length; ++i) {
            Instrument memory terms = _instruments[ids[i]];
            Position memory held = a.book.positions[ids[i]];
            (bool settles, int256 amount) = _pendingCash(terms, held);
            p.cash += amount;
            if (!settles) p.legs[count++] = Leg(terms, held.size);
        }
        p.legs.truncate(count);
        p.holdings = _holdings(a);
    }

    /// @dev What touching the position now would add to cash, and whether that would close it.
    function _pendingCash(Instrument memory terms, Position memory held)
        private
        view
        returns (bool settles, int256 amount)
    {
        if (terms.kind == Kind.Perpetual) {
            return (false, _fundingOwed(held.size, fundingIndex(terms.underlying) - held.fundingIndex));
        }
        uint256 price;
        (settles, price) = _settlementPrice(terms);
        if (settles) amount = int256(held.size).mulDown(Payoff.ofOne(terms, price).toInt256());
    }

    function _holdings(Account storage a) private view returns (Holding[] memory holdings) {
        uint96 held = a.collaterals;
        holdings = new Holding[](LibBit.popCount(held));
        uint256 count;
        for (uint256 place; held != 0; ++place) {
            if (held & 1 == 1) {
                uint16 underlying = _collateralUnderlyings[place];
                holdings[count++] = Holding(underlying, a.holdings[underlying]);
            }
            held >>= 1;
        }
    }

    /// @dev Longs pay a rise of the index; rounded down, against the account.
    function _fundingOwed(int256 size, int256 rise) internal pure returns (int256) {
        return (-size).mulDown(rise);
    }

    function _requireInitialMargin(uint256 account) internal view {
        if (_owesNothing(account)) return;
        int256 initialMargin = margin(account).initialMargin;
        if (initialMargin < 0) revert BelowInitialMargin(account, initialMargin);
    }

    function _requireMaintenanceMargin(uint256 account) internal view {
        if (_owesNothing(account)) return;
        int256 maintenanceMargin = margin(account).maintenanceMargin;
        if (maintenanceMargin < 0) revert BelowMaintenanceMargin(account, maintenanceMargin);
    }

    /// @dev Healthy under any rule, so neither the rule nor fresh prices are needed.
    function _owesNothing(uint256 account) private view returns (bool) {
        Account storage a = _accounts[account];
        return a.cash >= 0 && a.book.instruments.length == 0;
    }

    // VIEWS

    /// @inheritdoc IClearingHouse
    function cash(uint256 account) public view returns (int256) {
        ownerOf(account);
        return _accounts[account].cash;
    }

    /// @inheritdoc IClearingHouse
    function escrowed(uint256 account) public view returns (uint256) {
        return _holdsProceeds ? _accounts[account].escrowed : 0;
    }

    /// @inheritdoc IClearingHouse
    function position(uint256 account, uint32 id) external view returns (int256 size, int256 index) {
        Position memory held = _accounts[account].book.positions[id];
        return (held.size, held.fundingIndex);
    }

    /// @inheritdoc IClearingHouse
    function positionsOf(uint256 account) external view returns (uint32[] memory instruments, int256[] memory sizes) {
        Book storage book = _accounts[account].book;
        instruments = book.instruments;
        sizes = new int256[](instruments.length);
        for (uint256 i; i < sizes.length; ++i) {
            sizes[i] = book.positions[instruments[i]].size;
        }
    }

    /// @inheritdoc IClearingHouse
    function holding(uint256 account, uint16 underlying) public view returns (uint256) {
        return _accounts[account].holdings[underlying];
    }
}
