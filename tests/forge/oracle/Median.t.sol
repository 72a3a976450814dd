// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {LibSort} from "solady/src/utils/LibSort.sol";

import {Median} from "contracts/libraries/Median.sol";
import {Test} from "../Test.sol";

contract MedianTest is Test {
    using Median for uint256[];

    function testFuzz_InsertionSorts(uint128[15] memory values, uint256 length) external pure {
        length = bound(length, 1, 15);
        (uint256[] memory inserted, uint256[] memory sorted) = _insertAndSort(values, length);
        for (uint256 i; i < length; ++i) {
            vm.assertEq(inserted[i], sorted[i]);
        }
    }

    function testFuzz_MedianHasHalfOfTheValuesOnEachSide(uint128[15] memory values, uint256 length) external pure {
        length = bound(length, 1, 15);
        (uint256[] memory inserted, uint256[] memory sorted) = _insertAndSort(values, length);
        uint256 low = sorted[(length - 1) / 2];
        uint256 high = sorted[length / 2];
        vm.assertEq(inserted.median(length), (low + high) / 2);
        vm.assertEq(inserted.upperMedian(length), high);
    }

    function test_EvenCountTakesTheMeanOfTheMiddle() external pure {
        uint256[] memory values = new uint256[](4);
        values.insert(0, 10);
        values.insert(1, 3);
        values.insert(2, 100);
        values.insert(3, 7);
        vm.assertEq(values.median(4), 8);
        vm.assertEq(values.upperMedian(4), 10);
    }

    function _insertAndSort(uint128[15] memory values, uint256 length)
        private
        pure
        returns (uint256[] memory inserted, uint256[] memory sorted)
    {
        inserted = new uint256[](15);
        sorted = new uint256[](length);
        for (uint256 i; i < length; ++i) {
            sorted[i] = values[i];
            inserted.insert(i, values[i]);
        }
        LibSort.insertionSort(sorted);
    }
}
