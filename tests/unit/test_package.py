"""The package's face: its names, and what importing it does not do."""

import ast
import subprocess
import sys
from pathlib import Path

import database

DRIVERS = ("asyncpg", "aiomysql", "aiosqlite", "pymysql")


def test_importing_the_package_imports_no_driver() -> None:
    code = f"import database, sys; print([name for name in {DRIVERS!r} if name in sys.modules])"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"


def test_the_public_names_are_sorted_and_complete() -> None:
    tree = ast.parse(Path(str(database.__file__)).read_text(encoding="utf-8"))
    imported = [alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert list(database.__all__) == sorted(imported)
    assert all(hasattr(database, name) for name in database.__all__)


def test_the_package_re_exports_and_does_nothing_else() -> None:
    tree = ast.parse(Path(str(database.__file__)).read_text(encoding="utf-8"))
    assert {type(node) for node in tree.body} == {ast.Expr, ast.ImportFrom, ast.Assign}
    assert len([node for node in tree.body if not isinstance(node, ast.ImportFrom)]) == 2
