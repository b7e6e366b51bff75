"""Scripts of SQLite over one table, made by chance from a number: the same number gives the same script."""

from collections.abc import Callable
from random import Random

from tests.oracles.render import Renderer, Words

TABLE = 'CREATE TABLE t (a, "end", [b;c], `d``;`, é, begin, "trigger", [it\'s END;])'
_COLUMNS = (
    *(
        "a",
        '"a"',
        "[a]",
        "`a`",
        "end",
        "END",
        '"end"',
        "[end]",
        "`end`",
        "[b;c]",
        '"b;c"',
        "`d``;`",
        '"d`;"',
        "é",
        "begin",
        "[begin]",
    ),
    *("trigger", "[it's END;]", "`it's END;`", "new.end", "new . [end]"),
)
_OPERATORS = ("+", "-", "*", "/", "||", "->", "->>", "&", "|", "<<", "=", "==", "<>", "AND", "OR", "IS")


class SqliteScript:
    """One generated script; `text` returns it. Every name in it belongs to the table, except `new`, which only triggers have."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._renderer = Renderer(self._random, nested=False, returns=False)
        self._any = self._random.choice
        self._columns: tuple[str, ...] = _COLUMNS[:-2]

    def text(self) -> str:
        """Statements and empty ones, the last with or without its semicolon."""
        words: Words = []
        for _ in range(self._random.randrange(1, 8)):
            words += [*self._statement(), *[";"] * self._any((1, 1, 1, 1, 2, 3))]
        if self._random.random() < 0.4:
            words += self._statement()
        return self._renderer.text(words) + self._renderer.gap(words[-1], ";", needed=False)

    def _statement(self) -> Words:
        explain = self._words(self._any(("EXPLAIN", "EXPLAIN QUERY PLAN", *[""] * 8)))
        return [*explain, *self._any((self._query, self._change, self._definition, self._trigger, self._trigger))()]

    def _words(self, text: str) -> Words:
        return [self._renderer.cased(word) if word.isupper() and word.isalpha() else word for word in text.split()]

    def _name(self) -> str:
        """A name for something new, quoted in any of the four ways or not at all."""
        inside = self._renderer.nasty(without="\"'`[]") or "x"
        return self._any(("x", "trigger_", "x$end", "é", "end_", f'"{inside}"', f"[{inside}]", f"`{inside}```", f'"a""{inside}"'))

    def _expression(self, depth: int = 0) -> Words:
        if depth > 2 or self._random.random() < 0.4:
            string = "'" + self._renderer.nasty().replace("'", "''") + "'"
            return [self._any((self._any(self._columns), string, "1", "2.5", "x'3B'", "NULL", "0x1F", ".5e1"))]
        make: tuple[Callable[[int], Words], ...] = (
            *(self._case, self._case, self._case),
            lambda depth: ["(", *self._expression(depth), ")"],
            lambda depth: [*self._expression(depth), self._any(_OPERATORS), *self._expression(depth)],
            lambda depth: ["coalesce", "(", *self._expression(depth), ",", *self._expression(depth), ")"],
            lambda depth: ["-", *self._expression(depth)],
            lambda depth: ["(", *self._query(depth), ")"],
        )
        return self._any(make)(depth + 1)

    def _case(self, depth: int) -> Words:
        head = [*self._words("CASE"), *(self._expression(depth) if self._random.random() < 0.3 else [])]
        when = [*self._words("WHEN"), *self._expression(depth), *self._words("THEN"), *self._expression(depth)]
        other = [*self._words("ELSE"), *self._expression(depth)] if self._random.random() < 0.5 else []
        return [*head, *when, *other, *self._words("END")]

    def _query(self, depth: int = 0) -> Words:
        label = [*self._words("AS"), self._any(("end", '"end"', "[a;b]", "`;`", "begin"))] if self._random.random() < 0.4 else []
        words = [*self._words("SELECT"), *self._expression(depth), *label, *self._words("FROM t")]
        return [*words, *self._words("WHERE"), *self._expression(depth + 1)] if self._random.random() < 0.4 else words

    def _change(self) -> Words:
        column = self._any(("a", "end", "[b;c]", '"begin"'))
        insert = [*self._words("INSERT INTO t ("), column, *self._words(") VALUES ("), "1", ")"]
        update = [*self._words("UPDATE t SET"), column, "=", *self._expression(1), *self._words("WHERE"), *self._expression(1)]
        return self._any((insert, update, [*self._words("DELETE FROM t WHERE"), *self._expression(1)]))

    def _definition(self) -> Words:
        view = [*self._words(self._any(("CREATE VIEW", "CREATE TEMP VIEW"))), self._name(), *self._words("AS"), *self._query()]
        table = [
            *self._words(self._any(("CREATE TABLE", "CREATE TEMPORARY TABLE"))),
            self._name(),
            "(",
            "trigger",
            ",",
            "end",
            ")",
        ]
        return self._any((view, table, self._words("BEGIN IMMEDIATE"), self._words("END"), self._words("DROP TABLE IF EXISTS x")))

    def _trigger(self) -> Words:
        create = self._words(self._any(("CREATE TRIGGER", "CREATE TEMP TRIGGER", "CREATE TEMPORARY TRIGGER")))
        event = self._words(self._any(("INSERT ON", "BEFORE DELETE ON", "AFTER UPDATE OF end ON", "AFTER INSERT ON")))
        head = [*create, *self._words(self._any(("", "IF NOT EXISTS"))), self._name(), *event, "t"]
        head += self._words(self._any(("", "FOR EACH ROW")))
        self._columns = _COLUMNS
        if self._random.random() < 0.3:
            head += [*self._words("WHEN"), *self._expression(1)]
        words = [*head, *self._words("BEGIN")]
        for _ in range(self._random.randrange(1, 4)):
            words += [*self._any((self._query, self._query, self._change))(), ";"]
        self._columns = _COLUMNS[:-2]
        return [*words, *self._words("END")]
