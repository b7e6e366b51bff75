"""Find the statements of an application that leave the session unchanged, so the pool need not reset it."""

from __future__ import annotations

from functools import lru_cache

from whimbrel.parsing.lexer import tokens
from whimbrel.parsing.lexer_rules import LexerRules

__all__ = ["reads_only"]

_READING = ("SELECT", "VALUES", "TABLE")
# These may stand before a parenthesis: keywords, and functions that only compute. Any other function, and any trigger of a write,
# may change the session: SET, GET_LOCK, a temporary table.
_HARMLESS = frozenset(
    """
    ALL AND ANY AS BETWEEN BY CASE CHECK DISTINCT ELSE EXCEPT EXISTS FILTER FROM HAVING IN INTERSECT IS JOIN LATERAL LIKE
    LIMIT NOT OFFSET ON OR OVER PARTITION ROW SELECT SOME THEN UNION USING VALUES WHEN WHERE WITH BIGINT BINARY CHAR
    CHARACTER DATETIME DECIMAL INTEGER NUMERIC TEXT TIME TIMESTAMP VARCHAR ABS AVG CAST CEIL CEILING CHAR_LENGTH COALESCE
    CONCAT CONVERT COUNT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DATE DATE_ADD DATE_SUB DATE_TRUNC DENSE_RANK EXTRACT
    FLOOR GREATEST GROUP_CONCAT HEX IF IFNULL JULIANDAY LAG LEAD LEAST LEFT LENGTH LOWER LTRIM MAX MIN MOD NOW NULLIF
    OCTET_LENGTH POWER RANK REPLACE RIGHT ROUND ROW_NUMBER RTRIM SIGN STRFTIME STRING_AGG SUBSTR SUBSTRING SUM TRIM TYPEOF
    UNHEX UPPER
    """.split()  # noqa: SIM905
)


@lru_cache(maxsize=1024)
def reads_only(sql: str, rules: LexerRules) -> bool:
    """Whether a statement only reads, and calls only functions that compute."""
    first, called, qualified = "", "", False
    for token in tokens(sql, rules):
        text, variable = token.text, rules.mysql_comments and token.text.startswith("@")
        first = first or token.upper
        if first not in _READING or token.upper == "INTO" or variable or token.kind == "mark":
            return False
        if text == "(" and called and called not in _HARMLESS:
            return False
        # A quoted name, or one with a schema, may be a user's function; after a symbol there is no call.
        named = token.kind in ("word", "name")
        called = (f".{text}" if qualified or token.kind == "name" else token.upper) if named else ""
        qualified = text == "."
    return bool(first)
