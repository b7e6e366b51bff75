"""Check the arguments of a call to the manager, or to a connection that it lends: a text, a mapping, rows of mappings.

Pure: no database, no disk. These checks precede all sending, so that no wrong argument ends in an exception of Python's own.
`values.py` checks the parameters' values.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from whimbrel.errors import ConfigurationError, ConnectionLost, DatabaseError, ParameterError
from whimbrel.parsing.cursor import leading_words
from whimbrel.parsing.parameters import parse_parameters
from whimbrel.parsing.values import type_name

if TYPE_CHECKING:
    from whimbrel.dialects.base import Dialect
    from whimbrel.parsing.lexer_rules import LexerRules

__all__ = ["advised", "check_begins_none", "check_parameters", "check_rows", "check_sql", "foreign"]


def check_sql(sql: object) -> str:
    """Return the text of a statement or a script. A subclass counts as the text that it holds.

    Raises ConfigurationError for any other type, even if it prints as text, and for a text that UTF-8 cannot encode.
    """
    if not issubclass(type(sql), str):
        raise ConfigurationError(f"the statement is of type {type_name(type(sql))}; pass a str")
    text = str.__str__(sql)
    if "\0" in text or not (text.isascii() or _is_encodable(text)):
        raise ConfigurationError("the statement contains a NUL or half of a surrogate pair, which no server accepts; remove it")
    return text


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_parameters(parameters: object) -> dict[str, object] | None:
    """Return a copy of a statement's parameters; None if there are none. Raises ParameterError unless they are a mapping.

    It is a copy, because the caller may change the mapping while the call waits for its turn.
    """
    if parameters is None:
        return None
    if not issubclass(type(parameters), Mapping):
        raise _refused(f"the parameters are of type {type_name(type(parameters))}; pass a mapping of names to values")
    try:
        copied = _copied(parameters)
    except Exception as error:
        raise _refused(f"the parameters raise {type_name(type(error))} when they are read; pass a dict") from error
    for name in copied:
        if type(name) is not str:
            raise _refused(f"the parameters have a name of type {type_name(type(name))}; pass names of str")
    return copied


def check_rows(rows: Any) -> Iterator[Mapping[str, object]]:
    """Return an iterator over rows of parameters. Raises ParameterError for a single row, a text, or no iterable."""
    if not issubclass(type(rows), Iterable) or issubclass(type(rows), str | bytes | bytearray | Mapping):
        raise _refused(f"the rows of parameters are of type {type_name(type(rows))}; pass an iterable of mappings")
    return iter(rows)


def check_begins_none(sql: str, rules: LexerRules) -> None:
    """Raise ConfigurationError for a statement that would silently end an open transaction and begin another one."""
    words = leading_words(sql, rules, 4)
    begins = words[:1] == ("BEGIN",) and words[1:2] != ("NOT",)
    chains = words[:1] in (("COMMIT",), ("ROLLBACK",), ("END",), ("ABORT",)) and "CHAIN" in words and "NO" not in words
    if begins or chains or words[:2] == ("START", "TRANSACTION"):
        raise ConfigurationError(
            "a transaction is open, and the statement would replace it with another one; it was not sent\n"
            "  next: nest `async with db_manager.transaction()`, which is a savepoint"
        )


def advised(error: DatabaseError, sql: str, dialect: Dialect, database: str) -> DatabaseError:
    """Return the error of a call without parameters. It names the parameters in the statement, if they may be the reason."""
    # Without parameters the text is sent unchanged: in PostgreSQL's a[1:n], and after the label of a routine's block, a name
    # also follows a colon.
    if type(error) is not DatabaseError or error.code not in dialect.codes_without_value:
        return error
    names = parse_parameters(sql, dialect.lexer_rules(portable=True, database=database)).names
    if not names:
        return error
    listed = ", ".join(f":{name}" for name in dict.fromkeys(names))
    told = (
        f"{error.message}\n  next: the statement has {listed}, and the call gives no parameters; pass a mapping with the values"
    )
    return DatabaseError(told, code=error.code, offset=error.offset)


def _copied(parameters: Any) -> dict[str, object]:
    # Ignore methods that a subclass of dict overrides.
    return dict(dict.items(parameters) if issubclass(type(parameters), dict) else parameters)


def _refused(message: str) -> ParameterError:
    return ParameterError("", message)


def foreign(error: Exception) -> DatabaseError:
    """Return one of Whimbrel's errors for an exception that is not one of the driver's own classes."""
    told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    lost = isinstance(error, OSError | EOFError | asyncio.InvalidStateError)
    return ConnectionLost(told) if lost else DatabaseError(f"the driver failed, and its connection was given up: {told}")
