"""The chat application: migrates its database, then serves.

    python main.py                            on sqlite:///chat.db
    DATABASE_URL=postgresql://... python main.py

HOST and PORT set the address to listen on, by default 127.0.0.1:8000. WEB_CONCURRENCY sets the number of processes, by default 1.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

from whimbrel import ConfigurationError, PrintableFormatter

# A worker first imports the parent's program under this name, and answers the parent's health checks only after that. So this
# import must not load the application. The worker imports it later under the name "main", while it answers.
_IS_A_WORKERS_COPY = __name__ == "__mp_main__"
# How long, in seconds, the parent waits for the answer to a health check. It kills and replaces a worker that takes longer. On a
# busy machine that would hit every worker, again and again, while it starts its interpreter and imports modules.
_HEALTH_CHECK_SECONDS = 60

if not _IS_A_WORKERS_COPY:
    from database.packages import require

    try:
        require("main.py", "argon2-cffi", "fastapi", "pydantic", "uvicorn")
        from application import build
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)

    # Not in main(): each of several workers imports this module, and must log too.
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
        print(ConfigurationError(f"PORT={port} is not a port"), file=sys.stderr)
        return 2
    if not workers.isdecimal() or int(workers) == 0:
        print(ConfigurationError(f"WEB_CONCURRENCY={workers} is not a number of workers"), file=sys.stderr)
        return 2
    # Several workers are new processes, which import it by its name.
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
    """Return uvicorn's own logging configuration, extended to escape its messages about a failed start."""
    from uvicorn.config import LOGGING_CONFIG

    config: dict[str, Any] = LOGGING_CONFIG
    handlers = {name: {**handler, "filters": ["printable"]} for name, handler in config["handlers"].items()}
    return {**config, "handlers": handlers, "filters": {"printable": {"()": "whimbrel.PrintableRecords"}}}


if __name__ == "__main__":
    sys.exit(main())
