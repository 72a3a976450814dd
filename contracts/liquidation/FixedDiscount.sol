// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Margin} from "../interfaces/Types.sol";
import {SignedWad} from "../libraries/SignedWad.sol";
import {Liquidation} from "./Liquidation.sol";

/// @title Fixed discount with a close factor
/// @notice As in pooled lending: the first bidder may take up to `closeFactor` of the account, or all of it once its
/// equity is below `fullCloseThreshold` times the maintenance requirement R, for
/// price = E - discount * R,
/// so that the bidder's gain is the discount on the risk taken over, whatever little equity is left. When the price is
/// negative the fund pays it.
contract FixedDiscount is Liquidation {
    using SignedWad for int256;

    struct Parameters {
        uint256 discount;
        uint256 closeFactor;
        uint256 fullCloseThreshold;
        uint256 fundFee;
    }

    uint256 public immutable discount;
    uint256 public immutable closeFactor;
    uint256 public immutable fullCloseThreshold;

    constructor(address clearingHouse_, Parameters memory p) Liquidation(clearingHouse_, p.fundFee) {
        if (p.discount >= uint256(WAD) || p.closeFactor == 0 || p.closeFactor > uint256(WAD)) {
            revert InvalidParameters();
        }
        discount = p.discount;
        closeFactor = p.closeFactor;
        fullCloseThreshold = p.fullCloseThreshold;
    }

    function _terms(uint256, Margin memory state) internal view override returns (Terms memory) {
        int256 requirement = _requirement(state);
        int256 price = state.equity - int256(discount).mulDown(requirement);
        bool full = state.equity <= int256(fullCloseThreshold).mulDown(requirement);
        return Terms(price, full ? uint256(WAD) : closeFactor, price >= 0);
    }
}
