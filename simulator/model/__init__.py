"""The simulated world: one step is one block. Nothing here decides for an agent or computes a margin."""

from simulator.model.protocol_model import ProtocolModel

__all__ = ["ProtocolModel"]
