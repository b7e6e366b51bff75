"""Read a statement for the rules of lint: its verb, its table, and its parts, with their places. Pure.

A part is an action of ALTER TABLE, or a definition between the parentheses of CREATE TABLE.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from whimbrel.parsing.lexer import Token, tokens, unquoted
from whimbrel.parsing.lexer_rules import LexerRules

__all__ = ["ColumnDefinition", "Part", "StatementText", "read_statement"]

# Longer statements are data, whose end no rule reads.
_MOST_TOKENS = 20_000
_MODIFIERS_WORDS = (
    "OR REPLACE TEMP TEMPORARY GLOBAL LOCAL UNLOGGED UNIQUE FULLTEXT SPATIAL VECTOR ONLINE OFFLINE IGNORE MATERIALIZED"
)
_MODIFIERS = frozenset(_MODIFIERS_WORDS.split())
# These words begin a part that is not a column.
_NOT_COLUMNS_WORDS = "CONSTRAINT PRIMARY UNIQUE FOREIGN CHECK INDEX KEY FULLTEXT SPATIAL VECTOR EXCLUDE LIKE PERIOD"
_NOT_COLUMNS = frozenset(_NOT_COLUMNS_WORDS.split())
# These words end the type of a column.
_AFTER_TYPE_WORDS = (
    "NOT NULL DEFAULT PRIMARY UNIQUE KEY REFERENCES CHECK CONSTRAINT COLLATE GENERATED AS AUTO_INCREMENT AUTOINCREMENT COMMENT "
    "ON USING FIRST AFTER STORED VIRTUAL INVISIBLE VISIBLE ALGORITHM LOCK"
)
_AFTER_TYPE = frozenset(_AFTER_TYPE_WORDS.split())
# These words may follow WITH, and the next ones the verb of a statement that writes rows.
_MAIN = frozenset(("SELECT", "INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE", "VALUES"))
_BEFORE_TABLE = frozenset(("OR", "IGNORE", "LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "INTO", "ONLY"))
_STEPS = {"(": 1, ")": -1}


def _shape(token: Token) -> str:
    """Return a word in capitals, a symbol, or a mark for a name, a string and a number, which are no words of SQL."""
    return token.upper or (token.text if token.kind == "symbol" else f"<{token.kind}>")


@dataclass(frozen=True)
class Part:
    """Consecutive tokens of a statement. `words` has each word in capitals, and `<name>` or `<string>` for quoted text."""

    tokens: tuple[Token, ...]
    words: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", tuple(map(_shape, self.tokens)))

    @property
    def start(self) -> int:
        """The offset of the first token in the statement."""
        return self.tokens[0].start if self.tokens else 0

    @property
    def end(self) -> int:
        """The offset after the last token."""
        return self.tokens[-1].end if self.tokens else 0

    def begins(self, *words: str) -> bool:
        """Whether the part begins with these words."""
        return self.words[: len(words)] == words

    def find(self, *words: str) -> int | None:
        """Return the number of the first token of these consecutive words; None if they do not occur."""
        count = len(words)
        return next((at for at in range(len(self.words) - count + 1) if self.words[at : at + count] == words), None)

    def has(self, *words: str) -> bool:
        """Whether these words occur, one after the other."""
        return self.find(*words) is not None

    def find_outer(self, word: str) -> int | None:
        """Return the number of the first token of this word outside of parentheses; None if it does not occur there."""
        depth = 0
        for index, own in enumerate(self.words):
            depth += _STEPS.get(own, 0)
            if depth == 0 and own == word:
                return index
        return None

    def after(self, count: int) -> Part:
        """Return the part without its first tokens."""
        return Part(self.tokens[count:])

    def name(self, at: int = 0) -> str:
        """Return the name at a token, without quotes; empty if there is none."""
        found = self.tokens[at : at + 1]
        return unquoted(found[0]) if found and found[0].kind in ("word", "name", "string") else ""

    def qualified(self, at: int = 0) -> tuple[str, int]:
        """Return the last piece of a name that may be qualified, and the number of the token after it."""
        while self.words[at + 1 : at + 2] == (".",):
            at += 2
        return self.name(at), at + 1

    def behind_condition(self, at: int = 0) -> int:
        """Return the number of the token after IF [NOT] EXISTS, if that comes next."""
        for condition in (("IF", "NOT", "EXISTS"), ("IF", "EXISTS")):
            if self.words[at : at + len(condition)] == condition:
                return at + len(condition)
        return at

    def inside(self, at: int) -> Part:
        """Return the tokens between the parenthesis at this token and the one that closes it."""
        depth = 0
        for index in range(at, len(self.words)):
            depth += _STEPS.get(self.words[index], 0)
            if depth == 0:
                return Part(self.tokens[at + 1 : index])
        return Part(self.tokens[at + 1 :])

    def split(self) -> Iterator[Part]:
        """Yield the pieces between commas, outside of parentheses."""
        depth, begin = 0, 0
        for index, word in enumerate(self.words):
            depth += _STEPS.get(word, 0)
            if word == "," and depth == 0:
                yield Part(self.tokens[begin:index])
                begin = index + 1
        if begin < len(self.tokens):
            yield Part(self.tokens[begin:])


@dataclass(frozen=True)
class ColumnDefinition:
    """A column as a statement declares it. `type` are the words of its type, `rest` the tokens after it.

    `added` says that the column is new: in CREATE TABLE, or by ADD COLUMN.
    """

    name: str
    type: Part
    rest: Part
    start: int
    added: bool = True

    @property
    def type_name(self) -> str:
        """The first word of the type, in capitals."""
        return next(iter(self.type.words), "")

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers in the parentheses of the type."""
        at = self.type.find("(")
        inside = () if at is None else self.type.inside(at).tokens
        return tuple(int(token.text) for token in inside if token.kind == "number" and token.text.isdigit())

    def has(self, *words: str) -> bool:
        """Whether the clauses after the type have these words."""
        return self.rest.has(*words)


