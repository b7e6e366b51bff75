"""Fixtures of the unit tests."""

import asyncio
import random

import pytest

import whimbrel.session.waiting
from tests.attacks.conftest import terminal
from tests.unit.sessions import Clock

__all__ = ["clock", "terminal"]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Replace the session's clock, and the random part of its pauses by the longest."""
    stopped = Clock()
    monkeypatch.setattr(whimbrel.session.waiting, "monotonic", stopped.monotonic)
    monkeypatch.setattr(asyncio, "sleep", stopped.sleep)
    monkeypatch.setattr(random, "uniform", lambda _low, high: high)
    return stopped
