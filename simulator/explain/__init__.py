"""Why an account was liquidated, and what came of it: the record of a run as a story in the order of cause and effect.

Reads run directories and nothing else; draws nothing and prints nothing.
"""

from simulator.explain.cascade import Cascade, Node, cascade_of
from simulator.explain.evidence import Evidence
from simulator.explain.moment import Kind, Moment, Story
from simulator.explain.story import account_story, settlement_stories, telling_story

__all__ = [
    "Cascade",
    "Evidence",
    "Kind",
    "Moment",
    "Node",
    "Story",
    "account_story",
    "cascade_of",
    "settlement_stories",
    "telling_story",
]