@dataclass(frozen=True)
class StatementText:
    """A statement as the rules read it. `table` is the table that it works on; empty for other statements.

    `main` is the statement without WITH and its queries.
    """

    whole: Part
    verb: str
    table: str
    parts: tuple[Part, ...]
    main: Part

    @property
    def is_create(self) -> bool:
        """Whether the statement is a CREATE TABLE."""
        return self.verb == "CREATE TABLE"

    @property
    def is_alter(self) -> bool:
        """Whether the statement is an ALTER TABLE."""
        return self.verb == "ALTER TABLE"

    @property
    def temporary(self) -> str:
        """The name of the temporary table that the statement makes; empty if it makes none."""
        modifiers = self.whole.words[1 : self.whole.find("TABLE")] if self.is_create else ()
        return self.table if {"TEMP", "TEMPORARY"} & set(modifiers) else ""

    def is_bare(self, start: int) -> bool:
        """Whether the token at this offset is a word without quotes."""
        return any(token.start == start and token.kind == "word" for token in self.whole.tokens)

    def columns(self) -> Iterator[ColumnDefinition]:
        """Yield the columns that the statement declares or changes, with their types."""
        for part in self.parts:
            yield from _created(part) if self.is_create else _altered(part)


def _created(part: Part) -> Iterator[ColumnDefinition]:
    if part.tokens and part.words[0] not in _NOT_COLUMNS and (name := part.name()):
        yield _column(name, part.after(1), part.start)


