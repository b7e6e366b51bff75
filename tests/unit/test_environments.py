"""The environments of tox leave out no test."""

from configparser import ConfigParser

from tests.conftest import WITH_DRIVERS
from tests.files import ROOT


def test_each_folder_of_tests_runs_on_all_four_databases() -> None:
    tox = ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    each = set(tox["run"]["each"].split())
    [databases] = [line for line in tox["testenv"]["commands"].splitlines() if line.startswith("databases:")]
    first = {word for word in databases.replace("{posargs:", " ").split() if word.startswith("tests/")}
    assert first == {f"tests/{name}" for name in WITH_DRIVERS}
    folders = {f"tests/{path.parent.name}" for path in ROOT.glob("tests/*/test_*.py")}
    assert first | each == folders
