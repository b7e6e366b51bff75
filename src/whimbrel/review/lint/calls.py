"""Find what a condition calls that may do more than read. Pure."""

from __future__ import annotations

from whimbrel.review.lint.statement_text import Part

__all__ = ["find_calls"]

# Words before a parenthesis that call nothing.
_WORDS = (
    "AND OR NOT XOR IN BETWEEN LIKE ILIKE GLOB RLIKE REGEXP SIMILAR TO IS THEN ELSE WHEN CASE ANY ALL SOME ROW ARRAY AS ESCAPE "
    "DIV FROM FOR VARCHAR CHARACTER CHAR VARYING NUMERIC DECIMAL DEC FLOAT DOUBLE TIME TIMESTAMP DATETIME BINARY VARBINARY BIT"
)
# Functions of the four databases that read their arguments alone.
_HARMLESS = (
    "LENGTH CHAR_LENGTH CHARACTER_LENGTH OCTET_LENGTH BIT_LENGTH LOWER UPPER TRIM LTRIM RTRIM BTRIM SUBSTR SUBSTRING POSITION "
    "STRPOS INSTR LOCATE LEFT RIGHT CONCAT REPLACE REVERSE ASCII HEX COALESCE NULLIF IFNULL IF ABS SIGN MOD ROUND FLOOR CEIL "
    "CEILING POWER SQRT GREATEST LEAST CAST CONVERT TYPEOF EXTRACT DATE DATE_PART DATE_TRUNC YEAR MONTH DAY HOUR MINUTE SECOND "
    "JSON_VALID JSON_TYPE JSON_TYPEOF JSONB_TYPEOF JSON_EXTRACT JSON_LENGTH JSON_ARRAY_LENGTH JSONB_ARRAY_LENGTH ARRAY_LENGTH "
    "CARDINALITY REGEXP_LIKE NUM_NONNULLS NUM_NULLS LOWER_INF UPPER_INF ISEMPTY STARTS_WITH"
)
_CALLS_NOTHING = frozenset((*_WORDS.split(), *_HARMLESS.split()))
_QUERIES = frozenset(("SELECT", "VALUES", "TABLE", "WITH"))


def find_calls(condition: Part) -> tuple[str, ...]:
    """Return the functions that a condition calls and that are not known to be harmless, and the words that begin a query."""
    found: dict[str, None] = {}
    for index, token in enumerate(condition.tokens):
        if token.kind == "word" and token.upper in _QUERIES:
            found[token.upper] = None
        elif token.kind in ("word", "name") and condition.words[index + 1 : index + 2] == ("(",):
            place = condition.words[max(0, index - 2) : index]
            is_own = place[-1:] == (".",) and place != ("PG_CATALOG", ".")
            if token.kind == "name" or is_own or token.upper not in _CALLS_NOTHING:
                found[f"{token.text}()"] = None
    return tuple(found)
