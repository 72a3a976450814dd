"""Named random streams: each component draws from its own, so that adding one never shifts another."""

import hashlib

import numpy as np


def seed_sequence(seed: int, *path: str | int) -> np.random.SeedSequence:
    """Seed of the component named by `path`, for example ``seed_sequence(1, "agent", "noise_trader", 7)``."""
    digest = hashlib.sha256("/".join(map(str, path)).encode()).digest()
    words = tuple(int.from_bytes(digest[i : i + 4], "big") for i in range(0, 16, 4))
    return np.random.SeedSequence(entropy=seed, spawn_key=words)


def stream(seed: int, *path: str | int) -> np.random.Generator:
    """The generator of the component named by `path`."""
    return np.random.Generator(np.random.PCG64(seed_sequence(seed, *path)))
