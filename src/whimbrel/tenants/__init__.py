"""Tenants: a schema for each tenant, and the blueprints that are applied to each schema.

`names` decides which names are valid, `registry` is the table of tenants, `servers` says where a tenant is placed, and `upgrade`
migrates a single tenant. `onboarding`, `sync` and `status` are the functions that users call.
"""

from whimbrel.tenants.availability import check_tenant_free
from whimbrel.tenants.fleet import Unreachable
from whimbrel.tenants.names import check_name as check_tenant_name
from whimbrel.tenants.onboarding import onboard, tenant_manager
from whimbrel.tenants.status import TenantState, TenantStatus, fleet_listed, tenant_status, tenants_listed
from whimbrel.tenants.sync import sync_tenants
from whimbrel.tenants.sync_report import Failed, Progress, SyncReport

__all__ = [
    "Failed",
    "Progress",
    "SyncReport",
    "TenantState",
    "TenantStatus",
    "Unreachable",
    "check_tenant_free",
    "check_tenant_name",
    "fleet_listed",
    "onboard",
    "sync_tenants",
    "tenant_manager",
    "tenant_status",
    "tenants_listed",
]
