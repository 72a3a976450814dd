// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {Margin} from "../interfaces/Types.sol";
import {SignedWad} from "../libraries/SignedWad.sol";
import {Liquidation} from "./Liquidation.sol";

/// @title Portfolio Dutch auction
/// @notice The whole portfolio is on offer, slice by slice. E is its equity, MM its net maintenance margin, R = E - MM.
/// Solvent phase: price = E * (1 - d(t)); d rises from `startDiscount` to `kneeDiscount` in `kneeSeconds`, then to one
/// at `solventSeconds`. A bid may take no more than brings the account to MM >= buffer * R of what is left of it.
/// Insolvent phase, from when E <= 0 is declared or the solvent phase ran out: price = MM * min(t / insolventSeconds,
/// 1), paid by the fund; at its end the bidder is paid what makes the portfolio meet its maintenance requirement.
contract DutchAuction is Liquidation {
    using SignedWad for int256;

    struct Parameters {
        uint256 startDiscount;
        uint256 kneeDiscount;
        uint64 kneeSeconds;
        uint64 solventSeconds;
        uint64 insolventSeconds;
        uint256 buffer;
        uint256 fundFee;
    }

    /// `insolventAt` is zero until insolvency is declared.
    struct Auction {
        uint64 startedAt;
        uint64 insolventAt;
    }

    uint256 public immutable startDiscount;
    uint256 public immutable kneeDiscount;
    uint64 public immutable kneeSeconds;
    uint64 public immutable solventSeconds;
    uint64 public immutable insolventSeconds;
    uint256 public immutable buffer;

    mapping(uint256 account => Auction) public auctionOf;

    constructor(address clearingHouse_, Parameters memory p) Liquidation(clearingHouse_, p.fundFee) {
        bool discounts = p.startDiscount <= p.kneeDiscount && p.kneeDiscount <= uint256(WAD);
        bool times = p.kneeSeconds != 0 && p.kneeSeconds < p.solventSeconds && p.insolventSeconds != 0;
        if (!discounts || !times) revert InvalidParameters();
        startDiscount = p.startDiscount;
        kneeDiscount = p.kneeDiscount;
        kneeSeconds = p.kneeSeconds;
        solventSeconds = p.solventSeconds;
        insolventSeconds = p.insolventSeconds;
        buffer = p.buffer;
    }

    /// @notice Put an account below maintenance margin on offer. Anyone.
    function start(uint256 account) external {
        if (auctionOf[account].startedAt != 0) revert AuctionRunning(account);
        Margin memory state = clearingHouse.margin(account);
        if (state.maintenanceMargin >= 0) {
            revert IClearingHouse.NotLiquidatable(account, state.maintenanceMargin);
        }
        uint64 now_ = uint64(block.timestamp);
        bool solvent = state.equity > 0;
        auctionOf[account] = Auction(now_, solvent ? 0 : now_);
        emit AuctionStarted(account, now_, solvent, state.equity, state.maintenanceMargin);
    }

    /// @notice Start the clock of the insolvent phase of an auction whose account lost its equity. Anyone.
    function declareInsolvent(uint256 account) external {
        Auction storage auction = _running(account);
        if (auction.insolventAt != 0) revert AuctionRunning(account);
        Margin memory state = clearingHouse.margin(account);
        if (state.equity > 0) revert StillSolvent(account, state.equity);
        auction.insolventAt = uint64(block.timestamp);
        emit AuctionTurnedInsolvent(account, uint64(block.timestamp), state.equity, state.maintenanceMargin);
    }

    /// @notice End the auction of an account that is healthy again. Anyone.
    function terminate(uint256 account) external {
        _running(account);
        int256 maintenanceMargin = clearingHouse.margin(account).maintenanceMargin;
        if (maintenanceMargin < 0) revert StillBelowMaintenance(account, maintenanceMargin);
        _end(account, 0);
    }

    /// @notice The discount on equity `elapsed` seconds into the solvent phase.
    function discountAt(uint256 elapsed) public view returns (uint256) {
        if (elapsed >= solventSeconds) return uint256(WAD);
        if (elapsed < kneeSeconds) return startDiscount + (kneeDiscount - startDiscount) * elapsed / kneeSeconds;
        uint256 slow = solventSeconds - kneeSeconds;
        return kneeDiscount + (uint256(WAD) - kneeDiscount) * (elapsed - kneeSeconds) / slow;
    }

    function _terms(uint256 account, Margin memory state) internal view override returns (Terms memory) {
        Auction storage auction = _running(account);
        uint256 elapsed = block.timestamp - auction.startedAt;
        if (state.equity > 0 && elapsed < solventSeconds) return _solventTerms(state, discountAt(elapsed));
        uint256 share = (block.timestamp - _insolventSince(auction)) * uint256(WAD) / insolventSeconds;
        if (share > uint256(WAD)) share = uint256(WAD);
        return Terms(int256(share).mulUp(state.maintenanceMargin), uint256(WAD), false);
    }

    /// @dev Selling f of the account at price p per whole leaves MM(f) = MM + f (R + p - E - fee). The limit solves
    /// MM(f) = buffer * (1 - f) * R, and is the whole account where no slice would do.
    function _solventTerms(Margin memory state, uint256 discount) private view returns (Terms memory) {
        int256 requirement = _requirement(state);
        int256 price = (WAD - int256(discount)).mulUp(state.equity);
        int256 fee = _feeOnWhole(state);
        if (fee > price) fee = price;
        int256 target = int256(buffer).mulUp(requirement);
        int256 lacking = target - state.maintenanceMargin;
        int256 gained = target + requirement + price - state.equity - fee;
        uint256 limit = gained <= lacking ? uint256(WAD) : uint256((lacking * WAD + gained - 1) / gained);
        return Terms(price, limit, true);
    }

    /// @dev An account that lost its equity is priced as if insolvency were declared now, until someone does.
    function _insolventSince(Auction storage auction) private view returns (uint256) {
        uint256 ranOut = uint256(auction.startedAt) + solventSeconds;
        uint256 declared = auction.insolventAt;
        if (declared != 0 && declared < ranOut) return declared;
        return block.timestamp < ranOut ? block.timestamp : ranOut;
    }

    function _closed(uint256 account, uint256 liquidator, uint256 fraction) internal override {
        bool whole = fraction == uint256(WAD);
        if (whole || clearingHouse.margin(account).maintenanceMargin >= 0) _end(account, liquidator);
    }

    function _running(uint256 account) private view returns (Auction storage auction) {
        auction = auctionOf[account];
        if (auction.startedAt == 0) revert AuctionNotRunning(account);
    }

    function _end(uint256 account, uint256 liquidator) private {
        delete auctionOf[account];
        emit AuctionEnded(account, liquidator);
    }
}
