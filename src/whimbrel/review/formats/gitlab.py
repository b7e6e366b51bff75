"""Findings for GitLab's Code Quality: one JSON array. Pure.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import json

from whimbrel.messages.printable import printable
from whimbrel.review.formats.fingerprint import fingerprints
from whimbrel.review.formats.remark import Remark, Review

__all__ = ["as_gitlab"]

_SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def as_gitlab(review: Review) -> str:
    """Return an object for each finding that is not allowed. GitLab shows a finding of a whole file at its first line."""
    pairs = zip(review.remarks, fingerprints(review.remarks), strict=True)
    return json.dumps([_issue(one, known) for one, known in pairs if not one.is_allowed], indent=2) + "\n"


def _issue(remark: Remark, known: str) -> dict[str, object]:
    facts = [remark.message, remark.basis, f"next: {remark.safe}" if remark.safe else ""]
    return {
        "description": "; ".join(printable(fact) for fact in facts if fact),
        "check_name": printable(remark.code),
        "fingerprint": known,
        "severity": _SEVERITIES[remark.level],
        "location": {"path": printable(remark.place.path), "lines": {"begin": max(1, remark.place.line)}},
    }
