"""Who may import whom, and which third-party packages a module may know."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "database"
MODULES = {path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."): path for path in sorted(ROOT.rglob("*.py"))}

ABOVE = ("application.", "dialects.", "repositories.")
EVERYTHING = " ".join(name.removesuffix(".__init__") for name in MODULES if not name.startswith(ABOVE))
DIALECT = "catalog places conditional heads dialect errors lexis parameters statements url values words"
PLANNING = "migration plan resume state statements"
_PARTS = (
    *(
        "postgresql_pool",
        "sqlite_pool",
        "galera",
        "mysql_engines",
        "mysql_fence",
        "mysql_settings",
        "mysql_values",
        "sqlite_keys",
    ),
    "sqlite_values",
)
PARTS = " ".join(f"dialects.{name}" for name in _PARTS)
COMMAND = f"{PLANNING} blueprints config dialect directory errors history migrating opening report output session table url"
FLEET = f"{COMMAND} manager tenancy tenants.names tenants.registry tenants.work"
REPOSITORY = "repositories.keys repositories.repository repositories.rules"
ROUTES = tuple(name for name in MODULES if name.startswith("application."))
DOCUMENTS = (
    "accounts",
    "agent",
    "chat",
    "chatkit",
    "chatkit_store",
    "conversations",
    "history",
    "members",
    "pipelines",
    "tenancy",
    "widgets",
)
MAY_IMPORT = {
    # Everybody may import it, see below.
    "printable": "",
    "errors": "",
    "output": "",
    "extras": "errors",
    "interruption": "",
    "lexis": "",
    "table": "output",
    "version": "",
    "runs": "lexis",
    "skimming": "lexis",
    "routines": "lexis skimming",
    "bodies": "lexis routines skimming",
    "modes": "lexis",
    "places": "lexis",
    "words": "lexis",
    "statements": "bodies lexis modes runs skimming",
    "heads": "lexis",
    "conditional": "heads lexis",
    "catalog": "heads lexis",
    "parameters": "errors lexis statements",
    "documents": "errors",
    "values": "documents errors",
    "url": "errors",
    "blueprints": "directory errors",
    "config": "blueprints errors url",
    "migration": "errors",
    "large": "errors",
    "filename": "",
    "directives": "errors large migration",
    "directory": "directives errors filename large migration url",
    "state": "errors migration",
    "connection": "dialect errors lexis parameters values",
    "dialect": "connection errors extras lexis parameters statements url values",
    "dialects.__init__": "",
    **{
        f"dialects.{name}": f"{DIALECT} dialects.{name}_connection dialects.{name}_catalog {PARTS}"
        for name in ("postgresql", "mysql", "sqlite")
    },
    **{f"dialects.{name}_connection": f"{DIALECT} dialects.{name}_values" for name in ("postgresql", "sqlite")},
    **{f"dialects.{name}_values": "errors parameters values" for name in ("postgresql", "mysql", "sqlite")},
    "dialects.mysql_connection": "dialect dialects.mysql_engines dialects.mysql_errors dialects.mysql_values errors lexis url",
    "dialects.mysql_engines": "catalog dialect lexis statements",
    "dialects.mysql_errors": "errors lexis places",
    **{
        f"dialects.{name}_pool": f"{DIALECT} dialects.{name}_connection dialects.{name}_values"
        for name in ("postgresql", "sqlite")
    },
    "dialects.mysql_fence": "dialect errors",
    "dialects.mysql_settings": "dialect",
    "dialects.sqlite_keys": DIALECT,
    "dialects.galera": f"{DIALECT} dialects.mysql dialects.mysql_connection",
    "dialects.postgresql_catalog": DIALECT,
    "dialects.mysql_catalog": f"{DIALECT} dialects.mysql_connection",
    **{f"dialects.{name}_tenants": "dialect tenancy url" for name in ("postgresql", "mysql", "sqlite")},
    "tenancy": "dialect errors url",
    "records": "dialect migration",
    "history": "dialect errors migration records",
    "session": "dialect errors history migration records statements",
    "opening": "dialect session url",
    "planned": "errors lexis migration runs statements words",
    "found": "dialect directives errors lexis migration planned runs statements",
    "plan": "dialect errors found lexis migration planned runs statements",
    "parts": "lexis plan planned runs statements",
    "lost": "errors heads lexis plan planned",
    "resume": "errors history lexis lost migration plan planned",
    "failure": "errors plan planned",
    "settling": "history plan planned resume session",
    "journal": "errors plan planned records resume session",
    "journaled": "errors failure journal parts plan planned runs session settling statements words",
    "transactional": "errors failure parts plan planned runs session statements",
    "together": "dialect errors failure migration parts plan session transactional",
    "report": "errors",
    "execution": "journaled plan report session together transactional",
    "migrating": "errors execution migration plan report session state",
    "commands.__init__": "",
    **dict.fromkeys([name for name in MODULES if name.startswith("commands.") and name != "commands.__init__"], COMMAND),
    "commands.tenants": f"{COMMAND} tenants",
    "tenants.names": "errors",
    "tenants.registry": "errors migration session tenancy tenants.names url",
    **{f"tenants.{name}": FLEET for name in ("work", "onboarding", "sync", "status")},
    "tenants.__init__": "tenants.onboarding tenants.status tenants.sync",
    "manager": "dialect errors opening session statements url words",
    "copies": "dialect errors url",
    **{f"dialects.{name}_copies": "copies dialect errors url" for name in ("postgresql", "sqlite")},
    "dialects.mysql_copies": "copies dialect dialects.mysql_connection errors url",
    "readiness": "",
    "ending": "errors",
    **dict.fromkeys(["schemas", "cli", "preparation", "startup", "testing", "__main__", "__init__"], EVERYTHING),
    "repositories.__init__": "extras",
    "repositories.rules": "documents errors",
    "repositories.keys": "errors manager",
    "repositories.repository": "dialect errors manager repositories.rules",
    **{f"repositories.{name}": f"dialect errors manager {REPOSITORY}" for name in DOCUMENTS},
    "repositories.chatkit_store": f"dialect errors extras manager {REPOSITORY}",
    "repositories.members": f"{REPOSITORY} manager repositories.tenancy",
    "repositories.widgets": f"{REPOSITORY} errors manager repositories.chatkit",
    **{
        name: " ".join(["errors", "manager", "repositories.rules", *ROUTES, *(f"repositories.{one}" for one in DOCUMENTS)])
        for name in ROUTES
    },
    "application.asgi": "",
    "application.bounds": "application.errors dialect manager",
    "application.probe": "dialect url",
    "application.tenants": "application.bounds errors manager opening repositories.history schemas tenancy tenants "
    "tenants.names tenants.registry",
    "application.admin": " ".join(["schemas", "tenants", *ROUTES]),
    "application.build": " ".join(["application", "startup", "readiness", "schemas", *ROUTES]),
    "application.__init__": "application.build extras",
}
PACKAGES = {
    "dialects.postgresql_connection": {"asyncpg"},
    "dialects.postgresql_pool": {"asyncpg"},
    "dialects.mysql": {"pymysql"},
    "dialects.mysql_catalog": {"pymysql"},
    "dialects.mysql_connection": {"aiomysql", "pymysql"},
    "dialects.mysql_errors": {"pymysql"},
    "dialects.mysql_values": {"pymysql"},
    "dialects.sqlite_connection": {"aiosqlite"},
    "table": {"rich"},
    "repositories.rules": {"pydantic", "pydantic_core"},
    **{name: {"fastapi", "pydantic", "pydantic_core", "starlette"} for name in ROUTES},
    "application.passwords": {"argon2", "fastapi"},
    **{f"repositories.{name}": {"pydantic", "pydantic_core"} for name in DOCUMENTS},
    "repositories.chatkit_store": {"chatkit", "pydantic", "pydantic_core"},
    "testing": {"pytest", "pytest_asyncio"},
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


def test_every_module_has_a_row_in_the_table() -> None:
    assert sorted(MAY_IMPORT) == sorted(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_what_stands_below_it(name: str) -> None:
    ours = {
        one.removeprefix("database.").removesuffix(".__init__") for one in imported(MODULES[name]) if one.startswith("database")
    }
    assert ours - {name, "printable"} - set(MAY_IMPORT[name].split()) - ({"commands"} if name == "cli" else set()) == set()


@pytest.mark.parametrize("name", MODULES)
def test_a_driver_is_known_to_its_dialect_alone(name: str) -> None:
    packages = {one.partition(".")[0] for one in imported(MODULES[name])} - {"database"} - sys.stdlib_module_names
    assert packages <= PACKAGES.get(name, set())


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_at_most_300_lines(name: str) -> None:
    lines = len(MODULES[name].read_text(encoding="utf-8").splitlines())
    assert lines <= 300
