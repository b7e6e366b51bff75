"""The chat application: migrates its database, then serves.

    python main.py                            on sqlite:///chat.db
    DATABASE_URL=postgresql://... python main.py

HOST and PORT say where it listens, 127.0.0.1:8000 without them.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from database import DatabaseError, UntilReady, lifespan, shipped

database_url = os.environ.get("DATABASE_URL") or "sqlite:///chat.db"
app = FastAPI(title="Whimbrel chat", lifespan=lifespan(database_url, shipped("auth"), shipped("chat"), background=True))
app.add_middleware(UntilReady)
del database_url


@app.get("/health/live")
async def live() -> dict[str, str]:
    """Answer as long as the process runs."""
    return {"status": "live"}


@app.get("/health/ready")
async def ready(request: Request) -> JSONResponse:
    """Answer 200 when the database is migrated and answers; before that, or when it does not, 503 and what is waited for."""
    state = request.app.state
    if not state.startup.ready:
        return JSONResponse({"status": state.startup.status}, status_code=503, headers={"Retry-After": "2"})
    try:
        await state.db_manager.fetch_value("SELECT 1")
    except DatabaseError:
        logging.getLogger("database").exception("the database does not answer")
        return JSONResponse({"status": "the database does not answer"}, status_code=503)
    return JSONResponse({"status": "ready"})


def main() -> int:
    """Serve until stopped. A start that fails ends the process with the exit code of the failure."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if not port.isdecimal() or int(port) > 65_535:
        print(f"PORT={port} is not a port", file=sys.stderr)
        return 2
    config = uvicorn.Config(app, host, int(port), access_log=False)
    # Ctrl-C: the server has stopped in order, and raises it anew.
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
