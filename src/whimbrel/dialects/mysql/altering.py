"""Read which table a statement changes, which it names, and where it takes an ALGORITHM clause. Pure: no database, no disk."""

from __future__ import annotations

from itertools import islice, pairwise
from typing import Literal, NamedTuple

from whimbrel.dialects.mysql.ddl import read_change
from whimbrel.parsing.cursor import Name, TokenCursor
from whimbrel.parsing.lexer import tokens, unquoted
from whimbrel.parsing.lexer_rules import LexerRules

__all__ = ["Altering", "read_altering"]

Kind = Literal["alter", "optimize", "other"]

# A data file's statements are longer, but name their tables at the start.
_MOST_TOKENS = 5_000
_INSTANT, _ONLINE = "ALGORITHM=INSTANT", "LOCK=NONE"


# These actions of ALTER TABLE report rows of their own, or only take the file of the table away.
_REPORTS = (("ANALYZE", "PARTITION"), ("CHECK", "PARTITION"), ("REPAIR", "PARTITION"), ("DISCARD", "TABLESPACE"))


class Altering(NamedTuple):
    """A statement that is no DML. `table` is the table whose definition it changes; None if it changes none.

    `named` are all words and names in it, which include those of its tables. `instant` is the statement with the clause
    ALGORITHM=INSTANT, and `online` with LOCK=NONE; empty if it cannot have the clause, or has its own. `is_instant` says that
    it has ALGORITHM=INSTANT itself, `moves_partitions` that partitions are made or dropped.
    """

    kind: Kind
    table: Name | None
    named: frozenset[str]
    instant: str = ""
    online: str = ""
    is_instant: bool = False
    moves_partitions: bool = False


def read_altering(text: str, rules: LexerRules) -> Altering:
    """Read a statement that is no DML."""
    read = list(islice(tokens(text, rules), _MOST_TOKENS))
    named = frozenset(unquoted(token) for token in read if token.kind in ("word", "name"))
    words = {token.upper for token in read}
    head = TokenCursor(text, rules)
    if head.take("OPTIMIZE"):
        _ = head.take("NO_WRITE_TO_BINLOG") or head.take("LOCAL")
        _ = head.take("TABLE") or head.take("TABLES")
        return Altering("optimize", head.qualified(), named)
    change = read_change(text, rules)
    if change is None or change.kind != "TABLE" or change.effect != "change" or head.peek() == "RENAME":
        return Altering("other", None, named)
    if head.peek() == "ALTER" and any(pair in _REPORTS for pair in pairwise(token.upper for token in read)):
        return Altering("other", None, named)
    # The server refuses the clause for partitions only after it has the lock.
    partitions = bool(words & {"PARTITION", "PARTITIONING", "PARTITIONS"})
    at = None if partitions else _first_action(head)
    instant = "" if at is None or "ALGORITHM" in words else f"{text[:at]}{_INSTANT}, {text[at:]}"
    online = f"{text}\n{_ONLINE}" if head.peek() == "CREATE" else "" if at is None else f"{text[:at]}{_ONLINE}, {text[at:]}"
    is_instant = {"ALGORITHM", "INSTANT"} <= words
    return Altering("alter", change.names[0], named, instant, "" if "LOCK" in words else online, is_instant, partitions)


def _first_action(head: TokenCursor) -> int | None:
    """Return where the first action of an ALTER TABLE begins; a clause can stand before it, whatever comes last."""
    if not head.take("ALTER"):
        return None
    _ = head.take("ONLINE")
    _ = head.take("IGNORE")
    if not head.take("TABLE"):
        return None
    head.condition(wanted=False)
    if head.qualified() is None:
        return None
    if head.take("WAIT"):
        head.skip()
    head.take("NOWAIT")
    token = head.peek_token()
    return None if token is None else token.start
