// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// Accounts that took part in a batch of trades, each once, and whether every one of its trades only reduced a
/// position.
struct Participant {
    uint256 account;
    bool onlyReduced;
}

struct Roster {
    Participant[] entries;
    uint256 count;
}

/// @title The distinct accounts of a batch
library RosterLib {
    function create(uint256 capacity) internal pure returns (Roster memory roster) {
        roster.entries = new Participant[](capacity);
    }

    function note(Roster memory roster, uint256 account, bool reduced) internal pure {
        uint256 count = roster.count;
        for (uint256 i; i < count; ++i) {
            Participant memory entry = roster.entries[i];
            if (entry.account == account) {
                entry.onlyReduced = entry.onlyReduced && reduced;
                return;
            }
        }
        roster.entries[count] = Participant(account, reduced);
        roster.count = count + 1;
    }
}
