"""Join statements to a script that Whimbrel and the database's own client read as the same statements. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.errors import CannotRender
from whimbrel.parsing.lexer import tokens, unclosed_comment
from whimbrel.parsing.lexer_rules import LexerRules, find_rules, with_standard_quotes
from whimbrel.parsing.splitter import split

__all__ = ["script"]

# The delimiters for MySQL's client, which does not know bodies. The first delimiter that a statement does not contain ends that
# statement.
_DELIMITERS = (";;", "$$", "//", "##", "@@", "!!")


def script(statements: Sequence[str], database: str) -> str:
    """Return a script of statements without delimiters. `database` is "postgresql", "mysql", "mariadb" or "sqlite".

    Raises CannotRender, which shows the first line of the statement, if no delimiter can mark the end of a statement.
    """
    rules = find_rules(database)
    text = "\n".join(_ended(statement, rules) for statement in statements)
    # A file is read under the portable session, and a client reads under the server's own settings.
    for reading in {rules, with_standard_quotes(rules)}:
        _check(text, statements, reading)
    return text


def _ended(statement: str, rules: LexerRules) -> str:
    found = list(tokens(statement, rules))
    end = found[-1].end if found else 0
    if unclosed_comment(statement, end) is not None:
        statement += " */"
    # A comment up to the end of the line would contain the delimiter.
    line = "\n" if any(mark in statement[end:] for mark in ("--", "#")) else ""
    if not rules.delimiter_command or not any(token.kind == "symbol" and token.text == ";" for token in found):
        return f"{statement}{line};\n"
    delimiter = next((one for one in _DELIMITERS if one not in statement), None)
    if delimiter is None:
        raise _refused(statement)
    return f"DELIMITER {delimiter}\n{statement}{line}{delimiter}\nDELIMITER ;\n"


def _check(text: str, statements: Sequence[str], rules: LexerRules) -> None:
    """Raise CannotRender if the script is read as other statements."""
    read = [one.text.rstrip().removesuffix(" */").rstrip() for one in split(text, rules)]
    wanted = [one.rstrip().removesuffix(" */").rstrip() for one in statements]
    for number, statement in enumerate(wanted):
        if number >= len(read) or read[number] != statement:
            raise _refused(statement)
    if len(read) > len(wanted):
        raise _refused(statements[-1])


def _refused(statement: str) -> CannotRender:
    first = statement.partition("\n")[0][:200]
    return CannotRender(
        f"no delimiter can mark the end of this statement in a script: {first}\n  next: create the object again with simpler text"
    )
