"""Decide the order of a sync: its waves, and the share with which each of several processes begins. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import sha256
from math import ceil
from typing import NamedTuple

from whimbrel.errors import ConfigurationError

__all__ = ["Shard", "Wave", "arrange", "cut", "parse_shard", "parse_waves"]


class Wave(NamedTuple):
    """How many of the tenants that are behind are done when the wave ends: a number, or a percentage of them."""

    size: float
    percent: bool = False

    def reach(self, total: int) -> int:
        """Return this as a number of tenants; at least one."""
        return min(total, max(1, ceil(total * self.size / 100) if self.percent else int(self.size)))


class Shard(NamedTuple):
    """The number of a process among `of` processes that share a sync."""

    number: int
    of: int

    def distance(self, name: str) -> int:
        """Return 0 for a tenant of this process's share; for others, how many processes later its own one comes."""
        return (_number(name) - self.number) % self.of


def parse_waves(text: str) -> tuple[Wave, ...]:
    """Return the waves of a text such as `1,10,25%,100%`; none for an empty text. Raises ConfigurationError."""
    waves = []
    for part in text.replace(" ", "").split(",") if text else ():
        if not re.fullmatch(r"[0-9]{1,9}|[0-9]{1,3}(?:\.[0-9]{1,6})?%", part) or float(part.rstrip("%")) == 0:
            raise ConfigurationError(f"wave {part!r} must be a number of tenants or a percentage, as in --wave 1,10,100%")
        wave = Wave(float(part.rstrip("%")), part.endswith("%"))
        if wave.percent and wave.size > 100:
            raise ConfigurationError(f"wave {part!r} is more than all tenants; end with 100%")
        waves.append(wave)
    return tuple(waves)


def parse_shard(text: str) -> Shard | None:
    """Return the shard of a text such as `2/4`; None for an empty text. Raises ConfigurationError.

    Processes may be counted from 0 or from 1: the last one, 4/4, is the same as 0/4.
    """
    if not text:
        return None
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    if found is None or int(found[2]) == 0 or int(found[1]) > int(found[2]):
        raise ConfigurationError(
            f"shard {text!r} must be a process's number and how many there are, as in --shard 0/4 to --shard 3/4"
        )
    return Shard(int(found[1]) % int(found[2]), int(found[2]))


def cut(names: Collection[str], waves: Sequence[Wave]) -> Iterator[frozenset[str]]:
    """Yield the tenants of each wave but the last, which is all that remain. All processes cut the same tenants alike.

    A wave that reaches no further than the one before is empty, and left out.
    """
    order, reached = sorted(names, key=_number), 0
    for wave in waves:
        end = wave.reach(len(order))
        if reached < end < len(order):
            yield frozenset(order[reached:end])
            reached = end


def arrange(names: Iterable[str], shard: Shard | None) -> list[str]:
    """Return the tenants in the order in which a process takes them: first its own share, then what others have left."""
    return list(names) if shard is None else sorted(names, key=shard.distance)


def _number(name: str) -> int:
    # Python's own hash of a text differs between processes.
    return int.from_bytes(sha256(name.encode()).digest()[:8])
