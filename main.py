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

from database.errors import ConfigurationError
from database.extras import require

try:
    require("main.py", "argon2-cffi", "fastapi", "pydantic", "uvicorn")
    import uvicorn

    from database.application import build
except ConfigurationError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)

app = build(os.environ.get("DATABASE_URL") or "sqlite:///chat.db")


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
