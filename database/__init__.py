"""Whimbrel: raw-SQL migrations for async Python, on PostgreSQL, MySQL, MariaDB and SQLite from the same files."""

from database.commands.info import info
from database.commands.migrate import Report, migrate
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
    Problem,
    RuleViolated,
    StatementTimeout,
    StatementUnsettled,
    ValidationFailed,
    WhimbrelError,
)
from database.lifespan import lifespan
from database.manager import DatabaseManager, ScriptResult
from database.readiness import Startup, UntilReady
from database.schemas import drop_chat_tables, initialize_chat_schema, initialize_database, shipped
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
