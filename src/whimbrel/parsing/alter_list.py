"""Read ALTER TABLE with several actions, if the server lacks the `IF [NOT] EXISTS` of some.

Pure: no database, no disk. As on MariaDB, an action whose condition does not hold is left out, and the others run as one
statement. Blanks replace the text that is left out, so every position in the statement stays the same.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from whimbrel.parsing.cursor import TokenCursor
from whimbrel.parsing.lexer import Token, tokens, unquoted
from whimbrel.parsing.lexer_rules import LexerRules

__all__ = ["AlterList", "find_foreign_condition", "lists_actions", "read_alter_list"]

# These options say how the other actions run. They do nothing by themselves.
_OPTIONS = ("ALGORITHM", "LOCK", "FORCE", "WAIT", "NOWAIT")


class _Action(NamedTuple):
    """One action: its range, the range of its condition, and its column. `wanted` is True for IF NOT EXISTS."""

    start: int
    end: int
    words: tuple[str, ...]
    condition: tuple[int, int] | None
    wanted: bool
    column: str


class AlterList(NamedTuple):
    """The statement and its actions. `schema` is empty if the table's name is not qualified."""

    schema: str
    table: str
    text: str
    actions: tuple[_Action, ...]

    def pending(self, columns: Collection[str]) -> str:
        """Return the statement for a table with these columns; an empty text if no action is left."""
        known = {column.lower() for column in columns}
        kept = [action for action in self.actions if not action.column or (action.column.lower() in known) != action.wanted]
        if all(action.words[0] in _OPTIONS for action in kept):
            return ""
        spans = [action.condition for action in kept if action.condition]
        for number, action in enumerate(self.actions):
            follows = self.actions[number + 1].start if number + 1 < len(self.actions) else action.end
            if action not in kept:
                spans.append((action.start, follows))
            elif action == kept[-1]:
                spans.append((action.end, follows))
        text = self.text
        for start, end in spans:
            text = text[:start] + _blank(text[start:end]) + text[end:]
        return text


def _blank(text: str) -> str:
    return "".join(character if character in "\r\n" else " " for character in text)


def read_alter_list(text: str, rules: LexerRules) -> AlterList | None:
    """Read a statement. Return None unless it is an ALTER TABLE of several actions with a condition on a column."""
    head = TokenCursor(text, rules)
    name = head.qualified() if head.take("ALTER", "TABLE") else None
    actions = _actions(text, rules) if name else ()
    if name is None or len(actions) < 2 or not any(action.column for action in actions):
        return None
    return AlterList(*name, text, actions)


def lists_actions(text: str, rules: LexerRules) -> bool:
    """Whether a statement is an ALTER TABLE with several actions."""
    return len(_actions(text, rules)) > 1


def find_foreign_condition(text: str, rules: LexerRules) -> str:
    """Return the first words of the first action of an ALTER TABLE whose condition is not on a column; empty if there is none."""
    found = (action for action in _actions(text, rules) if action.condition and not action.column)
    return next((_form(action.words) for action in found), "")


def _form(words: tuple[str, ...]) -> str:
    # MariaDB also accepts a list of columns here.
    end = words.index("EXISTS") + 1
    return " ".join(words[: end + (words[end : end + 1] == ("(",))])


def _actions(text: str, rules: LexerRules) -> tuple[_Action, ...]:
    found = list(tokens(text, rules))
    if [token.upper for token in found[:2]] != ["ALTER", "TABLE"] or any(token.kind == "mark" for token in found):
        return ()
    # The table's name may be qualified.
    first = 5 if len(found) > 3 and found[3].text == "." else 3
    actions: list[_Action] = []
    depth, begin = 0, first
    for index in range(first, len(found)):
        depth += (found[index].text == "(") - (found[index].text == ")")
        if found[index].text == "," and depth == 0:
            actions.append(_action(found[begin:index]))
            begin = index + 1
    return (*actions, _action(found[begin:])) if begin < len(found) else tuple(actions)


def _action(found: list[Token]) -> _Action:
    if not found:
        return _Action(0, 0, ("",), None, False, "")
    words = tuple(token.upper or token.text for token in found)
    start, end = found[0].start, found[-1].end
    at = words.index("EXISTS") if "EXISTS" in words[:8] else 0
    wanted = at > 1 and words[at - 2 : at] == ("IF", "NOT")
    first = at - 1 - wanted
    if at == 0 or words[first] != "IF" or at + 1 >= len(found):
        return _Action(start, end, words, None, False, "")
    verb = "ADD" if wanted else "DROP"
    column = unquoted(found[at + 1]) if words[:first] in ((verb,), (verb, "COLUMN")) else ""
    return _Action(start, end, words, (found[first].start, found[at].end), wanted, column)
