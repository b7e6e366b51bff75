"""Whimbrel works in a project with its own `database.py` and `migrations/`, and imports neither."""

import subprocess
import sys
from pathlib import Path

import pytest

_FILES = {
    "database.py": "from whimbrel import lifespan\n\nSETTING = 'theirs'\nhook = lifespan('sqlite:///app.db', 'migrations')\n",
    "migrations/__init__.py": "",
    "migrations/V1__notes.sql": "CREATE TABLE notes (id INTEGER PRIMARY KEY);\n",
    "test_it.py": "import pytest\nfrom database import SETTING, hook\n\n\n@pytest.mark.asyncio\n"
    "async def test_it(whimbrel_manager):\n    assert SETTING == 'theirs'\n    assert callable(hook)\n"
    "    assert await whimbrel_manager.fetch_all('SELECT * FROM notes') == []\n",
    "pyproject.toml": "[tool.whimbrel]\nsql = ['migrations']\n[tool.pytest.ini_options]\n"
    "asyncio_default_fixture_loop_scope = 'function'\n",
}
_COMMANDS = {
    "pytest": ["-m", "pytest", "-q", "-p", "no:cacheprovider"],
    "migrate": ["-m", "whimbrel", "migrate", "--url", "sqlite:///app.db"],
    "their own module": ["-c", "import database; assert database.SETTING == 'theirs'"],
}


@pytest.mark.parametrize("name", _COMMANDS)
def test_a_project_with_a_database_of_its_own(tmp_path: Path, name: str) -> None:
    for path, text in _FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    ended = subprocess.run([sys.executable, *_COMMANDS[name]], cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_library_alone_is_installed() -> None:
    from importlib.metadata import files

    folders = {file.parts[0] for file in files("whimbrel") or () if file.suffix == ".py" and not file.name.startswith("_")}
    assert folders <= {"whimbrel"}
