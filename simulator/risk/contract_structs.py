"""Portfolios and markets as the contracts take them: tuples in the order of their structs, in 1e18 fixed point."""

import numpy as np

from simulator.risk.state import Holdings, Instruments, MarketState
from simulator.wads import wad


def contract_portfolio(instruments: Instruments, holdings: Holdings, account: int = 0) -> tuple:
    """`Portfolio` of contracts/interfaces/Types.sol: one row of `holdings`, without positions of size zero."""
    columns = (instruments.underlying, instruments.kind, instruments.expiry, instruments.strike)
    legs = [
        ((int(underlying), int(kind), int(expiry), wad(strike)), wad(size))
        for underlying, kind, expiry, strike, size in zip(*columns, holdings.sizes[account], strict=True)
        if size
    ]
    held = [(asset, wad(amount)) for asset, amount in enumerate(holdings.collateral[account]) if amount]
    return (wad(holdings.cash[account]), legs, held)


def contract_market(market: MarketState) -> tuple:
    """`Market` of contracts/margin/Market.sol."""
    now = int(market.timestamp)
    perpetual_confidence = market.confidence if market.perpetual_confidence is None else market.perpetual_confidence
    assets = [
        (
            asset,
            (wad(market.spot[asset]), wad(market.perpetual[asset]), wad(market.confidence[asset]), now),
            wad(perpetual_confidence[asset]),
            tuple(wad(value) for value in market.risk[asset]),
        )
        for asset in range(len(market.spot))
    ]
    expiries = [
        (
            int(market.expiry_underlying[row]),
            int(market.expiry[row]),
            (
                wad(market.forward[row]),
                wad(market.rate[row]),
                wad(market.expiry_confidence[row]),
                tuple(wad(value) for value in market.smile[row]),
                now,
            ),
            _settlement(market, row),
            0 if market.settled_forward is None else wad(market.settled_forward[row]),
            _strike_volatilities(market, row),
        )
        for row in range(len(market.expiry))
    ]
    return (now, wad(market.stable_price), assets, expiries)


def contract_covariance(covariance: np.ndarray) -> tuple:
    """`Covariance` of contracts/interfaces/ICovarianceOracle.sol: underlyings, and the lower triangle row by row."""
    size = len(covariance)
    return (list(range(size // 2)), [wad(value) for value in covariance[np.tril_indices(size)]])


def _settlement(market: MarketState, row: int) -> int:
    if market.settlement is None or np.isnan(market.settlement[row]):
        return 0
    return wad(market.settlement[row])


def _strike_volatilities(market: MarketState, row: int) -> list[tuple[int, int]]:
    if market.strike_volatility is None:
        return []
    return [(wad(strike), wad(volatility)) for at, strike, volatility in market.strike_volatility if at == row]
