"""Whimbrel: raw-SQL migrations for async Python, on PostgreSQL, MySQL, MariaDB and SQLite from the same files."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from database.commands.info import info
    from database.commands.migrate import migrate
    from database.commands.repair import repair
    from database.commands.resolve import resolve
    from database.commands.validate import validate
    from database.errors import (
        ConfigurationError,
        ConnectionLost,
        ConstraintViolated,
        DatabaseBusy,
        DatabaseError,
        DatabaseUnreachable,
        Interrupted,
        LockTimeout,
        MigrationFailed,
        MigrationsPending,
        ParameterError,
        PoolTimeout,
        Problem,
        RuleViolated,
        StatementTimeout,
        StatementUnsettled,
        TransactionEnded,
        ValidationFailed,
        WhimbrelError,
    )
    from database.manager import DatabaseManager, ScriptResult
    from database.readiness import Startup, UntilReady
    from database.report import Report
    from database.schemas import drop_chat_tables, initialize_chat_schema, initialize_database, shipped
    from database.startup import lifespan
    from database.state import MigrationInfo, State
    from database.tenants import SyncReport, TenantState, TenantStatus, onboard, sync_tenants, tenant_manager, tenant_status
    from database.version import __version__

__all__ = [
    "ConfigurationError",
    "ConnectionLost",
    "ConstraintViolated",
    "DatabaseBusy",
    "DatabaseError",
    "DatabaseManager",
    "DatabaseUnreachable",
    "Interrupted",
    "LockTimeout",
    "MigrationFailed",
    "MigrationInfo",
    "MigrationsPending",
    "ParameterError",
    "PoolTimeout",
    "Problem",
    "Report",
    "RuleViolated",
    "ScriptResult",
    "Startup",
    "State",
    "StatementTimeout",
    "StatementUnsettled",
    "SyncReport",
    "TenantState",
    "TenantStatus",
    "TransactionEnded",
    "UntilReady",
    "ValidationFailed",
    "WhimbrelError",
    "__version__",
    "drop_chat_tables",
    "info",
    "initialize_chat_schema",
    "initialize_database",
    "lifespan",
    "migrate",
    "onboard",
    "repair",
    "resolve",
    "shipped",
    "sync_tenants",
    "tenant_manager",
    "tenant_status",
    "validate",
]

# The same once more: a name is imported when it is first asked for, so that a process pays for what it uses.
_HOMES = {
    "database.commands.info": "info",
    "database.commands.migrate": "migrate",
    "database.commands.repair": "repair",
    "database.commands.resolve": "resolve",
    "database.commands.validate": "validate",
    "database.errors": (
        "ConfigurationError ConnectionLost ConstraintViolated DatabaseBusy DatabaseError "
        "DatabaseUnreachable Interrupted LockTimeout MigrationFailed MigrationsPending ParameterError PoolTimeout "
        "Problem RuleViolated StatementTimeout StatementUnsettled TransactionEnded ValidationFailed WhimbrelError"
    ),
    "database.startup": "lifespan",
    "database.manager": "DatabaseManager ScriptResult",
    "database.readiness": "Startup UntilReady",
    "database.report": "Report",
    "database.schemas": "drop_chat_tables initialize_chat_schema initialize_database shipped",
    "database.state": "MigrationInfo State",
    "database.tenants": "SyncReport TenantState TenantStatus onboard sync_tenants tenant_manager tenant_status",
    "database.version": "__version__",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
