"""What is installed is complete: the SQL files travel with the package."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.files import ROOT

SHIPPED = "import sys; from database import shipped; print(shipped(sys.argv[1]))"


@pytest.mark.parametrize("name", ["auth", "chat"])
def test_the_shipped_sets_are_found_and_are_those_of_the_checkout(tmp_path: Path, name: str) -> None:
    command = [sys.executable, "-P", "-c", SHIPPED, name]
    folder = Path(subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True).stdout.strip())
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert files == {file.name: file.read_bytes() for file in (ROOT / "sql" / name).iterdir()}
