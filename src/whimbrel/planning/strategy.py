"""Choose one of three strategies for the next files, and the messages in which to send them. Pure."""

from __future__ import annotations

from collections.abc import Container, Sequence
from enum import Enum, auto

from whimbrel.dialects.rules import DialectRules
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.parsing.statement import Statement
from whimbrel.planning.batches import MOST_CHARACTERS
from whimbrel.planning.plan import Plan
from whimbrel.session.state import SessionState

__all__ = ["Messages", "Step", "Strategy", "batchable_files", "find_next", "next_step"]

_MOST_FILES = 64
# After this many refused messages, a file is sent statement by statement.
_MOST_REFUSALS = 2


class Strategy(Enum):
    """The strategy for sending and recording a file."""

    # Several short files in one message, each in a transaction of its own with its record.
    FILE_BATCH = auto()
    # One file in one transaction with its record.
    TRANSACTIONAL = auto()
    # One file in several transactions. The journal records its progress.
    JOURNALED = auto()


class Step(NamedTuple):
    """The next files to send: several for FILE_BATCH, else one."""

    strategy: Strategy
    plans: Sequence[Plan]


def next_step(dialect: DialectRules, plans: Sequence[Plan], state: SessionState, *, fresh: bool) -> Step:
    """Return the strategy for the first of these plans, and all plans that it sends now. There must be at least one plan.

    A database is `fresh` while its history has no row: its tables are new, so no file takes long.
    """
    together = batchable_files(dialect, plans, state) if fresh else []
    if len(together) > 1:
        return Step(Strategy.FILE_BATCH, together)
    return Step(Strategy.TRANSACTIONAL if plans[0].in_transaction else Strategy.JOURNALED, plans[:1])


def find_next(dialect: DialectRules, database: str, plans: Sequence[Plan], state: SessionState) -> Plan | None:
    """Return the second of these plans if the record of the first may travel with the first intent of the second.

    Both run with the journal and begin in the same session. So no time passes between them, and the next run can settle the
    last statement of the first file as it settles any other.
    """
    if len(plans) < 2 or not all(_is_linked(plan, state) for plan in plans[:2]):
        return None
    first, second = plans[0], plans[1]
    same = first.portable is second.portable and first.begin == second.begin
    if not same or first.left != "nothing" or second.begun or not second.kept:
        return None
    head = second.kept[0]
    return second if isinstance(head, Statement) and dialect.is_announced(database, head) else None


def _is_linked(plan: Plan, state: SessionState) -> bool:
    limited = state.is_limited(plan.migration.directives)
    return not (plan.in_transaction or plan.own_transactions or limited) and plan.migration.directives.transaction is not False


def batchable_files(dialect: DialectRules, plans: Sequence[Plan], state: SessionState) -> list[Plan]:
    """Return the first of these plans that can be sent in one message: none or one if the dialect allows no more."""
    found: list[Plan] = []
    size = 0
    for plan in plans[:_MOST_FILES]:
        size += sum(len(piece.text) for piece in plan.kept)
        timed = state.is_timed(plan.migration.directives)
        if timed or not _travels(dialect, plan) or plan.portable is not plans[0].portable or size > MOST_CHARACTERS:
            break
        # If the current time is constant within a message, a file that may write rows must be the first in its message.
        if found and plan.left != "nothing" and dialect.time_stands:
            break
        found.append(plan)
        if plan.left != "nothing" and not dialect.session_reset_sql(state.schema, plan.left):
            break
    return found


def _travels(dialect: DialectRules, plan: Plan) -> bool:
    whole = plan.in_transaction and bool(plan.kept) and not (plan.alone or plan.keys_unchecked)
    return whole and dialect.keeps_session and bool(dialect.elapsed(0))


class Messages(NamedTuple):
    """The distribution of a transactional file's statements over messages.

    `joined` says that BEGIN, settings and record share messages with the statements. `alone` are the numbers of the statements
    that are sent alone, in addition to those of the plan. `refusals` counts the messages that the database refused.
    """

    joined: bool
    alone: Container[int] = ()
    refusals: int = 0

    @classmethod
    def of(cls, dialect: DialectRules, plan: Plan, state: SessionState) -> Messages:
        """Return the messages of a file's first attempt."""
        if state.is_timed(plan.migration.directives):
            return cls.apart(plan)
        # Behind a pooler, BEGIN and the settings need separate queries.
        return cls(joined=dialect.keeps_session and not plan.keys_unchecked)

    @classmethod
    def apart(cls, plan: Plan) -> Messages:
        """Return one message for each statement."""
        return cls(joined=False, alone=range(1, plan.total + 1))

    def after_refusal(self, plan: Plan, refused: range | None) -> Messages:
        """Return the messages of the next attempt. It sends the `refused` statements alone, to find the one at fault."""
        refusals = self.refusals + 1
        if refusals > _MOST_REFUSALS:
            return self.apart(plan)._replace(refusals=refusals)
        return Messages(joined=False, alone=self.alone if refused is None else refused, refusals=refusals)
