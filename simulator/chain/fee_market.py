"""The base fee of EIP-1559."""

GWEI = 10**9

# EIP-1559, "Constants".
ELASTICITY_MULTIPLIER = 2
BASE_FEE_MAX_CHANGE_DENOMINATOR = 8


def next_base_fee(base_fee: int, gas_used: int, gas_limit: int) -> int:
    """Base fee of a block whose parent had `base_fee` and used `gas_used` of `gas_limit`; wei, exact integers.

    Rises by at most an eighth when the parent was full, falls by at most an eighth when it was empty, and stays at the
    target of half the limit. Source: EIP-1559, `validate_block`.
    """
    target = gas_limit // ELASTICITY_MULTIPLIER
    if gas_used == target:
        return base_fee
    if gas_used > target:
        return base_fee + max(base_fee * (gas_used - target) // target // BASE_FEE_MAX_CHANGE_DENOMINATOR, 1)
    return base_fee - base_fee * (target - gas_used) // target // BASE_FEE_MAX_CHANGE_DENOMINATOR
