"""The chat application: migrates its database, then serves.

    python main.py                            on sqlite:///chat.db
    DATABASE_URL=postgresql://... python main.py

HOST and PORT say where it listens, 127.0.0.1:8000 without them; WEB_CONCURRENCY how many processes serve, 1 without it.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

from whimbrel.errors import ConfigurationError
from whimbrel.extras import require
from whimbrel.printable import PrintableFormatter, printable

# A worker first imports the parent's program under this name and answers the parent's health checks only then. So it must not
# import the application here: it does so by the name "main", while it answers.
_IS_A_WORKERS_COPY = __name__ == "__mp_main__"
# How long the parent waits for the answer to a health check, seconds. It kills and replaces a worker that takes longer, which on
# a busy machine is every one, again and again, while the worker starts its interpreter and imports.
_HEALTH_CHECK_SECONDS = 60

if not _IS_A_WORKERS_COPY:
    try:
        require("main.py", "argon2-cffi", "fastapi", "pydantic", "uvicorn")
        from application import build
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)

    # Not in main(), because each of several workers imports this module and is told what it does too.
    _handler = logging.StreamHandler()
    _handler.setFormatter(PrintableFormatter("%(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[_handler])
    app = build(os.environ.get("DATABASE_URL") or "sqlite:///chat.db")


def main() -> int:
    """Serve until stopped. A start that fails ends the process with the exit code of the failure."""
    import uvicorn

    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    workers = os.environ.get("WEB_CONCURRENCY") or "1"
    if not port.isdecimal() or int(port) > 65_535:
        print(f"PORT={printable(port)} is not a port", file=sys.stderr)
        return 2
    if not workers.isdecimal() or int(workers) == 0:
        print(f"WEB_CONCURRENCY={printable(workers)} is not a number of workers", file=sys.stderr)
        return 2
    # Several are started anew, and find it by its name.
    served = app if int(workers) == 1 else "main:app"
    uvicorn.run(
        served,
        host=host,
        port=int(port),
        workers=int(workers),
        access_log=False,
        timeout_worker_healthcheck=_HEALTH_CHECK_SECONDS,
        log_config=_log_config(),
    )
    return 0


def _log_config() -> dict[str, Any]:
    """Return uvicorn's own, with what it says of a failed start escaped."""
    from uvicorn.config import LOGGING_CONFIG

    config: dict[str, Any] = LOGGING_CONFIG
    handlers = {name: {**handler, "filters": ["printable"]} for name, handler in config["handlers"].items()}
    return {**config, "handlers": handlers, "filters": {"printable": {"()": "whimbrel.printable.PrintableRecords"}}}


if __name__ == "__main__":
    sys.exit(main())
