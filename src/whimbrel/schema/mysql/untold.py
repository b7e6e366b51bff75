"""Find the parts of a CREATE TABLE that no view of information_schema shows, so that none is lost. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from whimbrel.parsing.lexer import Token, tokens, unquoted
from whimbrel.parsing.lexer_rules import MYSQL, LexerRules

__all__ = ["has_untold_parts", "read_options", "untold_options"]

# A text with only these words in capitals, in quotes or not, has no such parts. So few tables need a closer look.
_WORD = re.compile(rb"\b[A-Z][A-Z_]+\b")
_WORDS = (
    "CREATE TABLE NOT NULL DEFAULT AUTO_INCREMENT COMMENT COLLATE CHARACTER SET GENERATED ALWAYS AS STORED VIRTUAL INVISIBLE "
    "PRIMARY KEY UNIQUE FULLTEXT SPATIAL CONSTRAINT FOREIGN REFERENCES ON DELETE UPDATE CASCADE RESTRICT NO ACTION CHECK "
    "ENFORCED USING BTREE HASH RTREE IGNORED SRID CURRENT_TIMESTAMP WITHOUT SYSTEM VERSIONING ROW START END COMPRESSED"
)
_DEFINED = frozenset(_WORDS.split())
_PLAIN = frozenset(word.encode() for word in (*_DEFINED, "ENGINE", "CHARSET"))
# Words of a partition whose meaning no view shows. MariaDB's view shows the partition DEFAULT as one with the value 0.
_OF_PARTITIONS = {
    "SYSTEM_TIME",
    "DEFAULT",
    "ALGORITHM",
    "MAX_ROWS",
    "MIN_ROWS",
    "DIRECTORY",
    "TABLESPACE",
    "NODEGROUP",
    "STORAGE",
}
# Options that the model has elsewhere, or that change with the rows.
_ELSEWHERE = {"ENGINE", "AUTO_INCREMENT", "CHARSET", "COLLATE", "COMMENT", "SECONDARY_LOAD"}
# Words among the options that have no value, or that come before an option's name.
_BETWEEN = {"DEFAULT", "WITH", "SYSTEM", "VERSIONING", "DATA", "INDEX", "TABLESPACE"}


def has_untold_parts(text: bytes, rules: LexerRules) -> bool:
    """Whether a column, a key or a partition has a part that only the whole text shows.

    Examples are the parser of a FULLTEXT index, the block size of a key, the format of a column, a period of a table,
    partitions by system time, and every part that only a later version of the server prints.
    """
    if _is_plain(text):
        return False
    found = list(tokens(text.decode(errors="surrogateescape"), rules))
    options, partitions = _tail(found)
    inside = any(_is_untold(found, index) for index in _at_depth(found[:options], 1))
    return (
        inside
        or any(_is_unknown(found, index) for index in _at_depth(found, 0) if options < index < partitions)
        or any(token.upper in _OF_PARTITIONS for token in found[partitions:])
    )


def untold_options(text: bytes, told: Mapping[str, str], rules: LexerRules) -> dict[str, str]:
    """Return the options of a table that are not among the `told` ones, by name: {"CONNECTION": "CONNECTION='x'"}."""
    if _is_plain(text):
        return {}
    found = list(tokens(text.decode(errors="surrogateescape"), rules))
    return {name: option for name, option in _options(found[slice(*_tail(found))]) if name not in told}


def read_options(text: str) -> dict[str, str]:
    """Return the options in CREATE_OPTIONS by name: "row_format=DYNAMIC partitioned `page_compressed`='1'"."""
    return dict(_options(list(tokens(text, MYSQL))))


def _is_plain(text: bytes) -> bool:
    # MariaDB quotes the name of an option that belongs to an engine.
    return _PLAIN.issuperset(_WORD.findall(text)) and b"`=" not in text


def _tail(found: Sequence[Token]) -> tuple[int, int]:
    """Return where the definitions end, and where the partitions begin."""
    outside = [index for index in _at_depth(found, 0) if found[index].text == ")"]
    options = next(iter(outside), len(found))
    return options, next((at for at in _at_depth(found, 0) if at > options and found[at].upper == "PARTITION"), len(found))


def _at_depth(found: Sequence[Token], wanted: int) -> Iterator[int]:
    """Yield the positions of the tokens at this depth of parentheses. A parenthesis itself counts as outside."""
    depth = 0
    for index, token in enumerate(found):
        depth -= token.text == ")"
        if depth == wanted:
            yield index
        depth += token.text == "("


def _is_untold(found: Sequence[Token], index: int) -> bool:
    """Whether the definitions have a token whose meaning no view shows. The server writes its keywords in capitals."""
    token = found[index]
    return token.text == "=" or (token.kind == "word" and token.text.isupper() and token.upper not in _DEFINED)


def _is_unknown(found: Sequence[Token], index: int) -> bool:
    """Whether a word among the options has no value."""
    around = {one.text for one in (found[index - 1], *found[index + 1 : index + 2])}
    return found[index].kind == "word" and "=" not in around and found[index].upper not in _BETWEEN


def _options(found: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """Yield the options of a table by name, each as NAME=value."""
    for index, token in enumerate(found):
        before, after = found[:index], found[index + 1 :]
        if token.upper == "TABLESPACE" and after and after[0].kind == "name":
            yield "TABLESPACE", f"TABLESPACE {after[0].text}"
        if token.text != "=" or not before or not after:
            continue
        name = before[-1].upper or before[-1].text
        plain = before[-1].upper or unquoted(before[-1]).upper()
        if plain == "DIRECTORY" and len(before) > 1:
            name = plain = f"{before[-2].upper} {plain}"
        if plain not in _ELSEWHERE:
            yield plain, f"{name}={_value(after)}"


def _value(found: Sequence[Token]) -> str:
    if found[0].text == "(":
        end = next((index for index, token in enumerate(found) if token.text == ")"), len(found) - 1)
        return "".join(token.text for token in found[: end + 1])
    # The sql_mode ANSI_QUOTES makes "..." a name.
    value = found[0].text
    return f"'{value[1:-1]}'" if value.startswith('"') else value
