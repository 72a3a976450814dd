"""Float mirrors of the liquidation mechanisms: what the contract would ask for an account, without asking it."""

from dataclasses import dataclass

from simulator.scenario.protocol import Liquidation


@dataclass(frozen=True, slots=True)
class Terms:
    """Price of the whole account (negative: the fund pays; quote units) and the largest fraction a bid may take."""

    price: float
    max_fraction: float


@dataclass(slots=True)
class Auction:
    """A running Dutch auction; UTC seconds. `insolvent_at` is zero until insolvency is declared."""

    started_at: int
    insolvent_at: int = 0


def fixed_terms(terms: Liquidation, equity: float, maintenance: float) -> Terms:
    """Terms of FixedDiscount.sol; `maintenance` is the net maintenance margin."""
    requirement = max(equity - maintenance, 0.0)
    full = equity <= terms.full_close_threshold * requirement
    return Terms(equity - terms.discount * requirement, 1.0 if full else terms.close_factor)


def dutch_terms(terms: Liquidation, auction: Auction, now: int, equity: float, maintenance: float) -> Terms:
    """Terms of DutchAuction.sol at `now`; `maintenance` is the net maintenance margin."""
    elapsed = now - auction.started_at
    if equity > 0 and elapsed < terms.auction_seconds:
        return _solvent_terms(terms, discount_at(terms, elapsed), equity, maintenance)
    ran_out = auction.started_at + terms.auction_seconds
    since = min(now, ran_out)
    if auction.insolvent_at and auction.insolvent_at < ran_out:
        since = auction.insolvent_at
    share = min((now - since) / terms.insolvent_seconds, 1.0)
    return Terms(share * maintenance, 1.0)


def discount_at(terms: Liquidation, elapsed: float) -> float:
    """Discount on equity so many seconds into the solvent phase."""
    if elapsed < terms.knee_seconds:
        return terms.start_discount + (terms.knee_discount - terms.start_discount) * elapsed / terms.knee_seconds
    slow = (elapsed - terms.knee_seconds) / (terms.auction_seconds - terms.knee_seconds)
    return min(terms.knee_discount + (1.0 - terms.knee_discount) * slow, 1.0)


def _solvent_terms(terms: Liquidation, discount: float, equity: float, maintenance: float) -> Terms:
    requirement = max(equity - maintenance, 0.0)
    price = (1.0 - discount) * equity
    fee = min(terms.fund_fee * requirement, price)
    target = terms.buffer * requirement
    lacking = target - maintenance
    gained = target + requirement + price - equity - fee
    return Terms(price, 1.0 if gained <= lacking else lacking / gained)
