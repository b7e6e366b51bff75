"""Schemas made by chance from a number, for pictures of them."""

from random import Random

from whimbrel.schema.model import Column, ForeignKey, Key, Schema, Table, Type

__all__ = ["picture_schema"]

_TYPES = ("INTEGER", "BIGINT", "VARCHAR(36)", "TEXT", "TIMESTAMP WITH TIME ZONE", "DECIMAL(10,2)", "BOOLEAN")
_NAMES = ("orders", "customer", "größe", "数量", "a_very_long_name_of_a_table_that_somebody_wrote_once", "x", 'say "hi" & <b>')


def picture_schema(count: int, seed: int = 0) -> Schema:
    """Return `count` tables that refer to each other: many to few of them, in circles, to themselves, some to none."""
    random = Random(seed * 1000 + count)
    names = [f"{random.choice(_NAMES)} {number}" if random.random() < 0.2 else f"table_{number:03}" for number in range(count)]
    return Schema(database="sqlite", name="main", tables=tuple(_table(random, name, names) for name in sorted(names)))


def _table(random: Random, name: str, names: list[str]) -> Table:
    columns = [Column(name="id", type=_type(random), nullable=False)]
    keys = []
    for number in range(random.choice((0, 0, 1, 1, 2, 3))):
        # The first tables are those that most refer to.
        parent = names[int(random.random() ** 2 * len(names))] if random.random() < 0.95 else name
        columns.append(Column(name=f"{parent[:20]}_id_{number}", type=_type(random), nullable=random.random() < 0.4))
        keys.append(ForeignKey(name="", columns=(columns[-1].name,), table=parent, to_columns=("id",)))
    columns += [Column(name=f"c{one}", type=_type(random), nullable=True) for one in range(random.randrange(12))]
    unique = (Key(name="", columns=keys[0].columns),) if keys and random.random() < 0.2 else ()
    primary = Key(name="", columns=("id",), primary=True)
    return Table(name=name, columns=tuple(columns), primary_key=primary, uniques=unique, foreign_keys=tuple(keys))


def _type(random: Random) -> Type:
    return Type(family="other", native=random.choice(_TYPES))
