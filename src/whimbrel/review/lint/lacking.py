"""Words that MySQL has and MariaDB lacks, or the other way round: the server refuses the statement as a syntax error. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.parsing.cursor import TokenCursor
from whimbrel.review.lint.form import NOTHING_FORESEEN, Foreseen

__all__ = ["foresee_words"]

# Each was refused with 1064 by MySQL 9.7 or MariaDB 10.11. `*` stands for one name.
_LACKING = {
    "mysql": (
        "ALTER IGNORE TABLE|ALTER ONLINE TABLE|ALTER TABLE IF EXISTS|ADD SYSTEM VERSIONING|DROP SYSTEM VERSIONING|"
        "ALTER INDEX * IGNORED|ALTER INDEX * NOT IGNORED|EXECUTE IMMEDIATE"
    ),
    "mariadb": (
        "ALTER INDEX * INVISIBLE|ALTER INDEX * VISIBLE|ALTER CHECK|WITHOUT VALIDATION|UPDATE HISTOGRAM|"
        "DROP INDEX * ON * ALGORITHM|DROP INDEX * ON * LOCK"
    ),
}
_PATTERNS = {name: tuple(tuple(one.split()) for one in words.split("|")) for name, words in _LACKING.items()}
_VERBS = ("ALTER", "DROP", "ANALYZE", "EXECUTE")
_MOST = 500


def foresee_words(head: TokenCursor, database: str) -> Foreseen:
    """Return the refusal of a statement that has words which the database lacks. `head` stands at its start."""
    patterns = _PATTERNS.get(database, ())
    if not patterns or head.peek() not in _VERBS:
        return NOTHING_FORESEEN
    words: list[str] = []
    while len(words) < _MOST and (token := head.token()) is not None:
        words.append(token.upper)
    found = next((one for one in patterns if any(_matches(words[at:], one) for at in range(len(words)))), None)
    told = "" if found is None else " ".join(one for one in found if one != "*")
    return Foreseen(code="1064", message=f"{database} has no {told}") if told else NOTHING_FORESEEN


def _matches(words: Sequence[str], pattern: Sequence[str]) -> bool:
    pairs = zip(words[: len(pattern)], pattern, strict=False)
    return len(words) >= len(pattern) and all(wanted in ("*", word) for word, wanted in pairs)
