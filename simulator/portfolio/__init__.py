"""Portfolio files: one account and its market as a person writes them down, and what each rule makes of them.

Files become columns of `simulator.risk.state` here; how a margin is computed stays in `simulator.risk` and the contracts.
Public: `Portfolio` and `load` with the importers beside it, `Book` and `book`, and `margin` of a book under a rule.
"""
