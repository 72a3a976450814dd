// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";
import {IMarginRule} from "../interfaces/IMarginRule.sol";
import {IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {ISettlementLedger} from "../interfaces/ISettlementLedger.sol";
import {Instrument, Kind} from "../interfaces/Types.sol";
import {FundingRate} from "../libraries/FundingRate.sol";

/// @title What can be traded and held, and the contracts around the clearing house
/// @notice Instruments with the funding of their underlyings, collateral tokens, wiring and roles. No accounts.
abstract contract Registry is IClearingHouse, AccessControl {
    using SafeCast for int256;
    using SafeCast for uint256;

    /// Cumulative funding of an underlying's perpetuals; `timestamp` is zero until one is listed.
    struct Funding {
        int128 index;
        uint64 timestamp;
    }

    /// `unit` is the wad value of the token's smallest unit, zero if the token is not listed.
    struct Collateral {
        uint16 underlying;
        uint8 place;
        uint64 unit;
    }

    bytes32 public constant MATCHER_ROLE = keccak256("MATCHER_ROLE");
    bytes32 public constant LIQUIDATOR_ROLE = keccak256("LIQUIDATOR_ROLE");
    uint256 public constant MAX_POSITIONS_BOUND = 128;
    uint256 public constant MAX_COLLATERALS = 96;
    uint256 internal constant WAD = 1e18;

    address public immutable quoteToken;
    IPriceOracle public immutable oracle;
    uint256 public immutable maxPositions;
    /// Cap on the funding rate per eight hours, either way.
    uint256 public immutable maxFundingRate;
    /// The wad value of the quote token's smallest unit.
    uint256 public immutable quoteUnit;

    IMarginRule public marginRule;
    /// Whether the ledger holds proceeds; beside the rule, as every margin reads both.
    bool internal _holdsProceeds;
    ICollateralVault public vault;
    IInsuranceFund public fund;
    ISettlementLedger public ledger;

    /// @inheritdoc IClearingHouse
    uint256 public instrumentCount;

    mapping(uint32 id => Instrument) internal _instruments;
    /// Underlyings of the listed collateral tokens, in order of listing.
    uint16[] internal _collateralUnderlyings;
    mapping(uint16 underlying => Funding) private _funding;
    mapping(address token => Collateral) private _collaterals;
    mapping(uint16 underlying => bool) private _collateralised;

    constructor(
        address admin,
        address quoteToken_,
        address oracle_,
        address marginRule_,
        uint256 maxPositions_,
        uint256 maxFundingRate_
    ) {
        if (maxPositions_ > MAX_POSITIONS_BOUND) {
            revert PositionLimitAboveBound(maxPositions_, MAX_POSITIONS_BOUND);
        }
        quoteToken = quoteToken_;
        oracle = IPriceOracle(oracle_);
        maxPositions = maxPositions_;
        maxFundingRate = maxFundingRate_;
        quoteUnit = 10 ** (18 - IERC20Metadata(quoteToken_).decimals());
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _setMarginRule(marginRule_);
    }

    // ADMINISTRATION

    /// @inheritdoc IClearingHouse
    function wire(address vault_, address fund_, address ledger_) external onlyRole(DEFAULT_ADMIN_ROLE) {
        if (address(vault) != address(0)) revert AlreadyWired();
        vault = ICollateralVault(vault_);
        fund = IInsuranceFund(fund_);
        ledger = ISettlementLedger(ledger_);
        _holdsProceeds = ISettlementLedger(ledger_).holdsProceeds();
        emit Wired(vault_, fund_, ledger_);
        vault.list(quoteToken, true, 0);
    }

    /// @inheritdoc IClearingHouse
    function setMarginRule(address rule) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setMarginRule(rule);
    }

    /// @inheritdoc IClearingHouse
    function listInstrument(Instrument calldata terms) external onlyRole(DEFAULT_ADMIN_ROLE) returns (uint32 id) {
        bool option = terms.kind == Kind.Call || terms.kind == Kind.Put;
        bool dated = terms.kind != Kind.Perpetual;
        bool validExpiry = dated ? terms.expiry > block.timestamp : terms.expiry == 0;
        if (!validExpiry || option != (terms.strike != 0)) revert InvalidInstrument(terms);
        id = (instrumentCount++).toUint32();
        _instruments[id] = terms;
        Funding storage funding = _funding[terms.underlying];
        if (!dated && funding.timestamp == 0) funding.timestamp = uint64(block.timestamp);
        emit InstrumentListed(id, terms.underlying, uint8(terms.kind), terms.expiry, terms.strike);
    }

    /// @inheritdoc IClearingHouse
    function listCollateral(address token, uint16 underlying) external onlyRole(DEFAULT_ADMIN_ROLE) {
        uint256 place = _collateralUnderlyings.length;
        if (token == quoteToken || _collaterals[token].unit != 0 || _collateralised[underlying]) {
            revert CollateralAlreadyListed(token, underlying);
        }
        if (place == MAX_COLLATERALS) revert TooManyCollaterals(MAX_COLLATERALS);
        _collateralUnderlyings.push(underlying);
        _collateralised[underlying] = true;
        uint256 unit = vault.list(token, false, underlying);
        _collaterals[token] = Collateral(underlying, uint8(place), uint64(unit));
    }

    function _setMarginRule(address rule) private {
        marginRule = IMarginRule(rule);
        emit MarginRuleSet(rule);
    }

    // INSTRUMENTS AND COLLATERAL

    /// @inheritdoc IClearingHouse
    function instrument(uint32 id) public view returns (Instrument memory) {
        if (id >= instrumentCount) revert UnknownInstrument(id);
        return _instruments[id];
    }

    function _expired(Instrument memory terms) internal view returns (bool) {
        return terms.expiry != 0 && block.timestamp >= terms.expiry;
    }

    function _settlementPrice(Instrument memory terms) internal view returns (bool isFixed, uint256 price) {
        if (!_expired(terms)) return (false, 0);
        try oracle.settlementPrice(terms.underlying, terms.expiry) returns (uint256 price_) {
            return (true, price_);
        } catch {
            return (false, 0);
        }
    }

    function _listed(address token) internal view returns (Collateral memory collateral) {
        collateral = _collaterals[token];
        if (collateral.unit == 0) revert UnknownToken(token);
    }

    // FUNDING

    /// @inheritdoc IClearingHouse
    function accrueFunding(uint16 underlying) external {
        if (_funding[underlying].timestamp == 0) revert NoPerpetual(underlying);
        _accrue(underlying);
    }

    /// @inheritdoc IClearingHouse
    function fundingIndex(uint16 underlying) public view returns (int256) {
        Funding memory funding = _funding[underlying];
        if (funding.timestamp == 0 || funding.timestamp == block.timestamp) return funding.index;
        uint256 elapsed = block.timestamp - funding.timestamp;
        return funding.index + FundingRate.increment(oracle.assetPrice(underlying), maxFundingRate, elapsed);
    }

    function _accrue(uint16 underlying) internal returns (int256 index) {
        index = fundingIndex(underlying);
        if (_funding[underlying].timestamp == block.timestamp) return index;
        _funding[underlying] = Funding(index.toInt128(), uint64(block.timestamp));
        emit FundingAccrued(underlying, index, uint64(block.timestamp));
    }

    /// @dev Zero for contracts without funding.
    function _accruedIndex(Instrument memory terms) internal returns (int256) {
        return terms.kind == Kind.Perpetual ? _accrue(terms.underlying) : int256(0);
    }
}
