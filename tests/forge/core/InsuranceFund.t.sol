// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IInsuranceFund} from "contracts/interfaces/IInsuranceFund.sol";
import {CoreBase} from "./CoreBase.sol";

contract InsuranceFundTest is CoreBase {
    function _endowFrom(address owner, uint256 amount) private returns (uint256 shares) {
        quote.mint(owner, amount);
        vm.prank(owner);
        quote.approve(address(fund), amount);
        vm.prank(owner);
        return fund.deposit(amount, owner);
    }

    function _request(address owner, uint256 shares) private {
        vm.prank(owner);
        fund.requestWithdrawal(shares);
    }

    function _redeem(address owner, uint256 shares) private returns (uint256) {
        vm.prank(owner);
        return fund.redeem(shares, owner, owner);
    }

    function _cover(uint256 amount) private returns (uint256 paid) {
        vm.prank(address(house));
        paid = fund.cover(amount);
        vm.prank(address(house));
        vault.pull(address(quote), address(fund), paid);
    }

    function test_LeavingTakesNotice() external {
        uint256 shares = _endowFrom(ALICE, 100 * USD);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.NoNotice.selector, ALICE));
        _redeem(ALICE, shares);

        vm.expectEmit();
        emit IInsuranceFund.WithdrawalRequested(ALICE, shares, NOW + NOTICE);
        _request(ALICE, shares);
        skip(NOTICE - 1);
        vm.assertEq(fund.maxRedeem(ALICE), 0);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.NoticeRunning.selector, ALICE, NOW + NOTICE));
        _redeem(ALICE, shares);

        skip(1);
        vm.assertEq(fund.maxWithdraw(ALICE), 100 * USD);
        vm.assertEq(_redeem(ALICE, shares), 100 * USD);
    }

    function test_ANoticeIsForThoseSharesOnly() external {
        uint256 shares = _endowFrom(ALICE, 100 * USD);
        _request(ALICE, shares / 4);
        skip(NOTICE);
        vm.assertEq(fund.maxRedeem(ALICE), shares / 4);
        vm.expectRevert();
        _redeem(ALICE, shares / 4 + 1);
        _redeem(ALICE, shares / 4);
        vm.assertEq(fund.maxRedeem(ALICE), 0);
    }

    /// Else the same shares could go from one address to another that gave notice earlier, and leave at any moment.
    function test_AShareThatIsTransferredLosesItsNotice() external {
        uint256 shares = _endowFrom(ALICE, 100 * USD);
        _request(ALICE, shares);
        vm.prank(ALICE);
        fund.transfer(BOB, shares);
        skip(NOTICE);
        vm.prank(BOB);
        fund.transfer(ALICE, shares);
        vm.assertEq(fund.maxRedeem(ALICE), 0);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.NoNotice.selector, ALICE));
        _redeem(ALICE, shares);
    }

    function test_AnnouncedSharesThatStayKeepTheirNotice() external {
        uint256 shares = _endowFrom(ALICE, 100 * USD);
        _request(ALICE, shares / 4);
        vm.prank(ALICE);
        fund.transfer(BOB, shares / 2);
        skip(NOTICE);
        vm.assertEq(_redeem(ALICE, shares / 4), 25 * USD);
    }

    function test_ANoticeLapses() external {
        uint256 shares = _endowFrom(ALICE, 100 * USD);
        _request(ALICE, shares);
        skip(NOTICE + fund.WINDOW() + 1);
        vm.assertEq(fund.maxRedeem(ALICE), 0);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.NoNotice.selector, ALICE));
        _redeem(ALICE, shares);
    }

    function test_OneCannotAnnounceMoreThanOneHas() external {
        uint256 shares = _endowFrom(ALICE, 100 * USD);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.NoticeAboveBalance.selector, ALICE, shares + 1, shares));
        _request(ALICE, shares + 1);
    }

    function test_LossesLowerAndFeesRaiseTheShare() external {
        uint256 shares = _endowFrom(ALICE, 100 * USD);
        _cover(40 * USD);
        vm.assertApproxEqAbs(fund.convertToAssets(shares), 60 * USD, 1);
        quote.mint(address(fund), 20 * USD);
        vm.assertApproxEqAbs(fund.convertToAssets(shares), 80 * USD, 1);
    }

    function test_ALossDuringTheNoticeIsShared() external {
        uint256 shares = _endowFrom(ALICE, 100 * USD);
        _endowFrom(BOB, 100 * USD);
        _request(ALICE, shares);
        _cover(50 * USD);
        skip(NOTICE);
        vm.assertApproxEqAbs(_redeem(ALICE, shares), 75 * USD, 1);
    }

    function test_TheFundPaysNoMoreThanItHas() external {
        _endowFrom(ALICE, 100 * USD);
        vm.expectEmit();
        emit IInsuranceFund.Covered(130 * USD, 100 * USD);
        vm.assertEq(_cover(130 * USD), 100 * USD);
    }

    function test_OnlyTheClearingHouseDrawsOnTheFund() external {
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.NotClearingHouse.selector, ALICE));
        vm.prank(ALICE);
        fund.cover(1);
    }

    function test_AnEmptiedFundTakesDepositsAgain() external {
        _endowFrom(ALICE, 100 * USD);
        _cover(100 * USD);
        uint256 shares = _endowFrom(BOB, 50 * USD);
        vm.assertApproxEqAbs(fund.convertToAssets(shares), 50 * USD, 1);
    }

    function testFuzz_InflatingTheShareCostsTheAttackerMore(uint256 donation, uint256 amount) external {
        donation = bound(donation, 1, 1e15);
        amount = bound(amount, 1, 1e12);
        uint256 attackers = _endowFrom(BOB, 1);
        quote.mint(address(fund), donation);
        uint256 shares = _endowFrom(ALICE, amount);
        uint256 lost = amount - fund.convertToAssets(shares);
        uint256 spent = 1 + donation - fund.convertToAssets(attackers);
        vm.assertLe(lost, spent + 1);
    }
}
