"""Find the objects that the statements of a file create, change, drop or write to.

Pure: no database, no disk. Only the text is read: the effects of a routine that no file defines are not known. A statement does
not touch an object that it only refers to (REFERENCES, a query).
"""

from __future__ import annotations

from collections.abc import Iterable

from whimbrel.dialects.objects import Catalog
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.parsing.cursor import Name, TokenCursor
from whimbrel.parsing.insert_batch import InsertBatch
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.parsing.statement import Statement
from whimbrel.planning.bodies import Bodies
from whimbrel.planning.ddl_targets import StatementTarget, read_ddl
from whimbrel.planning.dml_targets import read_dml, read_inner
from whimbrel.planning.reached import read_reached

__all__ = ["Touch", "Touches", "find_touches"]


class Touch(NamedTuple):
    """An object that statements touch, and the place of the first statement that touches it in this way."""

    target: StatementTarget
    line: int
    column: int


def find_touches(
    catalog: Catalog,
    rules: LexerRules,
    statements_or_batches: Iterable[Statement | InsertBatch],
    routines: dict[str, list[StatementTarget]] | None = None,
) -> list[Touch]:
    """Return the objects that the statements of a file touch. `routines` are those of earlier files; this file's are added."""
    touches = Touches(catalog, rules, routines)
    for piece in statements_or_batches:
        touches.read(piece)
    return touches.found


class Touches:
    """Collects the objects that a file touches. Each object and effect counts once, with its first place.

    Follows the schema of unqualified names, and leaves out temporary tables of the file. Temporary views stay, in their own
    schema, since a write to one may reach a table.
    """

    def __init__(self, catalog: Catalog, rules: LexerRules, routines: dict[str, list[StatementTarget]] | None = None) -> None:
        self._catalog = catalog
        self._rules = rules
        self._bodies = Bodies(catalog, self._head, {} if routines is None else routines)
        self._path: tuple[str, ...] = ("",)
        # The path before SET LOCAL, which the end of the transaction restores.
        self._outer_path: tuple[str, ...] | None = None
        self._temporary: set[str] = set()
        self._views: set[str] = set()
        # Whether a temporary table hides another one of its name: not if the path has pg_temp at a later place.
        self._hides = True
        self._found: dict[tuple[object, ...], Touch] = {}

    @property
    def found(self) -> list[Touch]:
        """The collected touches, in the file's order."""
        return list(self._found.values())

    def read(self, piece: Statement | InsertBatch) -> None:
        """Read the next statement of the file, or the next batch."""
        if isinstance(piece, InsertBatch):
            self._read_run(piece)
        else:
            self._read(piece.text, piece.line, piece.column)

    def _read(self, text: str, line: int, column: int) -> None:
        head = self._head(text)
        first = head.peek()
        if first in _LEADS and (path := _read_path(self._head(text))) is not None:
            if self._head(text).take("SET", "LOCAL") and self._outer_path is None:
                self._outer_path = self._path
            self._hides = not self._catalog.temporary_schemas.intersection(path[1:])
            self._path = tuple(one for one in path if one not in self._catalog.temporary_schemas) or ("",)
            return
        if first in _ENDS:
            self._end_transaction()
        targets = list(read_ddl(head, self._catalog) if first in _DDL else read_dml(head))
        if any(target.words == "CREATE TABLE" for target in targets) and "with" in text.lower():
            # CREATE TABLE ... AS WITH d AS (DELETE ...) of PostgreSQL.
            targets += read_inner(self._head(text))
        targets += self._bodies.read(text, [target.words for target in targets])
        for target in targets:
            reached = target.reached or read_reached(self._head(text), target.words)
            if target.words == "CREATE TRIGGER":
                reached += tuple(dict.fromkeys(one.name for one in self._bodies.called(text)))
            self._note(target._replace(reached=reached), line, column)
        if any(target.words == _RENAMED for target in targets):
            # The name may mean another table from here on.
            self._temporary.discard(targets[0].name[1])

    def _end_transaction(self) -> None:
        """Forget what may end with a transaction: ON COMMIT DROP, and SET LOCAL."""
        self._temporary.clear()
        self._path, self._outer_path = self._outer_path or self._path, None

    def _read_run(self, run: InsertBatch) -> None:
        """Read a batch of INSERT statements. Most of them begin like the previous one."""
        beginning = _beginning(run.text)
        if beginning and run.text.count(beginning) == run.text.lower().count("insert") == run.count:
            self._read(run.text, run.line, run.column)
            return
        beginning = ""
        for text in run.texts(self._rules):
            if beginning and text.startswith(beginning):
                continue
            beginning = _beginning(text)
            before = run.text[: run.text.index(text)]
            line, last = before.count("\n"), before.rpartition("\n")[2]
            self._read(text, run.line + line, len(last) + (1 if line else run.column))

    def _head(self, text: str) -> TokenCursor:
        return TokenCursor(text, self._rules, len(text), self._catalog.fold)

    def _note(self, target: StatementTarget, line: int, column: int) -> None:
        if target.effect == "write" and self._catalog.is_system(target.name):
            # Every object may be meant.
            target = target._replace(family="contents", name=("", ""), words=f"{target.words} {target.name[1]}")
        schema, name = target.name
        in_temporary = schema.lower() in self._catalog.temporary_schemas
        if in_temporary and target.effect == "drop":
            self._temporary.discard(name)
        if in_temporary or (self._is_temporary(target) and self._hides):
            if target.reached:
                self._views.add(name)
            if name in self._views:
                self._keep(target, (_TEMPORARY, name), line, column)
            return
        # A new object is created in the first schema of the path.
        path = self._path[:1] if target.effect == "create" else self._path
        for default in (schema,) if schema or target.family in _UNPLACED else path:
            self._keep(target, (default, name), line, column)

    def _keep(self, target: StatementTarget, name: Name, line: int, column: int) -> None:
        """Collect a touch of the object `name`, with all names as the database stores them."""
        stored = self._catalog.stored
        columns = None if target.columns is None else tuple(map(stored, target.columns))
        reached = tuple(placed for one in target.reached for placed in self._meanings(one))
        placed = target._replace(name=(stored(name[0]), stored(name[1])), columns=columns, reached=reached)
        self._found.setdefault(placed.identity, Touch(placed, line, column))

    def _meanings(self, name: Name) -> list[Name]:
        """Return the names that a name may mean in a query: a temporary view, or an object in any schema of the path."""
        schema, own = name
        stored = self._catalog.stored
        if own in self._views and (not schema or schema.lower() in self._catalog.temporary_schemas):
            return [(_TEMPORARY, stored(own))]
        return [(stored(default), stored(own)) for default in ((schema,) if schema else self._path)]

    def _is_temporary(self, target: StatementTarget) -> bool:
        schema, name = target.name
        if target.temporary and target.effect != "drop":
            self._temporary.add(name)
            return True
        if schema or name not in self._temporary:
            return target.temporary
        if target.effect == "drop":
            self._temporary.discard(name)
        return True


