"""Find the types and the extensions that the definitions of a tenant's files name.

Pure: no database, no disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from whimbrel.errors import Problem, ProblemKind
from whimbrel.parsing.cursor import TokenCursor, leading_words
from whimbrel.parsing.lexer import tokens, unquoted
from whimbrel.parsing.statement import Statement
from whimbrel.planning.plan import Plan
from whimbrel.planning.statement import place_in

__all__ = ["find_created_extensions", "type_problems"]

_DEFINITIONS = (("CREATE",), ("ALTER",))


def type_problems(plans: Sequence[Plan], unseen: Mapping[str, str]) -> list[Problem]:
    """Return a problem for each definition that names a type of `unseen`, which has the reason for each name."""
    found: list[Problem] = []
    for plan, statement in _definitions(plans):
        for token in tokens(statement.text, plan.lexer_rules):
            name = unquoted(token, str.lower) if token.kind in ("word", "name") else ""
            if name in unseen:
                place = place_in(plan.migration, statement, token.start)
                found.append(Problem(ProblemKind.EXTENSION, f"{place}: {unseen[name]}", plan.migration.path))
                break
    return found


def find_created_extensions(plans: Sequence[Plan]) -> dict[str, Problem]:
    """Return the extensions that the files create in the schema they work in, by name, each with its problem."""
    found: dict[str, Problem] = {}
    for plan, statement in _definitions(plans):
        head = TokenCursor(statement.text, plan.lexer_rules, fold=str.lower)
        if not head.take("CREATE", "EXTENSION"):
            continue
        head.condition(wanted=True)
        if (name := head.name()) is None or head.skip_to("SCHEMA"):
            continue
        told = (
            f"{place_in(plan.migration, statement)}: the extension {name} would be created in the schema of this tenant, "
            "where no other tenant finds it\n  next: create it once for the whole database, in a global set: "
            f"CREATE SCHEMA IF NOT EXISTS extensions; CREATE EXTENSION {name} SCHEMA extensions; "
            "the search_path of the role must contain that schema"
        )
        found.setdefault(name, Problem(ProblemKind.EXTENSION, told, plan.migration.path))
    return found


def _definitions(plans: Sequence[Plan]) -> Iterator[tuple[Plan, Statement]]:
    for plan in plans:
        for _, piece in plan.statements_or_batches():
            if isinstance(piece, Statement) and leading_words(piece.text, plan.lexer_rules, 1) in _DEFINITIONS:
                yield plan, piece
