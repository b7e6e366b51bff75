"""What concerns all tenants, for administrators."""

from __future__ import annotations

from fastapi import APIRouter

from database.application.dependencies import Admin, Manager
from database.application.errors import problems
from database.application.tenants import BLUEPRINTS
from database.schemas import shipped
from database.tenants import SyncReport, TenantStatus, sync_tenants, tenant_status

__all__ = ["router"]

router = APIRouter(prefix="/admin", tags=["admin"])


@router.post("/sync-tenants", responses=problems(401, 403))
async def sync(admin: Admin, manager: Manager) -> SyncReport:
    """Bring every tenant that is behind to the newest version; the report names those that failed."""
    return await sync_tenants(manager, shipped(BLUEPRINTS))


@router.get("/tenants", responses=problems(401, 403))
async def list_tenants(admin: Admin, manager: Manager) -> list[TenantStatus]:
    """Return where every tenant stands."""
    return await tenant_status(manager, shipped(BLUEPRINTS))
