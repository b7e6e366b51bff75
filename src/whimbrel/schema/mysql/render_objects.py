"""Views and triggers of the model as statements, in an order in which they load. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from whimbrel.dialects.mysql.rules import quote
from whimbrel.parsing.lexer import tokens, unquoted
from whimbrel.parsing.lexer_rules import MYSQL, find_rules
from whimbrel.schema.model import Schema, Trigger, View
from whimbrel.schema.mysql.names import unqualify
from whimbrel.schema.order import in_order

__all__ = ["Piece", "create_view", "triggers_in_order", "views_in_order"]


class Piece(NamedTuple):
    """A statement, and the settings of the session that it needs."""

    text: str
    session: tuple[str, ...] = ()


def create_view(view: View) -> Piece:
    """Return CREATE VIEW."""
    names = [option for option in view.options if option.startswith("(")]
    tail = [option for option in view.options if option.startswith("WITH ")]
    head = [option for option in view.options if option not in (*names, *tail)]
    return Piece(" ".join(["CREATE", *head, "VIEW", quote(view.name), *names, "AS", view.definition, *tail]), view.session)


def views_in_order(schema: Schema) -> list[View]:
    """Sort the views so that each comes after the views that it reads."""
    rules, names = find_rules(schema.database), {view.name for view in schema.views}
    by_name = {view.name: view for view in schema.views}
    needs = {view.name: names & set(unqualify(view.definition, schema.name, rules).relations) for view in schema.views}
    return [by_name[name] for name in in_order(needs)]


def triggers_in_order(triggers: Sequence[Trigger]) -> list[Trigger]:
    """Sort the triggers of a table so that each comes after the trigger that it follows by its own text."""
    left, ordered, made = list(triggers), list[Trigger](), set[str]()
    while left:
        free = [trigger for trigger in left if _followed(trigger) in made | {""}] or left
        ordered += free
        made |= {trigger.name for trigger in free}
        left = [trigger for trigger in left if trigger not in free]
    return ordered


def _followed(trigger: Trigger) -> str:
    """Return the name after FOR EACH ROW FOLLOWS."""
    found = list(tokens(trigger.native, MYSQL))
    words = [token.upper for token in found]
    for index in range(len(found) - 4):
        if words[index : index + 3] == ["FOR", "EACH", "ROW"]:
            return unquoted(found[index + 4]) if words[index + 3] == "FOLLOWS" else ""
    return ""
