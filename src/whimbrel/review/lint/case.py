"""One statement for the rules to judge, with everything that is known about it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, overload

from whimbrel.review.lint.form import NOTHING_FORESEEN, Foreseen

if TYPE_CHECKING:
    from whimbrel.dialects.gauge import StatementFacts
    from whimbrel.planning.plan import Plan
    from whimbrel.planning.statement import PlannedStatement
    from whimbrel.schema.model import Schema

__all__ = ["Case", "EarlierCases", "Source"]

# "measured": the statement ran on a server. "recorded": facts of the same form of statement, recorded earlier on a server.
# "text": no facts about statements of this form.
Source = Literal["measured", "recorded", "text"]


class EarlierCases(Sequence["Case"]):
    """The first cases of a list that grows: each statement of a long file shares one list with those behind it."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self._cases = cases
        self._count = len(cases)

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Case: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Case]: ...

    def __getitem__(self, at: int | slice) -> Case | Sequence[Case]:
        places = range(self._count)[at]
        return self._cases[places] if isinstance(places, int) else [self._cases[place] for place in places]


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
    earlier: Sequence[Case] = ()
    foreseen: Foreseen = NOTHING_FORESEEN
