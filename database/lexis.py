"""How each database reads SQL: the table of lexical switches, and the tokens they give.

Pure: no database, no disk. Imports nothing of ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

__all__ = [
    "MARIADB",
    "MYSQL",
    "MYSQL_PORTABLE",
    "POSTGRESQL",
    "SQLITE",
    "Lexis",
    "Token",
    "find_lexis",
    "skip_blanks",
    "tokens",
    "unquoted",
]

BLANKS = " \t\n\r\f\v"
_WORD_START = "A-Za-z_\\x80-\U0010ffff"
_WORD = f"{_WORD_START}0-9$"


@dataclass(frozen=True, slots=True)
class Lexis:
    """What one database's lexer switches on. Everything else is common to all four."""

    name: str
    # $tag$...$tag$, and names such as a$b:
    # https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-DOLLAR-QUOTING
    dollar_quotes: bool = False
    # E'...' with backslashes: https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS-ESCAPE
    escape_strings: bool = False
    # /* /* */ */: https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-COMMENTS
    nested_comments: bool = False
    # 'it\'s', off under NO_BACKSLASH_ESCAPES: https://dev.mysql.com/doc/refman/9.7/en/string-literals.html
    backslash_escapes: bool = False
    # "..." is a string, off under ANSI_QUOTES: https://dev.mysql.com/doc/refman/9.7/en/sql-mode.html#sqlmode_ansi_quotes
    double_quoted_strings: bool = False
    # `name`: https://dev.mysql.com/doc/refman/9.7/en/identifiers.html and https://sqlite.org/lang_keywords.html
    backtick_names: bool = False
    # [name]: https://sqlite.org/lang_keywords.html
    bracket_names: bool = False
    # "# comment", and "-- comment" only with a blank: https://dev.mysql.com/doc/refman/9.7/en/comments.html
    mysql_comments: bool = False
    # /*! code */ runs on both, /*M! code */ on MariaDB alone; elsewhere it is a comment:
    # https://dev.mysql.com/doc/refman/9.7/en/comments.html and https://mariadb.com/kb/en/comment-syntax/
    code_comments: tuple[str, ...] = ()
    # "DELIMITER //", which the client and not the server understands: https://dev.mysql.com/doc/refman/9.7/en/mysql-commands.html
    delimiter_command: bool = False
    # "\\restrict" and other lines that psql and not the server understands, and the data after COPY ... FROM stdin:
    # https://www.postgresql.org/docs/current/app-psql.html and https://www.postgresql.org/docs/current/sql-copy.html
    psql_scripts: bool = False
    # Names may begin with a digit: https://dev.mysql.com/doc/refman/9.7/en/identifiers.html
    digit_names: bool = False


POSTGRESQL = Lexis("postgresql", dollar_quotes=True, escape_strings=True, nested_comments=True, psql_scripts=True)
SQLITE = Lexis("sqlite", backtick_names=True, bracket_names=True)
MYSQL = Lexis(
    "mysql",
    backslash_escapes=True,
    double_quoted_strings=True,
    backtick_names=True,
    mysql_comments=True,
    code_comments=("!",),
    delimiter_command=True,
    digit_names=True,
)
MYSQL_PORTABLE = replace(MYSQL, double_quoted_strings=False)
MARIADB = replace(MYSQL, name="mariadb", code_comments=("!", "M!"))

_BY_NAME = {lexis.name: lexis for lexis in (POSTGRESQL, MYSQL, MARIADB, SQLITE)}


def find_lexis(name: str) -> Lexis:
    """Return the lexis of `postgresql`, `mysql`, `mariadb` or `sqlite` as the server's defaults set it.

    Raises KeyError for another name.
    """
    return _BY_NAME[name]


class Token(NamedTuple):
    """A piece of SQL. `kind` is word, name (quoted), string, number, symbol or mark.

    Comments and blanks are no tokens. A mark is the opening or closing of a comment whose content runs (`/*!50001`, `*/`).
    """

    kind: str
    text: str
    start: int

    @property
    def upper(self) -> str:
        """The text in capitals if it is a bare word, otherwise an empty text: `"SELECT"` is a name, not a keyword."""
        return self.text.upper() if self.kind == "word" else ""

    @property
    def end(self) -> int:
        """Where the token ends."""
        return self.start + len(self.text)


def unquoted(token: Token, fold: Callable[[str], str] = str) -> str:
    """Return the name that a word or quoted name means; `fold` is what the database does to bare words."""
    if token.kind == "word":
        return fold(token.text)
    quote = "]" if token.text[0] == "[" else token.text[0]
    return token.text[1:-1].replace(quote * 2, quote)


def tokens(script: str, lexis: Lexis, start: int = 0) -> Iterator[Token]:
    """Yield the tokens of `script` from `start` on. Whatever the script holds, this ends and raises nothing."""
    match = token_pattern(lexis).match
    position, end = start, len(script)
    while (position := skip_blanks(script, lexis, position)) < end:
        found = match(script, position)
        if found is None or _is_unclosed_comment(script, lexis, position):
            stop = _end_of_opaque(script, lexis, position)
            yield Token("string" if stop > position + 1 else "symbol", script[position:stop], position)
        else:
            stop = found.end()
            yield Token(found.lastgroup or "symbol", found.group(), position)
        position = stop


def skip_blanks(script: str, lexis: Lexis, position: int) -> int:
    """Return where the next token begins: after blanks and comments."""
    match = _blank_pattern(lexis).match
    while found := match(script, position):
        position = found.end()
        if not lexis.nested_comments or not script.startswith("/*", position):
            break
        end = end_of_nested_comment(script, position)
        if end is None:
            break
        position = end
    return position


