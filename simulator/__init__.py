"""Seawall: an on-chain decentralized collateral protocol simulator."""

__version__ = "0.1.0"
