"""Routes for administrators, which concern all tenants."""

from __future__ import annotations

from fastapi import APIRouter, Request

from application.bounds import bounds_of
from application.deadlines import allow, stopped
from application.dependencies import Admin, Manager
from application.errors import problems
from application.guarded_route import GuardedRoute
from application.tenants import BLUEPRINTS
from database.schemas import sql_folder
from whimbrel import SyncReport, TenantStatus, sync_tenants, tenant_status

__all__ = ["router"]

router = APIRouter(prefix="/admin", tags=["admin"], route_class=GuardedRoute)
# SQLite's tenants have one file each, which are queried one by one.
_ASK_SECONDS = 60.0


@router.post("/sync-tenants", responses=problems(401, 403))
async def sync(admin: Admin, manager: Manager, request: Request) -> SyncReport:
    """Bring every tenant that is behind to the newest version; the report names those that failed."""
    # A migration has no time limit.
    async with bounds_of(request.app).syncing.turn():
        with stopped(request.scope):
            return await sync_tenants(manager, sql_folder(BLUEPRINTS))


@router.get("/tenants", responses=problems(401, 403))
async def list_tenants(admin: Admin, manager: Manager, request: Request) -> list[TenantStatus]:
    """Return the state of every tenant."""
    async with bounds_of(request.app).asking.turn():
        allow(request.scope, _ASK_SECONDS)
        return await tenant_status(manager, sql_folder(BLUEPRINTS))
