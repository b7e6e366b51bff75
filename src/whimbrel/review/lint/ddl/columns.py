"""Read the definition of a column from the text of a statement. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from whimbrel.parsing.cursor import Name, TokenCursor
from whimbrel.parsing.lexer import Token, unquoted
from whimbrel.review.lint.ddl.vocabulary import VOCABULARIES, Vocabulary

__all__ = ["ColumnText", "DefaultKind", "TypeText", "default_kind", "expression", "parenthesized", "read_column", "read_type"]

# "steady" and "changing" expressions: see Vocabulary. "unknown" has a function that the vocabulary does not know.
DefaultKind = Literal["", "null", "constant", "now", "steady", "changing", "unknown"]
_NOWS = ("CURRENT_TIMESTAMP", "NOW", "CURRENT_DATE", "CURRENT_TIME", "LOCALTIME", "LOCALTIMESTAMP")
_AFTER_TYPE_WORDS = (
    "NOT NULL DEFAULT PRIMARY UNIQUE CHECK REFERENCES GENERATED AS CONSTRAINT COLLATE COMMENT AUTO_INCREMENT AUTOINCREMENT "
    "ON FIRST AFTER USING KEY CHARSET VISIBLE INVISIBLE STORED VIRTUAL PERSISTENT DEFERRABLE INITIALLY STORAGE COMPRESSION "
    "SRID COLUMN_FORMAT ENFORCED REF_SYSTEM_ID COMPRESSED WITHOUT WITH"
)
_AFTER_TYPE = frozenset(_AFTER_TYPE_WORDS.split())
_SIGNS = ("UNSIGNED", "SIGNED", "ZEROFILL")


class TypeText(NamedTuple):
    """A type as it is written: its name in lower case without aliases, its numbers, the values of an enum, and its options."""

    base: str
    numbers: tuple[int, ...] = ()
    values: tuple[str, ...] = ()
    unsigned: bool = False
    array: bool = False


class ColumnText(NamedTuple):
    """A column as it is written.

    `nullable` is False for NOT NULL and PRIMARY KEY; `position` is "first", "after NAME" or empty. `check` is the expression of a
    CHECK, `expression` that of a generated column.
    """

    name: str
    type: TypeText
    nullable: bool = True
    default: DefaultKind = ""
    default_text: str = ""
    generated: Literal["", "stored", "virtual"] = ""
    expression: str = ""
    identity: bool = False
    primary: bool = False
    unique: bool = False
    check: str = ""
    references: Name | None = None
    to_columns: tuple[str, ...] = ()
    on_delete: str = ""
    collation: str = ""
    charset: str = ""
    comment: str = ""
    on_update: bool = False
    position: str = ""

    @property
    def is_filled(self) -> bool:
        """Whether the rows of an existing table get a value when the column is added."""
        return self.default not in ("", "null") or bool(self.generated) or self.identity


def read_column(head: TokenCursor, database: str) -> ColumnText | None:
    """Read a column from its name up to the comma or the closing parenthesis behind it, which stay."""
    name = head.name()
    if name is None:
        return None
    column = ColumnText(name, read_type(head, database))
    while not head.ended() and head.peek() not in (",", ")"):
        column = _part(head, column, VOCABULARIES[database])
    return column


def read_type(head: TokenCursor, database: str) -> TypeText:
    """Read a type: `character varying (20)`, `int(10) unsigned`, `timestamp(3) with time zone`, `text[]`, `enum('a', 'b')`."""
    words: list[str] = []
    numbers: list[int] = []
    values: list[str] = []
    unsigned = array = False
    while not head.ended() and head.peek() not in (",", ")", "="):
        # SQLite needs no type.
        if _ends_type(head) and (words or head.peek() != "CHARACTER"):
            break
        if head.take("("):
            inside = list(parenthesized(head))
            numbers += [int(one.text) for one in inside if one.kind == "number" and one.text.isdecimal()]
            values += [one.text for one in inside if one.kind == "string"]
        elif head.peek() in ("[", "]"):
            array = True
            head.skip()
            if _is_number(head):
                head.skip()
        elif head.take("ARRAY"):
            array = True
        elif head.peek() in _SIGNS:
            unsigned = unsigned or head.peek() != "SIGNED"
            head.skip()
        else:
            token = head.token()
            assert token is not None, "the text has not ended"
            words.append(token.text.lower().strip('"`[]'))
    written = " ".join(words).replace(" . ", ".")
    written = written.removeprefix("pg_catalog.")
    return TypeText(VOCABULARIES[database].aliases.get(written, written), tuple(numbers), tuple(values), unsigned, array)


def _is_number(head: TokenCursor) -> bool:
    token = head.peek_token()
    return token is not None and token.kind == "number"


def _ends_type(head: TokenCursor) -> bool:
    """Whether the type has ended. WITH TIME ZONE and VARYING continue it, CHARACTER SET does not."""
    word = head.peek()
    if word in ("WITH", "WITHOUT"):
        return not _comes(head, word, "TIME")
    return word in _AFTER_TYPE or (word == "CHARACTER" and _comes(head, "CHARACTER", "SET"))


def _comes(head: TokenCursor, *words: str) -> bool:
    """Whether these words come next; no step is made."""
    return bool(head.ahead(lambda one: [("", "")] if one.take(*words) else []))


def _part(head: TokenCursor, column: ColumnText, words: Vocabulary) -> ColumnText:
    """Read one clause behind the type."""
    if head.take("CONSTRAINT"):
        head.name()
        return column
    if head.take("NOT", "NULL"):
        return column._replace(nullable=False)
    if head.take("DEFAULT"):
        found = list(expression(head, _AFTER_TYPE - {"NULL", "WITH", "WITHOUT"}))
        return column._replace(default=default_kind(found, words), default_text=" ".join(one.upper or one.text for one in found))
    if head.take("PRIMARY", "KEY"):
        return column._replace(primary=True, nullable=False)
    if head.take("UNIQUE"):
        head.take("KEY")
        return column._replace(unique=True)
    if head.take("CHECK", "("):
        inside = " ".join(one.upper or one.text for one in parenthesized(head))
        return column._replace(check=inside or "?")
    if head.take("REFERENCES"):
        column = column._replace(references=head.relation())
        names = list(parenthesized(head)) if head.take("(") else []
        return column._replace(to_columns=tuple(unquoted(one) for one in names if one.kind in ("word", "name")))
    return _generated(head, column) or _option(head, column)


def _generated(head: TokenCursor, column: ColumnText) -> ColumnText | None:
    """Read GENERATED ... AS IDENTITY, GENERATED ALWAYS AS (...) STORED, and AS (...) alone."""
    if head.take("GENERATED"):
        _ = head.take("ALWAYS") or head.take("BY", "DEFAULT") or head.take("BY", "DEFAULT", "ON", "NULL")
    if head.take("AS", "IDENTITY"):
        if head.take("("):
            head.skip_parentheses()
        return column._replace(identity=True, nullable=False)
    if not head.take("AS", "("):
        return None
    inside = " ".join(one.upper or one.text for one in parenthesized(head))
    stored = head.take("STORED") or head.take("PERSISTENT")
    head.take("VIRTUAL")
    return column._replace(generated="stored" if stored else "virtual", expression=inside)


def _option(head: TokenCursor, column: ColumnText) -> ColumnText:
    if head.take("AUTO_INCREMENT") or head.take("AUTOINCREMENT"):
        return column._replace(identity=True)
    if head.take("COLLATE"):
        return column._replace(collation=_joined(head))
    if head.take("CHARACTER", "SET") or head.take("CHARSET"):
        head.take("=")
        return column._replace(charset=_text(head))
    if head.take("COMMENT"):
        return column._replace(comment=_text(head))
    if head.take("ON"):
        return _on(head, column)
    if head.take("FIRST"):
        return column._replace(position="first")
    if head.take("AFTER"):
        return column._replace(position=f"after {head.name() or ''}")
    if head.take("("):
        head.skip_parentheses()
    else:
        head.skip()
    return column


def _on(head: TokenCursor, column: ColumnText) -> ColumnText:
    """Read ON UPDATE, ON DELETE and ON CONFLICT."""
    if head.take("UPDATE"):
        list(expression(head, _AFTER_TYPE))
        return column._replace(on_update=True)
    deletes = head.peek() == "DELETE"
    head.skip()
    words = ["set"] if head.take("SET") else ["no"] if head.take("NO") else []
    words.append(head.peek().lower())
    head.skip()
    return column._replace(on_delete=" ".join(words)) if deletes else column


def _text(head: TokenCursor) -> str:
    token = head.token()
    return "" if token is None else token.text.lower().strip("'\"`")


def _joined(head: TokenCursor) -> str:
    name = head.qualified()
    return "" if name is None else name[1].lower()


def expression(head: TokenCursor, until: frozenset[str] = frozenset()) -> Iterator[Token]:
    """Yield the tokens up to a comma, a closing parenthesis, or one of these words, outside of inner parentheses; that stays."""
    depth = 0
    first = True
    while (token := head.peek_token()) is not None:
        if depth == 0 and (token.text in (",", ")") or (token.upper in until and not first)):
            return
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        head.skip()
        first = False
        yield token


def parenthesized(head: TokenCursor) -> Iterator[Token]:
    """Yield the tokens up to the parenthesis that closes the one before; step over that, too."""
    depth = 0
    while (token := head.token()) is not None:
        depth += (token.text == "(") - (token.text == ")")
        if depth < 0:
            return
        yield token


def default_kind(found: Sequence[Token], words: Vocabulary) -> DefaultKind:
    """Return the kind of a default by its tokens."""
    bare = [one for one in found if one.text not in ("(", ")")]
    if not bare:
        return ""
    if [one.upper for one in bare] == ["NULL"]:
        return "null"
    names = set(_called(found))
    if bare[0].upper in _NOWS and len(bare) <= 2:
        return "now"
    if names & words.changing:
        return "changing"
    if names - words.steady:
        return "unknown"
    return "steady" if names else "constant"


def _called(found: Sequence[Token]) -> Iterator[str]:
    """Yield the functions that an expression calls. A type behind `::` or AS is none."""
    for index, one in enumerate(found):
        before = found[index - 1].text.upper() if index else ""
        after = found[index + 1].text if index + 1 < len(found) else ""
        if one.kind in ("word", "name") and before not in (":", "AS"):
            if one.upper in ("CURRENT_USER", "SESSION_USER", "LOCALTIMESTAMP", "LOCALTIME") or one.upper.startswith("CURRENT_"):
                yield one.upper
            elif after == "(" and one.upper not in ("CAST", "AND", "OR", "IN", "NOT", "CASE", "WHEN", "THEN", "ELSE"):
                yield one.upper or one.text.strip('"`').upper()
