// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ISettlementLedger} from "contracts/interfaces/ISettlementLedger.sol";
import {HoldBase} from "./HoldBase.sol";

/// Amounts far beyond those of any market change the books as small ones do, or change nothing.
contract ExtremeValuesTest is HoldBase {
    /// Quote tokens of Alice and of Carol, beyond which a wad of them does not fit into a hold.
    uint256 private constant RICH = 2 ** 86;

    function holdPolicy() internal pure override returns (ISettlementLedger.HoldPolicy memory) {
        return ISettlementLedger.HoldPolicy(ISettlementLedger.HoldRule.Depth, DEPTH, 0, address(0));
    }

    /// Alice sells as much as she can carry, or more, and the price rises by any factor.
    function testFuzz_ACloseOutConservesMoneyOrReverts(
        uint256 size,
        uint256 spot,
        int256 payment,
        uint256 fee,
        uint256 fraction
    ) external {
        deposit(bob, 2 ** 130);
        deposit(alice, RICH);
        deposit(carol, 2 ** 130);
        try this.sell(bound(size, 1e18, 2 ** 119)) {} catch {}
        setPrice(bound(spot, 1, 1e32));
        payment = bound(payment, -int256(2 ** 128), 2 ** 128);
        fee = bound(fee, 0, payment > 0 ? uint256(payment) : 0);
        bytes memory data = abi.encodeCall(house.closeOut, (alice, carol, bound(fraction, 0, 1e18 + 1), payment, fee));
        (bool success,) = address(house).call(data);
        assertConserved();
        vm.assertEq(netSize(perpetual), 0);
        if (!success || statusOf(1) != ISettlementLedger.HoldStatus.Held) return;
        vm.roll(BLOCK + DEPTH);
        ledger.release(1);
        assertConserved();
        vm.assertEq(house.escrowed(alice) + house.escrowed(carol), 0);
    }

    function sell(uint256 size) external {
        trade(bob, alice, perpetual, size, 200e18);
    }

    function testFuzz_AWithdrawalConservesMoneyOrReverts(uint256 wealth, uint256 loss, uint256 amount) external {
        deposit(carol, bound(wealth, 1, 2 ** 150));
        setPrice(170e18);
        house.closeOut(alice, carol, 1e18, -int256(bound(loss, 0, 2 ** 126)), 0);
        assertConserved();
        vm.roll(BLOCK + DEPTH);
        if (statusOf(1) == ISettlementLedger.HoldStatus.Held) ledger.release(1);
        bytes memory data = abi.encodeCall(house.withdraw, (carol, address(quote), amount, CAROL));
        vm.prank(CAROL);
        (bool success,) = address(house).call(data);
        assertConserved();
        if (!success) return;
        vm.prank(CAROL);
        (success,) = address(house).call(data);
        assertConserved();
    }
}
