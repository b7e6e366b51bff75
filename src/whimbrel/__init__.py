"""Whimbrel: raw-SQL migrations for async Python, on PostgreSQL, MySQL, MariaDB and SQLite from the same files."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whimbrel.commands.info import info
    from whimbrel.commands.migrate import migrate
    from whimbrel.commands.repair import repair
    from whimbrel.commands.resolve import resolve
    from whimbrel.commands.validate import validate
    from whimbrel.errors import (
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
    from whimbrel.manager import DatabaseManager, ScriptResult
    from whimbrel.migrations.state import MigrationInfo, State
    from whimbrel.parsing.splitter import split
    from whimbrel.runner.drop_set import drop_set
    from whimbrel.runner.report import Report
    from whimbrel.startup.lifespan import lifespan
    from whimbrel.startup.readiness import Startup, UntilReady
    from whimbrel.tenants import SyncReport, TenantState, TenantStatus, onboard, sync_tenants, tenant_manager, tenant_status
    from whimbrel.version import __version__

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
    "drop_set",
    "info",
    "lifespan",
    "migrate",
    "onboard",
    "repair",
    "resolve",
    "split",
    "sync_tenants",
    "tenant_manager",
    "tenant_status",
    "validate",
]

# The same once more: a name is imported when it is first asked for, so that a process pays for what it uses.
_HOMES = {
    "whimbrel.commands.info": "info",
    "whimbrel.commands.migrate": "migrate",
    "whimbrel.commands.repair": "repair",
    "whimbrel.commands.resolve": "resolve",
    "whimbrel.commands.validate": "validate",
    "whimbrel.errors": (
        "ConfigurationError ConnectionLost ConstraintViolated DatabaseBusy DatabaseError "
        "DatabaseUnreachable Interrupted LockTimeout MigrationFailed MigrationsPending ParameterError PoolTimeout "
        "Problem RuleViolated StatementTimeout StatementUnsettled TransactionEnded ValidationFailed WhimbrelError"
    ),
    "whimbrel.startup.lifespan": "lifespan",
    "whimbrel.manager": "DatabaseManager ScriptResult",
    "whimbrel.startup.readiness": "Startup UntilReady",
    "whimbrel.runner.report": "Report",
    "whimbrel.parsing.splitter": "split",
    "whimbrel.runner.drop_set": "drop_set",
    "whimbrel.migrations.state": "MigrationInfo State",
    "whimbrel.tenants": "SyncReport TenantState TenantStatus onboard sync_tenants tenant_manager tenant_status",
    "whimbrel.version": "__version__",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
