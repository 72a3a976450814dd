// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Fill, Instrument, Margin, Portfolio} from "./Types.sol";

/// @title Accounts, positions and cash
/// @notice Cash is a signed wad of the quote currency. Linear contracts are carried at mark: a buyer's cash falls by
/// size * price and its equity holds size * mark. `suspense` is the counter-entry of one-sided postings (funding,
/// expiry settlement, sub-unit token dust), so that sum(cash) + suspense == vault cash + outstanding socialised loss,
/// to the wei. Accounts are numbered from 1, instruments from 0 (an instrument's number is its place in the registry).
///
/// Where the ledger holds proceeds of liquidations until they are final, an account's cash in escrow is
/// `escrowed`, apart from `cash`: it counts for equity and maintenance margin, not for initial margin, so that nobody is liquidated for it
/// and nobody can withdraw, borrow or take on risk against it. cash + escrowed is what cash would be without a hold,
/// and sum(escrowed) joins the left side of the equation above.
interface IClearingHouse {
    event Wired(address vault, address fund, address ledger);
    event MarginRuleSet(address rule);
    event AccountOpened(uint256 indexed account, address indexed owner);
    event OperatorSet(uint256 indexed account, address indexed operator, bool approved);
    event InstrumentListed(
        uint32 indexed instrument, uint16 indexed underlying, uint8 kind, uint64 expiry, uint128 strike
    );
    event Deposited(uint256 indexed account, address indexed token, uint256 amountWad);
    /// `amountWad` left the account; `paidWad` left the vault (less when losses are socialised).
    event Withdrawn(uint256 indexed account, address indexed token, uint256 amountWad, uint256 paidWad);
    /// `cost` is the cash that moved from buyer to seller.
    event Traded(
        uint256 indexed buyer,
        uint256 indexed seller,
        uint32 indexed instrument,
        uint256 size,
        uint256 price,
        uint256 cost
    );
    /// Cumulative funding per unit of long position (wad), after accrual up to `timestamp`.
    event FundingAccrued(uint16 indexed underlying, int256 index, uint64 timestamp);
    /// `amount` was added to the account's cash (negative: paid), the counter-entry is in suspense.
    event FundingSettled(uint256 indexed account, uint32 indexed instrument, int256 amount);
    event ExpirySettled(
        uint256 indexed account,
        uint32 indexed instrument,
        uint256 indexed settlement,
        int256 size,
        uint256 price,
        int256 amount
    );
    event PositionMoved(uint256 indexed from, uint256 indexed to, uint32 indexed instrument, int256 size);
    event HoldingMoved(uint256 indexed from, uint256 indexed to, uint16 indexed underlying, uint256 amountWad);
    event CashMoved(uint256 indexed from, uint256 indexed to, int256 amount);
    /// A slice `fraction` (wad) of `account` went to `liquidator`, who paid `payment` (negative: was paid, by the
    /// fund); `fee` went from the account to the insurance fund. Equity and maintenance margin are those before.
    event ClosedOut(
        uint256 indexed settlement,
        uint256 indexed account,
        uint256 indexed liquidator,
        uint256 fraction,
        int256 payment,
        uint256 fee,
        int256 equity,
        int256 maintenanceMargin
    );
    /// A loss beyond what `account` could bear (its negative cash, or what a liquidator had to be paid to take it),
    /// split over who bears it: fromFund + socialised == amount. `settlement` is zero outside close-outs.
    event BadDebtBooked(
        uint256 indexed account, uint256 indexed settlement, uint256 amount, uint256 fromFund, uint256 socialised
    );
    /// Outstanding socialised loss was repaid by the fund's later income.
    event SocialisedLossRepaid(uint256 amount, uint256 outstanding);

    error AlreadyWired();
    error PositionLimitAboveBound(uint256 limit, uint256 bound);
    error InvalidInstrument(Instrument terms);
    error CollateralAlreadyListed(address token, uint16 underlying);
    error TooManyCollaterals(uint256 limit);
    error ZeroOwner();
    error NotAuthorised(address caller, uint256 account);
    error UnknownAccount(uint256 account);
    error UnknownInstrument(uint32 instrument);
    error UnknownToken(address token);
    error InstrumentExpired(uint32 instrument, uint64 expiry);
    error InstrumentNotExpired(uint32 instrument, uint64 expiry);
    error SelfTrade(uint256 account);
    error ZeroSize();
    error TooManyPositions(uint256 account, uint256 limit);
    error InsufficientBalance(uint256 account, uint256 wanted, uint256 available);
    error BelowInitialMargin(uint256 account, int256 initialMargin);
    error BelowMaintenanceMargin(uint256 account, int256 maintenanceMargin);
    error NotLiquidatable(uint256 account, int256 maintenanceMargin);
    error InvalidFraction(uint256 fraction);
    error NothingToSettle(uint256 account, uint32 instrument);
    error NoPerpetual(uint16 underlying);
    error NotBankrupt(uint256 account, int256 cash);
    error NotLedger(address caller);

    /// @notice Connect the contracts that know this one's address. Administrator, once.
    function wire(address vault, address fund, address ledger) external;

