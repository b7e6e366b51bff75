"""Record the facts of the examples' forms on a server, as the tables in `review/lint/facts` have them."""

import re
import tempfile
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from whimbrel.review.lint.measuring import measure

from tests.lint.examples import Example, load, reader
from whimbrel.dialects.gauge import StatementFacts
from whimbrel.migrations.reader import read_directories
from whimbrel.parsing.lexer_rules import find_rules
from whimbrel.review.lint.form import Form, Roles
from whimbrel.url import parse_url

__all__ = ["Recorder", "Row", "abstracted", "document"]

_PREFIXES = {", in UTC": "SET TIME ZONE 'UTC';", ", elsewhere": "SET TIME ZONE 'Europe/Berlin';"}
# A column of each table of MySQL's examples on which an index is built beside another action.
_BESIDE = {"items": "n", "plain": "code", "children": "position"}

Row = Mapping[str, Any]


class _Measured(NamedTuple):
    example: Example
    form: Form
    facts: StatementFacts


class Recorder:
    """Measures examples on one server. `conflicts` names the forms whose examples have different facts."""

    def __init__(self, database: str, address: str) -> None:
        self.database = database
        self.version = ""
        self.conflicts: list[str] = []
        self._address = parse_url(address)
        self._reader = reader(database)
        self._setup = ";\n".join(one.text for one in load(database).setup)

    async def record(self, examples: Sequence[Example]) -> dict[str, Row]:
        """Return a row for each form of these examples."""
        measured = [await self._measure(one) for one in examples]
        rows: dict[str, Row] = {}
        for one in measured:
            if len(one.form.parts) == 1 and not one.form.parts[0].instead and not (one.form.algorithm or one.form.lock):
                await self._add(rows, one.form.parts[0].form, one)
        for one in measured:
            await self._add_alternatives(rows, one)
            # A part that never stands alone has the facts of the whole statement.
            missing = [part for part in one.form.parts if part.form not in rows and not part.instead and part.form != "nothing"]
            if len(missing) == 1 and len(one.form.parts) > 1:
                await self._add(rows, missing[0].form, one)
        return dict(sorted(rows.items()))

    async def _add_alternatives(self, rows: dict[str, Row], one: _Measured) -> None:
        for form in (form for part in one.form.parts for form in (part.form, *part.instead)):
            prefix = next((sql for end, sql in _PREFIXES.items() if form.endswith(end)), "")
            if prefix:
                await self._add(rows, form, one._replace(facts=await self.facts_of(one.example.statement.text, prefix)))
            elif one.example.records == form:
                await self._add(rows, form, one)

    async def _add(self, rows: dict[str, Row], form: str, one: _Measured) -> None:
        if form == "nothing":
            return
        roles = {role: names for part in one.form.parts for role, names in part.roles.items()}
        row: dict[str, Any] = {"facts": abstracted(one.facts, roles), "example": " ".join(one.example.statement.text.split())}
        if form in rows:
            if rows[form]["facts"] != row["facts"]:
                first = rows[form]
                self.conflicts.append(
                    "\n    ".join((form, *map(str, (first["example"], first["facts"], row["example"], row["facts"]))))
                )
            return
        if one.facts.algorithm == "instant" and (joined := await self._joined(one)):
            row["joined"] = joined
        rows[form] = row

    async def _joined(self, one: _Measured) -> str:
        """Return the algorithm of an instant action beside one that is not instant."""
        table = next(iter(one.form.parts[0].roles.get("t", ())), "")
        if not one.example.statement.text.upper().startswith("ALTER TABLE") or table not in _BESIDE:
            return ""
        facts = await self.facts_of(f"{one.example.statement.text}, ADD INDEX beside_index ({_BESIDE[table]})")
        return facts.algorithm

    async def _measure(self, one: Example) -> _Measured:
        form = deepcopy(self._reader).read(one.statement.text, find_rules(self.database))
        return _Measured(one, form, await self.facts_of(one.statement.text))

    async def facts_of(self, sql: str, prefix: str = "") -> StatementFacts:
        """Return the facts of a statement on the schema of the examples."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "examples"
            folder.mkdir()
            (folder / "V1__setup.sql").write_text(f"{self._setup};\n", encoding="utf-8")
            (folder / "V2__example.sql").write_text(f"{prefix}{sql}\n;\n", encoding="utf-8")
            sets = read_directories([str(folder)])
            cases = await measure(self._address, sets, {("examples", "2")}, native=True, private=True)
        self.version = cases[-1].version
        facts = cases[-1].facts
        assert facts is not None, f"{sql} did not run"
        return facts


def abstracted(facts: StatementFacts, roles: Roles) -> dict[str, Any]:
    """Return facts as a row has them: with roles for names, without what is empty or belongs to the recorded table alone."""
    names = {name: f"{{{role}}}" for role in reversed("trixp") for name in roles.get(role, ())}
    if facts.refused:
        message = re.sub(r"\w+", lambda word: names.get(word[0], word[0]), facts.message)
        return {"refused": facts.refused, "message": message}
    found: dict[str, Any] = {
        key: _roles(getattr(facts, key), names) for key in ("rewritten", "scanned", "built", "changed", "invalid")
    }
    found["locks"] = sorted({(names[one.table], one.mode, one.blocks) for one in facts.locks if one.table in names})
    found["algorithm"], found["pages"] = facts.algorithm, facts.pages
    found["counts"] = {names[name]: list(pair) for name, pair in (facts.counts or {}).items() if name in names}
    return {key: [list(one) for one in value] if key == "locks" else value for key, value in found.items() if value}


def _roles(names: Sequence[str], roles: Mapping[str, str]) -> list[str]:
    return sorted({roles[one] for one in names if one in roles})


def document(recorder: Recorder, rows: Mapping[str, Row]) -> dict[str, Any]:
    """Return the table as it is written."""
    today = datetime.now(UTC).date().isoformat()
    return {"database": recorder.database, "version": recorder.version, "recorded": today, "forms": rows}
