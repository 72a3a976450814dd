// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IPriceOracle} from "contracts/interfaces/IPriceOracle.sol";
import {AssetPrice, ExpiryPrice, Smile} from "contracts/interfaces/Types.sol";
import {PriceOracle} from "contracts/oracle/PriceOracle.sol";
import {Test} from "../Test.sol";

/// An oracle with a maximum age of an hour, at a fixed time, and short words for what publishers post.
abstract contract OracleBase is Test {
    uint64 internal constant NOW = 1_584_000_000;
    uint64 internal constant MAX_AGE = 3600;
    uint64 internal constant EXPIRY = NOW + 7 days;
    uint16 internal constant ETH = 0;

    PriceOracle internal oracle;

    function setUp() public virtual {
        vm.warp(NOW);
        oracle = new PriceOracle(address(this), MAX_AGE);
    }

    function publisher(uint256 index) internal pure returns (address) {
        return address(uint160(0xF00 + index));
    }

    function authorise(uint256 count) internal {
        for (uint256 i; i < count; ++i) {
            oracle.setPublisher(publisher(i), true);
        }
    }

    function flatSmile(uint256 vol) internal pure returns (Smile memory) {
        uint256 tau = uint256(7 days) * 1e18 / 365 days;
        return Smile(int256(vol * vol / 1e18 * tau / 1e18), 0, 0, 0, 0.1e18, 200e18, tau);
    }

    function spotOf(uint256 spot) internal pure returns (IPriceOracle.SpotUpdate memory) {
        return IPriceOracle.SpotUpdate(ETH, uint128(spot), 1.001e18, 1e18);
    }

    function expiryOf(uint256 basis, uint256 vol) internal pure returns (IPriceOracle.ExpiryUpdate memory) {
        return IPriceOracle.ExpiryUpdate(ETH, EXPIRY, uint64(basis), 0.05e18, 1e18, flatSmile(vol));
    }

    function post(uint256 index, uint64 timestamp, IPriceOracle.SpotUpdate memory update) internal {
        IPriceOracle.SpotUpdate[] memory spots = new IPriceOracle.SpotUpdate[](1);
        spots[0] = update;
        vm.prank(publisher(index));
        oracle.publish(timestamp, spots, new IPriceOracle.ExpiryUpdate[](0));
    }

    function post(uint256 index, uint64 timestamp, IPriceOracle.ExpiryUpdate memory update) internal {
        IPriceOracle.ExpiryUpdate[] memory expiries = new IPriceOracle.ExpiryUpdate[](1);
        expiries[0] = update;
        vm.prank(publisher(index));
        oracle.publish(timestamp, new IPriceOracle.SpotUpdate[](0), expiries);
    }

    function postSpot(uint256 index, uint64 timestamp, uint256 spot) internal {
        post(index, timestamp, spotOf(spot));
    }

    function expectRefusal(uint256 index, uint64 expiry, IPriceOracle.Refusal reason, uint64 timestamp) internal {
        vm.expectEmit();
        emit IPriceOracle.UpdateRefused(ETH, expiry, publisher(index), reason, timestamp);
    }
}
