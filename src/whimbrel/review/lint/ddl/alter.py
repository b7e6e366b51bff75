"""Read the actions of ALTER TABLE, of every database. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from whimbrel.dialects.objects import Catalog
from whimbrel.parsing.cursor import Name, TokenCursor
from whimbrel.review.lint.ddl.columns import ColumnText, TypeText, expression, read_column, read_type
from whimbrel.review.lint.ddl.constraints import ConstraintText, read_constraint

__all__ = ["AlterAction", "read_alter"]


class AlterAction(NamedTuple):
    """One action. `words` name it in lower case: "add column", "drop constraint", "type", "set not null", "rename column".

    `name` is the column, constraint or index, `new` its new name. `using` is the expression of a change of type, `using_cast`
    says that it is a plain cast of the column to the new type. `conditional` says that IF [NOT] EXISTS is there, `cascade` that
    CASCADE is there.
    """

    words: str
    name: str = ""
    column: ColumnText | None = None
    constraint: ConstraintText | None = None
    new: str = ""
    other: Name | None = None
    type: TypeText | None = None
    collation: str = ""
    using: str = ""
    using_cast: bool = False
    conditional: bool = False
    cascade: bool = False


# The first words of actions whose rest does not matter. The longest comes first.
_PLAIN_WORDS = (
    "VALIDATE CONSTRAINT|ENABLE ROW LEVEL SECURITY|DISABLE ROW LEVEL SECURITY|FORCE ROW LEVEL SECURITY|"
    "NO FORCE ROW LEVEL SECURITY|ENABLE TRIGGER|ENABLE ALWAYS TRIGGER|ENABLE REPLICA TRIGGER|DISABLE TRIGGER|ENABLE RULE|"
    "DISABLE RULE|CLUSTER ON|SET WITHOUT CLUSTER|SET WITHOUT OIDS|SET ACCESS METHOD|SET TABLESPACE|SET LOGGED|"
    "SET UNLOGGED|SET SCHEMA|SET (|RESET (|NO INHERIT|INHERIT|OF|NOT OF|OWNER TO|REPLICA IDENTITY|DETACH PARTITION|"
    "ATTACH PARTITION|CHECK PARTITION|REPAIR PARTITION|ADD PARTITION|DROP PARTITION|TRUNCATE PARTITION|"
    "REORGANIZE PARTITION|EXCHANGE PARTITION|COALESCE PARTITION|REBUILD PARTITION|OPTIMIZE PARTITION|ANALYZE PARTITION|"
    "PARTITION BY|REMOVE PARTITIONING|CONVERT TO CHARACTER SET|CONVERT TO CHARSET|DEFAULT CHARACTER SET|CHARACTER SET|"
    "DEFAULT CHARSET|CHARSET|DEFAULT COLLATE|COLLATE|ENGINE|ROW_FORMAT|KEY_BLOCK_SIZE|COMMENT|AUTO_INCREMENT|ORDER BY|"
    "FORCE|ENABLE KEYS|DISABLE KEYS|DISCARD TABLESPACE|IMPORT TABLESPACE|STATS_PERSISTENT|STATS_AUTO_RECALC|"
    "STATS_SAMPLE_PAGES|AVG_ROW_LENGTH|CHECKSUM|MAX_ROWS|MIN_ROWS|PACK_KEYS|COMPRESSION|ENCRYPTION|TABLESPACE|"
    "PAGE_COMPRESSED|ADD SYSTEM VERSIONING|DROP SYSTEM VERSIONING|ADD PERIOD|DROP PERIOD|ALGORITHM|LOCK|ALTER INDEX|"
    "ALTER CONSTRAINT|ALTER CHECK|ENABLE|DISABLE|WITH VALIDATION|WITHOUT VALIDATION|WAIT|NOWAIT"
)
_PLAIN = tuple(sorted((tuple(words.split()) for words in _PLAIN_WORDS.split("|")), key=len, reverse=True))
_LISTING_WORDS = "add drop truncate reorganize exchange coalesce rebuild optimize analyze check repair"
_LISTING = tuple(f"{verb} partition" for verb in _LISTING_WORDS.split())
# Different words for the same action.
_SAME = {
    "convert to charset": "convert to character set",
    "default charset": "default character set",
    "charset": "default character set",
    "character set": "default character set",
    "collate": "default collate",
    "set (": "set storage parameter",
    "reset (": "set storage parameter",
}
_OF_COLUMN_WORDS = (
    "SET DEFAULT|DROP DEFAULT|SET NOT NULL|DROP NOT NULL|SET STATISTICS|SET STORAGE|SET COMPRESSION|DROP IDENTITY|"
    "DROP EXPRESSION|SET EXPRESSION|ADD GENERATED|SET GENERATED|RESTART|SET VISIBLE|SET INVISIBLE|SET (|RESET ("
)
_OF_COLUMN = tuple(tuple(words.split()) for words in _OF_COLUMN_WORDS.split("|"))


def read_alter(head: TokenCursor, database: str, catalog: Catalog) -> Iterator[AlterAction]:
    """Yield the actions after the table's name."""
    while not head.ended():
        yield from _action(head, database, catalog)
        if not head.skip_to_comma():
            # Options of MySQL may follow without a comma: ENGINE=InnoDB ROW_FORMAT=DYNAMIC is one action.
            return


def _action(head: TokenCursor, database: str, catalog: Catalog) -> Iterator[AlterAction]:
    plain = next((words for words in _PLAIN if head.take(*words)), None)
    if plain is not None:
        yield _plain(head, " ".join(plain).lower(), database)
    elif head.take("ADD"):
        yield from _added(head, database, catalog)
    elif head.take("DROP"):
        yield _dropped(head, catalog)
    elif head.take("RENAME"):
        yield _renamed(head)
    elif head.take("MODIFY") or head.peek() == "CHANGE":
        yield _modified(head, database)
    elif head.take("ALTER"):
        yield _altered_column(head, database)
    else:
        yield AlterAction(f"? {head.peek().lower()}".strip())


