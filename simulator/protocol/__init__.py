"""The protocol as Python sees it: deployment, and an index of its state built from events alone.

Nothing here decides anything; the contracts do. The index is exact in wads and mirrored in float64 columns.
"""
