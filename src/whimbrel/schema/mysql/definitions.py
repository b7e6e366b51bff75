"""Read the objects that information_schema does not tell in full by SHOW CREATE, all of them in one message.

information_schema replaces characters beyond U+FFFF, and leaves out the parser of a FULLTEXT index, the periods of a table, an
algorithm, and how the parameters of a routine are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from whimbrel.dialects.connection import Connection
from whimbrel.dialects.mysql.rules import quote
from whimbrel.parsing.lexer import tokens
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.schema.mysql.questions import Facts

__all__ = ["Definition", "Found", "definer_end", "fetch_definitions", "without_definer"]

Found = dict[str, list[Facts]]
# The columns of a SHOW CREATE, as bytes; by the kind and the name of the object.
Definition = Mapping[str, Any]
Name = tuple[str, str]
# These change how the server writes names and texts.
_PLAIN = "sql_mode='NO_ENGINE_SUBSTITUTION', sql_quote_show_create=1"


async def fetch_definitions(connection: Connection, found: Found, schema: str) -> dict[Name, Definition]:
    """Return the definitions of all objects but plain tables. The session's settings are the same before and after."""
    from whimbrel.dialects.mysql.connection import MysqlConnection  # rendering needs no driver

    wanted = list(_wanted(found))
    bare = connection.bare
    assert isinstance(bare, MysqlConnection), "a dialect is given its own connections"
    if not wanted:
        return {}
    shows = [f"SHOW CREATE {kind} {quote(schema)}.{quote(name)}" for kind, name in wanted]
    if connection.database == "mariadb":
        answers = await bare.fetch_each([f"SET STATEMENT {_PLAIN} FOR {show}" for show in shows])
        return {name: answer[0] for name, answer in zip(wanted, answers, strict=True)}
    (session,) = found["session"]
    literal = connection.dialect.literal(str(session["sql_mode"]))
    back = f"SET SESSION sql_mode={literal}, sql_quote_show_create={session['sql_quote_show_create']:d}"
    try:
        answers = await bare.fetch_each([f"SET SESSION {_PLAIN}", *shows, back])
    except BaseException:
        # The message ends at its first error.
        await bare.run(back)
        raise
    return {name: answer[0] for name, answer in zip(wanted, answers[1:-1], strict=True)}


def _wanted(found: Found) -> Iterator[Name]:
    """Yield the objects to ask for, and none that this user may not see: an error would end the message."""
    yield from (("VIEW", str(row["table_name"])) for row in found["view"] if row["view_definition"])
    seen = (row for row in found["routine"] if row["routine_definition"] is not None)
    yield from ((str(row["routine_type"]), str(row["specific_name"])) for row in seen)
    yield from (("TRIGGER", str(row["trigger_name"])) for row in found["trigger"])
    yield from (("EVENT", str(row["event_name"])) for row in found["event"])
    unclear = {*_unclear_columns(found), *_unclear_tables(found)}
    for row in found["table"]:
        name, kind = str(row["table_name"]), row["table_type"]
        if kind == "SEQUENCE":
            yield "SEQUENCE", name
        elif kind == "SYSTEM VERSIONED" or (kind == "BASE TABLE" and name in unclear):
            yield "TABLE", name


def _unclear_columns(found: Found) -> Iterator[str]:
    """Yield the tables with a default that information_schema may have changed."""
    for row in found["column"]:
        literal = row["column_default"] or ""
        binary = str(row["column_type"]).startswith(("binary", "varbinary")) and literal not in ("", "NULL")
        if binary or "?" in literal:
            yield str(row["table_name"])


def _unclear_tables(found: Found) -> Iterator[str]:
    """Yield the tables that may have parts of which information_schema does not tell."""
    # An application's period shows only as such a condition: https://mariadb.com/kb/en/application-time-periods/
    yield from (str(row["table_name"]) for row in found["check"] if "table_name" in row and row["check_clause"].count("`") == 4)
    yield from (str(row["table_name"]) for row in found["index"] if row["index_type"] == "FULLTEXT")
    # MariaDB describes the partition DEFAULT as one of the value 0.
    listed = (row for row in found["partition"] if str(row["partition_method"]).startswith("LIST"))
    yield from (str(row["table_name"]) for row in listed)
    rules = {(row["table_name"], row["constraint_name"]) for row in found["rule"]}
    # MariaDB shows the actions only to a user who may change the table.
    foreign = (row for row in found["foreign"] if (row["table_name"], row["constraint_name"]) not in rules)
    yield from (str(row["table_name"]) for row in foreign)


def definer_end(text: str, rules: LexerRules) -> tuple[int, int, str]:
    """Return where DEFINER=`user`@`host` begins and ends in a CREATE, and "user@host"; the start twice if there is none."""
    found = [token for token, _ in zip(tokens(text, rules), range(12), strict=False)]
    for index, token in enumerate(found):
        if token.upper == "DEFINER" and [one.text for one in found[index + 1 : index + 2]] == ["="]:
            account = found[index + 2 : index + 5] if found[index + 3].text == "@" else found[index + 2 : index + 3]
            return token.start, account[-1].end, "@".join(one.text[1:-1] for one in account if one.text != "@")
    return 0, 0, ""


def without_definer(text: str, user: str, rules: LexerRules) -> str:
    """Return a CREATE without its DEFINER if that is the user who reads, so that another user can load it."""
    start, end, account = definer_end(text, rules)
    return text if account != user else text[:start] + text[end:].lstrip(" ")
