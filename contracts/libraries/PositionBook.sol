// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// One position in one storage slot. `place` is its index in the book's list of instruments.
struct Position {
    int120 size;
    uint8 place;
    int128 fundingIndex;
}

/// The open positions of one account: a list to walk, a map to look up.
struct Book {
    uint32[] instruments;
    mapping(uint32 => Position) positions;
}

/// @title Open positions of one account
/// @dev Keeps the list free of closed positions by moving the last one into the gap. Holds at most 256 positions.
library PositionBook {
    using SafeCast for int256;
    using SafeCast for uint256;

    function set(Book storage book, uint32 instrument, int256 size, int256 fundingIndex) internal {
        Position storage position = book.positions[instrument];
        bool held = position.size != 0;
        if (size == 0) {
            if (held) _remove(book, instrument, position.place);
            return;
        }
        uint8 place = position.place;
        if (!held) {
            place = book.instruments.length.toUint8();
            book.instruments.push(instrument);
        }
        book.positions[instrument] = Position(size.toInt120(), place, fundingIndex.toInt128());
    }

    function _remove(Book storage book, uint32 instrument, uint8 place) private {
        uint256 last = book.instruments.length - 1;
        if (place != last) {
            uint32 moved = book.instruments[last];
            book.instruments[place] = moved;
            book.positions[moved].place = place;
        }
        book.instruments.pop();
        delete book.positions[instrument];
    }
}
