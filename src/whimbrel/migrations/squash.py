"""Squashed files: `-- whimbrel: replaces=1-40` says that a file replaces the versions 1 to 40.

Pure: no database, no disk. A database with none of these versions runs the file. A database with all of them records the file
without running it. A database with only some of them is refused, because neither would be right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from enum import Enum
from itertools import permutations

from whimbrel.errors import ConfigurationError, Problem, ProblemKind
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.messages.printable import printable
from whimbrel.messages.suggestion import command
from whimbrel.migrations.migration import Migration, Version

__all__ = [
    "Ranges",
    "Squash",
    "Standing",
    "are_replaced",
    "covers",
    "order_problems",
    "read_squashes",
    "replaced_ranges",
    "unreplaced",
]

Ranges = Sequence[tuple[Version, Version]]
# Set and version, and the other values that a row or a file is compared by.
Key = tuple[object, ...]
# A longer range of whole numbers is probably one of dates. Nobody can know which versions existed in it.
_MOST_NUMBERS = 10_000
_MOST_SHOWN = 10


class Standing(Enum):
    """The state of the replaced versions on a database: none, some or all."""

    NOTHING = "nothing"
    ALL = "all"
    SOME = "some"


class Squash(NamedTuple):
    """A squashed file on one database. `recorded` says that the history has its row; `missing` are the versions not applied."""

    migration: Migration
    recorded: bool
    standing: Standing
    missing: tuple[str, ...]

    @property
    def hides(self) -> bool:
        """Whether the database runs the squashed file instead of the files that it replaces."""
        return self.standing is Standing.NOTHING

    def problem(self) -> Problem:
        """Return the problem of a database that has only some of the replaced versions."""
        shown = ", ".join(self.missing[:_MOST_SHOWN])
        more = f" and {len(self.missing) - _MOST_SHOWN} more" if len(self.missing) > _MOST_SHOWN else ""
        one, path = self.migration, printable(self.migration.path)
        words = command("migrate", "--target", str(_newest(one.directives.replaces)))
        message = (
            f"{path}: version {one.version} of set {printable(one.set_name)} replaces {ranges_text(one.directives.replaces)}, "
            f"but this database has only some of these versions; missing: {shown}{more}\n"
            f"    next: apply the missing versions first (if their files still exist: {words}; else use the release that has "
            "them); or, if there never was such a version, list in replaces= only the versions that existed, as in "
            "replaces=1-12,14-40"
        )
        return Problem(ProblemKind.REPLACES, message, one.path)


def covers(ranges: Ranges, version: Version) -> bool:
    """Return whether one of the ranges holds the version; both ends belong to the range."""
    return any(first <= version <= last for first, last in ranges)


def are_replaced(files: Sequence[Sequence[Migration]], applied: Collection[Key], wanted: Collection[Key]) -> bool:
    """Return whether applied squashed files explain each row without its file, and each file without its row.

    `applied` and `wanted` hold rows and files in a form that can be compared. False means that only the full comparison can
    decide.
    """
    if any(order_problems(found, _versions(applied, found[0].set_name)) for found in files if found):
        return False
    gone, new = set(applied) - set(wanted), set(wanted) - set(applied)
    squashed = {found[0].set_name: found for found in files if any(one.directives.replaces for one in found)}
    if {key[:2] for key in gone} & {key[:2] for key in new} or not {key[0] for key in gone | new} <= squashed.keys():
        return False
    return all(
        _stand(found, _versions(applied, name), _versions(gone, name), _versions(new, name)) for name, found in squashed.items()
    )


def _stand(files: Sequence[Migration], applied: set[Version], gone: set[Version], new: set[Version]) -> bool:
    # A squashed file without a row is among the new files. Only another squashed file can explain it.
    hidden = [ends for one in read_squashes(files, applied, ()) if one.hides for ends in one.migration.directives.replaces]
    return all(covers(replaced_ranges(files), version) for version in gone) and all(covers(hidden, version) for version in new)


def _versions(keys: Iterable[Key], set_name: str) -> set[Version]:
    return {_readable(str(key[1])) for key in keys if key[0] == set_name}


def _readable(version: str) -> Version:
    try:
        return Version.parse(version)
    except ConfigurationError:
        # The row was changed by hand. The full comparison reports that.
        return Version(())


def unreplaced(files: Sequence[Migration]) -> list[Migration]:
    """Return the files of a set that no squashed file replaces."""
    ranges = replaced_ranges(files)
    return [one for one in files if not covers(ranges, one.version)]


def replaced_ranges(files: Sequence[Migration]) -> Ranges:
    """Return the ranges of all squashed files of a set."""
    return [ends for one in files for ends in one.directives.replaces]


def ranges_text(ranges: Ranges) -> str:
    """Return the ranges as a directive has them."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def read_squashes(files: Sequence[Migration], applied: Collection[Version], begun: Collection[Version]) -> list[Squash]:
    """Return the standing of every squashed file of a set, given the applied and the begun versions of the history."""
    squashed = [one for one in files if one.directives.replaces]
    # The effects of these versions exist, though this database never had their rows.
    done = {
        version for one in squashed if one.version in applied for version in _expected(one, [file.version for file in files])[0]
    }
    return [_squash(one, files, {*applied, *done}, applied, begun) for one in squashed]


