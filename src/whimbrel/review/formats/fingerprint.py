"""Names of findings that stay the same when lines are added above them. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from whimbrel.review.formats.remark import Remark

__all__ = ["fingerprints"]


def fingerprints(remarks: Sequence[Remark]) -> list[str]:
    """Return one fingerprint for each remark, made from its rule, file, database and source line, never from numbers of lines.

    Remarks that agree in all of these are counted in their order. A remark without a source line is known by its message.
    """
    seen: Counter[str] = Counter()
    found: list[str] = []
    for one in remarks:
        parts = (one.code, one.place.path, one.database, " ".join(one.place.source.split()) or one.message)
        known = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        seen[known] += 1
        found.append(f"{known}:{seen[known]}")
    return found
