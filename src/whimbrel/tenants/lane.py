"""A server of a sync: the tenants there that are behind, and the connection that serves both reading and work."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from whimbrel.dialects.base import Connection
from whimbrel.dialects.registry import find_dialect
from whimbrel.errors import ConfigurationError, WhimbrelError
from whimbrel.session.connect import Purpose, begin_session
from whimbrel.session.session import Session
from whimbrel.tenants.fleet import merge, warn_of_strays
from whimbrel.tenants.registry import Tenant, expected_digest
from whimbrel.tenants.upgrade import Work

__all__ = ["Lane"]


class _Idle(NamedTuple):
    """A connection that nobody uses at the moment, with its session."""

    connection: Connection
    session: Session


@dataclass(slots=True)
class Lane:
    """The part of a sync that concerns one server. `registered` are the registry's rows of its tenants, None for its own server.

    `places` are the places of all tenants that the registry lists, for the warnings of the first reading.
    `known`, `skipped` and `behind` are the results of the last readings. `error` is why the server cannot be worked on.
    """

    work: Work
    registered: Sequence[Tenant] | None = None
    places: Mapping[str, str] = field(default_factory=dict)
    database: str = ""
    wanted: str = ""
    known: set[str] = field(default_factory=set)
    skipped: list[str] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)
    error: WhimbrelError | None = None
    _idle: _Idle | None = None

    @asynccontextmanager
    async def session(self, *, question: bool = False) -> AsyncIterator[Session]:
        """Lend a session: that of the idle connection, or a new one. With `question`, it is only read from. An error ends it."""
        idle, self._idle = self._idle, None
        if idle is None:
            connection = await find_dialect(self.work.url).connect(self.work.url, question=question)
        else:
            connection = idle.connection
        try:
            session = await self._begin(connection, idle, question=question)
            yield session
        except BaseException:
            await asyncio.shield(connection.close())
            raise
        await self._keep(_Idle(connection, session))

    async def _keep(self, used: _Idle) -> None:
        """Make this the idle connection, or close it if there is one already."""
        if self._idle is None:
            self._idle = used
        else:
            await asyncio.shield(used.connection.close())

    async def _begin(self, connection: Connection, idle: _Idle | None, *, question: bool) -> Session:
        begin = partial(begin_session, connection, self.work.target, self.work.schema)
        if idle is None and question:
            # The same session may do the work. A question trusts more tables, so that it can serve one who may only read.
            try:
                return await begin(Purpose([]))
            except ConfigurationError:
                return await begin(Purpose([], question=True))
        if idle is None or (idle.session.is_question and not question):
            return await begin(Purpose([]))
        session, left = idle.session, idle.session.state.left
        if question and left != "nothing" and not session.dialect.session_reset_sql(session.schema, left):
            # Elsewhere the next tenant's file resets the session; before it, the state that is left disturbs no query of ours.
            await session.renew()
        return session

    async def close(self) -> None:
        """Close the idle connection."""
        idle, self._idle = self._idle, None
        if idle is not None:
            await asyncio.shield(idle.connection.close())

    async def read(self, *, whole: bool, placed_here: bool = False) -> list[Tenant]:
        """Return the tenants of this server, or later, unless `whole`, those that are not up to date. Writes nothing.

        `placed_here` is that of `Registry.read`.
        """
        async with self.session(question=True) as control:
            registry = self.work.registry(control)
            first = not self.database
            if first:
                self.database, self.wanted = control.database, expected_digest(self.work.sets, control.database)
            # A missing schema may come back with a row that says "up to date".
            whole = first or whole or bool(self.skipped)
            rows = await registry.read() if whole else await registry.read(other_than=self.wanted, placed_here=placed_here)
        if self.registered is None:
            return rows
        if first and self.places:
            warn_of_strays(self.work.server, rows, self.places)
        return merge(self.work.server, self.registered, rows) if whole else [one for one in rows if one.name in self.known]

    def sort_out(self, tenants: Sequence[Tenant], seen: Collection[str], *, verify: bool) -> None:
        """Note which of these tenants are behind and which have no schema. Those that this sync has `seen` need nothing more."""
        self.known.update(one.name for one in tenants)
        open_ = [one for one in tenants if one.name not in seen]
        self.skipped = [one.name for one in open_ if not one.present]
        self.behind = [one.name for one in open_ if one.present and (verify or one.digest != self.wanted)]
        # The tenants are shuffled, so that several processes do not follow each other from tenant to tenant.
        random.shuffle(self.behind)
