"""PostgreSQL's types, defaults, collations and names as the model has them."""

import pytest

from whimbrel.errors import CannotRender
from whimbrel.schema.column import Collation, Default, Type
from whimbrel.schema.model import Opaque, Schema
from whimbrel.schema.postgresql.array_casts import with_inner_casts
from whimbrel.schema.postgresql.defaults import read_default
from whimbrel.schema.postgresql.names import quoted, text
from whimbrel.schema.postgresql.order import Item, circles, in_order
from whimbrel.schema.postgresql.render import render
from whimbrel.schema.postgresql.types import find_collation, find_type, read_type

TYPES = [
    Type(family="integer", native="smallint", bits=16),
    Type(family="integer", native="integer", bits=32),
    Type(family="integer", native="bigint", bits=64),
    Type(family="float", native="real", bits=32),
    Type(family="float", native="double precision", bits=64),
    Type(family="decimal", native="numeric"),
    Type(family="decimal", native="numeric(7,0)", precision=7, scale=0),
    Type(family="decimal", native="numeric(10,2)", precision=10, scale=2),
    Type(family="decimal", native="numeric(7,-2)", precision=7, scale=-2),
    Type(family="text", native="text"),
    Type(family="text", native="character varying"),
    Type(family="text", native="character varying(36)", length=36),
    Type(family="text", native="character(5)", length=5, fixed=True),
    Type(family="text", native="name", length=63),
    Type(family="bits", native="bit(3)", length=3, fixed=True),
    Type(family="bits", native="bit varying", length=None),
    Type(family="bytes", native="bytea"),
    Type(family="boolean", native="boolean"),
    Type(family="date", native="date"),
    Type(family="time", native="time without time zone", fraction=6),
    Type(family="time", native="time(2) with time zone", fraction=2, zoned=True),
    Type(family="timestamp", native="timestamp without time zone", fraction=6),
    Type(family="timestamp", native="timestamp(0) without time zone", fraction=0),
    Type(family="timestamp", native="timestamp(3) with time zone", fraction=3, zoned=True),
    Type(family="interval", native="interval", fraction=6),
    Type(family="interval", native="interval day to second(3)", fraction=3),
    Type(family="uuid", native="uuid"),
    Type(family="json", native="jsonb"),
    Type(family="network", native="inet"),
    Type(family="geometry", native="point"),
    Type(family="array", native="character varying(3)[]"),
    Type(family="other", native="money"),
    Type(family="other", native='"char"'),
    Type(family="other", native="tsvector"),
]


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.native)
def test_a_type(kind: Type) -> None:
    assert read_type(kind.native) == kind


def test_a_domain_has_the_facts_of_its_base_and_an_enum_its_values() -> None:
    plain: dict[str, object] = {"element": None, "values": [], "built_in": False, "bare": "x", "base": "0", "base_name": ""}
    used = {
        "1": {**plain, "kind": "b", "built_in": True},
        "2": {**plain, "kind": "d", "base": "1", "base_name": "numeric(10,2)"},
        "3": {**plain, "kind": "d", "base": "2", "base_name": "price"},
        "4": {**plain, "kind": "e", "values": ["new", "old"]},
        "5": {**plain, "kind": "b", "bare": "citext"},
    }
    assert find_type("small", "3", used) == Type(family="decimal", native="small", precision=10, scale=2)
    assert find_type("state", "4", used) == Type(family="enum", native="state", values=("new", "old"))
    assert find_type("extensions.citext", "5", used) == Type(family="text", native="extensions.citext")


DEFAULTS = [
    ("0", "literal", "0"),
    ("1.50", "literal", "1.50"),
    ("'-1'::integer", "literal", "-1"),
    ("(-1)", "literal", "-1"),
    ("'new'::text", "literal", "new"),
    ("'it''s'::character varying", "literal", "it's"),
    ("''::bpchar", "literal", ""),
    ("'a b'::\"Weird Type\"", "literal", "a b"),
    ("'{}'::jsonb", "literal", "{}"),
    ("'1.50'::numeric(10,2)", "literal", "1.50"),
    ("'2026-01-01 00:00:00+00'::timestamp with time zone", "literal", "2026-01-01 00:00:00+00"),
    ("'{1,2}'::integer[]", "literal", "{1,2}"),
    (r"'back\slash'::text", "literal", r"back\slash"),
    ("true", "literal", "true"),
    ("'t'::boolean", "literal", "true"),
    ("B'101'::\"bit\"", "literal", "101"),
    ("NULL::character varying", "null", ""),
    ("now()", "now", ""),
    ("CURRENT_TIMESTAMP", "now", ""),
    ("CURRENT_TIMESTAMP(3)", "now", ""),
    ("LOCALTIMESTAMP", "now", ""),
    ("CURRENT_DATE", "now", ""),
    ("clock_timestamp()", "now", ""),
    ("nextval('users_id_seq'::regclass)", "sequence", ""),
    ("gen_random_uuid()", "expression", ""),
    ("(now() AT TIME ZONE 'utc'::text)", "expression", ""),
    ("('a'::text || 'b'::text)", "expression", ""),
    ("(1 + 2)", "expression", ""),
    ("ARRAY[1, 2]", "expression", ""),
]


