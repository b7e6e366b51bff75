"""The proof of `baseline --prove`: the database has every object that the files make. It writes only a throw-away database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from whimbrel.adoption.proof import ProofDifference, ProofReport, prove
from whimbrel.errors import ConfigurationError, Problem, ProblemKind, ValidationFailed
from whimbrel.migrations.migration import MigrationSet, Version
from whimbrel.migrations.reader import read_directories
from whimbrel.migrations.state import State, compare
from whimbrel.session.connect import Target, open_session
from whimbrel.session.course import Course
from whimbrel.url import DatabaseUrl

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["ProofOptions", "check_proof", "proof_problems"]


class ProofOptions(NamedTuple):
    """The caller's options for a proof.

    `on` is the server for the replay, `needs` are folders of sets to replay first, and `accepted` maps the name of each wanted
    difference to its reason.
    """

    on: str | DatabaseUrl | None
    needs: Sequence[str | Traversable]
    accepted: Mapping[str, str]


async def check_proof(
    target: Target,
    one: MigrationSet,
    last: Version,
    options: ProofOptions,
    course: Course,
    *,
    databases: Collection[str],
    schema: str,
) -> ProofReport:
    """Prove that the database has every object that the set makes up to version `last`. Raises ValidationFailed if not."""
    needed = [] if not options.needs else await _read_needed(target, one, options.needs, schema)
    report = await prove(
        target,
        [*needed, one],
        schema=schema,
        upto={one.name: last},
        databases=databases,
        on=options.on,
        accepted=options.accepted,
        course=course,
    )
    if not report.is_proven:
        raise ValidationFailed(proof_problems(report))
    return report


async def _read_needed(
    target: Target, one: MigrationSet, folders: Sequence[str | Traversable], schema: str
) -> list[MigrationSet]:
    """Return the sets in these folders.

    Each has only its recorded files, or all its files if the history does not have the set.
    """
    sets = read_directories(folders)
    if one.name in {each.name for each in sets}:
        raise ConfigurationError(f"set {one.name!r} is the one to record, so it cannot also be needed; leave it out of --needs")
    async with open_session(target, schema, sets, question=True) as session:
        infos = compare(sets, session.database, await session.history.read([each.name for each in sets]))
    known = {info.set_name for info in infos if info.applied}
    has = {info.resolved for info in infos if info.state.is_applied or info.state is State.TO_RECORD}
    return [
        each._replace(variants=tuple(file for file in each.variants if file in has)) if each.name in known else each
        for each in sets
    ]


def proof_problems(report: ProofReport) -> list[Problem]:
    """Return a problem for each difference. The last one also has the remarks that concern all of them."""
    told = [*report.unaccepted, *([f"the files cannot be replayed: {report.failed}"] if report.failed else [])]
    found = [
        Problem(ProblemKind.PROOF, str(one), one.place.rpartition(":")[0] if isinstance(one, ProofDifference) else "")
        for one in told
    ]
    rest = [*(f"note: {one}" for one in report.notes), f"next: {report.advice}"]
    found[-1] = found[-1]._replace(message="\n    ".join([found[-1].message, *rest]))
    return found
