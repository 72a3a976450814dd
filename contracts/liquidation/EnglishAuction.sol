// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {IEnglishAuction} from "../interfaces/IEnglishAuction.sol";
import {ILiquidation} from "../interfaces/ILiquidation.sol";
import {Margin} from "../interfaces/Types.sol";
import {SignedWad} from "../libraries/SignedWad.sol";
import {Mechanism} from "./Mechanism.sol";

/// @title English auction of lots
/// @notice In the shape of the collateral auctions that Maker had in March 2020. The lot is the part f of the account
/// that carries a maintenance requirement of `lotRequirement`, or all of it. A first bid may be as low as the reserve:
/// zero while the account has equity, else f * MM, so that the fund brings the lot up to its maintenance requirement and
/// bids are for that. Each further bid must exceed the last, both counted from the reserve, by `minIncrement`. The
/// reserve is that of the first bid.
/// @dev Bids are promises: nothing is held back from a bidder, whose margin is looked at when it bids and again when it
/// is handed the lot. The only mechanism of its clearing house: another's close-out would shrink a lot under its bids.
contract EnglishAuction is IEnglishAuction, Mechanism, ReentrancyGuardTransient {
    using SafeCast for int256;
    using SafeCast for uint256;
    using SignedWad for int256;

    struct Parameters {
        uint256 lotRequirement;
        uint256 minIncrement;
        uint64 bidSeconds;
        uint64 auctionSeconds;
        uint256 fundFee;
    }

    uint256 public immutable lotRequirement;
    uint256 public immutable minIncrement;
    uint64 public immutable bidSeconds;
    uint64 public immutable auctionSeconds;

    /// Lots that were ever on offer.
    uint64 public lots;

    mapping(uint256 account => Auction) public auctionOf;

    constructor(address clearingHouse_, Parameters memory p) Mechanism(clearingHouse_, p.fundFee) {
        bool times = p.bidSeconds != 0 && p.bidSeconds <= p.auctionSeconds;
        if (p.lotRequirement == 0 || p.minIncrement > uint256(WAD) || !times) revert ILiquidation.InvalidParameters();
        lotRequirement = p.lotRequirement;
        minIncrement = p.minIncrement;
        bidSeconds = p.bidSeconds;
        auctionSeconds = p.auctionSeconds;
    }

    /// @inheritdoc IEnglishAuction
    function start(uint256 account) external nonReentrant {
        if (auctionOf[account].lot != 0) revert ILiquidation.AuctionRunning(account);
        _offer(account, ++lots, _belowMaintenance(account), 0);
    }

    /// @inheritdoc IEnglishAuction
    function bid(uint256 account, uint256 lot, uint256 liquidator, int256 payment) external nonReentrant {
        _requireAuthorised(liquidator);
        if (liquidator == account) revert IClearingHouse.SelfTrade(account);
        Auction memory auction = _running(account);
        if (auction.lot != lot) revert LotNotOffered(account, lot, auction.lot);
        if (_isOver(auction)) revert BiddingOver(account, lot);
        if (auction.barred == liquidator) revert BidderBarred(liquidator, lot);

        Margin memory state;
        if (auction.standsUntil == 0) {
            state = _belowMaintenance(account);
            auction.reserve = _reserve(auction, state);
        } else {
            // A bid that stands may win once the account falls below again: rivals must be able to top it until then.
            state = clearingHouse.margin(account);
        }
        int256 least = _least(auction);
        if (payment < least) revert BidTooLow(payment, least);
        int256 free = clearingHouse.margin(liquidator).initialMargin;
        if (free < 0 || free < payment) revert BidBeyondMargin(liquidator, payment, free);

        auction.bidder = liquidator.toUint128();
        auction.payment = payment.toInt128();
        auction.standsUntil = uint64(block.timestamp) + bidSeconds;
        auctionOf[account] = auction;
        emit BidPlaced(
            account,
            lot,
            liquidator,
            payment,
            auction.reserve,
            auction.standsUntil,
            state.equity,
            state.maintenanceMargin
        );
    }

    /// @inheritdoc IEnglishAuction
    function settle(uint256 account) external nonReentrant returns (uint256 settlement) {
        Auction memory auction = _running(account);
        if (auction.standsUntil == 0) revert NoBid(account, auction.lot);
        if (!_isOver(auction)) revert BiddingOpen(account, auction.lot);
        Margin memory state = _belowMaintenance(account);
        uint256 fee = _fee(auction.fraction, auction.payment, state);
        delete auctionOf[account];
        try clearingHouse.closeOut(account, auction.bidder, auction.fraction, auction.payment, fee) returns (
            uint256 number
        ) {
            settlement = number;
            emit LotSold(account, auction.lot, auction.bidder, settlement, auction.payment);
            _next(account, auction);
        } catch (bytes memory reason) {
            bytes4 selector = _winnersFault(reason);
            emit BidFailed(account, auction.lot, auction.bidder, selector);
            _offer(account, auction.lot, state, auction.bidder);
        }
    }

    /// @inheritdoc IEnglishAuction
    function restart(uint256 account) external nonReentrant {
        Auction memory auction = _running(account);
        if (auction.standsUntil != 0 || !_isOver(auction)) revert BiddingOpen(account, auction.lot);
        _offer(account, auction.lot, _belowMaintenance(account), 0);
    }

    /// @inheritdoc IEnglishAuction
    function terminate(uint256 account) external nonReentrant {
        _running(account);
        int256 maintenanceMargin = clearingHouse.margin(account).maintenanceMargin;
        if (maintenanceMargin < 0) revert ILiquidation.StillBelowMaintenance(account, maintenanceMargin);
        delete auctionOf[account];
        emit ILiquidation.AuctionEnded(account, 0);
    }

    /// @inheritdoc IEnglishAuction
    function leastPayment(uint256 account) external view returns (int256) {
        Auction memory auction = _running(account);
        if (auction.standsUntil == 0) auction.reserve = _reserve(auction, _belowMaintenance(account));
        return _least(auction);
    }

    function _running(uint256 account) private view returns (Auction memory auction) {
        auction = auctionOf[account];
        if (auction.lot == 0) revert ILiquidation.AuctionNotRunning(account);
    }

    function _isOver(Auction memory auction) private view returns (bool) {
        bool stood = auction.standsUntil != 0 && block.timestamp >= auction.standsUntil;
        return stood || block.timestamp >= auction.endsAt;
    }

    function _reserve(Auction memory auction, Margin memory state) private pure returns (int128) {
        if (state.equity > 0) return 0;
        return int256(uint256(auction.fraction)).mulUp(state.maintenanceMargin).toInt128();
    }

    function _least(Auction memory auction) private view returns (int256) {
        if (auction.standsUntil == 0) return auction.reserve;
        int256 offered = int256(auction.payment) - auction.reserve;
        int256 step = int256(minIncrement).mulUp(offered);
        return auction.payment + (step > 0 ? step : int256(1));
    }

    function _offer(uint256 account, uint64 lot, Margin memory state, uint128 barred) private {
        uint256 requirement = uint256(_requirement(state));
        uint256 fraction = uint256(WAD);
        if (requirement > lotRequirement) {
            fraction = (lotRequirement * uint256(WAD) + requirement - 1) / requirement;
        }
        uint64 endsAt = uint64(block.timestamp) + auctionSeconds;
        auctionOf[account] = Auction(lot, endsAt, 0, uint64(fraction), 0, barred, 0, 0);
        emit LotOffered(account, lot, fraction, endsAt, barred, state.equity, state.maintenanceMargin);
    }

    function _next(uint256 account, Auction memory sold) private {
        if (sold.fraction != uint256(WAD)) {
            Margin memory state = clearingHouse.margin(account);
            if (state.maintenanceMargin < 0) return _offer(account, ++lots, state, 0);
        }
        emit ILiquidation.AuctionEnded(account, sold.bidder);
    }

    /// @dev Any other failure, running out of gas among them, is the caller's and reverts: a lot cannot be taken from its
    /// winner by settling it badly.
    function _winnersFault(bytes memory reason) private pure returns (bytes4 selector) {
        selector = bytes4(reason);
        bool margin = selector == IClearingHouse.BelowInitialMargin.selector;
        if (!margin && selector != IClearingHouse.TooManyPositions.selector) Address.verifyCallResult(false, reason);
    }
}
