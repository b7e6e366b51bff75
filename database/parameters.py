"""`:name` parameters, translated into what a driver takes by the lexer that splits scripts.

Pure: no database, no disk. A colon in a string, a comment, a `::cast` or an assignment `:=` is never a parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from database.errors import ConfigurationError
from database.lexis import Lexis, tokens

__all__ = ["Template", "parse_parameters"]


class Template:
    """A statement cut at its parameters: `texts` has one piece more than `names`."""

    __slots__ = ("names", "texts")

    def __init__(self, texts: tuple[str, ...], names: tuple[str, ...]) -> None:
        self.texts = texts
        self.names = names

    def render(self, placeholder: Callable[[int], str], escape: Callable[[str], str] = str) -> str:
        """Return the text for the driver; `placeholder` is given the parameter's index, counted from 1.

        `escape` is applied to the statement's own text, for a driver whose placeholders clash with it.
        """
        pieces = [escape(self.texts[0])]
        for index, text in enumerate(self.texts[1:], start=1):
            pieces += (placeholder(index), escape(text))
        return "".join(pieces)

    def values(self, parameters: Mapping[str, object]) -> list[object]:
        """Return the values in the order of the placeholders. Raises ConfigurationError for a missing or unknown name."""
        missing = sorted({name for name in self.names if name not in parameters})
        unknown = sorted(set(parameters) - set(self.names))
        if missing or unknown:
            told = [f"no value for :{name}" for name in missing]
            told += [f"the statement has no :{name}" for name in unknown]
            raise ConfigurationError("; ".join(told))
        return [parameters[name] for name in self.names]


@lru_cache(maxsize=512)
def parse_parameters(sql: str, lexis: Lexis) -> Template:
    """Find the parameters of `sql`. A name is a letter or underscore, then letters, digits and underscores."""
    texts: list[str] = []
    names: list[str] = []
    start, colon, before = 0, -2, -4
    for token in tokens(sql, lexis):
        if token.kind == "word" and colon == token.start - 1 and before != colon - 1 and token.text.isidentifier():
            texts.append(sql[start:colon])
            names.append(token.text)
            start = token.end
        if token.kind == "symbol" and token.text == ":":
            colon, before = token.start, colon
    texts.append(sql[start:])
    return Template(tuple(texts), tuple(names))
