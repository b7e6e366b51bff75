"""One finding about a file, in the form that every format prints. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from whimbrel.errors import Place, Problem
from whimbrel.messages.printable import printable

if TYPE_CHECKING:
    from whimbrel.review.lint.rule import LintFinding

__all__ = ["Remark", "RemarkLevel", "Review", "from_finding", "from_problem", "joined"]

RemarkLevel = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One finding. All texts are as they were read: each format escapes them.

    The line of `place` is 0 if the remark concerns a whole file or folder. `title` and `why` explain the code, `safe` is the next
    step. `statement` says in which statement it was found, and `servers` on which servers, each with the source of its facts.
    `reason` is that of the comment that allows it, and `until` the date up to which it is allowed.
    """

    code: str
    level: RemarkLevel
    place: Place
    message: str
    title: str = ""
    why: str = ""
    safe: str = ""
    database: str = ""
    statement: str = ""
    servers: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    until: str = ""

    @property
    def is_allowed(self) -> bool:
        """Whether a comment in the file allows it."""
        return bool(self.reason)

    @property
    def on(self) -> str:
        """The servers: "postgresql 18.6 (measured), mariadb 10.11, mysql 9.7 (recorded)"."""
        sources: dict[str, list[str]] = {}
        for server, source in self.servers:
            sources.setdefault(source, []).append(server)
        return ", ".join(f"{', '.join(dict.fromkeys(servers))} ({source})" for source, servers in sources.items())

    @property
    def basis(self) -> str:
        """The statement and the servers."""
        return ", on ".join(filter(None, (self.statement, self.on)))

    @property
    def allowance(self) -> str:
        """The reason of the comment that allows it, after the date."""
        return f"until {self.until}: {self.reason}" if self.until else self.reason


class Review(NamedTuple):
    """The remarks of one run, a line that counts them, and the commands that fix them, in the order to run."""

    remarks: tuple[Remark, ...]
    summary: str
    commands: tuple[str, ...] = ()

    def moved(self, path_of: Callable[[str], str]) -> Review:
        """Return the review with other paths, such as those below the root of the repository."""
        moved = (replace(one, place=one.place._replace(path=path_of(one.place.path))) for one in self.remarks)
        return self._replace(remarks=tuple(moved))


def joined(remarks: Iterable[Remark]) -> list[Remark]:
    """Return remarks that differ only in their server as one remark, for readers who want each of them once."""
    found: dict[Remark, list[tuple[str, str]]] = {}
    for one in remarks:
        found.setdefault(replace(one, database="", servers=()), []).extend(one.servers)
    return [replace(one, servers=tuple(dict.fromkeys(servers))) for one, servers in found.items()]


def from_problem(problem: Problem) -> Remark:
    """Return the remark for a problem of files. Its message begins with the path, and perhaps with line and column."""
    level: RemarkLevel = "warning" if problem.warning else "error"
    found = re.match(rf"{re.escape(printable(problem.script))}(?::(\d+))?(?::(\d+))?: ", problem.message)
    line, column = (int(number or 0) for number in found.groups()) if found else (0, 0)
    message = problem.message[found.end() :] if found else problem.message
    return Remark(code=str(problem.kind), level=level, place=Place(problem.script, line, column, ""), message=message)


def from_finding(finding: LintFinding, titles: Mapping[str, str]) -> Remark:
    """Return the remark for a finding of lint. `titles` has the title of each rule by its code. A level of "off" is an error."""
    if finding.level == "off":
        raise ValueError(f"{finding.code} is switched off: it has no findings")
    server = f"{finding.database} {finding.version}".strip()
    return Remark(
        code=finding.code,
        level=finding.level,
        place=finding.place,
        message=finding.message,
        title=titles.get(finding.code, ""),
        why=finding.why,
        safe=finding.safe,
        database=finding.database,
        statement=f"statement {finding.statement} ({finding.kind})",
        servers=((server, finding.source),),
        reason=finding.reason,
        until=finding.until,
    )
