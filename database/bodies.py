"""Where a statement with a body ends: the semicolons inside the body are not its end.

Pure: no database, no disk. One class a database; each is fed the tokens of one statement and says which one ends it.
"""

from __future__ import annotations

from typing import Protocol

from database.lexis import Token

__all__ = ["BodyRule", "body_rule"]


class BodyRule(Protocol):
    """Fed token by token from the start of a statement."""

    def ends_at(self, token: Token) -> bool:
        """Take one token and say whether it is the semicolon that ends the statement."""
        ...


class _AtomicBody:
    """PostgreSQL: CREATE FUNCTION ... BEGIN ATOMIC ... END, and parentheses as in CREATE RULE ... DO (a; b).

    The END that closes a body stands after a semicolon or after ATOMIC, where a statement would begin; the END of a CASE and
    a column named end never do. https://www.postgresql.org/docs/current/sql-createfunction.html (sql_body)
    """

    _HEADS = (
        ("CREATE", "FUNCTION"),
        ("CREATE", "PROCEDURE"),
        ("CREATE", "OR", "REPLACE", "FUNCTION"),
        ("CREATE", "OR", "REPLACE", "PROCEDURE"),
    )

    def __init__(self) -> None:
        self._depth = 0
        self._head: tuple[str, ...] = ()
        self._routine = False
        self._in_body = False
        self._previous = ""

    def ends_at(self, token: Token) -> bool:
        this = token.upper or (token.text if token.kind == "symbol" else token.kind)
        if len(self._head) < 4:
            self._head = (*self._head, this)
            self._routine = self._routine or self._head in self._HEADS
        if this in ("(", ")"):
            self._depth = max(0, self._depth + (1 if this == "(" else -1))
        ends = this == ";" and self._depth == 0 and not self._in_body
        if self._routine and self._depth == 0:
            this = self._follow_body(this)
        self._previous = this
        return ends

    def _follow_body(self, this: str) -> str:
        """Enter or leave the body; return the token, with the ATOMIC that opens the body told from a name."""
        if this == "ATOMIC" and self._previous == "BEGIN" and not self._in_body:
            self._in_body = True
            return "BEGIN ATOMIC"
        if this == "END" and self._in_body and self._previous in (";", "BEGIN ATOMIC"):
            self._in_body = False
        return this


