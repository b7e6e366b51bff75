"""The rules by which PostgreSQL treats each kind of statement.

Pure: no database, no disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from whimbrel.dialects.postgresql.transactions import find_modes, reads_only
from whimbrel.dialects.rules import DialectRules
from whimbrel.parsing.enum_values import EnumValues
from whimbrel.parsing.lexer_rules import POSTGRESQL

if TYPE_CHECKING:
    from whimbrel.parsing.committing import CommittingProcedures
    from whimbrel.parsing.enum_values import EnumValues
    from whimbrel.parsing.statement import Statement

__all__ = ["PostgresqlRules"]


_WITH_MODES = (("BEGIN",), ("START",), ("SET",))
# Objects that all databases of a server share: https://www.postgresql.org/docs/current/manage-ag-overview.html
_SHARED = ("ROLE", "USER", "GROUP", "DATABASE", "TABLESPACE", "SUBSCRIPTION", "SYSTEM", "PARAMETER")
# A COPY to a file of the server, or through a program: https://www.postgresql.org/docs/current/sql-copy.html
_OUT = (("TO", "string"), ("TO", "PROGRAM"), ("FROM", "PROGRAM"))


class PostgresqlRules(DialectRules):
    """The kinds of statements, recognized by their text."""

    def find_modes(self, words: Sequence[str], statement: Statement) -> str | None:
        if words[:1] not in _WITH_MODES:
            return None

        return find_modes(statement)

    def find_fault(self, words: Sequence[str], statement: Statement, database: str) -> str:
        if words[:1] not in _WITH_MODES:
            return ""

        return "no record can be written in a transaction that is READ ONLY; remove these words" if reads_only(words) else ""

    def changed_form(self, words: Sequence[str], statement: Statement, database: str) -> str:
        if statement.copy_data is not None:
            return "the driver sends the rows that follow this COPY in the file"
        made = words[:1] == ("CREATE",) and "CONCURRENTLY" in words
        return "an invalid index of this name, left by an earlier attempt, is dropped first" if made else ""

    def follow_values(self) -> EnumValues | None:
        from whimbrel.parsing.enum_values import EnumValues  # as above

        return EnumValues(POSTGRESQL)

    def follow_procedures(self) -> CommittingProcedures | None:
        from whimbrel.parsing.committing import CommittingProcedures

        return CommittingProcedures(POSTGRESQL)

    def needs_autocommit(self, words: Sequence[str]) -> bool:
        # https://www.postgresql.org/docs/current/sql-createindex.html and the pages of the other statements.
        first, second = (*words, "", "")[:2]
        # REINDEX and CLUSTER also fail for a partitioned table, which the text does not reveal.
        if first in ("VACUUM", "CHECKPOINT", "REINDEX", "CLUSTER") or (first == "DO" and {"COMMIT", "ROLLBACK"} & set(words)):
            return True
        if first in ("CREATE", "DROP") and second in ("DATABASE", "TABLESPACE", "SUBSCRIPTION"):
            return True
        if (first, second) in (("ALTER", "SYSTEM"), ("ALTER", "SUBSCRIPTION"), ("DISCARD", "ALL")):
            return True
        if (first, second) == ("ALTER", "DATABASE") and "TABLESPACE" in words:
            return True
        index = words[1:4] if second == "UNIQUE" else words[1:3]
        if first in ("CREATE", "DROP") and tuple(index[-2:]) == ("INDEX", "CONCURRENTLY"):
            return True
        return (first, second) == ("ALTER", "TABLE") and "DETACH" in words and "CONCURRENTLY" in words

    def reaches_beyond(self, words: Sequence[str]) -> bool:
        first, second, third = (*words, "", "", "")[:3]
        on_shared = any(one == "ON" and other in _SHARED for one, other in pairwise(words))
        if first in ("GRANT", "REVOKE"):
            # Without ON it grants a role: https://www.postgresql.org/docs/current/sql-grant.html
            return "ON" not in words or on_shared
        if first in ("COMMENT", "SECURITY"):
            return on_shared
        if first == "COPY":
            return any(pair in _OUT for pair in pairwise(words))
        if second == "OWNED":
            # The privileges that a role has on other objects may be those on shared ones.
            return first in ("DROP", "REASSIGN")
        return first in ("CREATE", "ALTER", "DROP") and second in _SHARED and third != "MAPPING"

    def reaches_machine(self, words: Sequence[str]) -> bool:
        # The folder of a tablespace may be anywhere: https://www.postgresql.org/docs/current/sql-createtablespace.html
        out = words[:1] == ("COPY",) and self.reaches_beyond(words)
        return out or (words[:1] in (("CREATE",), ("ALTER",)) and words[1:2] in (("SUBSCRIPTION",), ("TABLESPACE",)))

    def is_repeatable(self, words: Sequence[str]) -> bool:
        first, second = (*words, "", "")[:2]
        if first == "REINDEX":
            # For one table or index, `settle` asks the catalog: auxiliary indexes of the first attempt may still exist.
            return not {"TABLE", "INDEX"} & set(words)
        return first in ("VACUUM", "CHECKPOINT", "CLUSTER", "DISCARD") or (first, second) == ("ALTER", "SYSTEM")

    def shares_transaction(self, words: Sequence[str]) -> bool:
        return not self.needs_autocommit(words) and not self.may_stop_halfway(words)

    def may_stop_halfway(self, words: Sequence[str]) -> bool:
        # A procedure may commit: https://www.postgresql.org/docs/current/plpgsql-transactions.html
        return words[:1] == ("CALL",) or (words[:1] == ("DO",) and not {"COMMIT", "ROLLBACK", "CALL"}.isdisjoint(words))

    def sets_session(self, words: Sequence[str]) -> bool:
        # pg_dump writes SELECT pg_catalog.set_config('search_path', '', false).
        called = words[3:5] if tuple(words[1:3]) == ("PG_CATALOG", ".") else words[1:3]
        return words[:1] in (("SET",), ("RESET",)) or (words[:1] == ("SELECT",) and tuple(called) == ("SET_CONFIG", "("))
