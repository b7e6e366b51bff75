"""Findings for files that no run on a database accepts, such as two actions in one ALTER TABLE of SQLite. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple

from whimbrel.dialects.rules import DialectRules
from whimbrel.errors import Place, Problem, ValidationFailed
from whimbrel.migrations.migration import Migration, MigrationSet
from whimbrel.parsing.cursor import leading_words
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.parsing.splitter import split
from whimbrel.planning.plan import plan_file
from whimbrel.review.formats.remark import from_problem
from whimbrel.review.lint.rule import Level, LintFinding
from whimbrel.review.lint.rules.catalogue import RULES

__all__ = ["Plannable", "find_plannable"]

_SQLITE_ALTER = "SQLite accepts one action in an ALTER TABLE"


class Plannable(NamedTuple):
    """The sets without the files that no run accepts, and a finding for each problem of those."""

    sets: list[MigrationSet]
    findings: list[LintFinding]


def find_plannable(
    dialect: DialectRules,
    database: str,
    sets: Sequence[MigrationSet],
    chosen: Container[tuple[str, str]],
    levels: Mapping[str, Level],
    *,
    native: bool,
) -> Plannable:
    """Plan each chosen file for a database. A file that is not chosen is applied already, and stays."""
    kept: list[MigrationSet] = []
    findings: list[LintFinding] = []
    for one in sets:
        refused: list[Migration] = []
        for file in one.for_database(database):
            if (file.set_name, str(file.version)) not in chosen:
                continue
            try:
                plan_file(dialect, database, file, native=native)
            except ValidationFailed as failed:
                refused.append(file)
                rules = dialect.lexer_rules(portable=not native and not file.database, database=database)
                findings += (_finding(file, problem, database, rules, levels) for problem in failed.problems)
        kept.append(one._replace(variants=tuple(file for file in one.variants if file not in refused)))
    return Plannable(kept, [one for one in findings if one.level != "off"])


def _finding(file: Migration, problem: Problem, database: str, rules: LexerRules, levels: Mapping[str, Level]) -> LintFinding:
    remark = from_problem(problem)
    rule = RULES["P08" if _SQLITE_ALTER in problem.message else "P01"]
    number, kind, source = next(_statement(file, remark.place, rules), (0, "", ""))
    return LintFinding(
        code=rule.code,
        level=levels.get(rule.code, rule.level),
        place=remark.place._replace(path=file.path, source=source),
        statement=number,
        kind=kind,
        database=database,
        version="",
        source="text",
        message=f"no run accepts the file: {remark.message}",
        facts={"problem": str(problem.kind)},
        why=rule.why,
        safe=rule.safe,
    )


def _statement(file: Migration, place: Place, rules: LexerRules) -> Iterator[tuple[int, str, str]]:
    """Yield number, kind and first line of the statement at a place."""
    for number, one in enumerate(split(file.text, rules), start=1):
        if (one.line, one.column) == (place.line, place.column):
            yield number, " ".join(leading_words(one.text, rules)[:2]), one.text.partition("\n")[0]
