"""The oracle's publishers and its contracts agree: what is posted through a crash is taken, and read back exactly."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from solidity import SENDER, deploy

from simulator.chain.contract import Contract
from simulator.chain.embedded import EmbeddedChain
from simulator.chain.events import EventDecoder
from simulator.chain.protocol import Transaction
from simulator.market import Market
from simulator.oracle.engine import OracleEngine
from simulator.oracle.parameter_publisher import ParameterUpdate
from simulator.oracle.price_publisher import PriceUpdate
from simulator.risk.state import RISK_COLUMNS
from simulator.scenario.load import load
from simulator.streams import seed_sequence
from simulator.wads import WAD, wad

PUBLISHERS = [f"0x{'0' * 38}{number:02d}" for number in range(10, 13)]
LONGEST_DELAY = 20
"""Blocks that an update may wait; four minutes."""


@dataclass
class Crash:
    """Black Thursday as three publishers saw it, late by up to LONGEST_DELAY blocks each time."""

    chain: EmbeddedChain
    prices: Contract
    parameters: Contract
    engine: OracleEngine
    market: Market
    start: int
    refusals: list = field(default_factory=list)
    posted: list = field(default_factory=list)
    spots: dict[int, np.ndarray] = field(default_factory=dict)


def set_up(scenario) -> Crash:
    section = scenario.oracle
    market = Market(scenario, seed_sequence(scenario.seed, "market"))
    start = market.quote.timestamp
    chain = EmbeddedChain(genesis_timestamp=start - 100)
    prices = deploy(chain, "contracts/oracle/PriceOracle.sol", "PriceOracle", SENDER, section.max_age_seconds)
    least = section.parameters_min_interval_seconds
    parameters = deploy(chain, "contracts/oracle/RiskParameters.sol", "RiskParameters", SENDER, least)
    policy = section.policy
    bounds = [tuple(wad(getattr(s, name)) for name in RISK_COLUMNS) for s in (policy.default, policy.floor, policy.cap)]
    limits = (wad(policy.max_step), section.parameters_max_age_seconds)
    roles = [prices.transaction(SENDER, "setPublisher", publisher, True) for publisher in PUBLISHERS]
    roles += [parameters.transaction(SENDER, "setPublisher", PUBLISHERS[0], True)]
    roles += [parameters.transaction(SENDER, "setDefaults", asset, *bounds, *limits) for asset in range(2)]
    roles += [prices.transaction(SENDER, "setQuorum", 2)]
    assert all(receipt.succeeded for receipt in chain.mine(roles, start - 10).receipts)
    expiries = [(n, int(e.timestamp())) for n, a in enumerate(scenario.market.assets) for e in a.listing.options]
    return Crash(chain, prices, parameters, OracleEngine(scenario, expiries), market, start)


def transaction(crash: Crash, sender: int, update: PriceUpdate | ParameterUpdate) -> Transaction:
    contract = crash.parameters if isinstance(update, ParameterUpdate) else crash.prices
    return contract.transaction(PUBLISHERS[sender], "publish", *update.arguments)


@pytest.fixture(scope="module")
def crash():
    scenario = load("black-thursday", ["chain.blocks=9800", "oracle.publishers=3", "oracle.publisher_noise=0.0005"])
    run, rng = set_up(scenario), np.random.default_rng(0)
    decoder = EventDecoder([run.prices, run.parameters])
    pending: dict[int, tuple[int, list]] = {}
    quote = run.market.quote
    for block in range(scenario.chain.blocks):
        now = run.start + block * scenario.chain.block_seconds
        quote = run.market.advance(now) if block else quote
        run.spots[now] = quote.spot
        run.engine.observe(quote, run.market)
        for number in range(3):
            if number not in pending:
                updates = [run.engine.due(number, now)] + (run.engine.parameters_due(now) if number == 0 else [])
                if updates := [update for update in updates if update is not None]:
                    pending[number] = (block + int(rng.integers(0, LONGEST_DELAY + 1)) * (block > 0), updates)
        arrived = [(number, u) for number, (at, us) in sorted(pending.items()) if at <= block for u in us]
        pending = {number: waiting for number, waiting in pending.items() if waiting[0] > block}
        if arrived:
            mined = run.chain.mine([transaction(run, number, update) for number, update in arrived], now)
            for (_, update), receipt in zip(arrived, mined.receipts, strict=True):
                assert receipt.succeeded
                events = [decoder.decode(log) for log in receipt.logs]
                refused = [event for event in events if "Refused" in event.name]
                run.engine.resolve(update, not refused, now)
                run.refusals += refused
                run.posted.append(update)
    return run


def test_no_honest_update_is_refused(crash):
    assert crash.refusals == []
    kinds = [type(update) for update in crash.posted]
    assert kinds.count(PriceUpdate) > 500
    assert kinds.count(ParameterUpdate) > 50


def test_parameters_in_force_are_the_publishers_to_the_wei(crash):
    newest = {update.underlying: update for update in crash.posted if isinstance(update, ParameterUpdate)}
    for asset in range(2):
        assert tuple(crash.parameters.read(crash.chain, "riskSet", asset)) == newest[asset].values


def test_the_price_in_force_is_the_median_of_what_was_posted(crash):
    for asset in range(2):
        newest = {
            u.publisher: s for u in crash.posted if isinstance(u, PriceUpdate) for s in u.spots if s.underlying == asset
        }
        price = crash.prices.read(crash.chain, "assetPrice", asset)
        assert price.spot == sorted(spot.spot for spot in newest.values())[1]
        basis = sorted(spot.perpetual_basis for spot in newest.values())[1]
        assert price.perpetual == price.spot * basis // WAD


def test_the_smile_in_force_is_one_that_was_posted(crash):
    updates = [e for u in crash.posted if isinstance(u, PriceUpdate) for e in u.expiries]
    for asset, expiry in sorted({(e.underlying, e.expiry) for e in updates if e.expiry > crash.chain.timestamp}):
        point = crash.prices.read(crash.chain, "expiryPrice", asset, expiry)
        assert tuple(point.smile) in {tuple(e.smile) for e in updates if (e.underlying, e.expiry) == (asset, expiry)}


def test_an_expiry_within_the_run_settles_near_the_spot_of_its_time(crash):
    expiry = min(e.expiry for u in crash.posted if isinstance(u, PriceUpdate) for e in u.expiries)
    calls = [crash.prices.transaction(SENDER, "fixSettlementPrice", asset, expiry) for asset in range(2)]
    assert all(receipt.succeeded for receipt in crash.chain.mine(calls, crash.chain.timestamp + 1).receipts)
    for asset in range(2):
        settled = crash.prices.read(crash.chain, "settlementPrice", asset, expiry) / WAD
        after = [spot[asset] for time, spot in crash.spots.items() if expiry <= time <= expiry + 12 * 3 * LONGEST_DELAY]
        assert min(after) * 0.995 <= settled <= max(after) * 1.005
