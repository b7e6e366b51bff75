"""Scripts of PostgreSQL that parse, made by chance from a number: the same number gives the same script."""

from collections.abc import Callable
from random import Random

from tests.oracles.render import Renderer, Words

_OPERATORS = (
    *("+", "-", "*", "/", "%", "^", "||", "->", "->>", "#>>", "@>", "<@", "?", "?|", "&&", "|", "&", "#", "<<", ">>"),
    *("@@", "<->", "@-", "~*", "!~", "*~", "-~", "/~", "~/", "&*", "+*"),
)
_NAMES = (
    *("a", "b", "t", "Tab", "_x1", "a$b", "c$d$e", "x$$", "é", "größe", "名前$1", "e", "u", "n", "begin_atomic", "endx", "x_end"),
    *("begin", "atomic", "function", "procedure", "rule", "trigger", "replace", "commit", "language", "do_", "delimiter"),
)
_NUMBERS = ("1", "2.5", ".5", "1e5", "1_000", "0x1F", "$1", "NULL", "5.")
_LABELS = ("end", "case", "begin", "atomic", "then", "select", "table", "a", '"end"', '"a;"')
_TYPES = ("int", "text", "numeric(10, 2)", "text[]", '"char"', "double precision", "timestamp(3) with time zone")


class Script:
    """One generated script; `text` returns it."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._renderer = Renderer(self._random, nested=True, returns=True)
        self._any = self._random.choice

    def text(self) -> str:
        """Statements and empty ones, the last with or without its semicolon."""
        words: Words = []
        for _ in range(self._random.randrange(1, 9)):
            words += [*self.statement(), *[";"] * self._any((1, 1, 1, 1, 2, 3))]
        if self._random.random() < 0.4:
            words += self.statement()
        return self._renderer.text(words) + self._renderer.gap(words[-1], ";", needed=False)

    def statement(self) -> Words:
        """A statement as tokens, without its semicolon."""
        return self._any((self._query, self._change, self._definition, self._rule, self._routine, self._atomic, self._small))()

    def _words(self, text: str) -> Words:
        return [self._renderer.cased(word) if word.isupper() and word.isalpha() else word for word in text.split()]

    def _name(self) -> str:
        if self._random.random() < 0.8:
            return self._any(self._any((_NAMES, _NAMES, ("atomic", "begin", "function"))))
        inside = self._renderer.nasty().replace('"', '""').replace("\\", "") or "x"
        return self._any((f'"{inside}"', f'"{inside}"', f'U&"{inside}\\0061"'))

    def _string(self) -> str:
        nasty, kind = self._renderer.nasty(), self._any("pppeEuUbxnNcC$$$$")
        plain = nasty.replace("'", "''")
        escaped = self._any(("", "\\'", "\\\\", "\\n")) + nasty.replace("\\", "\\\\").replace("'", self._any(("''", "\\'")))
        lines = self._any(("\n", " \n ", "\r\n", " -- ;'\n", "\n-- $$\n\n"))
        if kind == "$":
            return self._dollars(nasty)
        if kind in "bx":
            return f"{self._any((kind, kind.upper()))}'{self._any(('', '1', '1001'))}'"
        forms = {"p": f"'{plain}'", "c": f"'{plain}'{lines}'{plain}'", "C": f"E'{escaped}'{lines}'\\'{escaped}'"}
        forms |= {"u": f"u&'{plain.replace(chr(92), '')}'", "U": f"U&'\\0061{plain.replace(chr(92), '')}'"}
        return forms.get(kind) or f"{kind}'{escaped if kind in 'eE' else plain}'"

    def _dollars(self, inside: str, tags: tuple[str, ...] = ("$$", "$a$", "$A$", "$é1$", "$_b$")) -> str:
        tag = self._any(tags)
        return f"{tag} {inside.replace(tag, '')} {tag}"

    def _expression(self, depth: int = 0) -> Words:
        if depth > 2 or self._random.random() < 0.35:
            leaves: tuple[Callable[[], str], ...] = (self._string, self._name, lambda: self._any(_NUMBERS))
            return [self._any(leaves)()]
        make: tuple[Callable[[int], Words], ...] = (
            *(self._case, self._case, self._operation, self._operation, self._with_parentheses, self._with_brackets),
            lambda depth: ["-", *self._expression(depth)],
            lambda depth: [self._name(), ".", self._any(_LABELS)],
            lambda depth: ["(", *self._query(depth), ")"],
        )
        return self._any(make)(depth + 1)

    def _operation(self, depth: int) -> Words:
        return [*self._expression(depth), self._any(_OPERATORS), *self._expression(depth)]

    def _with_parentheses(self, depth: int) -> Words:
        kind, one = self._any("prcf"), self._expression(depth)
        if kind == "r":
            return ["(", *one, ",", *self._expression(depth), ")"]
        if kind == "f":
            return [self._any(("f", "a$b", '"f;"', "g.end")), "(", *one, ")"]
        cast = ["(", *one, ")", "::", self._any(_TYPES)]
        return cast if kind == "c" else [*self._words("CAST ("), *one, *self._words("AS"), self._any(_TYPES), ")"]

    def _with_brackets(self, depth: int) -> Words:
        one, two = self._expression(depth), self._expression(depth)
        array = [*self._words("ARRAY ["), *one, ",", *two, "]"]
        return self._any((array, [self._name(), "[", *one, ":", *two, "]"]))

    def _case(self, depth: int) -> Words:
        head = [*self._words("CASE"), *(self._expression(depth) if self._random.random() < 0.3 else [])]
        when = [*self._words("WHEN"), *self._expression(depth), *self._words("THEN"), *self._expression(depth)]
        other = [*self._words("ELSE"), *self._expression(depth)] if self._random.random() < 0.5 else []
        return [*head, *when, *other, *self._words("END")]

    def _query(self, depth: int = 0) -> Words:
        words = [*self._words("SELECT"), *self._expression(depth)]
        if self._random.random() < 0.5:
            words += [*self._words(self._any(("AS", ""))), self._any(self._any((_LABELS, ("end", "atomic"))))]
        if self._random.random() < 0.6:
            words += [*self._words("FROM"), self._name(), *self._any(([], ["atomic"], [*self._words("AS"), self._name()]))]
        if self._random.random() < 0.3:
            words += [*self._words("WHERE"), *self._expression(depth)]
        if depth == 0 and self._random.random() < 0.2:
            return [*self._words("WITH"), self._name(), *self._words("AS ("), *words, ")", *self._query(1)]
        return words

    def _change(self) -> Words:
        name, one = self._name(), self._expression(1)
        conflict = [*self._words("ON CONFLICT ("), self._name(), *self._words(") DO UPDATE SET"), self._name(), "="]
        insert = [*self._words("INSERT INTO"), name, *self._words("VALUES ("), *one, ")"]
        update = [*self._words("UPDATE"), name, *self._words("SET"), self._name(), "=", *one]
        delete = [*self._words("DELETE FROM"), name, *self._words("WHERE"), *one]
        return self._any((insert, [*insert, *conflict, *self._expression(2)], update, delete))

    def _definition(self) -> Words:
        name, column = self._name(), self._name()
        view = [*self._words(self._any(("CREATE VIEW", "CREATE OR REPLACE VIEW", "CREATE TABLE"))), name, *self._words("AS")]
        default = [*self._words("DEFAULT ("), *self._expression(1), *self._words(") CHECK ("), *self._expression(1), ")"]
        table = [*self._words("CREATE TABLE"), name, "(", column, self._any(_TYPES), *default, ")"]
        trigger = [*self._words("CREATE TRIGGER"), name, *self._words("BEFORE INSERT OR UPDATE ON"), column]
        action = [*self._words("FOR EACH ROW EXECUTE FUNCTION"), "f", "(", f"'{self._renderer.nasty(chr(39))}'", ")"]
        index = [*self._words("CREATE INDEX"), "i", *self._words("ON"), name, "(", "(", *self._expression(1), ")", ")"]
        return self._any(([*view, *self._query()], table, [*trigger, *action], index))

    def _rule(self) -> Words:
        create = self._words(self._any(("CREATE RULE", "CREATE OR REPLACE RULE")))
        head = [*create, self._name(), *self._words("AS ON INSERT TO"), self._name(), *self._words("DO ALSO")]
        actions = [[*self._any((self._query, self._change))(), ";"] for _ in range(self._random.randrange(1, 4))]
        words = [word for action in actions for word in action]
        return [*head, "(", *self._any((words, words[:-1], [";", *words])), ")"]

    def _head(self) -> Words:
        kind = self._any(("FUNCTION", "FUNCTION", "PROCEDURE"))
        head = self._words(self._any(("CREATE", "CREATE OR REPLACE"))) + self._words(kind)
        argument = [self._name(), self._any(_TYPES), *self._words("DEFAULT"), "(", *self._expression(1), ")"]
        head += [self._name(), "(", *self._any(([], argument)), ")"]
        returns = self._any((["int"], ["begin"], self._words("SETOF text"), [*self._words("TABLE ("), "atomic", "int", ")"]))
        return head if kind == "PROCEDURE" else [*head, *self._words("RETURNS"), *returns]

    def _routine(self) -> Words:
        body = f"\nBEGIN\n  PERFORM 1;{self._renderer.nasty()}\nEND;\n"
        strings = (self._dollars(body), self._string_of(body), self._dollars(body, ("$body$", "$é$")))
        do = [*self._words("DO"), *self._any(([], self._words("LANGUAGE plpgsql"))), self._dollars(body)]
        languages = [*self._head(), *self._words("LANGUAGE plpgsql AS"), self._any(strings)]
        return self._any((do, languages, languages, [*self._head(), *self._words("RETURN"), *self._expression()]))

    def _string_of(self, body: str) -> str:
        return "'" + body.replace("'", "''") + "'"

    def _atomic(self) -> Words:
        options = self._words(self._any(("", "LANGUAGE SQL", "IMMUTABLE STRICT", "COST 5 LANGUAGE SQL", "SET a TO begin")))
        words = [*self._head(), *options, *self._words("BEGIN ATOMIC")]
        for _ in range(self._random.randrange(5)):
            kinds = (self._query, self._query, self._change, lambda: [*self._words("RETURN"), *self._expression()], list)
            words += [*self._any(kinds)(), ";"]
        return [*words, *self._words("END")]

    def _small(self) -> Words:
        texts = (
            "BEGIN",
            "COMMIT",
            "END",
            "BEGIN ISOLATION LEVEL SERIALIZABLE",
            "START TRANSACTION",
            "LISTEN a",
            "ABORT",
            "SHOW a",
        )
        string = f"'{self._renderer.nasty(chr(39))}'"
        others = (
            [
                *self._words("COMMENT ON TABLE"),
                self._name(),
                *self._words("IS"),
                self._any((string, self._dollars(self._renderer.nasty()))),
            ],
            [*self._words("SET a ="), string],
            [*self._words("NOTIFY a ,"), string],
            [*self._words("PREPARE a AS"), *self._query()],
            [*self._words("EXPLAIN ( ANALYZE )"), *self._query()],
            [*self._words("CREATE TYPE"), self._name(), *self._words("AS ENUM ("), string, ")"],
            [*self._words("ALTER TABLE"), self._name(), *self._words("ALTER COLUMN"), "a", *self._words("SET DEFAULT"), string],
            [*self._words("CREATE SCHEMA a CREATE TABLE"), self._name(), "(", self._name(), "int", ")"],
        )
        return self._any((self._words(self._any(texts)), *others))
