"""The report of an adoption, for people and programs. Pure."""

from __future__ import annotations

from typing import NamedTuple

from whimbrel.adoption.proof import ProofReport
from whimbrel.messages.printable import printable
from whimbrel.messages.suggestion import command

__all__ = ["AdoptReport"]


class AdoptReport(NamedTuple):
    """The result of an adoption; without `applied`, a preview of it.

    `table` is the tool's. `recorded` are the migrations of the set `set_name` in `folder`, and `written` the files that are new
    there. `already` counts the tool's migrations that the history had before, and `pending` are those that the tool has not
    applied. `left_out` are files of the tool that the adoption does not use, and `notes` name the limits of the proof.
    """

    tool: str
    database: str
    table: str
    set_name: str
    folder: str
    version: str
    applied: bool
    recorded: tuple[str, ...] = ()
    already: int = 0
    pending: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    proof: ProofReport | None = None

    def __str__(self) -> str:
        tense = "" if self.applied else "would be "
        lines = [f"left out: {one}" for one in self.left_out]
        lines += [f"note: {one}" for one in self.notes]
        lines += [str(self.proof)] if self.proof else []
        lines += [f"{tense}written: {printable(self.folder)}/{printable(name)}" for name in self.written]
        lines += [f"{tense}recorded as applied, without running it: {printable(name)}" for name in self.recorded]
        lines += [f"pending, since {self.tool} has not applied it: {printable(name)}" for name in self.pending]
        where = f"{self.tool}, table {self.table}, up to version {self.version} of set {printable(self.set_name)}"
        done = f"{len(self.recorded)} {tense}recorded" if self.recorded else "already adopted, nothing to record"
        lines.append(f"{where}: {done}, {self.already} before, on {self.database}")
        return "\n".join([*lines, *self._next()])

    def _next(self) -> list[str]:
        if not self.applied and (self.recorded or self.written):
            return ["nothing was written; next: run the command again with --apply"]
        return [f"next: {command('migrate', folder=self.folder)}"] if self.recorded or self.pending else []
