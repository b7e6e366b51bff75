"""Schemas as data, for tests."""

from typing import Any

from whimbrel.schema.column import Collation, Column, Default, Generated, Type
from whimbrel.schema.model import (
    Check,
    ForeignKey,
    Index,
    IndexPart,
    Key,
    Opaque,
    Routine,
    Schema,
    Sequence,
    Table,
    Trigger,
    UserType,
    View,
)

TEXT = Type(family="text", native="character varying(36)", length=36)
INTEGER = Type(family="integer", native="integer", bits=32)


def column(name: str, type_: Type = INTEGER, **facts: Any) -> Column:
    """Return a column that takes NULL, unless `facts` say otherwise."""
    return Column(**{"name": name, "type": type_, "nullable": True, **facts})


USERS = Table(
    name="users",
    columns=(
        column("id", nullable=False, identity="by default"),
        column("email", TEXT, collation=Collation(name="C"), default=Default(kind="literal", native="'a'", value="a")),
        column("lower", TEXT, generated=Generated(native="lower(email)", stored=True), comment="as compared"),
    ),
    primary_key=Key(name="users_pkey", columns=("id",), primary=True),
    uniques=(Key(name="users_email_key", columns=("email",), nulls_distinct=False),),
    foreign_keys=(ForeignKey(name="users_boss", columns=("id",), table="users", to_columns=("id",), on_delete="cascade"),),
    checks=(Check(name="users_email_check", expression="email <> ''"),),
    indexes=(
        Index(
            name="users_lower",
            parts=(IndexPart(expression="lower(email)", descending=True, nulls="last"), IndexPart(column="id", prefix=4)),
            predicate="id > 0",
            included=("email",),
        ),
    ),
    triggers=(Trigger(name="users_touch", native="CREATE TRIGGER users_touch ..."),),
    options=("WITH (fillfactor=70)",),
    comment="who may log in",
)
SMALL = Schema(database="postgresql", name="public", tables=(USERS,))
RICH = Schema(
    database="postgresql",
    name="public",
    tables=(
        Table(name="days", columns=(column("day"),), partitioning="RANGE (day)"),
        Table(name="days_1", columns=(column("day"),), partition_of="days FOR VALUES FROM (1) TO (2)"),
        USERS,
    ),
    views=(View(name="names", definition="SELECT email FROM users", columns=(column("email", TEXT),), materialized=True),),
    routines=(
        Routine(name="add", signature="add(integer)", kind="function", native="CREATE FUNCTION add(integer) ..."),
        Routine(name="add", signature="add(text)", kind="function", native="CREATE FUNCTION add(text) ..."),
    ),
    sequences=(Sequence(name="users_id_seq", native="CREATE SEQUENCE ...", owner="users.id", identity=True),),
    types=(UserType(name="mood", kind="enum", native="CREATE TYPE ...", values=("sad", "ok")),),
    opaques=(Opaque(kind="policy", name="users_own", native="CREATE POLICY ..."),),
    collation=Collation(name="en_US.UTF-8", case_sensitive=None, accent_sensitive=None),
)
