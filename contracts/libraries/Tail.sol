// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Value at risk and expected shortfall of equally likely losses
/// @notice With n losses and the share m = n (1 - level) of them in the tail: VaR is the loss that follows the worst
/// floor(m); ES is the mean of the worst m, the loss on the boundary counted with the fraction of it that belongs there
/// (Acerbi and Tasche 2002, definition 2.6).
library Tail {
    uint256 private constant WAD = 1e18;

    /// The losses looked at for a level are the worst ones, in the order of a heap: the first is the least of them, and
    /// the VaR. `count` is how many, floor(m) + 1; `inside` (wad) is m.
    struct Worst {
        uint256 count;
        uint256 inside;
    }

    /// @notice Bring the worst losses of this level to the front of the first `count` losses. For another level call it
    /// again with the `count` that was returned, in the order of rising levels.
    /// @dev A heap of bounded size: at most count log(count) steps, whatever the order of the losses.
    /// @param level in (0, 1), wad
    function select(int256[] memory losses, uint256 count, uint256 total, uint256 level)
        internal
        pure
        returns (Worst memory worst)
    {
        worst.inside = total * (WAD - level);
        uint256 size = worst.inside / WAD + 1;
        worst.count = size;
        for (uint256 i = size / 2; i != 0; --i) {
            _sink(losses, size, i - 1, _at(losses, i - 1));
        }
        int256 least = _at(losses, 0);
        for (uint256 i = size; i < count; ++i) {
            int256 loss = _at(losses, i);
            if (loss > least) {
                _put(losses, i, least);
                _sink(losses, size, 0, loss);
                least = _at(losses, 0);
            }
        }
    }

    /// @notice ES of the losses that `select` brought to the front, rounded up.
    /// @dev Losses below 2^180 keep the sum of 512 of them in wads below 2^250.
    function expectedShortfall(int256[] memory losses, Worst memory worst) internal pure returns (int256) {
        int256 sum;
        for (uint256 i = 1; i < worst.count; ++i) {
            sum += losses[i];
        }
        int256 scaled = sum * int256(WAD) + losses[0] * int256(worst.inside % WAD);
        int256 divisor = int256(worst.inside);
        int256 mean = scaled / divisor;
        return scaled % divisor > 0 ? mean + 1 : mean;
    }

    /// @dev Place `loss` at or below `parent` so that no loss is smaller than the one above it.
    function _sink(int256[] memory losses, uint256 size, uint256 parent, int256 loss) private pure {
        unchecked {
            for (uint256 child = 2 * parent + 1; child < size; child = 2 * parent + 1) {
                int256 smaller = _at(losses, child);
                if (child + 1 < size) {
                    int256 other = _at(losses, child + 1);
                    if (other < smaller) (smaller, child) = (other, child + 1);
                }
                if (loss <= smaller) break;
                _put(losses, parent, smaller);
                parent = child;
            }
            _put(losses, parent, loss);
        }
    }

    /// @dev `index` is below the length: callers stay below `size` or `count`.
    function _at(int256[] memory losses, uint256 index) private pure returns (int256 loss) {
        assembly ("memory-safe") {
            loss := mload(add(add(losses, 0x20), shl(5, index)))
        }
    }

    function _put(int256[] memory losses, uint256 index, int256 loss) private pure {
        assembly ("memory-safe") {
            mstore(add(add(losses, 0x20), shl(5, index)), loss)
        }
    }
}
