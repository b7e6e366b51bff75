"""The closing lines of a run: how many tests ran on each database. Fails if one did not run, or did not pass.

`python tests/report.py results/sqlite.xml results/databases.xml` reads the reports that pytest wrote.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

# Each of these folders has its own line, even if its tests run on several databases.
FOLDERS = ("unit", "oracles", "faults")
LINES = ("unit", "sqlite", "postgresql", "mysql", "mariadb", "oracles", "faults")


def main(*reports: str) -> int:
    """Print a line for each database and one for all; return 1 unless every test ran and passed."""
    counted = {line: Counter[str]() for line in LINES}
    missing = [report for report in reports if not Path(report).is_file()]
    for report in set(reports) - set(missing):
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            counted[_line(case)][_outcome(case)] += 1
    for line, outcomes in counted.items():
        told = ", ".join(f"{outcomes[outcome]} {outcome}" for outcome in ("passed", "failed", "skipped"))
        print(f"{line:<12} {told if outcomes else 'did not run'}")
    for report in missing:
        print(f"{report} is missing")
    total = sum(counted.values(), Counter[str]())
    failed = total["failed"] + total["skipped"] + len(missing) + sum(not outcomes for outcomes in counted.values())
    print(f"{total['passed']} passed, {failed} failed")
    return 1 if failed else 0


def _line(case: ElementTree.Element) -> str:
    """Return the line of the report that counts this test."""
    folder = (case.get("classname") or "").split(".")[1:2]
    if folder and folder[0] in FOLDERS:
        return folder[0]
    # A test without a database ran where SQLite's ran.
    return next(_values(case, "database"), "") or "sqlite"


def _values(case: ElementTree.Element, name: str) -> Iterator[str]:
    return (one.get("value", "") for one in case.iter("property") if one.get("name") == name)


def _outcome(case: ElementTree.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
