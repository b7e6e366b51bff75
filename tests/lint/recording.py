"""Record the facts of the examples' forms on a server, as the tables in `review/lint/facts` have them."""

import re
import tempfile
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from tests.lint.examples import Example, load, reader
from whimbrel.dialects.gauge import StatementFacts
from whimbrel.migrations.reader import read_directories
from whimbrel.parsing.lexer_rules import find_rules
from whimbrel.review.lint.form import Form, Roles
from whimbrel.review.lint.measuring import measure
from whimbrel.url import parse_url

__all__ = ["Recorder", "Row", "abstracted", "document", "is_alone", "without_size"]

# So many examples share a throw-away database.
_TOGETHER = 40
# These databases roll no definition back; and these words begin statements that no transaction takes.
_KEEPS = ("mysql", "mariadb")
_AUTOCOMMIT = {"CONCURRENTLY", "VACUUM", "REINDEX", "CLUSTER"}
_MANY = 100
_PREFIXES = {", in UTC": "SET TIME ZONE 'UTC';", ", elsewhere": "SET TIME ZONE 'Europe/Berlin';"}
# A column of each table of MySQL's examples on which an index is built beside another action.
_BESIDE = {"items": "n", "plain": "code", "children": "position", "computed": "n", "shaped": "n", "checked": "n"}

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

    async def record(self, examples: Sequence[Example], known: Mapping[str, Row] | None = None) -> dict[str, Row]:
        """Return a row for each form of these examples, beside the rows that are `known`."""
        rows: dict[str, Row] = dict(known or {})
        facts = await self.measure([one.statement.text for one in examples])
        measured = [_Measured(one, self.form(one), found) for one, found in zip(examples, facts, strict=True)]
        for one in measured:
            if is_alone(one.form):
                self._add(rows, one.form.parts[0].form, one)
        await self._add_alternatives(rows, measured)
        for one in measured:
            # A part that never stands alone has the facts of the whole statement.
            missing = [part for part in one.form.parts if part.form not in rows and not part.instead and part.form != "nothing"]
            if len(missing) == 1 and len(one.form.parts) > 1:
                self._add(rows, missing[0].form, one)
        await self._add_joined(rows, measured)
        return rows

    def form(self, one: Example) -> Form:
        """Return the form of an example."""
        return deepcopy(self._reader).read(one.statement.text, find_rules(self.database))

    async def _add_alternatives(self, rows: dict[str, Row], measured: Sequence[_Measured]) -> None:
        wanted = [
            (form, sql, one)
            for one in measured
            for part in one.form.parts
            for form in (part.form, *part.instead)
            for end, sql in _PREFIXES.items()
            if form.endswith(end)
        ]
        facts = await self.measure([f"{sql}{one.example.statement.text}" for _, sql, one in wanted])
        for (form, _, one), found in zip(wanted, facts, strict=True):
            self._add(rows, form, one._replace(facts=found))
        for one in measured:
            if one.example.records:
                self._add(rows, one.example.records, one)

    def _add(self, rows: dict[str, Row], form: str, one: _Measured) -> None:
        if form == "nothing":
            return
        roles = {role: names for part in one.form.parts for role, names in part.roles.items()}
        row: dict[str, Any] = {"facts": abstracted(one.facts, roles), "example": " ".join(one.example.statement.text.split())}
        first = rows.setdefault(form, row)
        if without_size(first["facts"]) != without_size(row["facts"]):
            self.conflicts.append(
                "\n    ".join((form, *map(str, (first["example"], first["facts"], row["example"], row["facts"]))))
            )

    async def _add_joined(self, rows: dict[str, Row], measured: Sequence[_Measured]) -> None:
        """Add the algorithm of an instant action beside one that is not instant."""
        wanted: dict[str, str] = {}
        for one in measured:
            form, text = one.form.parts[0].form, one.example.statement.text
            table = next(iter(one.form.parts[0].roles.get("t", ())), "")
            alone = len(one.form.parts) == 1 and not one.form.algorithm and text.upper().startswith("ALTER TABLE")
            if alone and one.facts.algorithm == "instant" and table in _BESIDE and "joined" not in rows.get(form, {"joined": ""}):
                wanted.setdefault(form, f"{text}, ADD INDEX beside_index ({_BESIDE[table]})")
        for form, facts in zip(wanted, await self.measure(list(wanted.values())), strict=True):
            if facts.algorithm:
                rows[form] = {**rows[form], "joined": facts.algorithm}

    async def measure(self, texts: Sequence[str]) -> list[StatementFacts]:
        """Return the facts of statements, each on the schema of the examples: rolled back, or on one that is made anew."""
        again = [one for one in texts if self.database in _KEEPS or _AUTOCOMMIT & set(one.upper().replace("(", " ").split())]
        found: dict[str, StatementFacts] = {}
        for group, keep in ((again, True), ([one for one in texts if one not in again], False)):
            for at in range(0, len(group), _TOGETHER):
                part = group[at : at + _TOGETHER]
                found |= zip(part, await self._measure(part, keep=keep), strict=True)
        return [found[one] for one in texts]

    def _setup(self, text: str) -> list[str]:
        """Return the statements of the schema: on MySQL and MariaDB only what a statement names, since the rest takes long."""
        setup = [one.text for one in load(self.database).setup]
        if self.database not in _KEEPS or not text:
            return setup
        # A view reads a table, and a trigger belongs to one.
        wanted = (
            _wanted(text) | ({"items"} if "item_names" in text else set()) | ({"checked"} if "items_touch" in text else set())
        )
        return [one for one in setup if one.split()[2] in wanted]

    async def _measure(self, texts: Sequence[str], *, keep: bool) -> list[StatementFacts]:
        known = load(self.database)
        reset = "".join(f"{one.text}\n;\n" for one in known.reset)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "examples"
            folder.mkdir()
            for number, text in enumerate(texts):
                if keep or number == 0:
                    made = "".join(f"{one}\n;\n" for one in self._setup(text if keep else ""))
                    (folder / f"V{2 * number + 1}__setup.sql").write_text(reset + made, encoding="utf-8")
                (folder / f"V{2 * number + 2}__example.sql").write_text(f"{text}\n;\n", encoding="utf-8")
            chosen = {("examples", str(2 * number + 2)) for number in range(len(texts))}
            sets = read_directories([str(folder)])
            cases = await measure(self._address, sets, chosen, native=True, private=True, each_alone=True, keep=keep)
        # A file may begin with a setting; its last statement is the example.
        last = {case.plan.key[1]: case for case in cases}
        self.version = next(iter(last.values())).version if last else self.version
        return [last[str(2 * number + 2)].facts or StatementFacts() for number in range(len(texts))]


