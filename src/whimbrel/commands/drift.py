"""drift: compare the schema with the model that the last run kept. It writes only the model, and only with `accept`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from whimbrel.commands._options import Answer, add_options, read_settings
from whimbrel.dialects.place import HISTORY_TABLE
from whimbrel.errors import ConfigurationError
from whimbrel.messages.printable import joined, printable
from whimbrel.migrations.migration import MigrationSet
from whimbrel.migrations.reader import read_directories
from whimbrel.migrations.state import compare
from whimbrel.planning.makers import Maker, Makers
from whimbrel.runner.keeping import keep_model, prepare_model, read_schema
from whimbrel.schema.codec import OtherFormat, unpack
from whimbrel.schema.compare import Difference
from whimbrel.schema.drifting import find_drift, find_unseen
from whimbrel.schema.model import Schema
from whimbrel.session.connect import Target, open_session, parse_target
from whimbrel.session.kept_model import KeptModel, is_finished, read_kept
from whimbrel.session.session import LOCK_WAIT_SECONDS, Session

if TYPE_CHECKING:
    import argparse
    from importlib.resources.abc import Traversable

__all__ = ["DriftReport", "Drifted", "drift"]

HELP = "show how the schema differs from its state after the last migration"
EXAMPLE = "whimbrel drift --url sqlite:///chat.db --sql sql/auth"


class Drifted(NamedTuple):
    """One difference, and the migration that made the object; `made_by` is None if no given file made it.

    For a part without a name of its own, such as a nameless check, `made_by` is the migration that made its table.
    """

    difference: Difference
    made_by: Maker | None

    def __str__(self) -> str:
        made = "no given file makes it" if self.made_by is None else f"made by {printable(str(self.made_by))}"
        return f"{self.difference}\n  {made}"


class DriftReport(NamedTuple):
    """The result of drift. `since` names the last migration before the model was kept.

    Without a model to compare with, `note` gives the reason, and the other fields are empty. `unseen` are the objects that this
    user may not see; the report says nothing about them. `accepted` says that the present schema was kept as the new model.
    """

    database: str
    since: str = ""
    found: tuple[Drifted, ...] = ()
    note: str = ""
    unseen: tuple[str, ...] = ()
    accepted: bool = False

    def __str__(self) -> str:
        if self.note:
            return f"{self.note}; accepted the schema as it is, on {self.database}" if self.accepted else f"{self.note}; {_NEXT}"
        lines = [str(one) for one in self.found]
        if self.unseen:
            lines.append(f"this user may not see {joined(self.unseen)}, so drift reports nothing about them")
        count = "1 difference" if len(self.found) == 1 else f"{len(self.found)} differences"
        count = f"accepted {count}" if self.accepted else count
        return "\n".join([*lines, f"{count if self.found else 'no drift'} since {printable(self.since)}, on {self.database}"])


async def drift(
    target: Target,
    *folders: str | Traversable,
    ignore: Collection[str] = (),
    databases: Collection[str] = (),
    schema: str = "",
    accept: bool = False,
) -> DriftReport:
    """Return the objects that were added, dropped or changed since the last run, except by migrations.

    The files in `folders` show which migration made an object; `databases` are those that the sets are meant for, all four if
    empty. `ignore` are patterns of names to leave out: "other_*", "users.tmp_*". It writes nothing, unless `accept` is true:
    then it keeps the present schema, under the migration lock, as the model for later calls.

    Raises ValidationFailed for files that cannot be migrations, and for a kept model that was edited; DatabaseUnreachable or
    ConfigurationError. To accept, it raises LockTimeout too, and ConfigurationError before the first migration and after an
    unfinished one.
    """
    target, sets = parse_target(target), read_directories(folders)
    async with open_session(target, schema, sets, question=True, writes=accept) as session:
        question = _Question(session, sets, ignore, native=len(databases) == 1)
        if accept:
            return await _accept(question)
        while True:
            kept = await read_kept(session)
            report, _ = await question.compare(kept)
            # A migration may have run between the two readings.
            if not report.found or await read_kept(session) == kept:
                return report


class _Question(NamedTuple):
    """The request that `drift` passes to a session. `native` means that the sets are meant for its database alone."""

    session: Session
    sets: Sequence[MigrationSet]
    ignore: Collection[str]
    native: bool

    async def compare(self, kept: KeptModel | None) -> tuple[DriftReport, Schema | None]:
        """Return the differences from a kept model, and the present schema, if it was read."""
        session, before = self.session, _unpacked(kept)
        if isinstance(before, str) or kept is None:
            return DriftReport(session.database, note=str(before)), None
        now = await read_schema(session)
        found = find_drift(before, now, self.ignore)
        makers = await _read_makers(session, self.sets, native=self.native) if found else None
        each = tuple(Drifted(one, _maker(makers, one) if makers else None) for one in found)
        since = f"{kept.set_name}, version {kept.version}"
        return DriftReport(session.database, since, each, unseen=tuple(find_unseen(now))), now


async def _accept(question: _Question) -> DriftReport:
    """Keep the present schema as the model, and return its differences from the previous model.

    One transaction compares and keeps.
    """
    session = question.session
    if await session.history.lacks(HISTORY_TABLE):
        raise ConfigurationError(_NO_MIGRATION)
    async with session.locked(LOCK_WAIT_SECONDS):
        await prepare_model(session)
        async with session.transaction():
            await _check_finished(session)
            report, now = await question.compare(await read_kept(session))
            await keep_model(session, now or await read_schema(session))
    return report._replace(accepted=True)


_NO_MIGRATION = "no migration was applied here, so no change can be accepted\n  next: whimbrel migrate, or whimbrel baseline"


async def _check_finished(session: Session) -> None:
    """Raise ConfigurationError unless the last migration is finished: the model belongs to it."""
    finished = await is_finished(session)
    if finished is None:
        raise ConfigurationError(_NO_MIGRATION)
    if not finished:
        raise ConfigurationError("the last migration is unfinished, so its schema cannot be accepted\n  next: whimbrel info")


def _unpacked(kept: KeptModel | None) -> Schema | str:
    """Return the kept model, or why there is none to compare with."""
    if kept is None or not kept.is_current:
        return _unknown(kept)
    try:
        return unpack(kept.packed)
    except OtherFormat as other:
        return str(other)


_NEXT = "the next run that applies a migration keeps the model again, and so does drift --accept"


def _unknown(kept: KeptModel | None) -> str:
    if kept is None:
        return "no model of the schema is kept, so nothing can be compared with it"
    since = f" since {printable(kept.set_name)}, version {kept.version}" if kept.set_name else " since the history was changed"
    return f"no model of the schema was kept{since}, so nothing can be compared with it"


def _maker(makers: Makers, one: Difference) -> Maker | None:
    made_by = makers.find(one.kind, one.within, one.own)
    return made_by if made_by or not one.within or one.change == "added" else makers.find("table", "", one.within)


async def _read_makers(session: Session, sets: Sequence[MigrationSet], *, native: bool) -> Makers:
    """Read the applied files in the order in which they ran."""
    history = await session.history.read([one.name for one in sets])
    infos = [one for one in compare(sets, session.database, history) if one.applied is not None and one.resolved is not None]
    makers = Makers(session.dialect.catalog, session.dialect.inventory.spell, session.schema)
    for one in sorted(infos, key=lambda one: one.applied.installed_rank if one.applied else 0):
        if one.resolved is not None:
            portable = not native and not one.resolved.database
            makers.read(one.resolved, session.dialect.lexer_rules(portable=portable, database=session.database))
    return makers


DOCUMENT = DriftReport


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add_options(parser)
    parser.add_argument("--accept", action="store_true", help="keep the present schema as the model for later calls; exit with 0")


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    settings = read_settings(arguments)
    report = await drift(
        settings.url,
        *settings.folders,
        ignore=settings.drift_ignore,
        databases=settings.databases,
        schema=settings.schema,
        accept=arguments.accept,
    )
    return Answer(3 if report.found and not report.accepted else 0, str(report), report)
