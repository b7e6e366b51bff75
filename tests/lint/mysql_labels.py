"""The labels that follow from what the probe saw, and what the gauge must have measured. Pure."""

import json
from collections.abc import Mapping

from tests.lint.corpus import CORPUS, Labelled
from whimbrel.dialects.gauge import StatementFacts

__all__ = ["JUDGED", "OF_ROWS", "differences", "labels_of", "load_probed"]

# The rules whose findings follow from facts alone. A corpus says nothing about others.
JUDGED = ("D01", "D02", "D05", "L06", "L07", "P01", "P02", "P03", "P04", "P05", "P06", "T03")
_OF_KEYS = ("1005", "1822", "3780", "6125")
_BY_CODE = {
    **dict.fromkeys(("1101", "1170"), "P02"),
    **dict.fromkeys(("1071", "1074", "1118"), "P03"),
    **dict.fromkeys(("1059", "1103"), "P04"),
    "1064": "P05",
    **dict.fromkeys(_OF_KEYS, "P06"),
    "1674": "T03",
}
# The rows decide whether the server refuses it.
OF_ROWS = frozenset(("1062", "1138", "1264", "1265", "1366", "1406", "1452", "3819", "4025"))
_BLOCKS = {"a read": "everything", "a write": "writes", "nothing": "schema changes"}


def load_probed(database: str) -> Mapping[str, Mapping[str, object]]:
    """Return what the probe saw of each statement of a corpus, by its id."""
    found: Mapping[str, Mapping[str, object]] = json.loads((CORPUS.parent / "probed" / f"{database}.json").read_text("utf-8"))
    return found


def labels_of(one: Labelled, probed: Mapping[str, object]) -> tuple[str, ...]:
    """Return the rules that must find the statement."""
    words = one.sql.split()
    code = str(probed.get("refused", ""))
    if code and code not in OF_ROWS:
        return ("P01" if code in _OF_KEYS and "REFERENCES" not in words else _BY_CODE.get(code, "P01"),)
    how, found = str(probed.get("how", "")), set[str]()
    if words[0] in ("DELETE", "UPDATE"):
        found |= set() if "WHERE" in words or "JOIN" in words else {"D02"}
    elif probed.get("gone"):
        found.add("D02" if "TRUNCATE" in words else "D01")
    if "loose" in probed:
        found.add("P06")
    if "collides" in probed or (code == "1062" and "CONVERT" in words):
        found.add("D05")
    works = bool(probed.get("rewritten")) or probed.get("rows", 0) != 0
    if how.startswith("copy") or how.endswith("writes wait") or (works and how.endswith("a write waits")):
        found.add("L06")
    elif how.startswith("in place") and probed["rewritten"]:
        found.add("L07")
    if probed.get("cut") and "(20)" not in one.sql:
        found.add("P03")
    return tuple(sorted(found))


def differences(one: Labelled, facts: StatementFacts | None, probed: Mapping[str, object]) -> dict[str, tuple[object, object]]:
    """Return what was measured of a statement and what the probe saw, where they are not the same."""
    code = str(probed.get("refused", ""))
    if facts is None:
        return {"facts": (None, probed)}
    if code in OF_ROWS and not facts.refused:
        # The statement was measured again with fewer rows, at last without any.
        return {} if any(f": {code}: " in note for note in facts.notes) else {"refused": (facts.notes, code)}
    if facts.refused or code:
        pairs: dict[str, tuple[object, object]] = {"refused": (facts.refused, code)}
    elif "locked" in probed:
        locked = sorted(one.table for one in facts.locks if one.mode == "every row")
        pairs = {"locked": (locked, probed["locked"]), "rows": (facts.rows, probed["rows"])}
    elif "waits" in probed:
        waits = probed["waits"]
        assert isinstance(waits, dict)
        blocks = {one.table: one.blocks for one in facts.locks}
        pairs = {"locks": (blocks, {name: _BLOCKS[what] for name, what in waits.items()})}
    else:
        pairs = _of_definition(facts, probed, _table_of(one))
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _of_definition(facts: StatementFacts, probed: Mapping[str, object], table: str) -> dict[str, tuple[object, object]]:
    how, rewritten = str(probed["how"]), probed["rewritten"]
    blocks = next((one.blocks for one in facts.locks if one.table == table), "schema changes")
    if how.startswith("no clause"):
        what = how.removeprefix("no clause, ").removesuffix(" waits")
        return {"locks": (blocks, _BLOCKS[what])}
    algorithm, _, passes = how.partition(", ")
    if algorithm == "in place" and rewritten:
        algorithm = "rebuild"
    passing = {"writes pass": "schema changes", "writes wait": "writes", "reads wait": "everything"}
    return {
        "algorithm": (facts.algorithm, "" if algorithm == "nothing" else algorithm),
        # An instant change needs the exclusive lock for a moment, and does no work under it.
        "locks": (blocks if passes else "", passing.get(passes, "")),
        "rewritten": (table in facts.rewritten, algorithm in ("copy", "rebuild")),
    }


def _table_of(one: Labelled) -> str:
    """Return the table that the last statement of a file changes."""
    words = one.sql.replace(";", " ;").rpartition(";")[2].split()
    return words[words.index("ON") + 1] if "INDEX" in words[:3] else words[2]
