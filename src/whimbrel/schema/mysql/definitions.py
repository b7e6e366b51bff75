"""Also read the objects by SHOW CREATE, all of them in one message.

information_schema replaces characters beyond U+FFFF. It leaves out options of tables and keys, the parser of a FULLTEXT index,
the periods of a table, the algorithm of a view, and how the parameters of a routine are written. No view says which tables have
such parts, so the message asks for all tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from whimbrel.dialects.connection import Connection
from whimbrel.dialects.mysql.rules import quote
from whimbrel.errors import ConnectionLost, DatabaseBusy, DatabaseError, StatementTimeout
from whimbrel.parsing.lexer import tokens
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.schema.mysql.questions import Facts

__all__ = ["CatalogRows", "Definition", "all_objects", "definer_end", "fetch_definitions", "without_definer"]

CatalogRows = dict[str, list[Facts]]
# By kind and name of the object: the columns of its SHOW CREATE, as bytes.
Definition = Mapping[str, Any]
Name = tuple[str, str]
_KINDS = {"BASE TABLE": "TABLE", "SYSTEM VERSIONED": "TABLE", "SEQUENCE": "SEQUENCE"}
# This many take less than the smallest usual max_allowed_packet, 1 MB.
_MOST = 3_000
# These change how the server writes names and texts.
_PLAIN = "sql_mode='NO_ENGINE_SUBSTITUTION', sql_quote_show_create=1"


async def fetch_definitions(connection: Connection, found: CatalogRows, schema: str) -> dict[Name, Definition]:
    """Return the definitions of all objects. The session's settings are the same before and after.

    One message asks for all objects, or for as many as keep it small. If the server refuses one of them, each object gets its
    own message. The result then lacks the refused objects: those dropped since, those that this user may not see, and those
    that the server cannot open.
    """
    wanted = list(_wanted(found))
    if not wanted:
        return {}
    shows = [f"SHOW CREATE {kind} {quote(schema)}.{quote(name)}" for kind, name in wanted]
    try:
        answers = [one for at in range(0, len(shows), _MOST) for one in await _answers(connection, found, shows[at : at + _MOST])]
    except (ConnectionLost, DatabaseBusy, StatementTimeout):
        raise
    except DatabaseError:
        answers = [await _answer(connection, found, show) for show in shows]
    return {name: answer[0] for name, answer in zip(wanted, answers, strict=True) if answer and not _is_temporary(answer[0])}


async def _answer(connection: Connection, found: CatalogRows, show: str) -> list[Facts]:
    try:
        return (await _answers(connection, found, [show]))[0]
    except (ConnectionLost, DatabaseBusy, StatementTimeout):
        raise
    except DatabaseError:
        return []


async def _answers(connection: Connection, found: CatalogRows, shows: Sequence[str]) -> list[list[Facts]]:
    from whimbrel.dialects.mysql.connection import MysqlConnection  # rendering needs no driver

    bare = connection.bare
    assert isinstance(bare, MysqlConnection), "a dialect is given its own connections"
    if connection.database == "mariadb":
        return await bare.fetch_each([f"SET STATEMENT {_PLAIN} FOR {show}" for show in shows])
    (session,) = found["session"]
    literal = connection.dialect.literal(str(session["sql_mode"]))
    back = f"SET SESSION sql_mode={literal}, sql_quote_show_create={session['sql_quote_show_create']:d}"
    try:
        return (await bare.fetch_each([f"SET SESSION {_PLAIN}", *shows, back]))[1:-1]
    except BaseException:
        # The message ends at its first error.
        await bare.run(back)
        raise


def _is_temporary(definition: Definition) -> bool:
    # A temporary table of this session hides the table of the same name.
    return bytes(definition.get("Create Table", b"")).startswith(b"CREATE TEMPORARY ")


def all_objects(found: CatalogRows) -> Iterator[Name]:
    """Yield the kind and the name of each object that SHOW CREATE may show."""
    yield from (("VIEW", str(row["table_name"])) for row in found["view"])
    yield from (("LIBRARY", str(row["library_name"])) for row in found["library"])
    yield from ((str(row["routine_type"]), str(row["specific_name"])) for row in found["routine"])
    yield from (("TRIGGER", str(row["trigger_name"])) for row in found["trigger"])
    yield from (("EVENT", str(row["event_name"])) for row in found["event"])
    yield from ((_KINDS[kind], str(row["table_name"])) for row in found["table"] if (kind := str(row["table_type"])) in _KINDS)


def _wanted(found: CatalogRows) -> Iterator[Name]:
    """Yield the objects to ask for, without those that this user may not see: an error would end the message."""
    hidden = {("VIEW", row["table_name"]) for row in found["view"] if not row["view_definition"]}
    hidden |= {(row["routine_type"], row["specific_name"]) for row in found["routine"] if row["routine_definition"] is None}
    hidden |= {("LIBRARY", row["library_name"]) for row in found["library"] if row["library_definition"] is None}
    return (one for one in all_objects(found) if one not in hidden)


def definer_end(text: str, rules: LexerRules) -> tuple[int, int, str]:
    """Return the start and end of DEFINER=`user`@`host` in a CREATE, and "user@host". Without one, start and end are equal."""
    found = [token for token, _ in zip(tokens(text, rules), range(12), strict=False)]
    for index, token in enumerate(found):
        if token.upper == "DEFINER" and [one.text for one in found[index + 1 : index + 2]] == ["="]:
            account = found[index + 2 : index + 5] if found[index + 3].text == "@" else found[index + 2 : index + 3]
            return token.start, account[-1].end, "@".join(one.text[1:-1] for one in account if one.text != "@")
    return 0, 0, ""


def without_definer(text: str, user: str, rules: LexerRules) -> str:
    """Return a CREATE without its DEFINER if the definer is the current user, so that another user can load it."""
    start, end, account = definer_end(text, rules)
    return text if account != user else text[:start] + text[end:].lstrip(" ")
