"""Generated scripts for MySQL and MariaDB, as lists of statements, so that the correct split is known."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from .mysql_bodies import Body
from .mysql_expressions import Writer

__all__ = ["Script", "generate"]

_DELIMITERS = ("//", "$$", ";;", "!!", "END_OF_IT", "$", "@@@")
_ROUTINE_OPTIONS = (
    "COMMENT 'begin; it''s'",
    "LANGUAGE SQL",
    "READS SQL DATA",
    "MODIFIES SQL DATA",
    "SQL SECURITY INVOKER",
    "NOT DETERMINISTIC",
    "COMMENT 'end'",
)
_TYPES = (
    "INT",
    "VARCHAR(20)",
    "DECIMAL(10,2)",
    "TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    "ENUM('a;','end')",
    "SET('a;','b')",
    "CHAR CHARSET utf8mb4",
)
_MODES = (
    ("'ANSI_QUOTES'", True, True),
    ("'NO_BACKSLASH_ESCAPES'", False, False),
    ("'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'", True, False),
    ("'ANSI'", True, True),
    ("'STRICT_ALL_TABLES,no_backslash_escapes'", False, False),
    ("DEFAULT", False, True),
    ("''", False, True),
    ("@saved", False, True),
)


@dataclass(frozen=True, slots=True)
class Script:
    """Statements, each with the text before it; `delimiter` is used around every statement with semicolons."""

    statements: tuple[str, ...]
    before: tuple[str, ...]
    delimiter: str

    def bare(self) -> str:
        """The script without DELIMITER, which only our splitter can read."""
        return "".join(f"{gap}{text};" for gap, text in zip(self.before, self.statements, strict=True))

    def delimited(self) -> str:
        """The script as the database's own client reads it."""
        pieces = []
        for gap, text in zip(self.before, self.statements, strict=True):
            if text.startswith("CREATE "):
                pieces.append(f"DELIMITER {self.delimiter}\n{gap}{text}{self.delimiter}\ndelimiter ;\n")
            else:
                pieces.append(f"{gap}{text};\n")
        return "".join(pieces)


def generate(database: str, seed: int) -> Script:
    """Script number `seed`: always the same. Its names are unique, so that all scripts fit into one database."""
    write = Writer(Random(f"{database} {seed}"), database)
    statements = ["SET @saved = @@sql_mode", *_objects(write, seed), "SET sql_mode = @saved"]
    before = [_before(write) for _ in statements]
    return Script(tuple(statements), tuple(before), write.one(*_DELIMITERS))


def _before(write: Writer) -> str:
    return write.one("", " ", "\n", "\r\n", "-- it's; \"\n", "#don't;\n", "/* ';' */", "--\n", "/*+ ; */ ", "\n\t-- `\n  # '\n")


def _objects(write: Writer, seed: int) -> Iterator[str]:
    for number in range(write.random.randint(3, 6)):
        if write.chance(0.3):
            yield _mode(write)
        kind = write.one("procedure", "procedure", "function", "trigger", "event", "plain", "plain")
        name = f"{write.one('o', 'end', '`e;', 'begin')}{seed}_{number}"
        name += "`" * (name[0] == "`")
        maker = {"procedure": _procedure, "function": _function, "trigger": _trigger, "event": _event, "plain": _plain}[kind]
        yield maker(write, name)


def _mode(write: Writer) -> str:
    value, write.ansi_quotes, write.backslashes = write.random.choice(_MODES)
    form = write.one("SET sql_mode = {}", "set session sql_mode={}", "SET @@sql_mode := {}", "/*!50003 SET sql_mode = {} */")
    return form.format(value)


def _definer(write: Writer) -> str:
    return write.one("", "", "DEFINER=CURRENT_USER ", "DEFINER = `root`@`localhost` ", "DEFINER='root'@'localhost' ")


def _options(write: Writer) -> str:
    chosen = write.random.sample(_ROUTINE_OPTIONS, write.random.randint(0, 2))
    return "".join(f"{one}{write.gap()}" for one in chosen)


def _procedure(write: Writer, name: str) -> str:
    parameters = write.one("", "IN n INT", "begin INT, OUT end VARCHAR(9)", "INOUT `x;` SET('a;','b'), e ENUM('end;')", "a TEXT")
    body = Body(write, "procedure").whole(3)
    exists = write.one("", "", "IF NOT EXISTS ")
    return f"CREATE {_definer(write)}PROCEDURE {exists}{name}({parameters}){write.gap()}{_options(write)}{body}"


def _function(write: Writer, name: str) -> str:
    body = Body(write, "function").whole(3)
    head = f"CREATE {_definer(write)}FUNCTION {name}(n {write.one(*_TYPES)})"
    return f"{head}{write.gap()}RETURNS {write.one(*_TYPES)}{write.gap()}{_options(write)}{body}"


def _trigger(write: Writer, name: str) -> str:
    when, event = write.one("BEFORE", "AFTER"), write.one("INSERT", "UPDATE", "DELETE")
    new = "NEW" if when == "BEFORE" and event != "DELETE" else ""
    body = Body(write, "trigger", new).whole(2)
    table = f"t{write.random.randrange(40)}"
    return f"CREATE {_definer(write)}TRIGGER {name}{write.gap()}{when} {event} ON {table} FOR EACH ROW{write.gap()}{body}"


def _event(write: Writer, name: str) -> str:
    schedule = write.one(
        "EVERY 1 DAY STARTS '2035-01-01' + INTERVAL 1 HOUR ENDS '2037-01-01'",
        "AT '2036-01-01 00:00:00' + INTERVAL 1 DAY",
        "EVERY '1:30' HOUR_MINUTE STARTS '2035-01-01'",
        "EVERY CASE WHEN 1 THEN 2 END WEEK STARTS '2035-01-01'",
        "EVERY IF(1, 2, 3) MONTH STARTS '2035-01-01'",
    )
    options = write.one("", "ON COMPLETION PRESERVE ", "ON COMPLETION NOT PRESERVE DISABLE ", "ENABLE COMMENT 'do; begin' ")
    body = Body(write, "event").whole(2)
    return f"CREATE {_definer(write)}EVENT {name}{write.gap()}ON SCHEDULE {schedule} {options}DO{write.gap()}{body}"


def _plain(write: Writer, name: str) -> str:
    text = write.text()
    return write.one(
        f"CREATE TABLE {name} (begin INT COMMENT {text}, end INT, `c;d` INT, event INT){write.gap()}COMMENT {text}",
        f"CREATE OR REPLACE VIEW {name} AS SELECT CASE WHEN 1 THEN 2 END AS end, IF(1, {text}, 'b') AS `b;` FROM t",
        f"CREATE TABLE IF NOT EXISTS {name} (a INT /*!80023 INVISIBLE */ /*M! COMMENT 'm;' */, b INT)",
        f"INSERT INTO t (s) VALUES ({text}), ({text})",
        write.query(),
        f"DO {write.expression()}",
        f"/*! SET @v = {text} */",
        f"SET @v = {text}",
        f"DROP TABLE IF EXISTS {name}",
    )
