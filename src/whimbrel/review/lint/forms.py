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
from whimbrel.review.lint.foreseen import foresee
from whimbrel.review.lint.foreseen_keys import added_keys, foresee_keys
from whimbrel.review.lint.form import NOTHING_FORESEEN, Foreseen, Form, FormPart, Roles, join_foreseen
from whimbrel.review.lint.lacking import foresee_words
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
        lacking = foresee_words(self._head(text, rules), self.schema.database)
        form = self._read(text, rules)
        return form._replace(foreseen=join_foreseen((lacking, form.foreseen))) if lacking.code else form

    def _read(self, text: str, rules: LexerRules) -> Form:
        head = self._head(text, rules)
        verb = head.peek()
        if verb == "ALTER":
            head.skip()
            while head.peek() in ("ONLINE", "OFFLINE", "IGNORE", "FOREIGN"):
                head.skip()
            if head.take("TABLE"):
                return self._altered(head)
        parts = tuple(self._parts(verb, text, rules))
        if (
            self.schema.database in ("mysql", "mariadb")
            and any("index" in part.form for part in parts)
            and verb in ("CREATE", "DROP")
        ):
            form = _asking(parts, parts[0].roles, *_index_options(self._head(text, rules)))
        else:
            form = Form(parts)
        return form._replace(foreseen=join_foreseen(one.foreseen for one in parts))

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
            # They may change any table.
            self.schema.doubt()
            undecided = f"the statements inside {verb} are known only when they run"
            yield FormPart(verb.lower(), {}, undecided=undecided)
        elif verb in _SETTING:
            self._set(head)
            yield FormPart("nothing", {})
        elif verb:
            yield FormPart(verb.lower(), {})

    def _set(self, head: TokenCursor) -> None:
        """Follow the time zone of a session of PostgreSQL, and the check of foreign keys."""
        head.skip()
        while self.schema.database in ("mysql", "mariadb") and not head.ended():
            # SET a = 1, @@SESSION.foreign_key_checks = 0
            if head.take("FOREIGN_KEY_CHECKS"):
                _ = head.take(":", "=") or head.take(":=") or head.take("=")
                value = head.token()
                self.schema.keys_checked = value is None or value.text.upper() not in ("0", "OFF", "FALSE")
            head.skip()
        _ = head.take("LOCAL") or head.take("SESSION")
        if head.peek() == "SEARCH_PATH":
            # The same name now stands for another table.
            self.schema.doubt()
        if head.take("TIME", "ZONE") or head.take("TIMEZONE", "=") or head.take("TIMEZONE", "TO"):
            token = head.token()
            zone = "" if token is None else token.text.strip("'").upper()
            self.schema.zone = "" if zone in ("DEFAULT", "LOCAL") else zone

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
        foreseen: list[Foreseen] = []
        virtual: set[str] = set()
        actions = list(read_alter(head, self.schema.database, self.schema.catalog))
        for action in actions:
            if action.words in asked:
                asked[action.words] = action.new
                continue
            foreseen.append(foresee(action, table, self.schema, alone=len(actions) == 1))
            parts += (on_partitions(part, table, self.schema) for part in action_forms(action, table, self.schema))
            if action.constraint is not None and virtual & set(map(self.schema.column_key, action.constraint.columns)):
                parts.append(FormPart("index of a new virtual column", roles_of(self.schema, table)))
            if action.column is not None and action.column.generated == "virtual":
                virtual.add(self.schema.column_key(action.column.name))
            self.schema.apply(table, action)
            foreseen.append(foresee_keys(table, added_keys(action), self.schema))
            table = (table[0], action.new) if action.words == "rename table" else table
        parts = parts or [FormPart("nothing", roles_of(self.schema, table))]
        form = _asking(tuple(_key_replaced(parts)), roles_of(self.schema, table), asked["algorithm"], asked["lock"])
        return form._replace(foreseen=join_foreseen((*foreseen, _clauses(form, self.schema.database))))


def _asking(parts: tuple[FormPart, ...], roles: Roles, algorithm: str, lock: str) -> Form:
    """Return a form with the algorithm and the lock that the statement asks for. A copy and a lock are work of their own."""
    if algorithm == "copy":
        parts = (*parts, FormPart("algorithm copy", roles))
    if lock in ("shared", "exclusive"):
        parts = (*parts, FormPart(f"lock {lock}", roles))
    return Form(parts, algorithm, lock)


def _clauses(form: Form, database: str) -> Foreseen:
    """Return the refusal of clauses that MySQL does not take: https://dev.mysql.com/doc/refman/9.7/en/alter-table.html."""
    if database != "mysql":
        return NOTHING_FORESEEN
    if form.algorithm == "nocopy":
        return Foreseen(code="1800", message="mysql has no ALGORITHM=NOCOPY")
    both = form.algorithm == "instant" and form.lock not in ("", "default")
    return Foreseen(code="1221", message="ALGORITHM=INSTANT takes no LOCK but DEFAULT") if both else NOTHING_FORESEEN


def _index_options(head: TokenCursor) -> tuple[str, str]:
    """Read ALGORITHM and LOCK, which MySQL takes behind CREATE INDEX and DROP INDEX."""
    found = {"ALGORITHM": "", "LOCK": ""}
    while (token := head.token()) is not None:
        if token.upper in found:
            head.take("=")
            found[token.upper] = head.peek().lower()
    return found["ALGORITHM"], found["LOCK"]


def _key_replaced(parts: list[FormPart]) -> Iterator[FormPart]:
    """Join DROP PRIMARY KEY and ADD PRIMARY KEY: together they are one change."""
    forms = [one.form for one in parts]
    both = "drop primary key" in forms and "add primary key" in forms
    for one in parts:
        if not both or one.form not in ("drop primary key", "add primary key"):
            yield one
        elif one.form == "add primary key":
            yield one._replace(form="replace primary key")
