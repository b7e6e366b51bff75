"""What a server of PostgreSQL says beside its answers: notices and warnings, as RAISE makes them."""

from __future__ import annotations

import logging
from typing import Any

from whimbrel.printable import printable

__all__ = ["log_message"]

logger = logging.getLogger("whimbrel")

# https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-SEVERITY-LEVELS
_LEVELS = {"WARNING": logging.WARNING, "NOTICE": logging.INFO, "INFO": logging.INFO}


def log_message(_driver: Any, message: Any) -> None:
    """Log one message."""
    # In the server's language the severity is another word.
    severity = getattr(message, "severity_en", None) or getattr(message, "severity", None) or "LOG"
    said = [str(getattr(message, "message", None) or message)]
    said += [f"{name}: {text}" for name in ("detail", "hint") if (text := getattr(message, name, None))]
    logger.log(_LEVELS.get(severity, logging.DEBUG), "the server says %s: %s", severity, printable("; ".join(said)))
