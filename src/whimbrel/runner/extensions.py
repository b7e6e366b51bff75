"""Refuse files of a tenant whose types and extensions would not work for the tenant. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.errors import ValidationFailed
from whimbrel.planning.extensions import find_created_extensions, type_problems
from whimbrel.planning.plan import Plan
from whimbrel.session.session import Session

__all__ = ["check_extensions"]


async def check_extensions(session: Session, plans: Sequence[Plan]) -> None:
    """Raise ValidationFailed if a pending file of a tenant uses an extension that tenants do not see, or would create one."""
    dialect, connection = session.dialect, session.connection
    if not plans or connection.whole_path is None:
        return
    unseen = await dialect.find_unseen(connection, session.schema)
    problems = type_problems(plans, unseen) if unseen else []
    if created := find_created_extensions(plans):
        wanted = [("", name) for name in created]
        there = await dialect.catalog.find(connection, session.schema, {"extension": wanted})
        problems += [problem for name, problem in created.items() if there.find("extension", ("", name)) is None]
    if problems:
        raise ValidationFailed(problems)