    /// @notice Replace the margin rule. Administrator.
    function setMarginRule(address rule) external;

    /// @notice Add a contract to the registry; returns its number. Administrator.
    function listInstrument(Instrument calldata terms) external returns (uint32 id);

    /// @notice Accept `token` as collateral, priced as `underlying`. One token per underlying. Administrator.
    function listCollateral(address token, uint16 underlying) external;

    /// @notice Open an account for `owner`. Anyone.
    function openAccount(address owner) external returns (uint256 account);

    /// @notice Let `operator` act for the account, or stop it. Only the owner.
    function setOperator(uint256 account, address operator, bool approved) external;

    /// @notice Add cash (the quote token) or collateral. Anyone may deposit into any account.
    /// @dev The vault pulls the tokens, so the allowance is the vault's.
    /// @param amount in the token's own decimals.
    function deposit(uint256 account, address token, uint256 amount) external;

    /// @notice Take out cash or collateral to `to`. Owner or operator; needs initial margin >= 0 afterwards. Cash may
    /// go negative against collateral. While a socialised loss D is outstanding, cash is paid at V / (V + D), V the
    /// vault's cash.
    /// @param amount in the token's own decimals.
    function withdraw(uint256 account, address token, uint256 amount, address to) external;

    /// @notice Settle matched trades. Only an approved matcher. After all fills every account that took part needs
    /// initial margin >= 0, or maintenance margin >= 0 if each of its fills only reduced a position.
    function settleTrades(Fill[] calldata fills) external;

    /// @notice Bring an underlying's funding index up to now. Anyone.
    function accrueFunding(uint16 underlying) external;

    /// @notice Settle an expired position of an account at the oracle's fixed settlement price. Anyone.
    function settleExpiry(uint256 account, uint32 instrument) external returns (uint256 settlement);

    /// @notice Settle every expired position of an account whose settlement price is fixed; returns how many. Anyone.
    function settleExpiries(uint256 account) external returns (uint256 settled);

    /// @notice Move `fraction` (wad, <= 1e18) of every position, holding and cash of `account` to `liquidator`, who
    /// pays `payment` (negative: the fund pays the liquidator); `fee` goes from the account to the fund. Only a
    /// liquidation mechanism, only below maintenance margin. The liquidator needs initial margin >= 0 afterwards. If
    /// the account ends empty with cash + escrowed negative, its bad debt is booked. What the fund cannot pay is socialised,
    /// so the liquidator is always credited in full. With a hold policy, the payment less the fee, or what the fund pays,
    /// is held under the settlement's number, and so is the slice of what the account had in escrow.
    function closeOut(uint256 account, uint256 liquidator, uint256 fraction, int256 payment, uint256 fee)
        external
        returns (uint256 settlement);

    /// @notice Book the bad debt of an account that has nothing but negative cash, beyond what is in escrow for it. Anyone.
    function bookBadDebt(uint256 account) external;

    /// @notice Turn a hold into cash of whom it is for. Only the ledger; amounts as in ISettlementLedger.Hold.
    function releaseEscrow(uint256 account, uint256 liquidator, int256 payment, uint256 advance) external;

    /// @notice Turn a hold back into cash of whom it came from. What the fund had paid goes to it as fees do, and beyond
    /// that to suspense. Only the ledger; amounts as in ISettlementLedger.Hold.
    /// @return toFund what repaid socialised loss or went to the fund.
    function returnEscrow(uint256 account, uint256 liquidator, int256 payment, uint256 advance)
        external
        returns (uint256 toFund);

    /// @notice The account's margins under the rule in force, what is in escrow for it in equity and maintenance
    /// margin.
    function margin(uint256 account) external view returns (Margin memory);

    /// @notice What the margin rule is handed: funding accrued to now is in `cash`, and so are expired positions whose
    /// settlement price is fixed; what is in escrow is not.
    function portfolio(uint256 account) external view returns (Portfolio memory);

    /// @notice Cumulative funding per unit of long position, extrapolated to now.
    function fundingIndex(uint16 underlying) external view returns (int256);

    function instrument(uint32 id) external view returns (Instrument memory);

    function instrumentCount() external view returns (uint256);

    function accountCount() external view returns (uint256);

    function ownerOf(uint256 account) external view returns (address);

    function isAuthorised(uint256 account, address caller) external view returns (bool);

    /// @notice Booked cash, without funding accrued since the last touch.
    function cash(uint256 account) external view returns (int256);

    /// @notice Proceeds of liquidations in escrow for the account.
    function escrowed(uint256 account) external view returns (uint256);

    /// @notice Size, and the funding index up to which funding is in `cash`.
    function position(uint256 account, uint32 instrument) external view returns (int256 size, int256 fundingIndex);

    function positionsOf(uint256 account) external view returns (uint32[] memory instruments, int256[] memory sizes);

    function holding(uint256 account, uint16 underlying) external view returns (uint256);

    function suspense() external view returns (int256);

    function socialisedLoss() external view returns (uint256 outstanding);
}