@pytest.mark.parametrize(("native", "kind", "value"), DEFAULTS)
def test_a_default(native: str, kind: str, value: str) -> None:
    assert read_default(native) == Default(kind=kind, native=native, value=value)  # type: ignore[arg-type]


COLLATIONS = [
    ("und-u-ks-level1", (False, False)),
    ("und-u-ks-level2", (False, True)),
    ("und-u-ks-level3", (True, True)),
    ("und", (True, True)),
    ("und-u-kc-true-ks-level1", (True, False)),
    ("und-u-kc-ks-level1", (True, False)),
    ("de@colStrength=secondary", (False, True)),
    ("@colStrength=primary;colCaseLevel=yes", (True, False)),
]


@pytest.mark.parametrize(("locale", "sensitive"), COLLATIONS)
def test_what_a_nondeterministic_collation_means(locale: str, sensitive: tuple[bool, bool]) -> None:
    row = {"name": "c", "deterministic": False, "locale": locale, "rules": None}
    expected = Collation(name="c", case_sensitive=sensitive[0], accent_sensitive=sensitive[1])
    assert find_collation(row, read_type("text")) == expected


def test_a_deterministic_collation_tells_all_texts_apart_and_a_fixed_text_is_padded() -> None:
    row = {"name": "c", "deterministic": True, "locale": "und-u-ks-level1", "rules": None}
    assert find_collation(row, read_type("character(5)")) == Collation(name="c", padded=True)


def test_rules_make_a_collation_unknown() -> None:
    row = {"name": "c", "deterministic": False, "locale": "und", "rules": "&a < b"}
    assert find_collation(row, read_type("text")) == Collation(name="c", case_sensitive=None, accent_sensitive=None)


@pytest.mark.parametrize(
    ("name", "sql"),
    [("users", "users"), ("order", '"order"'), ("Users", '"Users"'), ('a"b', '"a""b"'), ("1a", '"1a"'), ("a b", '"a b"')],
)
def test_a_name_is_quoted_if_it_must_be(name: str, sql: str) -> None:
    assert quoted(name) == sql


def test_a_text_is_read_alike_by_every_session() -> None:
    assert (text("it's"), text("a\\b")) == ("'it''s'", "E'a\\\\b'")


CASTS = [
    ("(a)::text = ANY ((ARRAY['x'::character varying, 'y, z]'::character varying])::text[])",
     "(a)::text = ANY ((ARRAY['x'::character varying, 'y, z]'::character varying]::character varying[])::text[])"),
    ("a = ANY (ARRAY['x'::text, 'y'::text])", "a = ANY (ARRAY['x'::text, 'y'::text])"),
    ("(ARRAY['x'::text, 5])::text[]", "(ARRAY['x'::text, 5])::text[]"),
    ("'(ARRAY[1::int])::text[]'", "'(ARRAY[1::int])::text[]'"),
    ("(ARRAY['x'::character varying(3)])::text[]", "(ARRAY['x'::character varying(3)])::text[]"),
    ("(ARRAY[f('a'::text, 2)::bpchar])::text[]", "(ARRAY[f('a'::text, 2)::bpchar]::bpchar[])::text[]"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), CASTS)
def test_an_array_before_a_cast_keeps_the_type_of_its_elements(before: str, after: str) -> None:
    assert with_inner_casts(before) == after


def item(key: str, rank: int, *needs: str) -> Item:
    return Item(key, rank, (key,), frozenset(needs))


def test_the_order_is_by_rank_and_name_but_after_what_is_needed() -> None:
    items = [
        item("view b", 2, "view c"),
        item("view c", 2, "table z"),
        item("table z", 1),
        item("table a", 1, "gone"),
        item("type q", 0, "table a"),
    ]
    assert [one.key for one in in_order(items)] == ["table a", "type q", "table z", "view c", "view b"]


def test_objects_that_need_one_another_are_named() -> None:
    assert circles({"a": ["b"], "b": ["a", "c"], "c": ["d"], "d": []}) == [{"a", "b"}]
    with pytest.raises(CannotRender, match=r"one by one: view a, view b; "):
        in_order([item("view a", 0, "view b"), item("view b", 0, "view a"), item("view c", 0, "view a")])


def test_an_object_without_a_statement_is_named() -> None:
    opaque = Opaque(kind="transform", name="hstore LANGUAGE plpython3u", native="")
    with pytest.raises(CannotRender, match="the transform hstore LANGUAGE plpython3u cannot be written as SQL"):
        render(Schema(database="postgresql", name="public", opaques=(opaque,)))
