"""When a block may be."""

from simulator.errors import ChainError

# The run digest has eight bytes for it, and anvil takes no more than this either.
LATEST_TIMESTAMP = (1 << 63) - 1


def require_later(timestamp: int, number: int, parent_timestamp: int) -> None:
    """Raise ChainError unless block `number` may be at `timestamp`; UTC seconds."""
    if timestamp <= parent_timestamp:
        raise ChainError(f"block {number} needs a timestamp after {parent_timestamp} (its parent's), got {timestamp}")
    if timestamp > LATEST_TIMESTAMP:
        raise ChainError(f"block {number} needs a timestamp of at most {LATEST_TIMESTAMP}, got {timestamp}")
