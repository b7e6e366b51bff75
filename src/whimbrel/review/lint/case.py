"""One statement for the rules to judge, with everything that is known about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from whimbrel.review.lint.form import NOTHING_FORESEEN, Foreseen

if TYPE_CHECKING:
    from whimbrel.dialects.gauge import StatementFacts
    from whimbrel.planning.plan import Plan
    from whimbrel.planning.statement import PlannedStatement
    from whimbrel.schema.model import Schema

__all__ = ["Case", "Source"]

# "measured": the statement ran on a server. "recorded": facts of the same form of statement, recorded earlier on a server.
# "text": no facts about statements of this form.
Source = Literal["measured", "recorded", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One statement of a file on one database.

    `version` is the server's version, such as "18.6". `facts` are absent if no facts are known. `before` and `after` are the
    schema around the statement, if it ran. `undecided` says what the statement alone does not decide. `fresh` are the tables that
    the same run made, which no other session uses: a statement on them alone is no finding. `earlier` are the statements before
    this one in the same transaction. `foreseen` are effects that the files before decide, where nothing was measured.
    """

    database: str
    version: str
    plan: Plan
    statement: PlannedStatement
    source: Source = "text"
    facts: StatementFacts | None = None
    before: Schema | None = None
    after: Schema | None = None
    fresh: frozenset[str] = frozenset()
    undecided: tuple[str, ...] = ()
    earlier: tuple[Case, ...] = ()
    foreseen: Foreseen = NOTHING_FORESEEN
