"""The findings of parity: objects that differ between databases, and differences that the databases make by themselves.

Pure. `compare_facts` compares what the catalogs say; `outcomes.py` compares what the databases do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from whimbrel.review.neutral import ANYTHING, NeutralFact, facts_of
from whimbrel.schema.model import Schema

__all__ = ["Acceptance", "Finding", "accept", "compare_facts", "merge"]

# The codes of facts in which databases differ by themselves; each is explained in docs/parity.md.
_NOTES = {
    "fraction": "N01",
    "length": "N02",
    "width": "N03",
    "comparison": "N04",
    "digits": "N05",
    "numbered by the database": "N06",
    "prefix": "N07",
}
_MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One difference. `object` is its name ("column users.email"), `fact` what differs, `values` what each database has.

    A `note` is a difference that the databases make by themselves. `code` is a key of docs/parity.md. `place` is the file and
    line of the statement that made the object. `reason` says why the project accepts the difference; empty if it does not.
    """

    code: str
    object: str
    fact: str
    values: Mapping[str, str]
    table: str = ""
    note: bool = False
    place: str = ""
    reason: str = ""

    @property
    def name(self) -> str:
        """The name under which a project accepts the difference: "column users.email: default"."""
        return f"{self.object}: {self.fact}"

    def __str__(self) -> str:
        """Name, place and values: the databases that agree share a value."""
        by_value: dict[str, list[str]] = {}
        for database, value in self.values.items():
            by_value.setdefault(value, []).append(database)
        told = "; ".join(f"{', '.join(databases)}: {value}" for value, databases in by_value.items())
        place = f"{self.place}: " if self.place else ""
        return f"{place}{self.code} {self.name}: {told}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A difference that a project wants: the finding's name, and the reason."""

    name: str
    reason: str


def compare_facts(schemas: Sequence[Schema]) -> Iterator[Finding]:
    """Yield each fact in which these schemas of one set differ, sorted by object."""
    described = {one.database: facts_of(one) for one in schemas}
    for name in sorted({name for one in described.values() for name in one}):
        present = {database: one[name] for database, one in described.items() if name in one}
        table = next(iter(present.values())).table
        if len(present) < len(described):
            values = {database: "present" if database in present else _MISSING for database in described}
            yield Finding(code="P01", object=name, fact="exists", values=values, table=table)
        for fact in _all_facts(one.facts for one in present.values()):
            values_of = {database: one.facts[fact] for database, one in present.items() if fact in one.facts}
            if finding := _compare(name, fact, values_of):
                yield replace(finding, table=table)


def _all_facts(objects: Iterable[Mapping[str, NeutralFact]]) -> list[str]:
    return list(dict.fromkeys(fact for one in objects for fact in one))


def _compare(name: str, fact: str, values: Mapping[str, NeutralFact]) -> Finding | None:
    told = {database: one for database, one in values.items() if one.text != ANYTHING}
    if len({one.text for one in told.values()}) < 2:
        return None
    note = all(one.own for one in told.values())
    code = _NOTES.get(fact, "N00") if note else "P02"
    return Finding(code=code, object=name, fact=fact, values={key: one.text for key, one in told.items()}, note=note)


def accept(findings: Sequence[Finding], acceptances: Sequence[Acceptance]) -> tuple[list[Finding], list[Acceptance]]:
    """Return the findings with the project's reasons, and the acceptances that match none of them."""
    reasons = {one.name: one.reason for one in acceptances}
    judged = [replace(one, reason=reasons.get(one.name, "")) for one in findings]
    names = {one.name for one in findings}
    return judged, [one for one in acceptances if one.name not in names]


def merge(findings: Iterable[Finding]) -> list[Finding]:
    """Return one finding for each name, sorted by name: of several the first, and a difference before a note."""
    merged: dict[str, Finding] = {}
    for one in findings:
        if one.name not in merged or (merged[one.name].note and not one.note):
            merged[one.name] = one
    return [merged[name] for name in sorted(merged)]