def _squash(
    one: Migration,
    files: Sequence[Migration],
    done: Collection[Version],
    applied: Collection[Version],
    begun: Collection[Version],
) -> Squash:
    ranges = one.directives.replaces
    recorded = one.version in applied or one.version in begun
    if not any(covers(ranges, version) for version in (*applied, *begun)):
        return Squash(one, recorded, Standing.NOTHING, ())
    expected, doubts = _expected(one, [file.version for file in files])
    missing = [str(version) for version in sorted(expected) if version not in done]
    missing += [] if missing else doubts
    return Squash(one, recorded, Standing.SOME if missing else Standing.ALL, tuple(missing))


def _expected(one: Migration, known: Iterable[Version]) -> tuple[set[Version], list[str]]:
    """Return the versions that a squashed file replaces, and a text for each range whose versions cannot be known.

    The files that still exist give the versions. If all of them are gone, a range from 1 to 40 means 40 versions.
    """
    expected: set[Version] = set()
    doubts: list[str] = []
    known = list(known)
    for first, last in one.directives.replaces:
        there = {version for version in known if first <= version <= last}
        expected |= there or {first, last, *_whole_numbers(first, last)}
        if not there and first != last and not _is_countable(first, last):
            doubts.append(f"all versions between {first} and {last} (their files are gone; list the versions one by one)")
    return expected, doubts


def _is_countable(first: Version, last: Version) -> bool:
    return len(first.numbers) == len(last.numbers) == 1 and last.numbers[0] - first.numbers[0] < _MOST_NUMBERS


def _whole_numbers(first: Version, last: Version) -> Iterator[Version]:
    if _is_countable(first, last):
        yield from (Version((number,)) for number in range(first.numbers[0], last.numbers[0] + 1))


def _newest(ranges: Ranges) -> Version:
    return max(last for _, last in ranges)


def order_problems(files: Sequence[Migration], recorded: Collection[Version] = ()) -> list[Problem]:
    """Return a problem for each squashed file whose version does not directly follow the versions that it replaces.

    Also return one for two squashed files that replace some versions in common, since a new database would get these twice or
    not at all. It does not concern a squashed file that is `recorded`.
    """
    squashed = [one for one in files if one.directives.replaces]
    found = [problem for one in squashed for problem in _order_problems(one, files)]
    return found + [
        _overlap_problem(one, other)
        for one, other in permutations(squashed, 2)
        if one.version not in recorded and _overlaps(one, other, files)
    ]


def _overlaps(one: Migration, other: Migration, files: Sequence[Migration]) -> bool:
    """Whether a squashed file replaces versions of an older one, but not all of them together with the older file itself."""
    if other.version >= one.version:
        return False
    ranges, expected = one.directives.replaces, _expected(other, [file.version for file in files])[0]
    common = [version for version in expected if covers(ranges, version)]
    return bool(common) and not (len(common) == len(expected) and covers(ranges, other.version))


def _overlap_problem(one: Migration, other: Migration) -> Problem:
    message = (
        f"{printable(one.path)}: replaces={ranges_text(one.directives.replaces)} shares versions with "
        f"{printable(other.script)}, which replaces {ranges_text(other.directives.replaces)}; list all of these versions and "
        f"{other.version}, or none of them"
    )
    return Problem(ProblemKind.REPLACES, message, one.path)


def _order_problems(one: Migration, files: Sequence[Migration]) -> Iterator[Problem]:
    ranges, where = one.directives.replaces, printable(one.path)
    newest = _newest(ranges)
    example = ".".join(map(str, (*newest.numbers, 1)))
    if one.version <= newest:
        message = (
            f"{where}: replaces={ranges_text(ranges)} must list only versions older than the file's own, {one.version}; "
            f"give the file the next version after {newest}, such as {example}"
        )
        yield Problem(ProblemKind.REPLACES, message, one.path)
        return
    between = [file for file in files if newest < file.version < one.version and not covers(ranges, file.version)]
    if between:
        message = (
            f"{where}: replaces={ranges_text(ranges)}, but on a new database {printable(between[0].script)} would run before it; "
            f"give the file the next version after {newest}, such as {example}"
        )
        yield Problem(ProblemKind.REPLACES, message, one.path)
