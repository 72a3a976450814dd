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


@dataclass(slots=True)
class Lot:
    """The lot on offer of an account in an English auction; UTC seconds, quote units.

    bidder : account of the best bid, `payment`, binding until `stands_until`; all 0 without a bid.
    reserve : least payment of a first bid, fixed by it.
    barred : account that won the lot before and could not take it.
    """

    number: int
    fraction: float
    ends_at: int
    bidder: int = 0
    payment: float = 0.0
    reserve: float = 0.0
    stands_until: int = 0
    barred: int = 0

    def is_over(self, now: int) -> bool:
        """Whether bids come too late."""
        return now >= self.ends_at or (self.bidder != 0 and now >= self.stands_until)


@dataclass(frozen=True, slots=True)
class LotTerms:
    """What a lot is worth and what a bid for it must be at least, quote units.

    worth : equity that a winner takes over.
    reserve : zero, or negative: what the fund would pay with a first bid of nothing.
    """

    worth: float
    reserve: float
    least: float


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


def lot_fraction(terms: Liquidation, equity: float, maintenance: float) -> float:
    """The part of an account that EnglishAuction.sol offers as a lot."""
    requirement = max(equity - maintenance, 0.0)
    return terms.lot / requirement if requirement > terms.lot else 1.0


def english_terms(terms: Liquidation, lot: Lot, equity: float, maintenance: float) -> LotTerms:
    """Terms of EnglishAuction.sol for a lot; `equity` and net `maintenance` margin are those of the whole account."""
    if not lot.bidder:
        reserve = 0.0 if equity > 0 else lot.fraction * maintenance
        return LotTerms(lot.fraction * equity, reserve, reserve)
    return LotTerms(lot.fraction * equity, lot.reserve, raised(terms, lot.payment, lot.reserve))


def raised(terms: Liquidation, payment: float, reserve: float) -> float:
    """The least bid that tops `payment`."""
    return payment + terms.min_increment * (payment - reserve)


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
