"""Translate `:name` parameters into the placeholders of a driver, with the lexer that splits scripts.

Pure: no database, no disk. A colon in a string, a comment, a `::cast` or an assignment `:=` is never a parameter. A text
with no statement, or with several, is refused here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import islice

from whimbrel.errors import ConfigurationError, ParameterError
from whimbrel.parsing.lexer import tokens
from whimbrel.parsing.lexer_rules import LexerRules

__all__ = ["Template", "one_statement", "parse_parameters", "parse_statement"]

# The cache leaves out longer texts: they contain data and seldom occur twice.
_KEPT = 16_384


class Template:
    """A statement cut at its parameters: `texts` has one piece more than `names`."""

    __slots__ = ("names", "texts")

    def __init__(self, texts: tuple[str, ...], names: tuple[str, ...]) -> None:
        self.texts = texts
        self.names = names

    def render(self, placeholder: Callable[[int], str]) -> str:
        """Return the text for the driver; `placeholder` is given the parameter's index, counted from 1."""
        statements_or_batches = [self.texts[0]]
        for index, text in enumerate(self.texts[1:], start=1):
            statements_or_batches += (placeholder(index), text)
        return "".join(statements_or_batches)

    def values(self, parameters: Mapping[str, object]) -> list[object]:
        """Return the values in the order of the placeholders. Raises ParameterError for a missing or unknown name."""
        missing = sorted({name for name in self.names if name not in parameters})
        unknown = sorted(str(name) for name in set(parameters) - set(self.names))
        if missing or unknown:
            told = [f"no value for :{name}" for name in missing]
            told += [f"the statement has no :{name}" for name in unknown]
            raise ParameterError("", "; ".join(told))
        return [parameters[name] for name in self.names]


def parse_statement(sql: str, rules: LexerRules) -> Template:
    """Find the parameters of one statement. Raises ConfigurationError for a text with no statement or several."""
    return (_parse_kept if len(sql) <= _KEPT else _parse)(sql, rules)


def _parse(sql: str, rules: LexerRules) -> Template:
    return parse_parameters(one_statement(sql, rules), rules)


_parse_kept = lru_cache(maxsize=512)(_parse)


def one_statement(sql: str, rules: LexerRules) -> str:
    """Return the text up to the end of its statement. Raises ConfigurationError for a text with no statement or several."""
    if next(tokens(sql, rules), None) is None:
        raise ConfigurationError("there is no statement: the text is empty, or a comment alone")
    return _cut(sql, rules) if ";" in sql else sql


def _cut(sql: str, rules: LexerRules) -> str:
    # Imported here, because most texts have no delimiter, and a start with nothing to do never gets here.
    from whimbrel.parsing.splitter import split

    # A server does not know the commands of its client program.
    found = list(islice(split(sql, rules._replace(delimiter_command=False, psql_scripts=False)), 2))
    if not found:
        raise ConfigurationError("there is no statement: the text is empty, or a comment alone")
    if len(found) > 1:
        second = f"a second one begins at line {found[1].line}, column {found[1].column}"
        raise ConfigurationError(f"a call runs one statement, and {second}; nothing was sent; use execute_script for several")
    return sql[: found[0].offset + len(found[0].text)]


def parse_parameters(sql: str, rules: LexerRules) -> Template:
    """Find the parameters of `sql`. A name is a letter or underscore, then letters, digits and underscores."""
    texts: list[str] = []
    names: list[str] = []
    start, colon, before = 0, -2, -4
    for token in tokens(sql, rules):
        if token.kind == "word" and colon == token.start - 1 and before != colon - 1 and token.text.isidentifier():
            texts.append(sql[start:colon])
            names.append(token.text)
            start = token.end
        if token.kind == "symbol" and token.text == ":":
            colon, before = token.start, colon
    texts.append(sql[start:])
    return Template(tuple(texts), tuple(names))