def end_of_nested_comment(script: str, position: int) -> int | None:
    """Return where the comment that begins at `position` ends, counting the comments inside it; None if it never does."""
    depth = 0
    for mark in _COMMENT_MARK.finditer(script, position):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return mark.end()
    return None


def end_of_dollar_quote(script: str, position: int) -> int:
    """Return where the dollar quote that begins at `position` ends, or `position` if none begins there."""
    opening = _DOLLAR_QUOTE.match(script, position)
    if opening is None:
        return position
    closing = script.find(opening.group(), opening.end())
    return len(script) if closing < 0 else closing + len(opening.group())


def _end_of_opaque(script: str, lexis: Lexis, position: int) -> int:
    # What no pattern matches: a dollar quote, or a quote that is never closed.
    if script[position] == "$" and lexis.dollar_quotes:
        return max(end_of_dollar_quote(script, position), position + 1)
    escapes = lexis.escape_strings and script.startswith(("E'", "e'"), position)
    return len(script) if escapes or script[position] in "'\"`[/" else position + 1


def _is_unclosed_comment(script: str, lexis: Lexis, position: int) -> bool:
    # skip_blanks stopped here, so that it is no comment that ends; SQLite alone reads it as one that ends with the script.
    return script.startswith("/*", position) and not script.startswith(
        tuple(f"/*{code}" for code in lexis.code_comments), position
    )


# "/*/" opens and does not close: the pattern takes two characters at a time.
_COMMENT_MARK = re.compile(r"/\*|\*/")
_DOLLAR_QUOTE = re.compile(rf"\$(?:[{_WORD_START}][{_WORD_START}0-9]*)?\$")


def code_pattern(lexis: Lexis) -> str:
    """Return the pattern of what follows `/*` where the content runs; no server is of version 999999, so that one never does."""
    return f"(?:{'|'.join(lexis.code_comments)})(?!999999)"


def comment_patterns(lexis: Lexis) -> list[str]:
    """Return the patterns of the comments that a pattern can match: all but nested ones."""
    if lexis.mysql_comments:
        # One that is never closed is none, so that what follows it is not dropped in silence: the server says what is wrong.
        return [r"#[^\n]*+", r"--(?=[\s\x00-\x1f]|\Z)[^\n]*+", rf"/\*(?!{code_pattern(lexis)})(?:[^*]++|\*(?!/))*+\*/"]
    if lexis.nested_comments:
        return [r"--[^\n\r]*+"]
    return [r"--[^\n]*+", r"/\*(?:[^*]++|\*(?!/))*+(?:\*/)?"]


def quote_patterns(lexis: Lexis) -> list[tuple[str, str]]:
    """Return (kind, pattern) of everything quoted, closed quotes only."""
    plain = r"'[^']*+'(?:'[^']*+')*+"
    escaped = r"'(?:[^'\\]++|\\.|'')*+'"
    found = [("string", escaped if lexis.backslash_escapes else plain)]
    double = plain.replace("'", '"')
    if lexis.double_quoted_strings:
        found.append(("string", escaped.replace("'", '"') if lexis.backslash_escapes else double))
    else:
        found.append(("name", double))
    if lexis.backtick_names:
        found.append(("name", plain.replace("'", "`")))
    if lexis.bracket_names:
        found.append(("name", r"\[[^\]]*+\]"))
    return found


# The second half of a string that goes on in the next line is read as its first half was:
# https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS
_ESCAPE_STRING_BODY = r"'(?:[^'\\]++|\\.|'')*+'"
ESCAPE_STRING_TAIL = (
    rf"{_ESCAPE_STRING_BODY}(?:(?:[ \t\f\v]|--[^\n\r]*+)*+[\n\r](?:[ \t\f\v\n\r]|--[^\n\r]*+[\n\r])*+{_ESCAPE_STRING_BODY})*+"
)


@lru_cache
def token_pattern(lexis: Lexis) -> re.Pattern[str]:
    """Return the pattern of one token, its kind as the group's name."""
    alternatives: list[tuple[str, str]] = []
    if lexis.escape_strings:
        alternatives.append(("string", rf"[eE]{ESCAPE_STRING_TAIL}"))
    if lexis.code_comments:
        alternatives.append(("mark", rf"/\*{code_pattern(lexis)}[0-9]*+|\*/"))
    alternatives += quote_patterns(lexis)
    if lexis.digit_names:
        alternatives.append(("number", r"[0-9]++(?:\.[0-9]*+)?(?![A-Za-z_$\x80-\U0010ffff0-9])"))
        alternatives.append(("word", rf"[{_WORD}]++"))
    else:
        not_escaped = "(?![eE]')" if lexis.escape_strings else ""
        alternatives.append(("word", rf"{not_escaped}[{_WORD_START}][{_WORD}]*+"))
        alternatives.append(("number", r"[0-9][0-9A-Za-z_]*+"))
    symbol = r"[^'\"`\[$]" if lexis.dollar_quotes else r"[^'\"`\[]"
    if not lexis.bracket_names:
        symbol = symbol.replace(r"\[", "")
    if not lexis.backtick_names:
        symbol = symbol.replace("`", "")
    alternatives.append(("symbol", symbol))
    kinds: dict[str, list[str]] = {}
    for kind, pattern in alternatives:
        kinds.setdefault(kind, []).append(pattern)
    return re.compile("|".join(f"(?P<{kind}>{'|'.join(patterns)})" for kind, patterns in kinds.items()), re.DOTALL)


@lru_cache
def _blank_pattern(lexis: Lexis) -> re.Pattern[str]:
    return re.compile(f"(?:[{BLANKS}]++|{'|'.join(comment_patterns(lexis))})*+")
