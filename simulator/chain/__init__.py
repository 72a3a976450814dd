"""The chain: executing transactions (`protocol.Chain` and its backends), talking to contracts (`contract`, `events`,
`revert`) and rationing block space (`block_space`). Nothing here knows what the contracts are for.
"""
