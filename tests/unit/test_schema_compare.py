"""The differences between two schemas, by tables: none is missed, and each is reported once."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from tests.unit.schemas import INTEGER, RICH, SMALL, TEXT, USERS, column
from whimbrel.schema.column import Collation, Column, Default, Generated
from whimbrel.schema.compare import compare
from whimbrel.schema.model import Check, Index, IndexPart, Key, Schema, Table, View
from whimbrel.schema.objects import objects_of


def told(before: Schema, after: Schema) -> list[str]:
    return [str(one) for one in compare(before, after)]


def users(**changes: Any) -> Schema:
    return replace(SMALL, tables=(replace(USERS, **changes),))


def columns(change: Callable[[Column], Column], name: str = "email") -> Schema:
    return users(columns=tuple(change(one) if one.name == name else one for one in USERS.columns))


@pytest.mark.parametrize("schema", [SMALL, RICH])
def test_a_schema_does_not_differ_from_itself_under_another_name(schema: Schema) -> None:
    assert told(schema, replace(schema, name="other")) == []


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        (users(comment=""), "table users changed: comment who may log in -> none"),
        (users(options=()), "table users changed: options WITH (fillfactor=70) -> none"),
        (users(partitioning="HASH (id)"), "table users changed: partitioning none -> HASH (id)"),
        (users(columns=USERS.columns[:2]), "column users.lower lost"),
        (users(columns=(*USERS.columns, column("more"))), "column users.more added"),
        (users(columns=USERS.columns[::-1]), "table users changed: order of columns id, email, lower -> lower, email, id"),
        (users(primary_key=None), "primary key users lost"),
        (
            users(primary_key=Key(name="users_pkey", columns=("id", "email"), primary=True)),
            "primary key users changed: columns id -> id, email",
        ),
        (users(uniques=()), "unique key users.users_email_key lost"),
        (
            users(uniques=(Key(name="users_email_key", columns=("email",)),)),
            "unique key users.users_email_key changed: nulls distinct no -> yes",
        ),
        (
            users(foreign_keys=(replace(USERS.foreign_keys[0], on_delete="set null"),)),
            "foreign key users.users_boss changed: on delete cascade -> set null",
        ),
        (
            users(checks=(replace(USERS.checks[0], enforced=False),)),
            "check users.users_email_check changed: enforced yes -> no",
        ),
        (users(checks=(*USERS.checks, Check(name="", expression="id > 0"))), "check users (id > 0) added"),
        (users(triggers=(replace(USERS.triggers[0], enabled=False),)), "trigger users.users_touch changed: enabled yes -> no"),
        (
            users(triggers=(replace(USERS.triggers[0], native="CREATE TRIGGER other"),)),
            "trigger users.users_touch changed: native CREATE TRIGGER users_touch ... -> CREATE TRIGGER other",
        ),
        (
            users(indexes=(replace(USERS.indexes[0], predicate="", unique=True),)),
            "index users.users_lower changed: unique no -> yes; predicate id > 0 -> none",
        ),
        (
            users(indexes=(replace(USERS.indexes[0], parts=(IndexPart(column="id"),)),)),
            "index users.users_lower changed: parts lower(email) DESC NULLS LAST, id(4) -> id",
        ),
        (users(indexes=(*USERS.indexes, Index(name="i", parts=(IndexPart(column="id"),)))), "index users.i added"),
        (columns(lambda one: replace(one, nullable=False)), "column users.email changed: nullable yes -> no"),
        (columns(lambda one: replace(one, default=None)), "column users.email changed: default 'a' -> none"),
        (
            columns(lambda one: replace(one, default=Default(kind="now", native="now()"))),
            "column users.email changed: default 'a' -> now()",
        ),
        (columns(lambda one: replace(one, type=INTEGER)), "column users.email changed: type character varying(36) -> integer"),
        (
            columns(lambda one: replace(one, type=replace(TEXT, enforced=False))),
            "column users.email changed: type enforced yes -> no",
        ),
        (columns(lambda one: replace(one, collation=None)), "column users.email changed: collation C -> none"),
        (columns(lambda one: replace(one, comment="x")), "column users.email changed: comment none -> x"),
        (columns(lambda one: replace(one, options=("INVISIBLE",))), "column users.email changed: options none -> INVISIBLE"),
        (columns(lambda one: replace(one, identity=""), "id"), "column users.id changed: identity by default -> none"),
        (
            columns(lambda one: replace(one, generated=None), "lower"),
            "column users.lower changed: generated lower(email) -> none",
        ),
        (replace(SMALL, tables=()), "table users lost"),
        (replace(SMALL, tables=(USERS, Table(name="a", columns=(column("a"),)))), "table a added"),
        (replace(SMALL, views=(View(name="v", definition="SELECT 1", columns=(column("a"),)),)), "view v added"),
        (replace(SMALL, database="mysql"), "schema changed: database postgresql -> mysql"),
    ],
)
def test_each_change_is_told_once_and_by_name(after: Schema, wanted: str) -> None:
    assert told(SMALL, after) == [wanted]


SAMPLES = {
    "Collation": Collation(name="x"),
    "Default": Default(kind="null", native="NULL"),
    "Generated": Generated(native="1", stored=False),
    "Key": Key(name="x", columns=("x",)),
    "bool": False,
    "int": 7,
    "str": ("?",),
}


def changed(value: Any, kind: str) -> Any:
    """Return another value of the same type, whose name is `kind`; the same one if there is no sample of it."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return f"{value}?"
    if value in (None, ()):
        return next((sample for name, sample in SAMPLES.items() if name in kind), value)
    return value[:-1] if isinstance(value, tuple) else value + 1


