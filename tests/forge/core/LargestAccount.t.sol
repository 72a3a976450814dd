// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ClearingHouse} from "contracts/ClearingHouse.sol";
import {CollateralVault} from "contracts/CollateralVault.sol";
import {InsuranceFund} from "contracts/InsuranceFund.sol";
import {IPriceOracle} from "contracts/interfaces/IPriceOracle.sol";
import {ISettlementLedger} from "contracts/interfaces/ISettlementLedger.sol";
import {Fill, Instrument, Kind} from "contracts/interfaces/Types.sol";
import {DutchAuction} from "contracts/liquidation/DutchAuction.sol";
import {ScenarioMargin} from "contracts/margin/ScenarioMargin.sol";
import {SettlementLedger} from "contracts/settlement/SettlementLedger.sol";
import {TestToken} from "contracts/tokens/TestToken.sol";
import {MarginBase} from "../margin/MarginBase.sol";

/// An account with as many positions as there may be, 127 of them options, can be liquidated within one block.
contract LargestAccountTest is MarginBase {
    uint256 private constant BLOCK_GAS = 30_000_000;
    uint32 private constant POSITIONS = 128;

    TestToken private _quote;
    ClearingHouse private _house;
    CollateralVault private _vault;
    SettlementLedger private _ledger;
    DutchAuction private _auction;
    uint256 private _alice;
    uint256 private _bob;
    uint256 private _liquidator;

    function setUp() public override {
        super.setUp();
        _quote = new TestToken("Dollar", "USD", 6);
        address rule = address(new ScenarioMargin(oracle, parameters, plainConfig()));
        _house = new ClearingHouse(address(this), address(_quote), address(oracle), rule, POSITIONS, 0.01e18);
        _vault = new CollateralVault(address(_house));
        address fund = address(new InsuranceFund(IERC20(address(_quote)), address(_house), address(_vault), 1 days));
        _ledger = new SettlementLedger(
            address(_house), ISettlementLedger.HoldPolicy(ISettlementLedger.HoldRule.Depth, 64, 0, address(0))
        );
        _house.wire(address(_vault), fund, address(_ledger));
        _auction =
            new DutchAuction(address(_house), DutchAuction.Parameters(0.05e18, 0.3e18, 300, 900, 900, 0.1e18, 0.02e18));
        _house.grantRole(_house.MATCHER_ROLE(), address(this));
        _house.grantRole(_house.LIQUIDATOR_ROLE(), address(_auction));
        _house.listInstrument(Instrument(ETH, Kind.Perpetual, 0, 0));
        _alice = _open(10_000e6);
        _bob = _open(10_000_000e6);
        _liquidator = _open(10_000_000e6);
        Fill[] memory fills = new Fill[](POSITIONS);
        for (uint32 id = 1; id < POSITIONS; ++id) {
            _house.listInstrument(Instrument(ETH, Kind.Put, EXPIRY, uint128(100e18 + uint256(id) * 1e18)));
            fills[id] = Fill(uint64(_bob), uint64(_alice), id, 1e18, 10e18);
        }
        fills[0] = Fill(uint64(_alice), uint64(_bob), 0, 1e18, 202e18);
        _house.settleTrades(fills);
    }

    function _open(uint256 amount) private returns (uint256 account) {
        account = _house.openAccount(address(this));
        _quote.mint(address(this), amount);
        _quote.approve(address(_vault), amount);
        _house.deposit(account, address(_quote), amount);
    }

    function _crash() private {
        vm.warp(NOW + 60);
        IPriceOracle.SpotUpdate[] memory spots = new IPriceOracle.SpotUpdate[](1);
        spots[0] = IPriceOracle.SpotUpdate(ETH, 80e18, 1e18, 1e18);
        oracle.publish(NOW + 60, spots, new IPriceOracle.ExpiryUpdate[](0));
    }

    /// Every slot is cold, as for a transaction of its own.
    function test_TheLargestAccountIsLiquidatedWithinABlock() external {
        _crash();
        _auction.start(_alice);
        vm.warp(NOW + 360);
        address[5] memory read =
            [address(_house), address(_auction), address(oracle), address(parameters), address(_ledger)];
        for (uint256 i; i < read.length; ++i) {
            vm.cool(read[i]);
        }
        uint256 before = gasleft();
        _auction.liquidate(_alice, _liquidator, 1e17, 1e30);
        vm.assertLt(before - gasleft(), BLOCK_GAS);
        (uint32[] memory ids,) = _house.positionsOf(_liquidator);
        vm.assertEq(ids.length, uint256(POSITIONS));
    }
}
