"""The rules of each linter, by the danger that they warn about. To dispute one, change it here and run the benchmark again.

Rules that are not here warn about something that no label of the corpus is about: names that clients use (renames, dropped
views and constraints), timeouts, types, style, statements that can run twice, and locks that are held for a moment without any
scan, build or rewrite (squawk's `require-concurrent-index-deletion`, pgfence's `drop-index-not-concurrent`). Counting those as
warnings of a block would only add needless ones. A rule that has one name for two dangers counts for that of its description.

Sources, read in November 2026:

- squawk: the names in the program 2.70.0 and the texts of its messages. `prefer-repack` speaks of PostgreSQL 19 alone.
- pgfence: the tables "Lock & Safety Checks" and "Transaction & Policy Checks" in the README of @flvmnt/pgfence 0.1.5, and the
  names in its `dist/rules`. A finding of risk LOW is what pgfence calls safe ("instant", "metadata-only"), and no warning.
- dblift: the help of `validate-sql`, and `SEVERITY` and its messages in `core/migration/sql/lint_rules.py` of 5.1.0. Its
  `statement-not-analysed` says that it does not know. A script with errors counts as refused.
- sqlfluff: the list that `sqlfluff rules` prints. Its rules are about style. PRS, a text that it cannot parse, is
  the only one with a say.
- ours: docs/lint.md.
"""

from collections.abc import Mapping
from typing import Literal

__all__ = ["OF_LABELS", "RULES", "UNREADABLE", "Danger"]

Danger = Literal["blocks", "drops", "empties", "refused"]
# The rule of a file that a linter cannot read, if it has no name for that.
UNREADABLE = "(unreadable)"

OF_LABELS: Mapping[str, Danger] = {
    "L01": "blocks", "L02": "blocks", "L03": "blocks", "L04": "blocks",
    "D01": "drops", "D02": "empties", "P01": "refused", "P06": "refused",
}  # fmt: skip

RULES: Mapping[str, Mapping[str, Danger]] = {
    "squawk": {
        "require-concurrent-index-creation": "blocks",
        "require-concurrent-reindex": "blocks",
        "constraint-missing-not-valid": "blocks",
        "adding-field-with-default": "blocks",
        "adding-foreign-key-constraint": "blocks",
        "changing-column-type": "blocks",
        "adding-not-nullable-field": "blocks",
        "adding-serial-primary-key-field": "blocks",
        "disallowed-unique-constraint": "blocks",
        "ban-alter-domain-with-add-constraint": "blocks",
        "prefer-repack": "blocks",
        "ban-drop-table": "drops",
        "ban-drop-column": "drops",
        "ban-drop-schema": "drops",
        "ban-drop-database": "drops",
        "ban-truncate-cascade": "empties",
        "adding-required-field": "refused",
        "ban-concurrent-index-creation-in-transaction": "refused",
        "syntax-error": "refused",
    },
    "pgfence": {
        "add-column-non-constant-default": "blocks",
        "add-column-stored-generated": "blocks",
        "add-column-serial": "blocks",
        "create-index-not-concurrent": "blocks",
        "alter-column-type": "blocks",
        "alter-column-set-not-null": "blocks",
        "add-constraint-fk-no-not-valid": "blocks",
        "add-constraint-check-no-not-valid": "blocks",
        "add-constraint-unique": "blocks",
        "add-constraint-exclude": "blocks",
        "add-pk-without-using-index": "blocks",
        "vacuum-full": "blocks",
        "not-valid-validate-same-tx": "blocks",
        "drop-table": "drops",
        "drop-column": "drops",
        "truncate": "empties",
        "truncate-cascade": "empties",
        "delete-without-where": "empties",
        "update-in-migration": "empties",
        "add-column-not-null-no-default": "refused",
        "concurrent-in-transaction": "refused",
        UNREADABLE: "refused",
    },
    "dblift": {
        "alter-column-type": "blocks",
        "pg-index-not-concurrent": "blocks",
        "pg-constraint-not-valid": "blocks",
        "pg-set-not-null": "blocks",
        "drop-table": "drops",
        "drop-schema": "drops",
        "drop-column": "drops",
        "truncate": "empties",
        "dml-no-where": "empties",
        "add-not-null-no-default": "refused",
        "mixed-transaction-modes": "refused",
        UNREADABLE: "refused",
    },
    "sqlfluff": {"PRS": "refused"},
    "ours": {
        "L01": "blocks", "L02": "blocks", "L03": "blocks", "L04": "blocks",
        "D01": "drops", "D02": "empties",
        "P01": "refused", "P06": "refused", "P07": "refused",
    },
}  # fmt: skip
