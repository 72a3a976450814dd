"""Mesa agents: who trades, quotes, liquidates, backs up and keeps the protocol. One file per kind of behaviour.

Agents see the protocol through `agents.world.World` only; they never touch the chain or the contracts' storage.
"""
