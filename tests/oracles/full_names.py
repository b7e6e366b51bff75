"""Find the names in a statement that PostgreSQL would look up in the search_path, by PostgreSQL's own grammar."""

from collections.abc import Iterator
from typing import Any

import pglast

# Each of these constructs looks up an operator by its symbol, and has no form with a schema.
_UNQUALIFIABLE = (
    "IN",
    "LIKE",
    "ILIKE",
    "SIMILAR",
    "BETWEEN",
    "NOT_BETWEEN",
    "BETWEEN_SYM",
    "NOT_BETWEEN_SYM",
    "NULLIF",
    "DISTINCT",
)
Node = dict[str, Any]


def unqualified(sql: str) -> list[str]:
    """Return the functions, operators, types and relations that a statement names without a schema."""
    found: list[str] = []
    for raw in pglast.parse_sql(sql):
        statement: Any = raw.stmt
        nodes = list(_nodes(statement(skip_none=True)))
        local = {node["ctename"] for node in nodes if node["@"] == "CommonTableExpr"}
        for node in nodes:
            found += [f"{node['@']}: {name}" for name in _judge(node, local)]
    return found


def _nodes(value: Any) -> Iterator[Node]:
    if isinstance(value, dict):
        if "@" in value:
            yield value
        for inner in value.values():
            yield from _nodes(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _nodes(inner)


def _judge(node: Node, local: set[str]) -> Iterator[str]:
    kind = node["@"]
    if kind == "RangeVar" and "schemaname" not in node and node["relname"] not in local:
        yield node["relname"]
    named = {"FuncCall": "funcname", "TypeName": "names", "A_Expr": "name", "CollateClause": "collname", "SortBy": "useOp"}
    name = [part["sval"] for part in node.get(named.get(kind, ""), ()) or ()]
    if name and name[0] != "pg_catalog":
        yield ".".join(name)
    if kind == "A_Expr" and any(node["kind"]["name"] == f"AEXPR_{one}" for one in _UNQUALIFIABLE):
        yield str(node["kind"]["name"])
    if kind == "CaseExpr" and "arg" in node:
        yield "CASE x WHEN"
    if kind == "JoinExpr" and ("usingClause" in node or node.get("isNatural")):
        yield "USING"
    if kind == "SubLink" and node["subLinkType"]["name"] in ("ANY_SUBLINK", "ALL_SUBLINK"):
        operator = [part["sval"] for part in node.get("operName", ())]
        if operator[:1] != ["pg_catalog"]:
            yield ".".join(operator) or "IN"
    if kind == "String" or kind == "A_Const":
        yield from _inner(node)


def _inner(node: Node) -> Iterator[str]:
    """A text that `ts_stat` runs, before `format` has put schema and table into it."""
    text = node.get("val", {}).get("sval", "") if isinstance(node.get("val"), dict) else ""
    if text.startswith("SELECT "):
        yield from unqualified(text.replace("%I.%I", "s.t").replace("%%", "%"))