def without_size(facts: Row) -> dict[str, Any]:
    """Return facts without numbers, which depend on the size of the example's table, and without the text of a message."""
    return {key: value for key, value in facts.items() if key not in ("pages", "rows", "counts", "message")}


def _wanted(text: str) -> set[str]:
    """Return the words of a statement; a parent comes with its children, and the other way round."""
    words = set(re.findall(r"\w+", text))
    return words | ({"parents", "children"} if words & {"parents", "children"} else set())


def is_alone(form: Form) -> bool:
    """Whether a statement does one thing, so that its facts are those of one form."""
    return len(form.parts) == 1 and not (form.parts[0].undecided or form.algorithm or form.lock)


def abstracted(facts: StatementFacts, roles: Roles) -> dict[str, Any]:
    """Return facts as a row has them: with roles for names, without what is empty or belongs to the recorded table alone."""
    names = {name: f"{{{role}}}" for role in reversed("trixdp") for name in roles.get(role, ())}
    if facts.refused:
        table = next(iter(roles.get("t", ())), "")
        message = re.sub(rf"\b{re.escape(table)}\b", "{t}", facts.message) if table else facts.message
        return {"refused": facts.refused, "message": message}
    found: dict[str, Any] = {
        key: _roles(getattr(facts, key), names) for key in ("rewritten", "scanned", "built", "changed", "invalid")
    }
    found["locks"] = sorted({(names[one.table], one.mode, one.blocks) for one in facts.locks if one.table in names})
    found["algorithm"], found["pages"] = facts.algorithm, facts.pages
    # A copy reports all rows, too. Few rows are those of the example.
    found["rows"] = facts.rows if facts.rows >= _MANY and not facts.algorithm else 0
    found["counts"] = {names[name]: list(pair) for name, pair in (facts.counts or {}).items() if name in names}
    return {key: [list(one) for one in value] if key == "locks" else value for key, value in found.items() if value}


def _roles(names: Sequence[str], roles: Mapping[str, str]) -> list[str]:
    return sorted({roles[one] for one in names if one in roles})


def document(recorder: Recorder, rows: Mapping[str, Row]) -> dict[str, Any]:
    """Return the table as it is written."""
    today = datetime.now(UTC).date().isoformat()
    return {"database": recorder.database, "version": recorder.version, "recorded": today, "forms": dict(sorted(rows.items()))}
