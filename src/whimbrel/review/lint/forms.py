"""Read the form of each statement of a set, one after the other. Pure: no database, no disk.

The statements before decide, too: the type of a column before its change, the kind of a constraint that is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from whimbrel.dialects.objects import Catalog
from whimbrel.parsing.cursor import TokenCursor
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.review.lint.alter_forms import action_forms, on_partitions, roles_of
from whimbrel.review.lint.ddl.alter import read_alter
from whimbrel.review.lint.ddl.tables import TextSchema
from whimbrel.review.lint.dml_forms import MAINTAINING, WRITING, maintaining_forms, writing_forms
from whimbrel.review.lint.form import Form, FormPart
from whimbrel.review.lint.object_forms import altered_object, created, dropped, renamed

__all__ = ["FormReader"]

# This limit is enough for the columns of a wide table. Rows of data are not read.
_MOST_TOKENS = 50_000
_INNER = ("DO", "CALL", "EXECUTE", "PREPARE", "EXPLAIN", "BEGIN")
_SETTING = ("SET", "RESET", "PRAGMA", "USE", "SHOW", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "START", "END", "DISCARD")


class FormReader:
    """Reads the statements of files in the order in which they run, and follows the tables that they make."""

    def __init__(self, database: str, catalog: Catalog, spell: Callable[[str], str]) -> None:
        self.schema = TextSchema(database, catalog, spell)

    def read(self, text: str, rules: LexerRules) -> Form:
        """Return the form of the next statement, and apply its effect. A statement of no known form has no parts."""
        head = self._head(text, rules)
        verb = head.peek()
        if verb == "ALTER":
            head.skip()
            while head.peek() in ("ONLINE", "OFFLINE", "IGNORE", "FOREIGN"):
                head.skip()
            if head.take("TABLE"):
                return self._altered(head)
        return Form(tuple(self._parts(verb, text, rules)))

    def _head(self, text: str, rules: LexerRules) -> TokenCursor:
        return TokenCursor(text, rules, _MOST_TOKENS, self.schema.catalog.fold)

    def _parts(self, verb: str, text: str, rules: LexerRules) -> Iterator[FormPart]:
        head, again = self._head(text, rules), self._head(text, rules)
        readers = {"CREATE": created, "DROP": dropped, "RENAME": renamed, "ALTER": altered_object}
        if verb in readers:
            yield from readers[verb](head, self.schema)
        elif verb in WRITING:
            yield from writing_forms(head, again, self.schema)
        elif verb in MAINTAINING:
            yield from maintaining_forms(head, self.schema)
        elif verb in _INNER:
            undecided = f"the statements inside {verb} are known only when they run"
            yield FormPart(verb.lower(), {}, undecided=undecided)
        elif verb in _SETTING:
            yield FormPart("nothing", {})
        elif verb:
            yield FormPart(verb.lower(), {})

    def _altered(self, head: TokenCursor) -> Form:
        conditional = head.condition(wanted=False) is not None
        table = head.relation()
        head.take("*")
        if table is None:
            return Form(())
        if conditional and self.schema.table(table) is None:
            return Form((FormPart("nothing", {}),))
        parts: list[FormPart] = []
        asked = {"algorithm": "", "lock": ""}
        for action in read_alter(head, self.schema.database, self.schema.catalog):
            if action.words in asked:
                asked[action.words] = action.new
                continue
            parts += (on_partitions(part, table, self.schema) for part in action_forms(action, table, self.schema))
            self.schema.apply(table, action)
            table = (table[0], action.new) if action.words == "rename table" else table
        parts = parts or [FormPart("nothing", roles_of(self.schema, table))]
        return Form(tuple(_key_replaced(parts)), asked["algorithm"], asked["lock"])


def _key_replaced(parts: list[FormPart]) -> Iterator[FormPart]:
    """Join DROP PRIMARY KEY and ADD PRIMARY KEY: together they are one change."""
    forms = [one.form for one in parts]
    both = "drop primary key" in forms and "add primary key" in forms
    for one in parts:
        if not both or one.form not in ("drop primary key", "add primary key"):
            yield one
        elif one.form == "add primary key":
            yield one._replace(form="replace primary key")
