// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILiquidation} from "../interfaces/ILiquidation.sol";
import {Margin} from "../interfaces/Types.sol";
import {SignedWad} from "../libraries/SignedWad.sol";

/// @title The penalty that every liquidation mechanism charges
/// @notice With R = E - MM the maintenance requirement of the account: fee = min(fraction * fundFee * R, payment),
/// rounded down, and zero if the payment is not positive.
abstract contract Mechanism {
    using SignedWad for int256;

    int256 internal constant WAD = 1e18;

    IClearingHouse public immutable clearingHouse;
    /// Penalty on the account for the insurance fund, as a share of the maintenance requirement closed out.
    uint256 public immutable fundFee;

    constructor(address clearingHouse_, uint256 fundFee_) {
        if (fundFee_ >= uint256(WAD)) revert ILiquidation.InvalidParameters();
        clearingHouse = IClearingHouse(clearingHouse_);
        fundFee = fundFee_;
    }

    /// @dev Margins of an account that may be liquidated; reverts if it is healthy.
    function _belowMaintenance(uint256 account) internal view returns (Margin memory state) {
        state = clearingHouse.margin(account);
        if (state.maintenanceMargin >= 0) {
            revert IClearingHouse.NotLiquidatable(account, state.maintenanceMargin);
        }
    }

    function _requireAuthorised(uint256 liquidator) internal view {
        if (!clearingHouse.isAuthorised(liquidator, msg.sender)) {
            revert IClearingHouse.NotAuthorised(msg.sender, liquidator);
        }
    }

    function _requirement(Margin memory state) internal pure returns (int256) {
        int256 requirement = state.equity - state.maintenanceMargin;
        return requirement > 0 ? requirement : int256(0);
    }

    function _fee(uint256 fraction, int256 payment, Margin memory state) internal view returns (uint256) {
        if (payment <= 0) return 0;
        int256 fee = int256(fraction).mulDown(_feeOnWhole(state));
        return uint256(fee < payment ? fee : payment);
    }

    function _feeOnWhole(Margin memory state) internal view returns (int256) {
        return int256(fundFee).mulDown(_requirement(state));
    }
}
