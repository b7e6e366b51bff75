"""Find the end of a routine, trigger or event of MySQL or MariaDB: semicolons inside its body do not end it.

Pure: no database, no disk. Like every rule in compound.py, it is fed the tokens of one statement.
"""

from __future__ import annotations

from whimbrel.parsing.lexer import Token
from whimbrel.parsing.scanner import SEMICOLON, Stops

__all__ = ["RoutineBody"]


class RoutineBody:
    """The rule for procedures, functions, triggers and events of MySQL and MariaDB, with or without DELIMITER around them.

    The rule keeps a stack of blocks. A block opens where a statement may begin, and ends with an END where a statement may begin.
    In other places `begin`, `end` and `if` are names or functions. A CASE expression opens and ends inside a statement, at one
    depth of parentheses. https://dev.mysql.com/doc/refman/9.7/en/sql-compound-statements.html,
    https://mariadb.com/kb/en/programmatic-compound-statements/
    """

    _ROUTINES = ("PROCEDURE", "FUNCTION", "TRIGGER", "EVENT")
    _OTHERS = ("TABLE", "VIEW", "INDEX", "DATABASE", "SCHEMA", "USER", "ROLE", "SERVER", "SEQUENCE", "TABLESPACE", "INSTANCE")
    _BLOCKS = ("BEGIN", "CASE", "IF", "LOOP", "WHILE", "REPEAT", "FOR")
    # A body that starts with one of these is a single simple statement.
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
    _IN_EXPRESSION = frozenset(("CASE", "END", "(", ")"))
    # After one of these words in a CASE expression, END is a name, since an operand has to follow.
    _BEFORE_OPERAND = ("CASE", "WHEN", "THEN", "ELSE", "=", "-", "+", "*", "/", "<", ">", ",")
    # A statement that begins with one of these has no label: https://dev.mysql.com/doc/refman/9.7/en/keywords.html
    _RESERVED = frozenset(
        (
            *("ALTER", "CALL", "CASE", "CREATE", "DECLARE", "DELETE", "DROP", "ELSE", "ELSEIF", "FETCH", "FOR", "IF", "INSERT"),
            *("ITERATE", "LEAVE", "LOOP", "REPEAT", "REPLACE", "RETURN", "SELECT", "SET", "SIGNAL", "UPDATE", "WHILE", "WITH"),
        )
    )
    _IN_CONDITION = ("HANDLER", ",", "FOR", "NOT", "SQLSTATE", "VALUE")
    # The only tokens that matter: before the body; inside a statement of it; inside a statement that may declare a handler.
    _HEADER = Stops(marks="()")
    _WITHIN = Stops(words=("CASE", "DO", "ELSE", "END", "REPEAT", "THEN"))
    _DECLARED = Stops(words=("CASE", "CONTINUE", "EXIT", "UNDO"))
    # A statement that begins with one of these is skipped whole: it opens no block, and holds none without these words.
    _WHOLE = Stops(
        words=("CASE", "HANDLER"),
        first=(
            *("CALL", "DECLARE", "DELETE", "FETCH", "INSERT", "ITERATE", "LEAVE", "REPLACE", "RETURN", "SELECT", "SET"),
            *("UPDATE", "WITH"),
        ),
    )

    def __init__(self) -> None:
        self.stops: Stops | None = None
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
        """Read one token. Return whether it is the semicolon that ends the statement."""
        kind, text, _ = token
        if kind == "mark":
            return False
        before = self._seen[1]
        this = text.upper() if kind == "word" else text if kind == "symbol" else kind
        if before == "." or before == "@":
            this = "name"
        elif this not in self._IN_EXPRESSION and self._blocks[-1:] == [self._EXPRESSION]:
            self._seen = (before, this)
            return False
        elif this == "(":
            self._parentheses += 1
        elif this == ")":
            self._parentheses -= 1
        self._read(this)
        self._seen = (before, this)
        self.stops = self._find_stops(this)
        return this == ";" and not self._blocks

    def _find_stops(self, this: str) -> Stops | None:
        """Return the tokens that matter now; None if all do, since a statement, a label or an operand may begin here."""
        if self._blocks:
            if self._may_be_label or self._blocks[-1] == self._EXPRESSION or this in (".", "@"):
                return None
            if self._begins:
                return self._WHOLE
            if self._statement in ("DECLARE", "HANDLER"):
                return self._DECLARED if this == "DECLARE" else None
            return None if this == "END" != self._statement else self._WITHIN
        if self._object:
            header = self._read == self._read_header and not self._may_begin and self._object in ("PROCEDURE", "FUNCTION")
            return self._HEADER if header else None
        return SEMICOLON if self._read == self._read_simple else None

    def _read_first(self, this: str) -> None:
        steps = {"CREATE": self._read_object, "ALTER": self._read_object, "BEGIN": self._read_anonymous}
        self._read = steps.get(this, self._read_simple)
        # MariaDB allows these outside of routines too; on MySQL no statement begins with one of them.
        if this in self._BLOCKS and this != "BEGIN":
            self._open(this)

    def _read_simple(self, this: str) -> None:
        """Read a statement without a body. Its first semicolon ends it."""

    def _read_anonymous(self, this: str) -> None:
        # MariaDB: https://mariadb.com/kb/en/begin-end/; a plain BEGIN starts a transaction.
        if this == "ATOMIC" and self._seen[1] == "NOT":
            self._open("BEGIN")
        elif this != "NOT":
            self._read = self._read_simple

    def _read_object(self, this: str) -> None:
        if self._seen[1] in ("=", "@"):
            return  # A user name: DEFINER = user@event
        if this in self._OTHERS:
            self._read = self._read_simple
        elif this in self._ROUTINES:
            self._object, self._read = this, self._read_header

    def _read_header(self, this: str) -> None:
        before = self._seen[1]
        if not self._may_begin:
            # "BEFORE INSERT ON t" and "ON SCHEDULE EVERY 1 DAY" contain words that begin statements in other places.
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
        self._statement, self._may_be_label = this, this not in self._RESERVED
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
        """Read the rest of a statement up to the point where the next one may begin."""
        if this == ";":
            self._begins, self._statement = True, ""
        elif self._statement == "END":
            return  # The words after END only repeat the kind of block.
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