def _plain(head: TokenCursor, words: str, database: str) -> AlterAction:
    head.take("=")
    conditional = head.condition(wanted=False) is not None
    if words in ("attach partition", "inherit", "no inherit", "detach partition"):
        other = head.relation()
        rest = [one.upper for one in expression(head)]
        new = "default" if rest[:1] == ["DEFAULT"] else ""
        return AlterAction(words + " concurrently" * ("CONCURRENTLY" in rest), other=other, new=new)
    if words == "alter constraint" and database == "postgresql":
        name = head.name() or ""
        return AlterAction(" ".join(("alter constraint", *(one.text.lower() for one in expression(head)))), name=name)
    if words == "set schema" or words in ("validate constraint", "alter constraint", "alter index", "alter check"):
        return AlterAction(words, name=head.name() or "", conditional=conditional)
    if words in _LISTING:
        words += " by number" * (words == "add partition" and head.peek() == "PARTITIONS")
        # Names of partitions follow, with commas between them, and no other action.
        while not head.ended():
            head.skip()
        return AlterAction(words)
    value = head.peek_token()
    new = "" if value is None else value.text.lower().strip("'\"`")
    collation = ""
    if words.startswith("convert to"):
        head.skip()
        collation = (head.name() or "").lower() if head.take("COLLATE") else ""
    return AlterAction(_SAME.get(words, words), new=new, collation=collation)


def _added(head: TokenCursor, database: str, catalog: Catalog) -> Iterator[AlterAction]:
    explicit = head.take("COLUMN")
    # SQLite: INDEX is no name without quotes, and no column.
    others = {"postgresql": "EXCLUDE", "sqlite": "INDEX"}.get(database)
    named = bool(head.ahead(lambda one: [("", "")] if one.take("NOT", "NULL") else []))
    if not explicit and (head.peek() in (*catalog.not_columns, others) or named):
        yield AlterAction("add constraint", constraint=read_constraint(head))
        return
    conditional = head.condition(wanted=True) is not None
    if not head.take("("):
        yield AlterAction("add column", column=read_column(head, database), conditional=conditional)
        return
    more = True
    while more:
        yield AlterAction("add column", column=read_column(head, database), conditional=conditional)
        more = head.skip_element()


def _dropped(head: TokenCursor, catalog: Catalog) -> AlterAction:
    explicit = head.take("COLUMN")
    if not explicit and head.take("PRIMARY", "KEY"):
        return AlterAction("drop primary key")
    if not explicit and (head.take("FOREIGN", "KEY")):
        return AlterAction("drop foreign key", conditional=head.condition(wanted=False) is not None, name=head.name() or "")
    if not explicit and head.peek() in ("INDEX", "KEY", "CONSTRAINT", "CHECK") and head.peek() in catalog.not_columns:
        word = head.peek().lower().replace("key", "index")
        head.skip()
        return AlterAction(f"drop {word}", conditional=head.condition(wanted=False) is not None, name=head.name() or "")
    conditional = head.condition(wanted=False) is not None
    return AlterAction("drop column", name=head.name() or "", conditional=conditional, cascade=head.take("CASCADE"))


def _renamed(head: TokenCursor) -> AlterAction:
    if head.take("TO") or head.take("AS") or head.take("="):
        return AlterAction("rename table", new=(head.qualified() or ("", ""))[1])
    kind = "column"
    if head.take("INDEX") or head.take("KEY"):
        kind = "index"
    elif head.take("CONSTRAINT"):
        kind = "constraint"
    else:
        head.take("COLUMN")
    head.condition(wanted=False)
    old = head.qualified() or ("", "")
    if head.take("TO"):
        return AlterAction(f"rename {kind}", name=old[1], new=head.name() or "")
    return AlterAction("rename table", new=old[1])


def _modified(head: TokenCursor, database: str) -> AlterAction:
    """Read MODIFY [COLUMN] name definition, or CHANGE [COLUMN] name new definition."""
    changes = head.take("CHANGE")
    head.take("COLUMN")
    conditional = head.condition(wanted=False) is not None
    old = (head.name() or "") if changes else ""
    column = read_column(head, database)
    name = old or ("" if column is None else column.name)
    return AlterAction("modify", name=name, column=column, conditional=conditional)


def _altered_column(head: TokenCursor, database: str) -> AlterAction:
    head.take("COLUMN")
    name = head.name() or ""
    if head.take("TYPE") or head.take("SET", "DATA", "TYPE"):
        return _typed(head, database, name)
    words = next((" ".join(words).lower() for words in _OF_COLUMN if head.take(*words)), "")
    words = {"set (": "set options", "reset (": "set options"}.get(words, words)
    return AlterAction(f"alter column {words}" if words else "? alter column", name=name)


def _typed(head: TokenCursor, database: str, name: str) -> AlterAction:
    kind = read_type(head, database)
    collation = (head.qualified() or ("", ""))[1] if head.take("COLLATE") else ""
    using = [one.text.lower() for one in expression(head)] if head.take("USING") else []
    while using[:1] == ["("] and using[-1:] == [")"]:
        using = using[1:-1]
    cast = using[:1] == [name.lower()] and (using[1:3] == [":", ":"] or len(using) == 1)
    cast = cast or using[:3] == ["cast", "(", name.lower()]
    return AlterAction("type", name=name, type=kind, collation=collation, using=" ".join(using), using_cast=cast)
