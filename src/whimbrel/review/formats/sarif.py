"""Findings in SARIF 2.1.0, which GitHub code scanning, Azure DevOps and editors read. Pure.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html, cited by section.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import PurePath
from urllib.parse import quote

from whimbrel.messages.printable import printable
from whimbrel.review.formats.fingerprint import fingerprints
from whimbrel.review.formats.remark import Remark, Review
from whimbrel.version import __version__

__all__ = ["as_sarif"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_FINGERPRINT = "whimbrelFinding/v1"


def as_sarif(review: Review) -> str:
    """Return one log with one run. Paths are relative to the root of the repository, or absolute."""
    rules = _rules(review.remarks)
    numbers = {str(rule["id"]): number for number, rule in enumerate(rules)}
    pairs = zip(review.remarks, fingerprints(review.remarks), strict=True)
    run = {
        "tool": {"driver": {"name": "whimbrel", "version": __version__, "rules": rules}},
        # Places count characters, where the default counts units of UTF-16 (3.14.17).
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "results": [_result(one, numbers[printable(one.code)], known) for one, known in pairs],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rules(remarks: Iterable[Remark]) -> list[dict[str, object]]:
    """Return the rules that have results. They have no address: the project publishes no pages at a stable one."""
    first = {one.code: one for one in reversed(list(remarks))}
    return [_rule(first[code]) for code in sorted(first)]


def _rule(remark: Remark) -> dict[str, object]:
    # GitHub requires all three texts.
    title = remark.title or remark.code.replace("_", " ")
    why = remark.why or title
    texts = {"shortDescription": title, "fullDescription": why, "help": "\n".join(filter(None, (why, remark.safe)))}
    return {
        "id": printable(remark.code),
        **{name: {"text": printable(text, lines=True)} for name, text in texts.items()},
        "defaultConfiguration": {"level": remark.level},
    }


def _result(remark: Remark, rule: int, known: str) -> dict[str, object]:
    # All results of a run must have this list, or none (3.27.23).
    allowed = [{"kind": "inSource", "justification": printable(remark.allowance)}] if remark.is_allowed else []
    properties = {"database": printable(remark.database), "basis": printable(remark.basis)}
    return {
        "ruleId": printable(remark.code),
        "ruleIndex": rule,
        "level": remark.level,
        "message": {"text": _message(remark)},
        "locations": [{"physicalLocation": _location(remark)}],
        "partialFingerprints": {_FINGERPRINT: known},
        "suppressions": allowed,
        "properties": {name: value for name, value in properties.items() if value},
    }


def _message(remark: Remark) -> str:
    facts = [remark.message, remark.basis, f"next: {remark.safe}" if remark.safe else ""]
    return "\n".join(printable(fact, lines=True) for fact in facts if fact)


def _location(remark: Remark) -> dict[str, object]:
    place = remark.place
    outside = PurePath(place.path).is_absolute()
    artifact = {"uri": PurePath(place.path).as_uri()} if outside else {"uri": quote(os.fsencode(place.path)), "uriBaseId": _ROOT}
    if not place.line:
        return {"artifactLocation": artifact}
    region: dict[str, object] = {"startLine": place.line}
    if place.column:
        region |= {"startColumn": place.column, "endColumn": max(len(place.source), place.column) + 1}
    if place.source:
        region["snippet"] = {"text": printable(place.source)}
    return {"artifactLocation": artifact, "region": region}
