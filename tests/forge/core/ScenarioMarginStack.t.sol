// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ClearingHouse} from "contracts/ClearingHouse.sol";
import {CollateralVault} from "contracts/CollateralVault.sol";
import {InsuranceFund} from "contracts/InsuranceFund.sol";
import {IPriceOracle} from "contracts/interfaces/IPriceOracle.sol";
import {ISettlementLedger} from "contracts/interfaces/ISettlementLedger.sol";
import {Fill, Instrument, Kind, Margin} from "contracts/interfaces/Types.sol";
import {DutchAuction} from "contracts/liquidation/DutchAuction.sol";
import {ScenarioMargin} from "contracts/margin/ScenarioMargin.sol";
import {SettlementLedger} from "contracts/settlement/SettlementLedger.sol";
import {TestToken} from "contracts/tokens/TestToken.sol";
import {MarginBase} from "../margin/MarginBase.sol";

/// The protocol as it is deployed: scenario margin on the real oracle and parameters, portfolio auctions.
contract ScenarioMarginStackTest is MarginBase {
    int256 private constant WAD = 1e18;

    TestToken private _quote;
    ClearingHouse private _house;
    CollateralVault private _vault;
    DutchAuction private _auction;
    uint256 private _alice;
    uint256 private _bob;
    uint256 private _liquidator;

    function setUp() public override {
        super.setUp();
        _quote = new TestToken("Dollar", "USD", 6);
        address rule = address(new ScenarioMargin(oracle, parameters, plainConfig()));
        _house = new ClearingHouse(address(this), address(_quote), address(oracle), rule, 128, 0.01e18);
        _vault = new CollateralVault(address(_house));
        address fund = address(new InsuranceFund(IERC20(address(_quote)), address(_house), address(_vault), 1 days));
        ISettlementLedger.HoldPolicy memory policy;
        _house.wire(address(_vault), fund, address(new SettlementLedger(address(_house), policy)));
        _auction =
            new DutchAuction(address(_house), DutchAuction.Parameters(0.05e18, 0.3e18, 300, 900, 900, 0.1e18, 0.02e18));
        _house.grantRole(_house.MATCHER_ROLE(), address(this));
        _house.grantRole(_house.LIQUIDATOR_ROLE(), address(_auction));
        _house.listInstrument(Instrument(ETH, Kind.Perpetual, 0, 0));
        _house.listInstrument(Instrument(ETH, Kind.Future, EXPIRY, 0));
        for (uint128 strike = 100e18; strike < 200e18; strike += 10e18) {
            _house.listInstrument(Instrument(ETH, Kind.Put, EXPIRY, strike));
        }
        _alice = _open(2500e6);
        _bob = _open(100_000e6);
        _liquidator = _open(100_000e6);
    }

    function _open(uint256 amount) private returns (uint256 account) {
        account = _house.openAccount(address(this));
        _quote.mint(address(this), amount);
        _quote.approve(address(_vault), amount);
        _house.deposit(account, address(_quote), amount);
    }

    function _trade(uint256 buyer, uint256 seller, uint32 instrument, uint128 size, uint128 price) private {
        Fill[] memory fills = new Fill[](1);
        fills[0] = Fill(uint64(buyer), uint64(seller), instrument, size, price);
        _house.settleTrades(fills);
    }

    function _crash(uint128 spot, uint64 time) private {
        vm.warp(time);
        IPriceOracle.SpotUpdate[] memory spots = new IPriceOracle.SpotUpdate[](1);
        spots[0] = IPriceOracle.SpotUpdate(ETH, spot, 1e18, 1e18);
        oracle.publish(time, spots, new IPriceOracle.ExpiryUpdate[](0));
    }

    function _assertConserved() private view {
        int256 cash = _house.suspense();
        for (uint256 account = 1; account <= _house.accountCount(); ++account) {
            cash += _house.cash(account);
        }
        vm.assertEq(cash, int256(_vault.balanceWad(address(_quote)) + _house.socialisedLoss()));
    }

    function _sellPutsAndBuyPerpetuals() private {
        _trade(_alice, _bob, 0, 25e18, 202e18);
        for (uint32 put_ = 2; put_ < 12; ++put_) {
            _trade(_bob, _alice, put_, 2e18, 4e18);
        }
    }

    function test_AShortVolatilityAccountIsAuctionedInACrash() external {
        _sellPutsAndBuyPerpetuals();
        _crash(130e18, NOW + 3600);
        Margin memory before = _house.margin(_alice);
        vm.assertLt(before.maintenanceMargin, 0);
        _auction.start(_alice);
        vm.warp(NOW + 3600 + 120);
        uint256 limit = _auction.quote(_alice, 0).maxFraction;
        _auction.liquidate(_alice, _liquidator, limit, 1e30);
        Margin memory state = _house.margin(_alice);
        vm.assertLt(limit, 1e18);
        vm.assertGe(state.maintenanceMargin, 0);
        (uint32[] memory taken,) = _house.positionsOf(_liquidator);
        vm.assertEq(taken.length, 11);
        _assertConserved();
    }
}
