"""The fields of a plan's document, as --json and --out write it. docs/plan.md explains them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NotRequired, TypedDict

__all__ = ["HeldLock", "MeasuredFacts", "PlanDocument"]


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


class HeldLock(TypedDict):
    """A lock on a table. `mode` is the server's word; "everything" that it blocks includes reads."""

    table: str
    mode: str
    blocks: Literal["everything", "writes", "schema changes"]


class MeasuredFacts(TypedDict):
    """The effects of a statement on tables that other sessions may use, measured on a server of this version.

    A fact that is empty is absent. `refused` is the code of the error. `counts` has the rows of a table before and after.
    `unknown` says why nothing was measured.
    """

    server: str
    unknown: NotRequired[list[str]]
    refused: NotRequired[str]
    message: NotRequired[str]
    locks: NotRequired[list[HeldLock]]
    rewritten: NotRequired[list[str]]
    scanned: NotRequired[list[str]]
    changed: NotRequired[list[str]]
    built: NotRequired[list[str]]
    invalid: NotRequired[list[str]]
    algorithm: NotRequired[str]
    instant_left: NotRequired[int]
    counts: NotRequired[Mapping[str, list[int]]]
    notes: NotRequired[list[str]]


class ListedStatement(TypedDict):
    """A statement. `form` is there if the server does not get the text as it is; `rows` counts those of a COPY.

    `facts` is there if the plan was made with --on. No comparison reads it.
    """

    number: NotRequired[int]
    line: int
    column: int
    kind: str
    text: str
    rows: NotRequired[int]
    form: NotRequired[str]
    reason: NotRequired[str]
    facts: NotRequired[MeasuredFacts]


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
