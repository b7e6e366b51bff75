"""The order of the folders: each imports only itself and those on lower lines; a driver belongs to its dialect alone."""

import ast
import sys
from functools import cache
from pathlib import Path

import whimbrel

ROOT = Path(__file__).parents[2] / "src" / "whimbrel"
FLOORS = (
    "address_options errors extras messages settings signals url version",
    "parsing",
    "migrations dialects",
    "planning schema session",
    "runner pool",
    "manager",
    "tenants review adoption",
    "commands",
    "startup testing",
    "__init__ __main__ cli",
)
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names.split()}
MODULES = {path.relative_to(ROOT).with_suffix("").as_posix(): path for path in sorted(ROOT.rglob("*.py"))}
# These read their driver's errors, or are plugins of the packages that they import.
PACKAGES = {
    "dialects/postgresql/": {"asyncpg"},
    "dialects/mysql/": {"aiomysql", "pymysql"},
    "dialects/sqlite/": {"aiosqlite"},
    "commands/_table": {"rich"},
    "commands/completion": {"shtab"},
    "testing": {"pytest", "pytest_asyncio"},
}
SIZED = {
    str(path.relative_to(ROOT.parents[1])): path
    for folder in ("src", "application", "database", "benchmarks", "tests")
    for path in sorted((ROOT.parents[1] / folder).rglob("*.py"))
}
# The modules that use the library.
OUTSIDE = {
    path.relative_to(ROOT.parents[1]).as_posix(): path
    for folder in ("database", "application")
    for path in (ROOT.parents[1] / "main.py", *sorted((ROOT.parents[1] / folder).rglob("*.py")))
}


def imported(path: Path) -> set[str]:
    """Return the full names of all imports of a module, also of those inside its functions."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}


@cache
def imports() -> dict[str, set[str]]:
    """Return what each module imports."""
    return {name: imported(path) for name, path in MODULES.items()}


def test_a_module_imports_only_its_own_folder_and_those_below() -> None:
    assert {
        f"{name} imports {one}"
        for name, packages in imports().items()
        for one in (package.split(".")[1] for package in packages if package.startswith("whimbrel."))
        if FLOOR[one] > FLOOR[name.partition("/")[0]]
    } == set()


def test_a_package_of_others_is_known_to_its_own_modules_alone() -> None:
    assert {
        f"{name} imports {other}"
        for name, packages in imports().items()
        for other in {one.partition(".")[0] for one in packages} - {"whimbrel"} - sys.stdlib_module_names - known_to(name)
    } == set()


def known_to(name: str) -> set[str]:
    """Return the packages of others that a module may import."""
    return next((packages for prefix, packages in PACKAGES.items() if name.startswith(prefix)), set())


def test_a_module_is_at_most_300_lines() -> None:
    lines = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in SIZED.items()}
    assert {name: number for name, number in lines.items() if number > 300} == {}


def test_the_library_has_at_most_26_entries_at_its_top() -> None:
    entries = [path.name for path in ROOT.iterdir() if path.name not in ("__pycache__", "py.typed")]
    assert len(entries) <= 26, sorted(entries)


def test_the_application_uses_the_public_names_of_the_library_alone() -> None:
    for name, path in OUTSIDE.items():
        assert {one for one in imported(path) if one.startswith("whimbrel.")} == set(), name
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        froms = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module == "whimbrel"]
        assert {alias.name for node in froms for alias in node.names} <= set(whimbrel.__all__), name
