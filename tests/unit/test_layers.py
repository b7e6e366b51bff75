"""Who may import whom: a module imports its own floor and the floors below it; a driver belongs to its dialect alone."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "database"
MODULES = {path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."): path for path in sorted(ROOT.rglob("*.py"))}

# From the ground up. `x/*` are the modules of a folder.
FLOORS = (
    "printable",
    "diagnostics errors interruption version",
    "address_options extras",
    "url",
    # SQL text, and the values that go with it.
    "bodies conditional documents heads lexis modes parameters places routines runs session_effects skimming statements "
    "values words",
    # Databases, and files.
    "catalog connection copies deadlines dialect place registry tenancy watchdog dialects/*",
    "blueprints directives directory filename large migration state",
    # One connection, and what runs on it.
    "history opening records rows session",
    "found lost parts plan planned",
    "execution failure journal journaled migrating report resume settling together transactional",
    # The application's connections.
    "forks holders lent pool transactions",
    "manager",
    "tenants/*",
    "config output table commands/*",
    "ending preparation readiness schemas startup testing",
    "__init__ cli",
    "__main__",
    "repositories/*",
    "application/*",
)
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names.split()}
# These read their driver's errors, or are plugins of what they import.
PACKAGES = {
    "dialects.postgresql": {"asyncpg"},
    "dialects.mysql": {"aiomysql", "pymysql"},
    "dialects.sqlite": {"aiosqlite"},
    "table": {"rich"},
    "testing": {"pytest", "pytest_asyncio"},
    "repositories.": {"chatkit", "pydantic", "pydantic_core"},
    "application.": {"argon2", "fastapi", "pydantic", "pydantic_core", "starlette"},
}


def imported(path: Path) -> set[str]:
    """Return the full names of what a module imports, also inside its functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written out"
            found |= {f"{node.module}.{alias.name}" if node.module == "database" else str(node.module) for alias in node.names}
    return found


def floor(name: str) -> int:
    """Return the floor of a module, by its own name or by its folder's."""
    folder = name.partition(".")[0]
    return FLOOR[name] if name in FLOOR else FLOOR[f"{folder}/*"]


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_its_own_floor_and_those_below(name: str) -> None:
    ours = {one.removeprefix("database.") for one in imported(MODULES[name]) if one.startswith("database.")}
    assert {one for one in ours if floor(one) > floor(name)} == set()


@pytest.mark.parametrize("name", MODULES)
def test_a_package_of_others_is_known_to_its_own_modules_alone(name: str) -> None:
    known = next((packages for prefix, packages in PACKAGES.items() if name.startswith(prefix)), set())
    others = {one.partition(".")[0] for one in imported(MODULES[name])} - {"database"} - sys.stdlib_module_names
    assert others <= known


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_at_most_300_lines(name: str) -> None:
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) <= 300
