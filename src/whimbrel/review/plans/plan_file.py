"""Read and write the file of a plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from whimbrel.errors import ConfigurationError
from whimbrel.messages.printable import printable
from whimbrel.review.plans.document import SCHEMA

__all__ = ["plan_json", "read_plan", "write_plan"]

_ADVICE = "\n  next: make a new plan: whimbrel plan --out plan.json"


def plan_json(document: Mapping[str, object]) -> str:
    """Return a document as the text of its file, the same on every machine."""
    return json.dumps(document, indent=2) + "\n"


def write_plan(document: Mapping[str, object], path: str | PathLike[str]) -> None:
    """Write the file of a plan. Raises ConfigurationError."""
    try:
        Path(path).write_bytes(plan_json(document).encode())
    except OSError as error:
        raise ConfigurationError(f"the plan cannot be written to {printable(str(path))}: {error}; name another file") from error


def read_plan(path: str | PathLike[str]) -> dict[str, Any]:
    """Return the document in the file of a plan. Raises ConfigurationError if it is none."""
    name = printable(str(path))
    try:
        document = json.loads(Path(path).read_bytes(), object_pairs_hook=_single)
    except OSError as error:
        raise ConfigurationError(f"the plan {name} cannot be read: {error}{_ADVICE}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{name} is not a plan: {error}{_ADVICE}") from error
    written = document.get("schema") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(written, str) or not written.startswith("whimbrel/plan/"):
        raise ConfigurationError(f"{name} is not a plan: it has no schema {SCHEMA}{_ADVICE}")
    if written != SCHEMA:
        raise ConfigurationError(f"the plan {name} has the format {printable(written)}; this release reads {SCHEMA}{_ADVICE}")
    return document


def _single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON. Of two values with one name, a person may read the one that the run does not."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the name {next(one for one in names if names.count(one) > 1)!r} stands twice in one object")
    return found
