"""drift: compare the schema with the model that the last run kept. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from whimbrel.commands._options import Answer, add_options, read_settings
from whimbrel.messages.printable import joined, printable
from whimbrel.migrations.migration import MigrationSet
from whimbrel.migrations.reader import read_directories
from whimbrel.migrations.state import compare
from whimbrel.planning.makers import Maker, Makers
from whimbrel.schema.codec import OtherFormat, unpack
from whimbrel.schema.compare import Difference
from whimbrel.schema.contract import find_inspector
from whimbrel.schema.drifting import find_drift, find_unseen
from whimbrel.schema.own_tables import without_own
from whimbrel.session.connect import Target, open_session, parse_target
from whimbrel.session.kept_model import KeptModel, read_kept
from whimbrel.session.session import Session

if TYPE_CHECKING:
    import argparse
    from importlib.resources.abc import Traversable

__all__ = ["DriftReport", "Drifted", "drift"]

HELP = "show what was changed in the schema since the last migration, other than by migrations"
EXAMPLE = "whimbrel drift --url sqlite:///chat.db --sql sql/auth"


class Drifted(NamedTuple):
    """One difference, and the migration that made the object; None if no given file does.

    For a part that no file names, such as a nameless check, `made_by` made its table.
    """

    difference: Difference
    made_by: Maker | None

    def __str__(self) -> str:
        made = "no given file makes it" if self.made_by is None else f"made by {printable(str(self.made_by))}"
        return f"{self.difference}\n  {made}"


class DriftReport(NamedTuple):
    """The result of drift. `since` names the last migration before the model was kept.

    Without a model to compare with, `note` says why, and nothing else is known. `unseen` are the objects that this user may not
    see, from which nothing is concluded.
    """

    database: str
    since: str = ""
    found: tuple[Drifted, ...] = ()
    note: str = ""
    unseen: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.note:
            return self.note
        lines = [str(one) for one in self.found]
        if self.unseen:
            lines.append(f"this user may not see {joined(self.unseen)}, so Whimbrel concludes nothing from them")
        count = "1 difference" if len(self.found) == 1 else f"{len(self.found)} differences"
        return "\n".join([*lines, f"{count if self.found else 'no drift'} since {printable(self.since)}, on {self.database}"])


async def drift(
    target: Target,
    *folders: str | Traversable,
    ignore: Collection[str] = (),
    databases: Collection[str] = (),
    schema: str = "",
) -> DriftReport:
    """Return what was added, lost or changed in the schema since the last run, other than by migrations. Writes nothing.

    The files in `folders` tell which migration made an object; `databases` are those that the sets are meant for, all four if
    empty. `ignore` are patterns of names to leave out: "other_*", "users.tmp_*".

    Raises ValidationFailed for files that cannot be migrations, and for a kept model that was edited; DatabaseUnreachable or
    ConfigurationError.
    """
    target, sets = parse_target(target), read_directories(folders)
    async with open_session(target, schema, sets, question=True) as session:
        while True:
            kept = await read_kept(session)
            if kept is None or not kept.is_current:
                return DriftReport(session.database, note=_unknown(kept))
            try:
                before = unpack(kept.packed)
            except OtherFormat as other:
                return DriftReport(session.database, note=f"{other}; {_NEXT}")
            now = without_own(await find_inspector(session.dialect.name).read(session.connection, session.schema))
            found = find_drift(before, now, ignore)
            # A migration may have run between the two readings.
            if not found or await read_kept(session) == kept:
                break
        makers = await _read_makers(session, sets, native=len(databases) == 1) if found else None
        each = tuple(Drifted(one, _maker(makers, one) if makers else None) for one in found)
        since = f"{kept.set_name}, version {kept.version}"
        return DriftReport(session.database, since, each, unseen=tuple(find_unseen(now)))


_NEXT = "the next run that applies a migration keeps the model again"


def _unknown(kept: KeptModel | None) -> str:
    if kept is None:
        return f"no model of the schema is kept, so nothing can be compared with it; {_NEXT}"
    since = f" since {printable(kept.set_name)}, version {kept.version}" if kept.set_name else " since the history was changed"
    return f"no model of the schema was kept{since}, so nothing can be compared with it; {_NEXT}"


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


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add_options(parser)


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    settings = read_settings(arguments)
    report = await drift(
        settings.url,
        *settings.folders,
        ignore=settings.drift_ignore,
        databases=settings.databases,
        schema=settings.schema,
    )
    return Answer(3 if report.found else 0, str(report), report)
