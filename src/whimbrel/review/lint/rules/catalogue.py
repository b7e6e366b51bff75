"""All rules of lint, sorted by code. Pure."""

from __future__ import annotations

from whimbrel.review.lint.rule import Rule
from whimbrel.review.lint.rules import (
    algorithms,
    keys,
    locks,
    loss,
    portability,
    running,
    surprises,
    swallowed,
    transactions,
    types,
)

__all__ = ["RULES"]

_FAMILIES = (portability, keys, types, swallowed, surprises, loss, locks, algorithms, transactions, running)
RULES: dict[str, Rule] = {
    one.code: one for one in sorted((rule for family in _FAMILIES for rule in family.RULES), key=lambda rule: rule.code)
}