# The schema of temporary views: no database has one of this name.
_TEMPORARY = "pg_temp"
_DDL = frozenset(("CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE"))
_ENDS = frozenset(("COMMIT", "END", "ROLLBACK", "ABORT", "DISCARD"))
_UNPLACED = ("schema", "contents", "database", "extension")
_RENAMED = "ALTER TABLE ... RENAME"
_LEADS = frozenset(("USE", "SET", "RESET", "SELECT"))


def _beginning(text: str) -> str:
    """Return the text of an INSERT up to its first parenthesis; an empty text if the parenthesis may belong to a name."""
    beginning = text[: text.find("(") + 1]
    return beginning if not any(beginning.count(quote) % 2 for quote in "\"'`") else ""


def _read_path(head: TokenCursor) -> tuple[str, ...] | None:
    """Return the schemas of unqualified names after a statement; None if the statement does not change them."""
    if head.take("USE"):
        return (head.name() or "",)
    if head.take("RESET"):
        return ("",) if head.peek() in ("SEARCH_PATH", "ALL") else None
    if head.take("SELECT"):
        _ = head.take("PG_CATALOG", ".")
        called = head.take("SET_CONFIG", "(") and head.take("'search_path'")
        return _schemas(head, listed=False) if called and head.skip_to_comma() else None
    head.skip()
    _ = head.take("SESSION") or head.take("LOCAL")
    if head.take("SCHEMA") or head.take("SEARCH_PATH", "TO") or head.take("SEARCH_PATH", "="):
        return _schemas(head)
    return None


def _schemas(head: TokenCursor, *, listed: bool = True) -> tuple[str, ...]:
    """Read the schemas of a search_path, without the system's own and "$user". If they are not `listed`, one text holds all."""
    found: list[str] = []
    while (token := head.peek_token()) is not None and token.kind in ("word", "name", "string"):
        text = head.name() if token.kind != "string" else token.text[1:-1]
        if token.kind == "string":
            head.skip()
        found += [batch.strip().strip('"') for batch in (text or "").split(",")]
        if not (listed and head.take(",")):
            break
    named = [one for one in found if one and one not in ("$user", "pg_catalog", "default")]
    return tuple(named) or ("",)
