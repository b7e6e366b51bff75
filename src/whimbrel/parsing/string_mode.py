"""Follow `SET standard_conforming_strings` through a script of PostgreSQL: it says whether a backslash in '...' escapes.

Pure: no database, no disk. Dumps of old servers switch it off:
https://www.postgresql.org/docs/current/runtime-config-compatible.html
"""

from __future__ import annotations

import re

from whimbrel.parsing.lexer_rules import LexerRules

__all__ = ["StringModeFollower"]

_NAME = "standard_conforming_strings"
_SETS = re.compile(
    rf"(?:set\s+(?:session\s+|local\s+)?{_NAME}\s*(?:=|\bto\b)\s*'?(?P<value>\w+)"
    rf"|select\s+(?:pg_catalog\s*\.\s*)?set_config\s*\(\s*'{_NAME}'\s*,\s*'(?P<called>\w+)'|reset\s+(?:all|{_NAME})\b)",
    re.IGNORECASE,
)
# https://www.postgresql.org/docs/current/config-setting.html: a unique beginning is enough.
_OFF = re.compile(r"of|off|f|fa|fal|fals|false|n|no|0", re.IGNORECASE)


class StringModeFollower:
    """Keeps the current mode while a script is read, statement by statement."""

    def __init__(self, rules: LexerRules) -> None:
        self._initial = rules

    def after(self, text: str, rules: LexerRules) -> LexerRules:
        """Return the lexer's rules for the script after `text`."""
        found = _SETS.match(text)
        if found is None:
            return rules
        value = found["value"] or found["called"]
        if value is None or value.lower() == "default":
            return self._initial
        return rules._replace(backslash_escapes=_OFF.fullmatch(value) is not None)
