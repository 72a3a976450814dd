"""What the scores of a rule add up to, in numbers and in a sentence.

A rule is rejected if a test rejects it on any portfolio at 5 %, the p-value being multiplied by the number of
portfolios (Bonferroni): portfolios share their days, so their exceptions cannot simply be pooled.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simulator.backtest.statistics import Procyclicality, Score, scale_to_level
from simulator.backtest.walk import Walk
from simulator.risk.coverage import Zone

SIZE = 0.05
"""Of every test, over all portfolios together."""
_ZONES = (Zone.GREEN, Zone.YELLOW, Zone.RED)


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule over all portfolios.

    coverage, independence, conditional_coverage, shortfall : smallest p-value over portfolios times their number, at
        most 1; shortfall is None if no portfolio has one
    zone : the worst
    average_margin : mean over portfolios and days, fraction of notional; leverage is one over it
    scale : see `Score`, over all portfolios together
    worst : the score with the largest exceedance
    procyclicality : the most procyclical portfolio without options, whose shape never changes; None if there is none
    failures, excesses : why it is rejected, in words: for covering too little, and for asking too much
    """

    name: str
    targets_level: bool
    scores: tuple[Score, ...]
    observations: int
    exceptions: int
    expected: float
    coverage: float
    independence: float
    conditional_coverage: float
    shortfall: float | None
    zone: Zone
    average_margin: float
    leverage: float | None
    scale: float
    worst: Score
    procyclicality: Procyclicality | None
    failures: tuple[str, ...]
    excesses: tuple[str, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the rule is rejected, if it is."""
        return self.failures + self.excesses

    @property
    def rejected(self) -> bool:
        """Whether any test rejects the rule at 5 %."""
        return bool(self.reasons)

    @property
    def unsafe(self) -> bool:
        """Whether it is rejected for more than asking too much."""
        return bool(self.failures)

    @property
    def verdict(self) -> str:
        """One plain sentence."""
        claim = "" if self.targets_level else ", though it claims no level,"
        if self.rejected:
            return f"{self.name}{claim} is rejected at 5 %: {'; '.join(self.reasons)}."
        return (
            f"{self.name}{claim} is not rejected at 5 %: {self.exceptions:,} exceptions where {self.expected:,.0f} are "
            f"expected, {margin_words(self.scale)}."
        )


def results(walk: Walk, scored: Sequence[Sequence[Score]]) -> list[RuleResult]:
    """The result of every rule of the walk, in its order."""
    return [_result(walk, number, tuple(each)) for number, each in enumerate(scored)]


def margin_words(scale: float) -> str:
    """How margin compares with what would have had exactly the share of exceptions of the level, in words."""
    if scale <= 0:
        return "margin was never needed"
    if abs(scale - 1) < 0.005:
        return "margin is what the level needs"
    if scale > 1:
        return f"margin would have to be {scale:.2f} times as high to meet the level"
    return f"margin is {1 / scale:.2f} times what the level needs"


def _result(walk: Walk, rule: int, scored: tuple[Score, ...]) -> RuleResult:
    average = float(walk.margin[rule].mean())
    shortfalls = [score for score in scored if score.shortfall]
    linear = [
        score.procyclicality
        for score, portfolio in zip(scored, walk.portfolios, strict=True)
        if portfolio.is_linear and score.procyclicality
    ]
    tested = walk.tested
    return RuleResult(
        name=walk.rules[rule].name,
        targets_level=walk.rules[rule].targets_level,
        scores=scored,
        observations=sum(score.observations for score in scored),
        exceptions=sum(score.exceptions for score in scored),
        expected=sum(score.expected for score in scored),
        coverage=_smallest(scored, lambda score: score.coverage.p_value),
        independence=_smallest(scored, lambda score: score.independence.p_value),
        conditional_coverage=_smallest(scored, lambda score: score.conditional_coverage.p_value),
        shortfall=_smallest(scored, _shortfall_p_value) if shortfalls else None,
        zone=max((score.light.zone for score in scored), key=_ZONES.index),
        average_margin=average,
        leverage=1 / average if average > 0 else None,
        scale=scale_to_level(walk.loss[tested].ravel(), walk.margin[rule, tested].ravel(), walk.terms.level),
        worst=max(scored, key=lambda score: score.worst.size),
        procyclicality=max(linear, key=lambda each: each.peak_to_trough, default=None),
        failures=tuple(_failures(scored)),
        excesses=tuple(_excesses(scored)),
    )


def _shortfall_p_value(score: Score) -> float:
    return score.shortfall.p_value if score.shortfall else 1.0


def _smallest(scored: Sequence[Score], p_value: Callable[[Score], float]) -> float:
    return min(1.0, len(scored) * min(map(p_value, scored)))


def _rejecting(scored: Sequence[Score], p_value: Callable[[Score], float]) -> list[Score]:
    """The scores that a test rejects, the most clearly rejected first."""
    found = [score for score in scored if len(scored) * p_value(score) < SIZE]
    return sorted(found, key=p_value)


def _failures(scored: Sequence[Score]) -> list[str]:
    found = []
    uncovered = _rejecting(scored, lambda score: score.coverage.p_value)
    many = [score for score in uncovered if score.exceptions > score.expected]
    if many:
        found.append(f"too many exceptions {_on(many, scored)}: {_count(many[0])}, {margin_words(many[0].scale)}")
    clustered = _rejecting(scored, lambda score: score.independence.p_value)
    if clustered:
        found.append(f"exceptions cluster {_on(clustered, scored)}")
    jointly = _rejecting(scored, lambda score: score.conditional_coverage.p_value)
    if jointly and not (uncovered or clustered):
        found.append(f"number and clustering of exceptions together {_on(jointly, scored)}: {_count(jointly[0])}")
    short = _rejecting(scored, _shortfall_p_value)
    if short:
        found.append(f"losses outrun its expected shortfall {_on(short, scored)} (Z2 {short[0].shortfall.z2:.2f})")
    return found


def _excesses(scored: Sequence[Score]) -> list[str]:
    uncovered = _rejecting(scored, lambda score: score.coverage.p_value)
    few = [score for score in uncovered if score.exceptions <= score.expected]
    if not few:
        return []
    return [f"too conservative {_on(few, scored)}: {_count(few[0])}, {margin_words(few[0].scale)}"]


def _on(found: Sequence[Score], scored: Sequence[Score]) -> str:
    if len(found) == 1 or len(scored) == 1:
        return f"on {found[0].portfolio}"
    return f"on {len(found)} of {len(scored)} portfolios, most clearly {found[0].portfolio}"


def _count(score: Score) -> str:
    count = f"{score.exceptions:,}" if score.exceptions else "none"
    return f"{count} in {score.observations:,} days where {score.expected:,.0f} are expected"
