"""Statements of routines, triggers and events for generated scripts: blocks in blocks, as deep as asked."""

from collections.abc import Callable

from .mysql_expressions import Writer

__all__ = ["Body"]


class Body:
    """Writes what may stand in a body of `kind`: procedure, function, trigger or event."""

    def __init__(self, writer: Writer, kind: str, new: str = "") -> None:
        self._write = writer
        self._kind = kind
        self._new = new
        self._labels = 0
        self._open: list[str] = []

    def whole(self, depth: int) -> str:
        """A body: one statement, simple or compound."""
        if self._kind == "function":
            return self._function(depth)
        return self.statement(depth)

    def statement(self, depth: int) -> str:
        makers: list[Callable[[int], str]] = [self._simple, self._simple]
        if depth > 0:
            makers += [self._block, self._block, self._if, self._case, self._loop, self._while, self._repeat, self._cursor]
            if self._write.database == "mariadb":
                makers += [self._for]
        return self._write.random.choice(makers)(depth)

    def statements(self, depth: int) -> str:
        gap = self._write.gap
        return "".join(f"{self.statement(depth - 1)}{gap()};{gap()}" for _ in range(self._write.random.randint(1, 3)))

    def _function(self, depth: int) -> str:
        write = self._write
        value = write.expression()
        return write.one(
            f"RETURN {value}",
            f"return({value})",
            f"BEGIN{write.gap()}{self.statements(depth)}RETURN {value}; END",
            f"IF {value} THEN RETURN 1; ELSEIF {value} THEN {self.statements(depth)} ELSE RETURN {value}; END IF",
            f"CASE WHEN {value} THEN RETURN 1; ELSE RETURN CASE WHEN 1 THEN 2 END; END CASE",
            f"all_of_it: BEGIN DECLARE end INT DEFAULT 1; {self.statements(depth)}RETURN IF(end, 1, 2); END all_of_it",
        )

    def _simple(self, depth: int) -> str:
        write, value = self._write, self._write.expression()
        choices = [
            f"SET @v = {value}",
            f"SET @a = {value}, @b := IF({value}, 1, 2)",
            f"DO {value}",
            f"INSERT INTO t (a, `e;nd`) VALUES ({value}, 1)",
            f"INSERT INTO t SET end = {value}{write.gap()}ON DUPLICATE KEY UPDATE begin = {value}",
            f"REPLACE INTO t (end) VALUES ({value})",
            f"UPDATE t SET end = {value}, t.begin = 1 WHERE t.end = CASE WHEN {value} THEN 1 END",
            f"DELETE FROM t WHERE end = {value}",
            f"SELECT {value} INTO @v",
            f"SELECT end INTO @v FROM t LIMIT 1{write.gap()}FOR UPDATE",
            f"SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = {write.text()}",
            "GET DIAGNOSTICS CONDITION 1 @m = MESSAGE_TEXT, @n = MYSQL_ERRNO",
            f"CALL p({value})",
            "BEGIN END",
            "CALL begin ( )",
            *([f"LEAVE {self._open[-1]}"] if self._open else []),
            *([f"SET {self._new}.a = {value}", f"SET {self._new}.end = {value}"] if self._new else []),
        ]
        if self._kind == "procedure":
            choices += [
                write.query(),
                write.query(),
                f"CREATE TEMPORARY TABLE IF NOT EXISTS x (begin INT, end INT DEFAULT 1, s TEXT COMMENT {write.text()})",
                "DROP TEMPORARY TABLE IF EXISTS x",
                "START TRANSACTION",
                "COMMIT",
                "ROLLBACK",
                "XA BEGIN 'x;'",
                "XA END 'x;'",
                "PREPARE s FROM 'SELECT 1; ''x'",
                "SHOW CREATE PROCEDURE begin",
                "ALTER TABLE t ADD COLUMN `case` INT",
                "TRUNCATE TABLE t",
                "ANALYZE TABLE t",
            ]
        return write.one(*choices)

    def _label(self) -> tuple[str, str]:
        """Return the text before and after a block that can be left."""
        self._labels += 1
        label = self._write.one(f"l{self._labels}", f"`l;{self._labels}`", f"end{self._labels}", f"`end {self._labels}`")
        self._open.append(label)
        colon = self._write.one(":", " :", ": ", ":\n")
        return f"{label}{colon} ", self._write.one("", f" {label}")

    def _block(self, depth: int) -> str:
        write = self._write
        before, after = self._label() if write.chance(0.4) else ("", "")
        text = f"{before}BEGIN{write.gap()}{self._declarations(depth)}{self.statements(depth)}END{after}"
        if before:
            self._open.pop()
        return text

    def _declarations(self, depth: int) -> str:
        write = self._write
        text = write.one(
            "",
            "",
            f"DECLARE n INT DEFAULT {write.expression()};",
            f"DECLARE n, m VARCHAR(20) CHARACTER SET utf8mb4 DEFAULT CASE WHEN 1 THEN {write.string()} END;{write.gap()}",
            "DECLARE end, begin INT;",
            "DECLARE s SET('a;', 'b'); DECLARE e ENUM('end;', \"begin\")".replace('"', "'") + ";",
            "DECLARE gone CONDITION FOR SQLSTATE '42S02';",
        )
        if not write.chance(0.35):
            return text
        outer, self._open = self._open, []  # A handler cannot leave the blocks around it.
        for when in ("SQLEXCEPTION", "NOT FOUND, 1062"):
            if write.chance(0.6):
                kind = write.one("CONTINUE", "EXIT")
                text += f"DECLARE {kind} HANDLER FOR {when}{write.gap()}{self.statement(depth - 1)};"
        self._open = outer
        return text

    def _if(self, depth: int) -> str:
        write, value = self._write, self._write.expression()
        test = write.one(value, f"({value})", f"IF({value}, 1, 0)", f"({value}) AND (1)")
        otherwise = write.one(
            "", f"ELSE{write.gap()}{self.statements(depth)}", f"ELSEIF {test} THEN{write.gap()}{self.statements(depth)}"
        )
        gap = write.one(" ", "", " ") if test[0] == "(" else write.gap()
        return f"IF{gap}{test} THEN{write.gap()}{self.statements(depth)}{otherwise}END IF"

    def _case(self, depth: int) -> str:
        write, value = self._write, self._write.expression()
        subject = write.one("", f" {value}", " CASE WHEN 1 THEN 2 END")
        otherwise = write.one("", f"ELSE {self.statements(depth)}", "ELSE BEGIN END; ")
        return f"CASE{subject} WHEN {value} THEN{write.gap()}{self.statements(depth)}WHEN 2 THEN SET @v = 1; {otherwise}END CASE"

    def _loop(self, depth: int) -> str:
        before, after = self._label()
        text = f"{before}LOOP{self._write.gap()}{self.statements(depth)}ITERATE {self._open[-1]}; END LOOP{after}"
        self._open.pop()
        return text

    def _while(self, depth: int) -> str:
        return f"WHILE {self._write.expression()} DO{self._write.gap()}{self.statements(depth)}END WHILE"

    def _repeat(self, depth: int) -> str:
        value = self._write.expression()
        return f"REPEAT{self._write.gap()}{self.statements(depth)}UNTIL {value}{self._write.gap()}END REPEAT"

    def _cursor(self, depth: int) -> str:
        write = self._write
        return (
            f"BEGIN DECLARE x INT; DECLARE c CURSOR FOR{write.gap()}SELECT end FROM t WHERE {write.expression()}; "
            f"OPEN c;{write.gap()}FETCH c INTO x; {self.statements(depth)}CLOSE c; END"
        )

    def _for(self, depth: int) -> str:
        head = self._write.one("i IN 1..3", "i IN REVERSE 1 .. 2", "r IN (SELECT end FROM t)", "r IN (SELECT 1 AS `e;nd`)")
        return f"FOR {head} DO{self._write.gap()}{self.statements(depth)}END FOR"
