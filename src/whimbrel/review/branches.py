"""Find conflicts between the files of one set on a branch and those of its base. Pure: no disk, no git."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from whimbrel.errors import ProblemKind
from whimbrel.messages.printable import printable
from whimbrel.migrations.filename import parse_name
from whimbrel.migrations.migration import Version
from whimbrel.migrations.squash import Ranges, covers
from whimbrel.review.renumber import by_version, renumber

__all__ = ["Branch", "BranchProblem", "BranchVerdict", "judge"]

_CHANGED = "the base has another text; an applied file must not change, so write the change as a new version"
# File name -> something that is equal for equal texts.
Contents = Mapping[str, str]


class Branch(NamedTuple):
    """The files of one set by name, each with its content: in the base, in the last commit that both share, and here."""

    base: Contents
    fork: Contents
    ours: Contents


class BranchProblem(NamedTuple):
    """A file that conflicts with the base. `kind` is stable and meant for programs."""

    kind: ProblemKind
    name: str
    message: str


class BranchVerdict(NamedTuple):
    """The problems of a set and their solution.

    `moves` are pairs of old and new names, in the order to run; `restored` are names of files to restore.
    """

    problems: tuple[BranchProblem, ...]
    moves: tuple[tuple[str, str], ...]
    restored: tuple[str, ...]
    new: tuple[str, ...]


def judge(branch: Branch, squashed: Mapping[str, Ranges], now: datetime) -> BranchVerdict:
    """Return the problems of a branch.

    The base's files count as applied. `squashed` maps a squashed file to the ranges that it replaces.
    """
    replaced = [ends for ranges in squashed.values() for ends in ranges]
    back = dict(_renamed(branch))
    missing = [name for name in _missing(branch, replaced) if name not in back.values()]
    edited = [name for name in branch.ours if _is_edited(branch, name)]
    new = [name for name in branch.ours if _is_new(branch, name) and name not in back]
    # A squashed file stands directly after the versions that it replaces.
    moves = renumber(branch.base, {name: leader for name, leader in _leaders(new).items() if name not in squashed}, now)
    found = [
        *(BranchProblem(ProblemKind.RENAMED, name, _moved(name, old)) for name, old in back.items()),
        *(BranchProblem(ProblemKind.MISSING, name, "the base has this file, and the branch deletes it") for name in missing),
        *(
            BranchProblem(ProblemKind.EDITED, name, "the base has another text, and an applied file must not change")
            for name in edited
        ),
        *_misplaced(branch, new, moves),
    ]
    # The moves go from the last version to the first, so that each new name is free.
    ordered = sorted(moves.items(), key=lambda move: _version(move[0]), reverse=True)
    return BranchVerdict(tuple(found), (*back.items(), *ordered), (*missing, *edited), tuple(new))


def _version(name: str) -> Version:
    file = parse_name(name)
    return Version(()) if file is None else file.version


def _renamed(branch: Branch) -> Iterator[tuple[str, str]]:
    """Yield the name here and the name in the base of each file whose text has another version here."""
    theirs = {content: name for name, content in branch.base.items() if name not in branch.ours}
    for name, content in branch.ours.items():
        old = theirs.get(content)
        if old is not None and name not in (*branch.base, *branch.fork) and _key(old) != _key(name):
            yield name, old


def _key(name: str) -> tuple[Version, str] | None:
    file = parse_name(name)
    return None if file is None else (file.version, file.database)


def _missing(branch: Branch, replaced: Ranges) -> Iterator[str]:
    """Yield the base's files that the branch deletes, except squashed files and those with only a new description."""
    here = {(_key(name), content) for name, content in branch.ours.items()}
    for name, content in branch.base.items():
        deleted = name in branch.fork and name not in branch.ours
        if deleted and (_key(name), content) not in here and parse_name(name) and not covers(replaced, _version(name)):
            yield name


def _is_edited(branch: Branch, name: str) -> bool:
    ours, fork, base = branch.ours[name], branch.fork.get(name), branch.base.get(name)
    return parse_name(name) is not None and None not in (fork, base) and ours not in (fork, base)


def _is_new(branch: Branch, name: str) -> bool:
    """Whether the branch adds a file. The base may have got a file with this name and another text in the meantime."""
    if name in branch.fork or parse_name(name) is None:
        return False
    known = {(_key(one), content) for one, content in branch.base.items() if one not in branch.ours or one == name}
    return (_key(name), branch.ours[name]) not in known


def _leaders(new: Collection[str]) -> dict[str, str]:
    """Return for each new file the file that it belongs to.

    Variants of one version belong together; two files that claim one version do not.
    """
    leaders: dict[str, str] = {}
    for files in by_version(new).values():
        whole = len({file.database for file in files}) == len(files)
        for file in files:
            same = [one for one in files if whole or one.description == file.description]
            leaders[file.text] = same[0].text
    return leaders


def _misplaced(branch: Branch, new: Collection[str], moves: Mapping[str, str]) -> Iterator[BranchProblem]:
    theirs, ours = by_version(branch.base), by_version(new)
    newest = max(theirs, default=None)
    for file in (file for files in ours.values() for file in files if file.text in moves):
        clash = [one.text for one in theirs.get(file.version, ())]
        others = [one.text for one in ours[file.version] if one.text != file.text and one.database == file.database]
        if clash:
            same = " with another text" if file.text in clash else f": {printable(', '.join(clash))}"
            yield BranchProblem(ProblemKind.DUPLICATE, file.text, f"the base has version {file.version} too{same}")
        elif newest is not None and file.version < newest:
            told = f"version {file.version} comes before {newest}, which the base has; it would be applied out of order"
            yield BranchProblem(ProblemKind.OUT_OF_ORDER, file.text, told)
        elif others:
            told = f"version {file.version} is also that of {printable(', '.join(others))}"
            yield BranchProblem(ProblemKind.DUPLICATE, file.text, told)


def _moved(name: str, old: str) -> str:
    return f"the base has this text as {printable(old)}; version {_version(old)} became version {_version(name)}"
