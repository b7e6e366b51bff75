"""The findings of `doctor`.

Each dialect's module `doctor` fulfils this contract: `read_facts(connection, schema)`, `judge(facts)`.

`read_facts` asks the server and writes nothing. `judge`, and everything here, is pure.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from whimbrel.url import DatabaseUrl

__all__ = [
    "LEFT_OVER",
    "Check",
    "Facts",
    "Grant",
    "Tls",
    "failed",
    "fine",
    "judge_clock",
    "judge_grants",
    "judge_left_over",
    "judge_tls",
    "tls_of",
    "warned",
]

Level = Literal["ok", "warning", "error"]
# The exit codes of the errors in `errors.py`.
CONFIGURATION, UNREACHABLE = 2, 7
_CLOCK_SECONDS = 5.0
# The names of throw-away databases: review/scratch.py.
LEFT_OVER = re.compile(r"whimbrel_[0-9a-f]{8}_template", re.ASCII)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Check(NamedTuple):
    """One finding. `advice` is the next step, and empty if all is well. An error has the exit code of its kind."""

    name: str
    level: Level
    told: str
    advice: str = ""
    exit_code: int = 0


class Tls(NamedTuple):
    """The encryption of a connection: its version, and whether the server's certificate, and the name in it, were verified."""

    version: str
    verified: bool
    named: bool


class Grant(NamedTuple):
    """A right that this user lacks, and the statement that grants it, with the user who must send it.

    Without an `essential` one, no migration can run at all.
    """

    told: str
    advice: str
    essential: bool = True


class Facts(NamedTuple):
    """The facts about a server. `clock` is its time in seconds since 1970; `via` names a pooler or a cluster, if there is one.

    `left_over` are throw-away databases that no session uses any more.
    """

    database: str
    version: str
    settings: Mapping[str, str]
    tls: Tls | None = None
    local: bool = False
    via: str = ""
    clock: float | None = None
    grants: tuple[Grant, ...] = ()
    left_over: tuple[str, ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        """The version as numbers, for comparisons."""
        found = re.match(r"[0-9]+(?:\.[0-9]+)*", self.version)
        return tuple(map(int, found.group().split("."))) if found else ()

    def seconds(self, name: str, unit: float = 1.0) -> float:
        """Return a setting as a time; 0 if it is missing or not a number."""
        text = self.settings.get(name, "")
        return float(text) * unit if re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", text) else 0.0

    def is_on(self, name: str) -> bool:
        """Whether a switch is on, in any of the server's spellings."""
        return self.settings.get(name, "").lower() in ("on", "1", "yes", "true")


def fine(name: str, told: str) -> Check:
    """Return a finding that needs no action."""
    return Check(name, "ok", told)


def warned(name: str, told: str, advice: str) -> Check:
    """Return a finding that may cause trouble later."""
    return Check(name, "warning", told, advice)


def failed(name: str, told: str, advice: str, exit_code: int = CONFIGURATION) -> Check:
    """Return a finding that prevents every migration."""
    return Check(name, "error", told, advice, exit_code)


def tls_of(transport: Any) -> Tls | None:
    """Return the encryption of a connection, as the client sees it; None if the connection is not encrypted."""
    session = transport.get_extra_info("ssl_object")
    if session is None:
        return None
    context = session.context
    return Tls(session.version() or "TLS", context.verify_mode == ssl.CERT_REQUIRED, bool(context.check_hostname))


def judge_tls(tls: Tls | None, url: DatabaseUrl) -> Check:
    """Judge the encryption of a connection to the server of an address."""
    local = bool(url.socket) or url.host in _LOOPBACK
    if tls is None and local:
        return fine("tls", "no TLS, to a server on this machine")
    if tls is None:
        return warned(
            "tls",
            f"no TLS (sslmode={url.ssl_mode}): everybody on the way can read and change what is sent",
            "leave sslmode out of the address, and give the server a certificate",
        )
    if tls.verified and tls.named:
        return fine("tls", f"{tls.version}; the certificate and the name in it are verified")
    if local:
        return fine("tls", f"{tls.version}, to a server on this machine; the certificate is not verified")
    missing = "the certificate is verified, but not the name in it" if tls.verified else "the certificate is not verified"
    return warned(
        "tls",
        f"{tls.version} (sslmode={url.ssl_mode}): {missing}, so another server can pass for this one",
        "write sslmode=verify-full, and sslrootcert=FILE if the certificate has an authority of its own",
    )


def judge_clock(clock: float, before: float, after: float) -> Check:
    """Judge the server's clock, which was read between the times `before` and `after` of this machine. All in seconds."""
    difference = max(before - clock, clock - after, 0.0)
    if difference <= _CLOCK_SECONDS:
        return fine("clock", f"the server's clock agrees with this machine's, within {after - before + difference:.1f} s")
    ahead = "ahead of" if clock > after else "behind"
    return warned(
        "clock",
        f"the server's clock is {difference:.0f} s {ahead} this machine's; the times in the history are the server's",
        "let both follow a time server (NTP)",
    )


def judge_left_over(names: Iterable[str]) -> list[Check]:
    """Return a finding for each throw-away database that no session uses. The name alone proves nothing, so a person drops it."""
    return [
        warned(
            "leftovers",
            f"database {name} has the name of one that a killed proof, parity or lint leaves, and no session uses it",
            f"if nobody needs it, run DROP DATABASE {name}",
        )
        for name in names
        if LEFT_OVER.fullmatch(name)
    ]


def judge_grants(grants: Iterable[Grant], *, complete: str) -> list[Check]:
    """Return a finding for each missing right, or `complete` if there is none."""
    found = [(failed if one.essential else warned)("privileges", one.told, one.advice) for one in grants]
    return found or [fine("privileges", complete)]