class _TriggerBody:
    """SQLite: CREATE [TEMP] TRIGGER ... BEGIN ...; END. The rule is that of https://sqlite.org/c3ref/complete.html."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._trigger = False
        self._last_two = ("", "")

    def ends_at(self, token: Token) -> bool:
        this = ";" if token.kind == "symbol" and token.text == ";" else token.upper or "other"
        if len(self._words) < 6:
            self._words.append(this)
            head = [word for word in self._words if word not in ("EXPLAIN", "QUERY", "PLAN")]
            self._trigger = (
                head[:1] == ["CREATE"] and "TRIGGER" in head[1:3] and (head[1] == "TRIGGER" or head[1] in ("TEMP", "TEMPORARY"))
            )
        ends = this == ";" and (not self._trigger or self._last_two == (";", "END"))
        self._last_two = (self._last_two[1], this)
        return ends


class _RoutineBody:
    """MySQL and MariaDB: procedures, functions, triggers and events, with or without DELIMITER around them.

    Blocks are kept on a stack. A block opens where a statement may begin, and ends with an END where a statement may begin;
    elsewhere `begin`, `end` and `if` are names or functions. A CASE expression opens and ends in the middle of a statement, at
    one depth of parentheses.
    https://dev.mysql.com/doc/refman/9.7/en/sql-compound-statements.html, https://mariadb.com/kb/en/programmatic-compound-statements/
    """

    _ROUTINES = ("PROCEDURE", "FUNCTION", "TRIGGER", "EVENT")
    _OTHERS = ("TABLE", "VIEW", "INDEX", "DATABASE", "SCHEMA", "USER", "ROLE", "SERVER", "SEQUENCE", "TABLESPACE", "INSTANCE")
    _BLOCKS = ("BEGIN", "CASE", "IF", "LOOP", "WHILE", "REPEAT", "FOR")
    # A body that starts with one of these is one simple statement.
    _SIMPLE = frozenset(
        (
            *("ALTER", "ANALYZE", "CALL", "CHECK", "COMMIT", "CREATE", "DEALLOCATE", "DELETE", "DO"),
            *("DROP", "EXECUTE", "EXPLAIN", "FLUSH", "GET", "GRANT", "INSERT", "KILL", "OPTIMIZE"),
            *("PREPARE", "RENAME", "REPAIR", "REPLACE", "RESIGNAL", "RETURN", "REVOKE", "ROLLBACK", "SAVEPOINT"),
            *("SELECT", "SET", "SHOW", "SIGNAL", "START", "TABLE", "TRUNCATE", "UPDATE", "VALUES"),
            *("WITH", "XA"),
        )
    )
    _EXPRESSION = "CASE expression"
    # After these in a CASE expression an END is a name, since an operand has to follow.
    _BEFORE_OPERAND = ("CASE", "WHEN", "THEN", "ELSE", "=", "-", "+", "*", "/", "<", ">", ",")
    _IN_CONDITION = ("HANDLER", ",", "FOR", "NOT", "SQLSTATE", "VALUE")

    def __init__(self) -> None:
        self._read = self._read_first
        self._object = ""
        self._may_begin = False
        self._blocks: list[str] = []
        self._depths: list[int] = []
        self._statement = ""
        self._begins = False
        self._may_be_label = False
        self._parentheses = 0
        self._seen = ("", "")

    def ends_at(self, token: Token) -> bool:
        if token.kind == "mark":
            return False
        this = token.upper or (token.text if token.kind == "symbol" else token.kind)
        if self._seen[1] == ".":
            this = "name"
        if this in ("(", ")"):
            self._parentheses += 1 if this == "(" else -1
        self._read(this)
        self._seen = (self._seen[1], this)
        return this == ";" and not self._blocks

    def _read_first(self, this: str) -> None:
        steps = {"CREATE": self._read_object, "ALTER": self._read_object, "BEGIN": self._read_anonymous}
        self._read = steps.get(this, self._read_simple)
        # MariaDB takes these outside of routines too; on MySQL no statement begins with one of them.
        if this in self._BLOCKS and this != "BEGIN":
            self._open(this)

    def _read_simple(self, this: str) -> None:
        """A statement without a body: its first semicolon ends it."""

    def _read_anonymous(self, this: str) -> None:
        # MariaDB: https://mariadb.com/kb/en/begin-end/; a plain BEGIN starts a transaction.
        if this == "ATOMIC" and self._seen[1] == "NOT":
            self._open("BEGIN")
        elif this != "NOT":
            self._read = self._read_simple

    def _read_object(self, this: str) -> None:
        if self._seen[1] in ("=", "@"):
            return  # A name: DEFINER = user@event
        if this in self._OTHERS:
            self._read = self._read_simple
        elif this in self._ROUTINES:
            self._object, self._read = this, self._read_header

    def _read_header(self, this: str) -> None:
        before = self._seen[1]
        if not self._may_begin:
            # "BEFORE INSERT ON t" and "ON SCHEDULE EVERY 1 DAY" hold words that begin statements elsewhere.
            starts = {"TRIGGER": self._seen == ("EACH", "ROW"), "EVENT": before == "DO" and self._seen[0] != "EVENT"}
            self._may_begin = starts.get(self._object, self._parentheses == 0 and this == ")")
            if not self._may_begin or self._object not in starts:
                return
        if self._parentheses > 0 or before in ("FOLLOWS", "PRECEDES"):
            return
        if this == ":":
            self._read, self._begins = self._read_body, True
        elif this in self._BLOCKS:
            self._open(this)
        elif this in self._SIMPLE and not (this == "SET" and before in ("CHARACTER", "RETURNS")):
            self._read, self._statement = self._read_body, this

    def _read_body(self, this: str) -> None:
        begins, label = self._begins, self._may_be_label
        self._begins = self._may_be_label = False
        in_expression = self._blocks[-1:] == [self._EXPRESSION]
        if self._statement == "HANDLER" and not begins:
            if this == "," or self._seen[1] in self._IN_CONDITION:
                return
            begins = True
        if begins and not in_expression:
            self._begin_statement(this)
        elif this == "CASE" and self._statement != "END":
            self._blocks.append(self._EXPRESSION)
            self._depths.append(self._parentheses)
        elif in_expression:
            self._read_expression(this)
        else:
            self._read_inside(this, may_be_label=label)

    def _begin_statement(self, this: str) -> None:
        self._statement, self._may_be_label = this, True
        if this == "ELSE":
            self._begins = True
        elif this == "END" and self._blocks:
            self._blocks.pop()
        elif this in self._BLOCKS:
            self._open(this)

    def _read_expression(self, this: str) -> None:
        if this == "END" and self._depths[-1] == self._parentheses and self._seen[1] not in self._BEFORE_OPERAND:
            self._blocks.pop()
            self._depths.pop()

    def _read_inside(self, this: str, *, may_be_label: bool) -> None:
        """Read on within a statement: tell where the next one may begin."""
        if this == ";":
            self._begins, self._statement = True, ""
        elif self._statement == "END":
            return  # The words after END only say what it ends.
        elif this == "HANDLER" and self._statement == "DECLARE" and self._seen[1] in ("CONTINUE", "EXIT", "UNDO"):
            self._statement = this
        elif this == "REPEAT" and self._seen[1] == "END" and self._statement == "UNTIL" and self._blocks[-1:] == ["REPEAT"]:
            self._blocks.pop()
            self._statement = "END"
        else:
            opens = {":": may_be_label, "THEN": True, "ELSE": True, "DO": self._statement in ("WHILE", "FOR")}
            self._begins = opens.get(this, False)

    def _open(self, block: str) -> None:
        self._read, self._statement = self._read_body, block
        self._begins = block in ("BEGIN", "LOOP", "REPEAT")
        self._blocks.append(block)


_RULES: dict[str, type[BodyRule]] = {
    "postgresql": _AtomicBody,
    "mysql": _RoutineBody,
    "mariadb": _RoutineBody,
    "sqlite": _TriggerBody,
}


def body_rule(name: str) -> BodyRule:
    """Return a fresh rule for one statement of the database `name`."""
    return _RULES[name]()
