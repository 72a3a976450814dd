// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Book, PositionBook} from "contracts/libraries/PositionBook.sol";
import {Test} from "../Test.sol";

contract PositionBookTest is Test {
    using PositionBook for Book;

    Book private _book;
    mapping(uint32 => int256) private _expected;

    /// Any sequence of changes leaves the list equal to the set of open positions, each at its noted place.
    function testFuzz_TheListIsTheSetOfOpenPositions(uint8[32] calldata instruments, int8[32] calldata sizes) external {
        for (uint256 i; i < 32; ++i) {
            uint32 id = instruments[i] % 12;
            int256 size = sizes[i] % 3;
            _book.set(id, size, int256(i));
            _expected[id] = size;
        }
        uint256 open;
        for (uint32 id; id < 12; ++id) {
            vm.assertEq(int256(_book.positions[id].size), _expected[id]);
            if (_expected[id] != 0) ++open;
        }
        vm.assertEq(_book.instruments.length, open);
        for (uint256 place; place < open; ++place) {
            vm.assertEq(uint256(_book.positions[_book.instruments[place]].place), place);
        }
    }
}