def mutants(value: Any) -> list[Any]:
    """Return the dataclass once for each field at any depth, with another value there."""
    found = []
    for field in fields(value):
        one = getattr(value, field.name)
        inner = mutants(one) if is_dataclass(one) else [changed(one, str(field.type))]
        if isinstance(one, tuple):
            inner += [
                (*one[:at], other, *one[at + 1 :]) for at, each in enumerate(one) if is_dataclass(each) for other in mutants(each)
            ]
        found += [replace(value, **{field.name: other}) for other in inner if other != one]
    return found


def test_no_field_of_the_model_is_passed_over() -> None:
    every = mutants(RICH)
    assert len(every) > 200
    silent = [one for one in every if not compare(RICH, one)]
    assert [one for one in silent if (one.name, one.needs) == (RICH.name, RICH.needs)] == []


def test_a_statement_of_a_table_is_told_if_nothing_else_tells_the_change() -> None:
    before = users(native="CREATE TABLE users (id)")
    assert told(before, users(native="CREATE TABLE users (id) STRICT")) == [
        "table users changed: native CREATE TABLE users (id) -> CREATE TABLE users (id) STRICT"
    ]
    both = users(native="CREATE TABLE users (id, more)", columns=(*USERS.columns, column("more")))
    assert told(before, both) == ["column users.more added"]


def test_long_texts_are_shown_where_they_begin_to_differ() -> None:
    def view(query: str) -> Schema:
        return replace(SMALL, views=(View(name="v", definition=query),))

    many = ", ".join(f"column_{number}" for number in range(100))
    (one,) = told(view(f"SELECT {many} FROM users"), view(f"SELECT {many} FROM people"))
    assert one == "view v changed: definition ..._98, column_99 FROM users -> ..._98, column_99 FROM people"


def test_text_of_others_is_escaped() -> None:
    assert told(SMALL, users(comment="\x1b[31m")) == [r"table users changed: comment who may log in -> \x1b[31m"]


def test_objects_with_the_same_name_are_told_apart() -> None:
    twice = Check(name="", expression="id > 0")
    assert told(users(checks=(twice,)), users(checks=(twice, twice))) == ["check users (id > 0) added"]
    assert told(RICH, replace(RICH, routines=RICH.routines[:1])) == ["function add(text) lost"]


def test_the_walk_yields_every_object() -> None:
    assert [f"{one.kind} {one.name}" for one in objects_of(RICH)] == [
        "schema public",
        "table days",
        "column days.day",
        "table days_1",
        "column days_1.day",
        "table users",
        "column users.id",
        "column users.email",
        "column users.lower",
        "primary key users",
        "unique key users.users_email_key",
        "foreign key users.users_boss",
        "check users.users_email_check",
        "index users.users_lower",
        "trigger users.users_touch",
        "view names",
        "column names.email",
        "function add(integer)",
        "function add(text)",
        "sequence users_id_seq",
        "type mood",
        "policy users_own",
    ]


@pytest.mark.parametrize(
    ("made", "loaded"),
    [
        (
            "((s)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
            "((s)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]))",
        ),
        (
            "s::text = ANY (ARRAY['it''s'::character varying, ')'::character varying]::text[])",
            "s::text = ANY (ARRAY['it''s'::character varying::text, ')'::character varying::text])",
        ),
    ],
)
def test_an_expression_that_a_dump_writes_otherwise_is_the_same(made: str, loaded: str) -> None:
    before, after = (users(checks=(Check(name="c", expression=text, native=text),)) for text in (made, loaded))
    assert told(before, after) == []
    other = loaded.replace("'::character varying", "x'::character varying", 1)
    assert len(told(before, users(checks=(Check(name="c", expression=other, native=other),)))) == 1
