"""Write docs/faults.md from the report of a run: the result of each fault on each database, and the measured figures."""

import sys
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.faults.catalogue import CATALOGUE

DATABASES = ("postgresql", "mysql", "mariadb", "sqlite")
HEAD = """# The faults that users of migration tools meet

`tox -e faults-full` runs the tests of these faults and writes this page. `tox -e faults` runs a smaller part of the same tests.
Each row is a fault. Each cell counts the tests that passed on that database. A "-" means that the fault cannot occur on that
database."""
MEASURED = """
## Measured

A full run measured these figures. They have these meanings:

- "crash points", "answers to COMMIT swallowed", "connections cut" and "kills of the server" count harmed runs. One ordinary run
  follows each of them, and the test compares its database with that of a run without harm.
- "lost" counts databases that lack something, "doubled" those with something twice, "stopped for a person" the runs that needed
  `resolve`.
- "settled by the catalog" counts runs that had to ask the catalog about an interrupted statement.
- "quiet after" is the time from a cancellation until the server runs nothing more for it.
- "right again after" is the time from the end of a fault to the next success. The limits of these tests are one second.

The figures by fault:
"""


def main(page: str, *reports: str) -> int:
    """Read the reports, of which a later one replaces an earlier one of the same test, and write the page. Return 1 unless the
    tests of every fault passed.
    """
    cases = {
        (case.get("classname"), case.get("name")): case
        for report in reports
        for case in ElementTree.parse(report).getroot().iter("testcase")
    }
    cells: dict[tuple[str, str], list[bool]] = defaultdict(list)
    figures: dict[tuple[str, str], list[str]] = defaultdict(list)
    for case in cases.values():
        told = [(one.get("name", ""), one.get("value", "")) for one in case.iter("property")]
        passed = not any(case.find(kind) is not None for kind in ("failure", "error", "skipped"))
        database = next((value for name, value in told if name == "database"), "")
        for number in (value for name, value in told if name == "fault"):
            for one in [database] if database else DATABASES[:1]:
                cells[number, one].append(passed)
            figures[number, database] += [value for name, value in told if name == "figure"]
    untested = sorted(set(CATALOGUE) - {number for number, _ in cells})
    Path(page).write_text(_page(cells, figures))
    print(f"{sum(map(len, cells.values()))} tests of {len(CATALOGUE)} faults; without a test: {', '.join(untested) or 'none'}")
    return 1 if untested or not all(map(all, cells.values())) else 0


def _page(cells: dict[tuple[str, str], list[bool]], figures: dict[tuple[str, str], list[str]]) -> str:
    lines, chapter = [HEAD], ""
    for number, (its_chapter, title) in CATALOGUE.items():
        if its_chapter != chapter:
            chapter = its_chapter
            lines.append(f"\n## {chapter}\n\n| | fault | {' | '.join(DATABASES)} |\n| --- | --- | --- | --- | --- | --- |")
        shown = [_cell(cells[number, database]) for database in DATABASES]
        lines.append(f"| {number} | {title} | {' | '.join(shown)} |")
    lines.append(MEASURED)
    for number in CATALOGUE:
        told = [f"  - {database}: {'; '.join(found)}" for database in DATABASES if (found := figures[number, database])]
        lines += [f"- {number} {CATALOGUE[number][1]}", *told] if told else []
    return "\n".join(lines) + "\n"


def _cell(passed: list[bool]) -> str:
    if not passed:
        return "-"
    return f"{len(passed)} passed" if all(passed) else f"**{passed.count(False)} of {len(passed)} failed**"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
