"""The package's face: its names, and what importing it does not do."""

from __future__ import annotations

import ast
import pickle
import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

import pytest

import whimbrel
from whimbrel.messages.named_tuple import NamedTuple

# A start with nothing to do has no statements, and runs nothing.
_OF_A_RUN = (
    "whimbrel.dialects.inventory",
    "whimbrel.migrations.allowance",
    "whimbrel.migrations.state",
    "whimbrel.parsing.error_position",
    "whimbrel.parsing.lexer",
    "whimbrel.parsing.reducing",
    "whimbrel.planning",
    "whimbrel.runner.migrator",
    "whimbrel.schema",
    "whimbrel.session.history",
    "whimbrel.session.session",
)
# PostgreSQL's own search path is read by the lexer, and its names are folded as those of objects are.
_ALLOWED = {"postgresql": ("whimbrel.parsing.lexer", "whimbrel.dialects.postgresql.objects")}
DRIVERS = ("asyncpg", "aiomysql", "aiosqlite", "pymysql")


def test_importing_the_package_imports_no_driver() -> None:
    code = f"import whimbrel, sys; print([name for name in {DRIVERS!r} if name in sys.modules])"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"


def test_the_public_names_are_sorted_complete_and_told_alike_to_people_and_type_checkers() -> None:
    tree = ast.parse(Path(str(whimbrel.__file__)).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    imported = {alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert list(whimbrel.__all__) == sorted(imported)
    assert imported == whimbrel._HOME
    assert all(getattr(whimbrel, name) is not None for name in whimbrel.__all__)
    assert set(whimbrel.__all__) <= set(dir(whimbrel))
    with pytest.raises(AttributeError, match="nothing_of_ours"):
        whimbrel.nothing_of_ours  # noqa: B018


def test_importing_the_package_imports_nothing_before_it_is_asked_for() -> None:
    code = "import whimbrel, sys; print([name for name in sys.modules if name.startswith('whimbrel.') or name == 'asyncio'])"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"


def test_the_version_is_told_without_what_it_takes_to_run_anything() -> None:
    code = (
        "import sys; from whimbrel.cli import main\ntry: main(['--version'])\n"
        "except SystemExit: print([name for name in ('asyncio', 'ssl', 'inspect') if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.splitlines()[1:] == ["[]"]


def test_a_command_with_nothing_to_do_loads_no_modules_for_values_documents_statements_and_runs(tmp_path: Path) -> None:
    folder = tmp_path / "done"
    folder.mkdir()
    (folder / "V1__a.sql").write_text("CREATE TABLE a (id INTEGER);")
    command = ["migrate", "--url", f"sqlite:///{tmp_path / 'a.db'}", "--sql", str(folder)]
    names = ("calendar", "dataclasses", "decimal", "json", "pkgutil", "tomllib", "uuid")
    told = f"print([name for name in {names!r} + {_OF_A_RUN!r} if name in sys.modules])"
    code = f"import sys; from whimbrel.cli import main; main({command!r}); {told}"
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "sqlite"])
def test_a_dialect_loads_no_modules_for_statements_and_runs(dialect: str) -> None:
    names = (*_OF_A_RUN, *(f"whimbrel.dialects.{dialect}.{name}" for name in ("catalog", "inventory", "objects")))
    told = f"print([name for name in {names!r} if name in sys.modules and name not in {_ALLOWED.get(dialect, ())!r}])"
    code = f"import sys, whimbrel.dialects.{dialect}.dialect; {told}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


class Wide(NamedTuple):
    """A record with all that such a class may have."""

    one: int
    two: tuple[str, ...] | None = None

    @property
    def both(self) -> str:
        return f"{self.one}{self.two}"

    def __str__(self) -> str:
        return "wide"


def test_a_record_is_the_same_as_one_of_typing() -> None:
    wide = Wide(1)
    assert (wide, wide.both, str(wide), repr(wide)) == ((1, None), "1None", "wide", "Wide(one=1, two=None)")
    assert wide._replace(two=("a",))._asdict() == {"one": 1, "two": ("a",)}
    assert pickle.loads(pickle.dumps(wide)) == wide
    assert Wide._field_defaults == {"two": None}
    assert get_type_hints(Wide) == {"one": int, "two": tuple[str, ...] | None}
    assert (Wide.__module__, Wide.__doc__) == (__name__, "A record with all that such a class may have.")
