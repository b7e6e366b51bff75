"""Settle, by the catalog, a statement that an interrupted run left open."""

from __future__ import annotations

import logging

from whimbrel.planning.plan import Plan
from whimbrel.planning.resume import unsettled
from whimbrel.planning.statement import PlannedStatement
from whimbrel.session.history import JournalRow
from whimbrel.session.session import Session

__all__ = ["ask_catalog"]

logger = logging.getLogger("whimbrel")


async def ask_catalog(session: Session, plan: Plan, planned: PlannedStatement, row: JournalRow) -> bool:
    """Return whether an interrupted statement took effect. Raises StatementUnsettled if the catalog does not show it."""
    dialect, connection = session.dialect, session.connection
    if dialect.is_repeatable(planned.words):
        return False
    settle = await dialect.settle(connection, planned.statement, row.catalog_before)
    if settle and not dialect.is_certain(row.catalog_before):
        # Another migration may have changed the object since.
        settle = None if await session.history.others_since(plan.migration, row.started_on) else True
    if settle is None:
        now = await dialect.snapshot_objects(connection, planned.statement) if row.catalog_before else ""
        raise unsettled(plan, planned, row, now, session.where)
    logger.warning(
        "%s: statement %d was interrupted; according to the catalog it is %s",
        plan.migration,
        planned.number,
        "applied" if settle else "not applied and runs again",
    )
    return settle
