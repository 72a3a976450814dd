// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {TestToken} from "contracts/tokens/TestToken.sol";

/// A token that calls out in the middle of a transfer, as tokens with hooks do.
contract ReentrantToken is TestToken {
    address private _target;
    bytes private _data;

    constructor() TestToken("Hook", "HOOK", 6) {}

    function arm(address target, bytes calldata data) external {
        _target = target;
        _data = data;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (_target == address(0) || from == address(0)) return;
        (bool success, bytes memory reason) = _target.call(_data);
        if (success) return;
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }
}