def _altered(part: Part) -> Iterator[ColumnDefinition]:
    at = 1
    if part.words[1:2] == ("COLUMN",):
        at = 2
    elif part.words[1:2] and part.words[1] in _NOT_COLUMNS:
        return
    at = part.behind_condition(at)
    if part.begins("ADD") and part.words[at : at + 1] == ("(",):
        for one in part.inside(at).split():
            yield from _created(one)
    elif part.begins("ADD") and part.name(at):
        yield _column(part.name(at), part.after(at + 1), part.tokens[at].start)
    elif part.begins("MODIFY") and part.name(at):
        yield _column(part.name(at), part.after(at + 1), part.tokens[at].start, added=False)
    elif part.begins("CHANGE") and part.name(at + 1):
        yield _column(part.name(at + 1), part.after(at + 2), part.tokens[at + 1].start, added=False)
    elif part.begins("ALTER") and (kind := part.find("TYPE")) is not None and kind in (at + 1, at + 3):
        yield _column(part.name(at), part.after(kind + 1), part.tokens[at].start, added=False)


def _column(name: str, rest: Part, start: int, *, added: bool = True) -> ColumnDefinition:
    depth, end = 0, len(rest.words)
    for index, word in enumerate(rest.words):
        depth += _STEPS.get(word, 0)
        if depth == 0 and word in _AFTER_TYPE:
            end = index
            break
    return ColumnDefinition(name, Part(rest.tokens[:end]), rest.after(end), start, added)


@lru_cache(maxsize=4096)
def read_statement(text: str, rules: LexerRules) -> StatementText:
    """Read one statement. It is read up to a limit, and never fails."""
    whole = Part(tuple(token for token in islice(tokens(text, rules), _MOST_TOKENS) if token.kind != "mark"))
    main = _without_with(whole)
    at = 1
    while whole.words[:1] in (("CREATE",), ("ALTER",)) and whole.words[at : at + 1] and whole.words[at] in _MODIFIERS:
        at += 1
    verb = " ".join((*whole.words[:1], *whole.words[at : at + 1])).replace("DROP TABLES", "DROP TABLE")
    if verb == "CREATE TABLE":
        name, after = whole.qualified(whole.behind_condition(at + 1))
        inner = whole.inside(after) if whole.words[after : after + 1] == ("(",) else Part(())
        is_query = inner.words[:1] in (("SELECT",), ("LIKE",), ("WITH",), ("(",))
        return StatementText(whole, verb, name, () if is_query else tuple(inner.split()), main)
    if verb == "ALTER TABLE":
        at = whole.behind_condition(at + 1)
        at += whole.words[at : at + 1] == ("ONLY",)
        name, after = whole.qualified(at)
        after += whole.words[after : after + 1] in (("*",), ("NOWAIT",))
        after += 2 * (whole.words[after : after + 1] == ("WAIT",))
        return StatementText(whole, verb, name, tuple(whole.after(after).split()), main)
    return StatementText(whole, verb, _other_table(main, at), (), main)


def _without_with(whole: Part) -> Part:
    depth = 0
    for index, word in enumerate(whole.words) if whole.begins("WITH") else ():
        depth += _STEPS.get(word, 0)
        if depth == 0 and word in _MAIN:
            return whole.after(index)
    return whole


def _other_table(whole: Part, at: int) -> str:
    """Return the table of the statements with one table that the rules ask for."""
    first = next(iter(whole.words), "")
    if whole.words[at : at + 1] == ("INDEX",) and (on := whole.find("ON")) is not None:
        return whole.qualified(on + 1 + (whole.words[on + 1 : on + 2] == ("ONLY",)))[0]
    if first in ("INSERT", "REPLACE", "UPDATE"):
        return whole.qualified(_behind_options(whole, 1))[0]
    if first == "DELETE" and (start := whole.find("FROM")) is not None:
        return whole.qualified(_behind_options(whole, start + 1))[0]
    return whole.qualified(_behind_options(whole, 1 + (whole.words[1:2] == ("TABLE",))))[0] if first == "TRUNCATE" else ""


def _behind_options(whole: Part, at: int) -> int:
    """Return the number of the token after the words that may stand before the name of a table: OR IGNORE, ONLY and the like."""
    while whole.words[at : at + 1] and whole.words[at] in _BEFORE_TABLE:
        at += 1 + (whole.words[at] == "OR")
    return at
