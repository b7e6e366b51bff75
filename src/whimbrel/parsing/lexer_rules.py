"""The lexical rules of each database: a table of switches, and the patterns made from them. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from whimbrel.messages.named_tuple import NamedTuple

__all__ = ["MARIADB", "MYSQL", "MYSQL_PORTABLE", "POSTGRESQL", "SQLITE", "LexerRules", "find_rules", "with_standard_quotes"]

BLANKS = " \t\n\r\f\v"
# Classes of characters: letters; letters and digits; the same with the dollar sign. Each is written as the ASCII characters that
# it excludes, because a class that lists the rest of Unicode takes milliseconds to compile.
LETTER = r"[^\x00-@\[-^`{-\x7f]"
_IN_TAG = r"[^\x00-/:-@\[-^`{-\x7f]"
IN_NAME = r"[^\x00-#%-/:-@\[-^`{-\x7f]"


class LexerRules(NamedTuple):
    """The lexical switches of one database. All other rules are common to the four."""

    name: str
    # $tag$...$tag$, and names such as a$b:
    # https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-DOLLAR-QUOTING
    dollar_quotes: bool = False
    # E'...' with backslashes, and names as U&"...": https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS-ESCAPE
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
    # 'name' where a name is expected: https://sqlite.org/lang_keywords.html
    string_names: bool = False


POSTGRESQL = LexerRules("postgresql", dollar_quotes=True, escape_strings=True, nested_comments=True, psql_scripts=True)
SQLITE = LexerRules("sqlite", backtick_names=True, bracket_names=True, string_names=True)
MYSQL = LexerRules(
    "mysql",
    backslash_escapes=True,
    double_quoted_strings=True,
    backtick_names=True,
    mysql_comments=True,
    code_comments=("!",),
    delimiter_command=True,
    digit_names=True,
)
MARIADB = MYSQL._replace(name="mariadb", code_comments=("!", "M!"))


def with_standard_quotes(rules: LexerRules) -> LexerRules:
    """Return the rules under ANSI_QUOTES and NO_BACKSLASH_ESCAPES, which the portable session sets."""
    return rules._replace(double_quoted_strings=False, backslash_escapes=False)


MYSQL_PORTABLE = with_standard_quotes(MYSQL)
_BY_NAME = {rules.name: rules for rules in (POSTGRESQL, MYSQL, MARIADB, SQLITE)}


def find_rules(name: str) -> LexerRules:
    """Return the lexer's rules of `postgresql`, `mysql`, `mariadb` or `sqlite` under the server's defaults.

    Raises KeyError for another name.
    """
    return _BY_NAME[name]


def code_pattern(rules: LexerRules) -> str:
    """Return the pattern after `/*` of a comment whose content runs. The version 999999 never runs: no server has it."""
    return f"(?:{'|'.join(rules.code_comments)})(?!999999)"


def comment_patterns(rules: LexerRules) -> list[str]:
    """Return the patterns of all comments but nested ones, which no pattern can match."""
    if rules.mysql_comments:
        # An unclosed comment is not skipped, so that the text after it reaches the server, which reports the error.
        return [r"#[^\n]*+", r"--(?=[\s\x00-\x1f]|\Z)[^\n]*+", rf"/\*(?!{code_pattern(rules)})(?:[^*]++|\*(?!/))*+\*/"]
    if rules.nested_comments:
        return [r"--[^\n\r]*+"]
    return [r"--[^\n]*+", r"/\*(?:[^*]++|\*(?!/))*+(?:\*/)?"]


def quote_patterns(rules: LexerRules) -> list[tuple[str, str]]:
    """Return (kind, pattern) of everything quoted, closed quotes only."""
    plain = r"'[^']*+'(?:'[^']*+')*+"
    escaped = r"'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+'"
    found = [("string", escaped if rules.backslash_escapes else plain)]
    double = plain.replace("'", '"')
    if rules.double_quoted_strings:
        found.append(("string", escaped.replace("'", '"') if rules.backslash_escapes else double))
    else:
        found.append(("name", double))
    if rules.backtick_names:
        found.append(("name", plain.replace("'", "`")))
    if rules.bracket_names:
        found.append(("name", r"\[[^\]]*+\]"))
    return found


# A string that continues on the next line keeps the meaning of its first half:
# https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS
_ESCAPE_STRING_BODY = r"'(?:[^'\\]++|\\.|'')*+'"
ESCAPE_STRING_TAIL = (
    rf"{_ESCAPE_STRING_BODY}(?:(?:[ \t\f\v]|--[^\n\r]*+)*+[\n\r](?:[ \t\f\v\n\r]|--[^\n\r]*+[\n\r])*+{_ESCAPE_STRING_BODY})*+"
)


@lru_cache
def token_pattern(rules: LexerRules) -> re.Pattern[str]:
    """Return the pattern of one token with the blanks before it; the name of the group is the token's kind."""
    alternatives: list[tuple[str, str]] = []
    if rules.escape_strings:
        alternatives.append(("string", rf"[eE]{ESCAPE_STRING_TAIL}"))
        alternatives.append(("name", r'[uU]&"[^"]*+"(?:"[^"]*+")*+'))
    if rules.code_comments:
        alternatives.append(("mark", rf"/\*{code_pattern(rules)}[0-9]*+|\*/"))
    alternatives += quote_patterns(rules)
    if rules.digit_names:
        alternatives.append(("number", rf"[0-9]++(?:\.[0-9]*+)?(?!{IN_NAME})"))
        alternatives.append(("word", f"{IN_NAME}++"))
    else:
        not_escaped = "(?![eE]')" if rules.escape_strings else ""
        alternatives.append(("word", f"{not_escaped}{LETTER}{IN_NAME}*+"))
        alternatives.append(("number", r"[0-9][0-9A-Za-z_]*+"))
    symbol = r"[^'\"`\[$]" if rules.dollar_quotes else r"[^'\"`\[]"
    if not rules.bracket_names:
        symbol = symbol.replace(r"\[", "")
    if not rules.backtick_names:
        symbol = symbol.replace("`", "")
    alternatives.append(("symbol", symbol))
    kinds: dict[str, list[str]] = {}
    for kind, pattern in alternatives:
        kinds.setdefault(kind, []).append(pattern)
    one = "|".join(f"(?P<{kind}>{'|'.join(patterns)})" for kind, patterns in kinds.items())
    return re.compile(f"{blanks(rules)}(?:{one})", re.DOTALL)


def blanks(rules: LexerRules) -> str:
    """Return the pattern of blanks and comments."""
    return f"(?:[{BLANKS}]++|{'|'.join(comment_patterns(rules))})*+"
