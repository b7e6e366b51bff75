"""Whimbrel: raw-SQL migrations for async Python, on PostgreSQL, MySQL, MariaDB and SQLite from the same files."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whimbrel.adoption.differences import ProofDifference as ProofDifference
    from whimbrel.adoption.proof import ProofReport as ProofReport
    from whimbrel.adoption.report import AdoptReport as AdoptReport
    from whimbrel.commands._detect import Detection as Detection
    from whimbrel.commands._detect import detect_baseline as detect_baseline
    from whimbrel.commands._lint_report import LintReport as LintReport
    from whimbrel.commands.adopt import adopt as adopt
    from whimbrel.commands.baseline import BaselineReport as BaselineReport
    from whimbrel.commands.baseline import baseline as baseline
    from whimbrel.commands.check import CheckReport as CheckReport
    from whimbrel.commands.check import check as check
    from whimbrel.commands.diagram import diagram as diagram
    from whimbrel.commands.doctor import Diagnosis as Diagnosis
    from whimbrel.commands.doctor import doctor as doctor
    from whimbrel.commands.drift import DriftReport as DriftReport
    from whimbrel.commands.drift import drift as drift
    from whimbrel.commands.dump import dump as dump
    from whimbrel.commands.info import info as info
    from whimbrel.commands.lint import lint as lint
    from whimbrel.commands.migrate import migrate as migrate
    from whimbrel.commands.new import NewFiles as NewFiles
    from whimbrel.commands.new import new as new
    from whimbrel.commands.parity import ParityReport as ParityReport
    from whimbrel.commands.parity import parity as parity
    from whimbrel.commands.plan import PlanReport as PlanReport
    from whimbrel.commands.plan import plan as plan
    from whimbrel.commands.repair import repair as repair
    from whimbrel.commands.resolve import resolve as resolve
    from whimbrel.commands.validate import validate as validate
    from whimbrel.commands.wait import wait as wait
    from whimbrel.dialects.diagnosis import Check as Check
    from whimbrel.errors import CannotRender as CannotRender
    from whimbrel.errors import ConfigurationError as ConfigurationError
    from whimbrel.errors import ConnectionLost as ConnectionLost
    from whimbrel.errors import ConstraintViolated as ConstraintViolated
    from whimbrel.errors import DatabaseBusy as DatabaseBusy
    from whimbrel.errors import DatabaseError as DatabaseError
    from whimbrel.errors import DatabaseUnreachable as DatabaseUnreachable
    from whimbrel.errors import Interrupted as Interrupted
    from whimbrel.errors import LockTimeout as LockTimeout
    from whimbrel.errors import MigrationFailed as MigrationFailed
    from whimbrel.errors import MigrationsPending as MigrationsPending
    from whimbrel.errors import ParameterError as ParameterError
    from whimbrel.errors import PlanDifference as PlanDifference
    from whimbrel.errors import PlanOutdated as PlanOutdated
    from whimbrel.errors import PoolTimeout as PoolTimeout
    from whimbrel.errors import Problem as Problem
    from whimbrel.errors import ProblemKind as ProblemKind
    from whimbrel.errors import RuleViolated as RuleViolated
    from whimbrel.errors import StatementTimeout as StatementTimeout
    from whimbrel.errors import StatementUnsettled as StatementUnsettled
    from whimbrel.errors import TransactionEnded as TransactionEnded
    from whimbrel.errors import ValidationFailed as ValidationFailed
    from whimbrel.errors import WhimbrelError as WhimbrelError
    from whimbrel.manager import DatabaseManager as DatabaseManager
    from whimbrel.manager import ScriptResult as ScriptResult
    from whimbrel.messages.printable import PrintableFormatter as PrintableFormatter
    from whimbrel.messages.printable import PrintableRecords as PrintableRecords
    from whimbrel.migrations.state import MigrationInfo as MigrationInfo
    from whimbrel.migrations.state import State as State
    from whimbrel.parsing.documents import json_text as json_text
    from whimbrel.parsing.splitter import split as split
    from whimbrel.review.findings import Finding as Finding
    from whimbrel.review.lint.judging import LintNote as LintNote
    from whimbrel.review.lint.rule import LintFinding as LintFinding
    from whimbrel.runner.drop_set import drop_set as drop_set
    from whimbrel.runner.report import Report as Report
    from whimbrel.schema.compare import Difference as Difference
    from whimbrel.schema.compare import compare as compare
    from whimbrel.schema.inspect import inspect as inspect
    from whimbrel.schema.model import Schema as Schema
    from whimbrel.startup.lifespan import lifespan as lifespan
    from whimbrel.startup.probe import Probe as Probe
    from whimbrel.startup.readiness import Startup as Startup
    from whimbrel.startup.readiness import UntilReady as UntilReady
    from whimbrel.tenants import SyncReport as SyncReport
    from whimbrel.tenants import TenantState as TenantState
    from whimbrel.tenants import TenantStatus as TenantStatus
    from whimbrel.tenants import check_tenant_free as check_tenant_free
    from whimbrel.tenants import check_tenant_name as check_tenant_name
    from whimbrel.tenants import onboard as onboard
    from whimbrel.tenants import sync_tenants as sync_tenants
    from whimbrel.tenants import tenant_manager as tenant_manager
    from whimbrel.tenants import tenant_status as tenant_status
    from whimbrel.version import __version__ as __version__

# The module of each public name. It is imported when a program first asks for it, so that a process pays for what it uses.
_HOMES = {
    "whimbrel.adoption.differences": "ProofDifference",
    "whimbrel.adoption.proof": "ProofReport",
    "whimbrel.adoption.report": "AdoptReport",
    "whimbrel.commands._detect": "Detection detect_baseline",
    "whimbrel.commands._lint_report": "LintReport",
    "whimbrel.commands.adopt": "adopt",
    "whimbrel.commands.baseline": "BaselineReport baseline",
    "whimbrel.commands.check": "CheckReport check",
    "whimbrel.commands.diagram": "diagram",
    "whimbrel.commands.dump": "dump",
    "whimbrel.commands.doctor": "Diagnosis doctor",
    "whimbrel.commands.drift": "DriftReport drift",
    "whimbrel.commands.info": "info",
    "whimbrel.commands.lint": "lint",
    "whimbrel.commands.migrate": "migrate",
    "whimbrel.commands.new": "NewFiles new",
    "whimbrel.commands.parity": "ParityReport parity",
    "whimbrel.commands.plan": "PlanReport plan",
    "whimbrel.commands.repair": "repair",
    "whimbrel.commands.resolve": "resolve",
    "whimbrel.commands.validate": "validate",
    "whimbrel.commands.wait": "wait",
    "whimbrel.dialects.diagnosis": "Check",
    "whimbrel.errors": (
        "CannotRender ConfigurationError ConnectionLost ConstraintViolated DatabaseBusy DatabaseError DatabaseUnreachable "
        "Interrupted LockTimeout MigrationFailed MigrationsPending ParameterError PlanDifference PlanOutdated PoolTimeout "
        "Problem ProblemKind RuleViolated StatementTimeout StatementUnsettled TransactionEnded ValidationFailed WhimbrelError"
    ),
    "whimbrel.manager": "DatabaseManager ScriptResult",
    "whimbrel.migrations.state": "MigrationInfo State",
    "whimbrel.parsing.documents": "json_text",
    "whimbrel.parsing.splitter": "split",
    "whimbrel.messages.printable": "PrintableFormatter PrintableRecords",
    "whimbrel.review.findings": "Finding",
    "whimbrel.review.lint.judging": "LintNote",
    "whimbrel.review.lint.rule": "LintFinding",
    "whimbrel.runner.drop_set": "drop_set",
    "whimbrel.runner.report": "Report",
    "whimbrel.schema.compare": "Difference compare",
    "whimbrel.schema.inspect": "inspect",
    "whimbrel.schema.model": "Schema",
    "whimbrel.startup.lifespan": "lifespan",
    "whimbrel.startup.probe": "Probe",
    "whimbrel.startup.readiness": "Startup UntilReady",
    "whimbrel.tenants": (
        "SyncReport TenantState TenantStatus check_tenant_free check_tenant_name onboard sync_tenants "
        "tenant_manager tenant_status"
    ),
    "whimbrel.version": "__version__",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
