// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title A liquidation mechanism in which rising bids compete for an account, lot by lot
/// @notice An account below maintenance margin is on offer in lots, one after the other. The highest bid for a lot takes
/// it once that bid has stood for `bidSeconds`, or the auction of the lot has lasted `auctionSeconds`.
interface IEnglishAuction {
    /// The lot on offer of an account. `lot` counts the lots of all accounts from 1; zero: no auction runs.
    /// `standsUntil` is zero without a bid. `payment` is the best bid, `reserve` the least that a first bid could be.
    /// `barred` won this lot before and could not take it.
    struct Auction {
        uint64 lot;
        uint64 endsAt;
        uint64 standsUntil;
        uint64 fraction;
        uint128 bidder;
        uint128 barred;
        int128 payment;
        int128 reserve;
    }

    /// Anyone but the account `barred` may bid for `fraction` (wad) of the account until `endsAt`. The same number again:
    /// nobody had bid, or the winner, now barred, could not take it. Equity and maintenance margin are the account's.
    event LotOffered(
        uint256 indexed account,
        uint256 indexed lot,
        uint256 fraction,
        uint64 endsAt,
        uint256 barred,
        int256 equity,
        int256 maintenanceMargin
    );
    /// The best bid so far, binding until `standsUntil` unless one tops it. Equity and maintenance margin are those of
    /// the whole account now.
    event BidPlaced(
        uint256 indexed account,
        uint256 indexed lot,
        uint256 indexed liquidator,
        int256 payment,
        int256 reserve,
        uint64 standsUntil,
        int256 equity,
        int256 maintenanceMargin
    );
    /// `settlement` is the number in the settlement ledger, under which the clearing house tells the rest.
    event LotSold(
        uint256 indexed account, uint256 indexed lot, uint256 indexed liquidator, uint256 settlement, int256 payment
    );
    /// The winner could not take the lot: `reason` is the selector of the clearing house's error.
    event BidFailed(uint256 indexed account, uint256 indexed lot, uint256 indexed liquidator, bytes4 reason);

    error LotNotOffered(uint256 account, uint256 lot, uint256 offered);
    error BiddingOver(uint256 account, uint256 lot);
    error BiddingOpen(uint256 account, uint256 lot);
    error NoBid(uint256 account, uint256 lot);
    error BidTooLow(int256 payment, int256 least);
    error BidBeyondMargin(uint256 liquidator, int256 payment, int256 initialMargin);
    error BidderBarred(uint256 liquidator, uint256 lot);

    /// @notice Put an account below maintenance margin on offer. Anyone.
    function start(uint256 account) external;

    /// @notice Bid `payment` (negative: what the fund would have to pay) for the lot on offer of `account`, to take it
    /// into `liquidator`, an account the caller may act for and whose initial margin covers the payment. The account must
    /// be below maintenance margin for the first bid; a bid that stands may be topped whatever its margin is.
    /// @param lot the lot meant, so that a bid that comes late is not taken for the next one.
    function bid(uint256 account, uint256 lot, uint256 liquidator, int256 payment) external;

    /// @notice Hand the lot to the best bidder once bidding is over; the next lot is on offer at once if the account is
    /// still below maintenance margin. A winner without the margin to take it loses it, and it is on offer again. Anyone.
    /// @return settlement the number in the settlement ledger; zero if the winner could not take the lot.
    function settle(uint256 account) external returns (uint256 settlement);

    /// @notice Offer a lot again for which nobody bid in time. Anyone.
    function restart(uint256 account) external;

    /// @notice End the auction of an account that is healthy again; a bid that stands is void. Anyone.
    function terminate(uint256 account) external;

    /// @notice The smallest payment that a bid for the lot on offer may be now.
    function leastPayment(uint256 account) external view returns (int256);
}
