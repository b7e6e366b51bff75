"""Follow `SET sql_mode` through a script: two modes change the lexical rules of the rest.

Pure: no database, no disk. https://dev.mysql.com/doc/refman/9.7/en/sql-mode.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from whimbrel.parsing.lexer import Token, tokens
from whimbrel.parsing.lexer_rules import LexerRules

__all__ = ["ModeFollower"]

_SET = re.compile(r"(?:/\*M?![0-9]*\s*)?set\b", re.IGNORECASE)
_ANSI = ("ANSI_QUOTES", "ANSI", "DB2", "MAXDB", "MSSQL", "ORACLE", "POSTGRESQL")


class ModeFollower:
    """Keeps the current modes while a script is read, statement by statement."""

    def __init__(self, rules: LexerRules) -> None:
        self._initial = rules
        self._saved: dict[str, LexerRules] = {}

    def after(self, text: str, rules: LexerRules) -> LexerRules:
        """Return the lexer's rules for the script after `text`; `rules` are those that apply to `text` itself."""
        if not _SET.match(text) or "sql_mode" not in text.lower():
            return rules
        found = [token for token in tokens(text, rules) if token.kind != "mark"]
        now = rules
        for name, value in _assignments(found):
            if name == "SQL_MODE":
                now = self._value(value, rules)
            elif name.startswith("@") and _reads_mode(value):
                self._saved[name] = rules
        return now

    def _value(self, value: Sequence[Token], rules: LexerRules) -> LexerRules:
        texts = [token.text[1:-1] for token in value if token.kind in ("string", "name")]
        variable = "".join(token.text for token in value).upper()
        if not texts and variable.startswith("@") and not variable.startswith("@@"):
            return self._saved.get(variable, self._initial)
        if not texts and not _reads_mode(value) and not all(token.kind == "word" and token.upper != "DEFAULT" for token in value):
            return self._initial
        bare = [token.upper for token in value if token.kind == "word"] if not texts else []
        modes = {mode.strip().upper() for text in texts for mode in text.split(",")} | set(bare)
        kept = _reads_mode(value) and "REPLACE" not in variable
        return rules._replace(
            double_quoted_strings=not (modes & set(_ANSI) or (kept and not rules.double_quoted_strings)),
            backslash_escapes=not ("NO_BACKSLASH_ESCAPES" in modes or (kept and not rules.backslash_escapes)),
        )


def _reads_mode(value: Sequence[Token]) -> bool:
    return "@@" in "".join(token.text for token in value) and any(token.upper == "SQL_MODE" for token in value)


def _assignments(found: Sequence[Token]) -> list[tuple[str, list[Token]]]:
    """Return name and value of each `name = value` of a SET; the name in capitals, without SESSION and @@."""
    answer: list[tuple[str, list[Token]]] = []
    depth, start = 0, 1
    for index in range(1, len(found) + 1):
        text = found[index].text if index < len(found) else ","
        depth += (text == "(") - (text == ")")
        if text == "," and depth == 0:
            answer += _assignment(found[start:index])
            start = index + 1
    return answer


def _assignment(part: Sequence[Token]) -> list[tuple[str, list[Token]]]:
    signs = [index for index, token in enumerate(part) if token.text == "="]
    if not signs:
        return []
    before = [token for token in part[: signs[0]] if token.text != ":"]
    name = "".join(token.text for token in before).upper()
    for prefix in ("@@SESSION.", "@@LOCAL.", "@@", "SESSION", "LOCAL"):
        name = name.removeprefix(prefix)
    return [(name, list(part[signs[0] + 1 :]))]
