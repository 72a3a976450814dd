// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ClearingHouse} from "contracts/ClearingHouse.sol";
import {CollateralVault} from "contracts/CollateralVault.sol";
import {InsuranceFund} from "contracts/InsuranceFund.sol";
import {IPriceOracle} from "contracts/interfaces/IPriceOracle.sol";
import {ISettlementLedger} from "contracts/interfaces/ISettlementLedger.sol";
import {Fill, Instrument, Kind} from "contracts/interfaces/Types.sol";
import {PriceOracle} from "contracts/oracle/PriceOracle.sol";
import {SettlementLedger} from "contracts/settlement/SettlementLedger.sol";
import {TestToken} from "contracts/tokens/TestToken.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Test} from "../Test.sol";
import {LinearRule} from "./LinearRule.sol";

/// The whole protocol at ETH 200 with a rule of round numbers. This contract is administrator, publisher and matcher.
/// The quote token has 6 decimals, collateral is WETH with 18. Quote amounts in tests are in whole units, as `50 *
/// USD`.
abstract contract CoreBase is Test {
    uint64 internal constant NOW = 1_584_000_000;
    uint64 internal constant EXPIRY = NOW + 7 days;
    uint64 internal constant NOTICE = 1 days;
    uint16 internal constant ETH = 0;
    uint256 internal constant USD = 1e6;
    int256 internal constant WAD = 1e18;
    uint256 internal constant MAX_FUNDING = 0.01e18;

    address internal constant ALICE = address(0xA11CE);
    address internal constant BOB = address(0xB0B);
    address internal constant CAROL = address(0xCA401);

    TestToken internal quote;
    TestToken internal weth;
    PriceOracle internal oracle;
    ClearingHouse internal house;
    CollateralVault internal vault;
    InsuranceFund internal fund;
    SettlementLedger internal ledger;

    uint32 internal perpetual;
    uint32 internal future;
    uint32 internal call200;
    uint32 internal put200;

    function setUp() public virtual {
        vm.warp(NOW);
        quote = quoteToken();
        weth = new TestToken("Ether", "WETH", 18);
        oracle = new PriceOracle(address(this), 30 days);
        oracle.setPublisher(address(this), true);
        house = new ClearingHouse(
            address(this), address(quote), address(oracle), address(new LinearRule(oracle)), 128, MAX_FUNDING
        );
        vault = new CollateralVault(address(house));
        fund = new InsuranceFund(IERC20(address(quote)), address(house), address(vault), NOTICE);
        ledger = new SettlementLedger(address(house), holdPolicy());
        house.wire(address(vault), address(fund), address(ledger));
        house.grantRole(house.MATCHER_ROLE(), address(this));
        house.listCollateral(address(weth), ETH);
        perpetual = house.listInstrument(Instrument(ETH, Kind.Perpetual, 0, 0));
        future = house.listInstrument(Instrument(ETH, Kind.Future, EXPIRY, 0));
        call200 = house.listInstrument(Instrument(ETH, Kind.Call, EXPIRY, 200e18));
        put200 = house.listInstrument(Instrument(ETH, Kind.Put, EXPIRY, 200e18));
        publish(200e18, 1e18);
    }

    function quoteToken() internal virtual returns (TestToken) {
        return new TestToken("Dollar", "USD", 6);
    }

    /// Nothing is held, unless a test asks for it.
    function holdPolicy() internal virtual returns (ISettlementLedger.HoldPolicy memory) {
        return ISettlementLedger.HoldPolicy(ISettlementLedger.HoldRule.None, 0, 0, address(0));
    }

    // PRICES

    function publish(uint256 spot, uint256 basis) internal {
        IPriceOracle.SpotUpdate[] memory spots = new IPriceOracle.SpotUpdate[](1);
        spots[0] = IPriceOracle.SpotUpdate(ETH, uint128(spot), uint64(basis), 1e18);
        oracle.publish(time(), spots, new IPriceOracle.ExpiryUpdate[](0));
    }

    /// One second passes: the oracle takes one observation per timestamp.
    function setPrice(uint256 spot) internal {
        skip(1);
        publish(spot, 1e18);
    }

    /// The time now, which viaIR would otherwise read once per transaction.
    function time() internal view returns (uint64) {
        return uint64(vm.getBlockTimestamp());
    }

    function skip(uint256 elapsed) internal {
        vm.warp(time() + elapsed);
    }

    // ACCOUNTS

    function open(address owner, uint256 amount) internal returns (uint256 account) {
        account = house.openAccount(owner);
        if (amount != 0) deposit(account, amount);
    }

    function deposit(uint256 account, uint256 amount) internal {
        quote.mint(address(this), amount);
        quote.approve(address(vault), amount);
        house.deposit(account, address(quote), amount);
    }

    function depositEther(uint256 account, uint256 amount) internal {
        weth.mint(address(this), amount);
        weth.approve(address(vault), amount);
        house.deposit(account, address(weth), amount);
    }

    function endow(uint256 amount) internal {
        quote.mint(address(this), amount);
        quote.approve(address(fund), amount);
        fund.deposit(amount, address(this));
    }

    function withdraw(address owner, uint256 account, uint256 amount) internal {
        vm.prank(owner);
        house.withdraw(account, address(quote), amount, owner);
    }

    function sizeOf(uint256 account, uint32 instrument) internal view returns (int256 size) {
        (size,) = house.position(account, instrument);
    }

    // TRADES

    function fill(uint256 buyer, uint256 seller, uint32 instrument, uint256 size, uint256 price)
        internal
        pure
        returns (Fill memory)
    {
        return Fill(uint64(buyer), uint64(seller), instrument, uint128(size), uint128(price));
    }

    function trade(uint256 buyer, uint256 seller, uint32 instrument, uint256 size, uint256 price) internal {
        Fill[] memory fills = new Fill[](1);
        fills[0] = fill(buyer, seller, instrument, size, price);
        house.settleTrades(fills);
    }

    // CONSERVATION

    function assertConserved() internal view {
        int256 cash = house.suspense();
        uint256 ether_;
        for (uint256 account = 1; account <= house.accountCount(); ++account) {
            cash += house.cash(account) + int256(house.escrowed(account));
            ether_ += house.holding(account, ETH);
        }
        uint256 claims = vault.balanceWad(address(quote)) + house.socialisedLoss();
        vm.assertEq(cash, int256(claims), "cash");
        vm.assertEq(ether_, vault.balanceWad(address(weth)), "collateral");
        vm.assertLe(vault.balanceWad(address(quote)), quote.balanceOf(address(vault)) * 1e12, "custody");
        vm.assertLe(vault.balanceWad(address(weth)), weth.balanceOf(address(vault)), "ether custody");
    }

    function netSize(uint32 instrument) internal view returns (int256 net) {
        for (uint256 account = 1; account <= house.accountCount(); ++account) {
            net += sizeOf(account, instrument);
        }
    }
}
