"""Log the notices and warnings that PostgreSQL sends beside its answers, for example from RAISE."""

from __future__ import annotations

import logging
from typing import Any

from whimbrel.messages.printable import printable

__all__ = ["log_message"]

logger = logging.getLogger("whimbrel")

# https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-SEVERITY-LEVELS
_LEVELS = {"WARNING": logging.WARNING, "NOTICE": logging.INFO, "INFO": logging.INFO}
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_NO_TRANSACTION = "25P01"


def log_message(_driver: Any, message: Any) -> None:
    """Log one message."""
    # The severity is a word in the server's language.
    severity = getattr(message, "severity_en", None) or getattr(message, "severity", None) or "LOG"
    # A run that ends a transaction which the server has ended already causes this warning; it says nothing about a file.
    level = logging.DEBUG if getattr(message, "sqlstate", "") == _NO_TRANSACTION else _LEVELS.get(severity, logging.DEBUG)
    said = [str(getattr(message, "message", None) or message)]
    said += [f"{name}: {text}" for name in ("detail", "hint") if (text := getattr(message, name, None))]
    logger.log(level, "the server says %s: %s", severity, printable("; ".join(said)))
