"""The fields of a plan's document, as --json and --out write it. docs/plan.md explains them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NotRequired, TypedDict

__all__ = ["PlanDocument"]


class PlannedOptions(TypedDict):
    """The options of the run."""

    target: str | None
    out_of_order: bool
    accept_existing: bool
    lock_timeout: float | None
    statement_timeout: float | None
    app_version: str | None
    databases: list[str]
    fence: str | None


class PlannedDatabase(TypedDict):
    """The database. `server` is only bound where it has no identity yet."""

    kind: str
    version: str
    name: str
    schema: str
    identity: str | None
    server: str | None


class PlannedRow(TypedDict):
    """A row of the history."""

    rank: int
    script: str
    description: str
    checksum: str
    min_app: str | None
    finished: bool
    baseline: bool


class PlannedHistory(TypedDict):
    """The history. `rows` has the rows of these sets by set and version."""

    highest_rank: int
    rows: Mapping[str, PlannedRow]


class ListedStatement(TypedDict):
    """A statement. `form` is there if the server does not get the text as it is; `rows` counts those of a COPY."""

    number: NotRequired[int]
    line: int
    column: int
    kind: str
    text: str
    rows: NotRequired[int]
    form: NotRequired[str]
    reason: NotRequired[str]
    facts: NotRequired[object]


class PendingFile(TypedDict):
    """A pending file. `statements` is null for a large file, which `bytes` binds."""

    set: str
    version: str
    file: str
    checksum: str
    bytes: str
    runs: Literal["transaction", "journal", "recorded"]
    begin: str | None
    own_transactions: bool
    session: Literal["portable", "native"]
    foreign_keys: Literal["checked", "unchecked"]
    lock_timeout: float | None
    statement_timeout: float | None
    directives: Mapping[str, str]
    resumes_at: int | None
    unsettled: int | None
    total: int
    left_out: list[ListedStatement]
    statements: list[ListedStatement] | None


class PlanDocument(TypedDict):
    """Everything that a run would do, and everything that decides it."""

    whimbrel: str
    options: PlannedOptions
    database: PlannedDatabase
    settings: Mapping[str, object]
    files: Mapping[str, str]
    history: PlannedHistory
    fingerprint: str
    model: object
    preparation: list[str]
    pending: list[PendingFile]
