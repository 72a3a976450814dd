"""[agents.*]: populations. Every kind has a count; wealth is lognormal in quote units."""

from pydantic import Field

from simulator.scenario.section import Section


class Population(Section):
    """A number of agents, their median wealth and its log-standard deviation, and how often one acts on average."""

    count: int = Field(0, ge=0, le=100_000)
    wealth_median: float = Field(10_000.0, gt=0, le=1e9)
    wealth_sigma: float = Field(0.8, ge=0, le=3)
    wake_seconds: float = Field(3600.0, gt=0)


class LeveragedLong(Population):
    """Long a perpetual at a leverage drawn from [leverage_low, leverage_high]; tops up some of the time."""

    leverage_low: float = Field(1.5, gt=0)
    leverage_high: float = Field(5.0, gt=0)
    top_up_probability: float = Field(0.2, ge=0, le=1)


class TrendFollower(Population):
    lookback_seconds: float = Field(14_400.0, gt=0)
    leverage: float = Field(1.5, gt=0)


class NoiseTrader(Population):
    trade_share: float = Field(0.1, gt=0, le=1)


class OptionWriter(Population):
    """Sells strangles until `utilisation` of initial margin is used."""

    utilisation: float = Field(0.7, gt=0, le=1)


class Hedger(Population):
    """Holds collateral in the asset, hedges part with puts or short perpetuals."""

    hedge_ratio: float = Field(0.6, ge=0, le=1)


class Borrower(Population):
    """Deposits the asset as collateral and draws cash against it to a target ratio of debt to collateral value."""

    loan_to_value: float = Field(0.6, gt=0, lt=1)


class MarketMaker(Population):
    spread: float = Field(0.001, gt=0)
    option_spread_vol: float = Field(0.02, gt=0)
    inventory_skew: float = Field(0.5, ge=0)
    quote_share: float = Field(0.2, gt=0, le=1)


class BackstopDepositor(Population):
    """Deposits into the insurance fund; leaves when its yield is poor or losses exceed tolerance."""

    loss_tolerance: float = Field(0.2, ge=0, le=1)


class Liquidator(Population):
    """`aggressive` bids up to a share of its profit in fees; `patient` waits for a deeper discount.

    `gas_price_gwei` : median of what one pays at most for gas in an English auction, where a bid may be topped and its
    profit is not certain; without it the share of profit is the only limit. `gas_price_sigma` is the log-standard
    deviation among liquidators.
    """

    minimum_profit: float = Field(5.0, ge=0)
    fee_share: float = Field(0.1, ge=0, le=1)
    gas_price_gwei: float | None = Field(None, gt=0)
    gas_price_sigma: float = Field(0.0, ge=0, le=3)


class OracleKeeper(Section):
    """Fee behaviour of the publishers (their number is oracle.publishers): gwei cap on what one pays."""

    fee_cap_gwei: float = Field(200.0, gt=0)


class Agents(Section):
    leveraged_long: LeveragedLong = LeveragedLong()
    trend_follower: TrendFollower = TrendFollower()
    noise_trader: NoiseTrader = NoiseTrader()
    option_writer: OptionWriter = OptionWriter()
    hedger: Hedger = Hedger()
    borrower: Borrower = Borrower()
    market_maker: MarketMaker = MarketMaker()
    backstop: BackstopDepositor = BackstopDepositor()
    patient_liquidator: Liquidator = Liquidator()
    aggressive_liquidator: Liquidator = Liquidator()
    zero_bidder: Liquidator = Liquidator()
    oracle_keeper: OracleKeeper = OracleKeeper()
