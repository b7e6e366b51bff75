"""lint finds what each rule is about on its server, and no finding in a statement like it."""

from pathlib import Path

import pytest

from tests.files import write_set
from tests.review.lint_pairs import PAIRS, base
from tests.servers import Server
from whimbrel import LintReport, lint

pytestmark = pytest.mark.asyncio


def address_of(database: str, servers: dict[str, Server]) -> str:
    return "sqlite://" if database == "sqlite" else servers[database].url


async def test_each_rule_finds_its_statement_and_none_like_it(database: str, servers: dict[str, Server], tmp_path: Path) -> None:
    pairs = [one for one in PAIRS if database in one.databases.split()]
    texts = [text for one in pairs for text in (one.bad, one.good)]
    files = {"V1__base.sql": base(database, texts)}
    files |= {f"V{n + 2}__a.sql": text.replace("{t}", f"t{n}").replace("{p}", "p") for n, text in enumerate(texts)}
    folder = write_set(tmp_path / "set", files)
    report = await lint(folder, on=[address_of(database, servers)], first="2", databases=[database])
    assert {one.source for one in report.findings} <= {"measured", "text"}
    wrong = []
    for number, one in enumerate(pairs):
        bad, good = (_codes(report, f"V{2 * number + offset}__a.sql") for offset in (2, 3))
        wrong += [f"{one.code} is missing: {one.bad} {bad}"] if one.code not in bad else []
        wrong += [f"{one.code} is needless: {one.good}"] if one.code in good else []
    assert wrong == []


def _codes(report: LintReport, script: str) -> set[str]:
    return {one.code for one in report.findings if one.place.path.endswith(f"/{script}")}
