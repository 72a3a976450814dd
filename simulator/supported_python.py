"""The check that speaks before an import fails: run first by the command line, so it must parse on old Pythons."""

import sys

SUPPORTED = ((3, 11), (3, 12))


def complaint(version=None):
    """One line if this Python cannot run Seawall, else None.

    Parameters
    ----------
    version : tuple of int, optional
        Major and minor version; the running interpreter's by default.
    """
    running = tuple(version or sys.version_info)[:2]
    if running in SUPPORTED:
        return None
    return (
        "seawall: Python %d.%d cannot run Seawall, because its in-process EVM (pyrevm) has builds for CPython 3.11 "
        "and 3.12 only; create the environment with one of these: python3.12 -m venv .venv" % running
    )
