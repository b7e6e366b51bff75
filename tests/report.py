"""The closing lines of a run: how many tests ran on each database. Fails if one did not run, or did not pass."""

import sys
from pathlib import Path
from xml.etree import ElementTree


def main(folder: str, *databases: str) -> int:
    """Print a line for each database and one for all; return 1 unless every test ran and passed."""
    passed_in_all = failed_in_all = 0
    for database in databases:
        file = Path(folder) / f"{database}.xml"
        if not file.is_file():
            print(f"{database:<12} did not run")
            failed_in_all += 1
            continue
        suite = ElementTree.parse(file).getroot().find("testsuite")
        assert suite is not None, f"{file} is not a report of pytest"
        count = {name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")}
        failed = count["failures"] + count["errors"]
        passed = count["tests"] - failed - count["skipped"]
        print(f"{database:<12} {passed} passed, {failed} failed, {count['skipped']} skipped")
        passed_in_all, failed_in_all = passed_in_all + passed, failed_in_all + failed + count["skipped"]
    print(f"{passed_in_all} passed, {failed_in_all} failed")
    return 1 if failed_in_all or not passed_in_all else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
