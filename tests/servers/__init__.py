"""Throw-away database servers: downloaded once, started on a free loopback port, ended by their own process."""

from .lifetime import crash, running, start, stop
from .server import Server, ServerUnavailable

__all__ = ["Server", "ServerUnavailable", "crash", "running", "start", "stop"]
