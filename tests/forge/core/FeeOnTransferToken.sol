// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {TestToken} from "contracts/tokens/TestToken.sol";

/// A token of which each transfer destroys 1 %, from when it is told to.
contract FeeOnTransferToken is TestToken {
    bool private _charges;

    constructor() TestToken("Taxed", "TAX", 6) {}

    function charge() external {
        _charges = true;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (_charges && from != address(0) && to != address(0)) {
            uint256 fee = amount / 100;
            super._update(from, address(0), fee);
            amount -= fee;
        }
        super._update(from, to, amount);
    }
}
