"""The facts of each form of statement, recorded on a real server, and the facts of a statement as combined from them.

`facts/DATABASE-VERSION.json` is written by `python -m tests.lint.record`. In its facts, `{t}` stands for the table that a
statement works on, and so on for the other roles (`form.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from whimbrel.dialects.gauge import StatementFacts, TableLock
from whimbrel.review.lint.column_forms import IN_EXPRESSION
from whimbrel.review.lint.combining import combine, common
from whimbrel.review.lint.form import Form, FormPart, Roles

__all__ = ["FactsTable", "FormFacts", "find_table"]


# The endings of forms that differ only in what else is done to the column.
_NEAR = ("", ", indexed", ", checked", ", indexed, checked")


class FormFacts(NamedTuple):
    """The facts of a statement, absent if none are known, and what is not decided."""

    facts: StatementFacts | None
    undecided: tuple[str, ...]


class FactsTable(NamedTuple):
    """The facts of one version of a database, by form. `recorded` is the date, such as 2026-11-30."""

    database: str
    version: str
    recorded: str
    forms: Mapping[str, Mapping[str, Any]]

    def find(self, form: Form) -> FormFacts:
        """Return the facts of a statement: those of its parts, combined."""
        undecided = list(form.undecided)
        known: list[tuple[FormPart, StatementFacts]] = []
        for part in form.parts:
            facts = self._facts_of(part)
            if facts is not None:
                known.append((part, facts))
            elif not part.undecided:
                undecided.append(f"no facts are recorded about this form of statement: {part.form}")
        if not known:
            return FormFacts(None, tuple(dict.fromkeys(undecided)))
        joined = [(self._row(part.form) or {}).get("joined", "") for part, _ in known]
        combined = combine([facts for _, facts in known], joined, form.algorithm, form.lock)
        return FormFacts(combined, tuple(dict.fromkeys(undecided)))

    def _row(self, form: str) -> Mapping[str, Any] | None:
        """Return the row of a form. An index of the column does not matter where the whole table is written anew."""
        row = self.forms.get(form)
        if row is not None:
            return row
        plain = form.removesuffix(", with partitions")
        base = plain.removesuffix(", checked").removesuffix(", indexed").removesuffix(IN_EXPRESSION)
        near = [self.forms[base + end] for end in _NEAR if base + end in self.forms]
        return next((row for row in near if _is_whole(row)), self.forms.get(plain))

    def _facts_of(self, part: FormPart) -> StatementFacts | None:
        """Return the facts that all forms of a part have in common; None if one of them is not recorded."""
        if part.form == "nothing":
            return StatementFacts()
        if part.undecided and not part.instead:
            return None
        rows = [self._row(form) for form in (part.form, *part.instead)]
        read = [_with_index(part, read_facts(row["facts"], part.roles)) for row in rows if row is not None]
        return common(read) if len(read) == len(rows) else None


def _with_index(part: FormPart, facts: StatementFacts) -> StatementFacts:
    """Add the new index of a table with partitions: those of its partitions have names that no table of facts can hold."""
    if part.form.startswith(("create index", "create unique index")) and facts.scanned and not facts.built:
        return replace(facts, built=part.roles.get("i", ()))
    return facts


def _is_whole(row: Mapping[str, Any]) -> bool:
    """Whether a row is of a form that is refused, or that writes the whole table with all its indexes."""
    facts = row["facts"]
    return "refused" in facts or "rewritten" in facts or facts.get("algorithm") in ("copy", "rebuild")


def read_facts(row: Mapping[str, Any], roles: Roles) -> StatementFacts:
    """Return recorded facts with the names of a statement's own tables and indexes."""
    found: dict[str, Any] = dict(row)
    for name in ("rewritten", "scanned", "built", "changed", "invalid"):
        if name in found:
            found[name] = tuple(dict.fromkeys(one for text in row[name] for one in _named(text, roles)))
    if "locks" in row:
        locks = [TableLock(table, mode, blocks) for text, mode, blocks in row["locks"] for table in _named(text, roles)]
        found["locks"] = tuple(locks)
    if "counts" in row:
        found["counts"] = {
            name: (before, after) for text, (before, after) in row["counts"].items() for name in _named(text, roles)
        }
    if "message" in row:
        found["message"] = row["message"].replace("{t}", next(iter(roles.get("t", ())), "the table"))
    return StatementFacts(**found)


def _named(text: str, roles: Roles) -> Iterator[str]:
    """Yield the names for `{t}` and the like; none if the statement names nothing in this role."""
    if text.startswith("{") and text.endswith("}"):
        yield from roles.get(text[1:-1], ())
    else:
        yield text


def find_table(database: str, version: str | None) -> FactsTable | None:
    """Return the table of the nearest version that was recorded, the newest if `version` is None; None if there is none."""
    tables = _available(database)
    if not tables:
        return None
    wanted = _numbers(version) if version is not None else None
    name = max(tables, key=_numbers) if wanted is None else min(tables, key=lambda one: _distance(_numbers(one), wanted))
    return _load(tables[name])


@lru_cache
def _available(database: str) -> Mapping[str, str]:
    """Return the recorded versions of a database with their files."""
    folder = files("whimbrel.review.lint") / "facts"
    names = [one.name for one in folder.iterdir() if one.name.endswith(".json")]
    split = [name.removesuffix(".json").rpartition("-") for name in names]
    return {version: f"{kind}-{version}.json" for kind, _, version in split if kind == database}


@lru_cache
def _load(name: str) -> FactsTable:
    text = (files("whimbrel.review.lint") / "facts" / name).read_text(encoding="utf-8")
    document = json.loads(text)
    return FactsTable(document["database"], document["version"], document["recorded"], document["forms"])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _distance(recorded: Sequence[int], wanted: Sequence[int]) -> tuple[int, ...]:
    """Return how far two versions are apart: in their first numbers, then in the next ones."""
    return tuple(abs(one - other) for one, other in zip((*recorded, 0, 0), (*wanted, 0, 0), strict=False))
