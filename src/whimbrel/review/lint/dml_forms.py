"""The forms of statements that write rows, and of those that maintain tables. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from whimbrel.parsing.cursor import Name, TokenCursor
from whimbrel.planning.ddl_targets import read_names
from whimbrel.planning.dml_targets import read_dml
from whimbrel.review.lint.alter_forms import INDEXES, roles_of, roles_of_all
from whimbrel.review.lint.ddl.tables import TableText, TextSchema
from whimbrel.review.lint.form import FormPart

__all__ = ["MAINTAINING", "WRITING", "maintaining_forms", "writing_forms"]

WRITING = ("INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE", "COPY", "LOAD", "WITH")
MAINTAINING = ("VACUUM", "CLUSTER", "REINDEX", "ANALYZE", "REFRESH", "LOCK", "COMMENT", "OPTIMIZE", "TRUNCATE", "REPAIR", "CHECK")
_MOST_WORDS = 5_000
# Conditions that every row meets.
_ALWAYS = (["TRUE"], ["1", "=", "1"], ["1"])


def writing_forms(head: TokenCursor, again: TokenCursor, schema: TextSchema) -> Iterator[FormPart]:
    """Yield the forms of INSERT, UPDATE, DELETE and the like. `head` and `again` both read the statement from its start."""
    verb = head.peek()
    targets, words = list(read_dml(head)), list(_words(again))
    if not targets:
        yield FormPart("select" if verb == "WITH" else verb.lower(), {})
    for one in targets:
        yield _written(one.words, words, one.name, schema)


def _written(verb: str, every: list[str], table: Name, schema: TextSchema) -> FormPart:
    form, roles = _written_form(verb, every, table, schema), roles_of(schema, table)
    if not form.endswith("some rows"):
        return FormPart(form, roles)
    verb = verb.lower()
    undecided = f"whether an index of {table[1]} finds the rows is not known"
    return FormPart(f"{verb} rows by an index", roles, (f"{verb} rows without an index",), undecided)


def _written_form(verb: str, every: list[str], table: Name, schema: TextSchema) -> str:
    words = list(_outside(every)) if verb in ("UPDATE", "DELETE", "INSERT", "REPLACE") else []
    if verb in ("UPDATE", "DELETE"):
        if every[:1] == ["WITH"] and "WHERE" in every and "WHERE" not in words:
            # The condition is in a parenthesis, perhaps that of this statement.
            return f"{verb.lower()} some rows"
        return f"{verb.lower()} {_rows(words, table, schema)}"
    if verb in ("INSERT", "REPLACE"):
        query = any(word in words for word in ("SELECT", "WITH", "TABLE")) and "VALUES" not in words
        return f"{verb.lower()}{' from a query' * query}"
    return verb.lower()


def _words(head: TokenCursor) -> Iterator[str]:
    """Yield the words and symbols of a statement; names as they are written."""
    for _ in range(_MOST_WORDS):
        if (token := head.token()) is None:
            return
        yield token.upper or token.text


def _outside(words: Iterable[str]) -> Iterator[str]:
    """Yield the words outside of parentheses."""
    depth = 0
    for word in words:
        depth += (word == "(") - (word == ")")
        if depth == 0 or word == "(" or (depth == 1 and word == "SELECT"):
            yield word


def _rows(words: list[str], table: Name, schema: TextSchema) -> str:
    """Tell a statement on every row from one on some rows, and from one on rows by their primary key."""
    limited = "LIMIT" in words
    if "WHERE" not in words:
        return "some rows" if limited else "every row"
    condition = [word for word in words[words.index("WHERE") + 1 :] if word not in ("(", ")", ";")]
    for end in ("RETURNING", "ORDER", "LIMIT"):
        condition = condition[: condition.index(end)] if end in condition else condition
    if condition in _ALWAYS:
        return "every row"
    known = schema.table(table)
    key = () if known is None else known.key
    first = [schema.column_key(word.strip('"`[]').lower()) for word in condition[:1]]
    by_key = len(key) == 1 and first == [key[0].lower()] and condition[1:2] in (["="], ["IN"])
    return "by key" if by_key and not {"OR", "SELECT"} & set(condition) else _by_index(condition, known, schema)


def _by_index(condition: list[str], known: TableText | None, schema: TextSchema) -> str:
    """Tell rows that an index may find from rows that none finds."""
    if known is None or not known.complete or not condition:
        return "some rows"
    names = {schema.column_key(word.strip('"`[]')).lower() for word in condition}
    first = {one.columns[0].lower() for one in known.parts.values() if one.columns and one.kind in INDEXES}
    return "rows by an index" if names & first else "rows without an index"


def maintaining_forms(head: TokenCursor, schema: TextSchema) -> Iterator[FormPart]:
    """Yield the forms of VACUUM, REINDEX, LOCK, COMMENT, TRUNCATE and the like."""
    verb = head.peek()
    head.skip()
    read = {"TRUNCATE": _truncated, "REINDEX": _reindexed, "LOCK": _locked, "COMMENT": _commented, "REFRESH": _refreshed}
    if verb in read:
        yield from read[verb](head, schema)
        return
    full = head.take("FULL")
    full = "FULL" in _options(head) or full
    while head.peek() in ("FREEZE", "VERBOSE", "ANALYZE", "TABLE", "LOCAL", "NO_WRITE_TO_BINLOG"):
        head.skip()
    names = list(read_names(head))
    form = verb.lower() + " full" * full
    yield from (FormPart(form, roles_of(schema, name)) for name in names)
    if not names:
        yield FormPart(f"{form} of every table", roles_of_all(schema))


def _options(head: TokenCursor) -> set[str]:
    """Read `(VERBOSE, FULL false)`, if that comes next, and return the options that are on."""
    found: set[str] = set()
    more = head.take("(")
    while more:
        name = head.peek()
        head.skip()
        found |= set() if head.peek() in ("FALSE", "OFF", "0") or _is_zero(head) else {name}
        more = head.skip_element()
    return found


def _is_zero(head: TokenCursor) -> bool:
    token = head.peek_token()
    return token is not None and token.text == "0"


def _truncated(head: TokenCursor, schema: TextSchema) -> Iterator[FormPart]:
    head.take("TABLE")
    names = list(read_names(head))
    cascade = any(word == "CASCADE" for word in _outside(_words(head)))
    for name in names:
        referring = [other for other in schema.referring(name) if other not in names]
        suffix = ", referred to" * bool(referring) + ", cascade" * (cascade and bool(referring))
        yield FormPart(f"truncate{suffix}", roles_of(schema, name, "", tuple(referring)))


def _reindexed(head: TokenCursor, schema: TextSchema) -> Iterator[FormPart]:
    concurrently = "CONCURRENTLY" in _options(head)
    if schema.database != "postgresql":
        yield _reindexed_by_name(head, schema)
        return
    kind = head.peek().lower()
    head.skip()
    concurrently = head.take("CONCURRENTLY") or concurrently
    form = f"reindex {kind}{', concurrently' * concurrently}"
    for name in read_names(head):
        table = schema.indexes.get(name[1]) if kind == "index" else name
        roles = {"i": (name[1],)} if table is None else roles_of(schema, table, name[1] if kind == "index" else "")
        yield FormPart(form, roles)


def _reindexed_by_name(head: TokenCursor, schema: TextSchema) -> FormPart:
    """Read REINDEX of SQLite, which names an index or a table."""
    name = head.relation()
    if name is None:
        return FormPart("reindex of every table", roles_of_all(schema))
    table = schema.indexes.get(name[1])
    return (
        FormPart("reindex table", roles_of(schema, name))
        if table is None
        else FormPart("reindex index", roles_of(schema, table, name[1]))
    )


def _locked(head: TokenCursor, schema: TextSchema) -> Iterator[FormPart]:
    _ = head.take("TABLE") or head.take("TABLES")
    names = list(read_names(head))
    mode = "access exclusive"
    if head.take("IN"):
        words = [word.lower() for word in _outside(_words(head))]
        mode = " ".join(words[: words.index("mode")] if "mode" in words else words)
    yield from (FormPart(f"lock table, {mode}", roles_of(schema, name)) for name in names)


def _commented(head: TokenCursor, schema: TextSchema) -> Iterator[FormPart]:
    head.take("ON")
    kind = head.peek().lower()
    head.skip()
    name = head.relation() or ("", "")
    if kind == "column":
        # The last of the names is the column: t.c, or s.t.c, which leaves the schema out.
        name = ("", name[0])
    yield FormPart(f"comment on {kind}", roles_of(schema, name) if kind in ("table", "column", "view") else {})


def _refreshed(head: TokenCursor, schema: TextSchema) -> Iterator[FormPart]:
    head.take("MATERIALIZED", "VIEW")
    concurrently = head.take("CONCURRENTLY")
    name = head.relation() or ("", "")
    empty = "NO" in list(_outside(_words(head)))
    suffix = ", concurrently" * concurrently + ", with no data" * empty
    yield FormPart(f"refresh materialized view{suffix}", roles_of(schema, name))
