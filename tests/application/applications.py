"""Applications of three frameworks, each a module to serve: /health/live, /health/ready, and the database's /rows.

The start is the same in each, so most tests use Starlette: importing FastAPI takes three times as long.
"""

from pathlib import Path

_FASTAPI = """
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from whimbrel import UntilReady, lifespan

app = FastAPI(lifespan=lifespan({arguments}))
app.add_middleware(UntilReady)

@app.get("/health/live")
async def live():
    return {{"status": "live"}}

@app.get("/health/ready")
async def ready(request: Request):
    startup = request.app.state.startup
    return JSONResponse({{"status": "ready" if startup.ready else "starting"}}, 200 if startup.ready else 503)

@app.get("/rows")
async def rows(request: Request):
    return await request.app.state.db_manager.fetch_all("SELECT id FROM a ORDER BY id")
"""
_STARLETTE = """
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import Route
from whimbrel import UntilReady, lifespan

async def live(request):
    return JSONResponse({{"status": "live"}})

async def ready(request):
    startup = request.app.state.startup
    return JSONResponse({{"status": "ready" if startup.ready else "starting"}}, 200 if startup.ready else 503)

async def rows(request):
    return JSONResponse(await request.app.state.db_manager.fetch_all("SELECT id FROM a ORDER BY id"))

app = Starlette(
    routes=[Route("/health/live", live), Route("/health/ready", ready), Route("/rows", rows)],
    middleware=[Middleware(UntilReady)],
    lifespan=lifespan({arguments}),
)
"""
_LITESTAR = """
from litestar import Litestar, Request, Response, get
from whimbrel import UntilReady, lifespan

@get("/health/live")
async def live() -> dict[str, str]:
    return {{"status": "live"}}

@get("/health/ready")
async def ready(request: Request) -> Response[dict[str, str]]:
    startup = request.app.state.startup
    return Response({{"status": "ready" if startup.ready else "starting"}}, status_code=200 if startup.ready else 503)

@get("/rows")
async def rows(request: Request) -> list[dict[str, int]]:
    return await request.app.state.db_manager.fetch_all("SELECT id FROM a ORDER BY id")

app = Litestar([live, ready, rows], middleware=[UntilReady], lifespan=[lifespan({arguments})])
"""
FRAMEWORKS = {"fastapi": _FASTAPI, "starlette": _STARLETTE, "litestar": _LITESTAR}


def write_application(folder: Path, arguments: str, framework: str = "starlette") -> str:
    """Write the module and return the name under which uvicorn finds it."""
    (folder / "served.py").write_text(FRAMEWORKS[framework].format(arguments=arguments))
    return "served:app"
