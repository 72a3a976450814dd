// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

contract Child {
    uint256 public constant ANSWER = 42;
}

/// Everything two chains could disagree on, made visible in events, errors and storage.
contract ChainProbe {
    struct Point {
        uint128 x;
        int128 y;
    }

    event Noted(address indexed who, uint256 indexed value, bytes payload);
    event Moved(address indexed from, address indexed to, Point point, uint256[] sizes);
    event Spawned(address child);
    event Surroundings(
        uint256 number,
        uint256 timestamp,
        uint256 baseFee,
        address coinbase,
        uint256 gasLimit,
        uint256 chainId,
        uint256 gasPrice,
        address origin,
        uint256 balance
    );
    event Transient(uint256 value);

    error BelowInitialMargin(uint256 account, int256 initialMargin);

    uint256 public counter;
    mapping(uint256 => uint256) public slots;

    receive() external payable {
        emit Noted(msg.sender, msg.value, "");
    }

    function add(uint256 amount) external payable {
        for (uint256 i; i < amount; ++i) {
            slots[counter % 64] = ++counter;
        }
        emit Noted(msg.sender, counter, abi.encode(amount, msg.value));
    }

    function move(address to, Point calldata point, uint256[] calldata sizes) external {
        emit Moved(msg.sender, to, point, sizes);
    }

    function look() external {
        emit Surroundings(
            block.number,
            block.timestamp,
            block.basefee,
            block.coinbase,
            block.gaslimit,
            block.chainid,
            tx.gasprice,
            tx.origin,
            address(this).balance
        );
    }

    /// Counts in transient storage, so anything but 1 means that it outlived its transaction.
    function countTransient() external {
        uint256 value;
        assembly {
            value := add(tload(0), 1)
            tstore(0, value)
        }
        emit Transient(value);
    }

    function spawn() external {
        emit Spawned(address(new Child()));
    }

    function failWithCustomError(uint256 account) external {
        ++counter;
        revert BelowInitialMargin(account, -12.5e18);
    }

    function failWithReason() external pure {
        require(false, "not today");
    }

    function failWithPanic(uint256 denominator) external pure returns (uint256) {
        return 1 / denominator;
    }

    function failSilently() external pure {
        revert();
    }

    function burnAllGas() external pure {
        while (true) {}
    }

    function surroundings() external view returns (uint256 number, uint256 timestamp, uint256 baseFee, uint256 chainId) {
        return (block.number, block.timestamp, block.basefee, block.chainid);
    }
}
