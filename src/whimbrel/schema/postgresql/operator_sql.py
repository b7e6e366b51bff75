"""Queries for operators, their families and classes, with the same columns as in `opaque_sql.py`. Pure."""

from __future__ import annotations

from whimbrel.schema.postgresql.pieces import EQ, NE, TYPE, about, answer, chosen, function_name, member, named, operator_name

__all__ = ["OPERATOR_PARTS"]

_OPERATOR_PARTS = [
    f"pg_catalog.concat('FUNCTION = ', {function_name('o.oprcode')})",
    chosen(f"o.oprleft {NE} 0", "'LEFTARG = '", TYPE.format("o.oprleft")),
    chosen(f"o.oprright {NE} 0", "'RIGHTARG = '", TYPE.format("o.oprright")),
    chosen(f"o.oprcom {NE} 0", "'COMMUTATOR = '", operator_name("o.oprcom")),
    chosen(f"o.oprnegate {NE} 0", "'NEGATOR = '", operator_name("o.oprnegate")),
    chosen(f"o.oprrest {NE} 0", "'RESTRICT = '", function_name("o.oprrest")),
    chosen(f"o.oprjoin {NE} 0", "'JOIN = '", function_name("o.oprjoin")),
    "CASE WHEN o.oprcanhash THEN 'HASHES' END",
    "CASE WHEN o.oprcanmerge THEN 'MERGES' END",
]
_OPERATOR_NAME = f"""pg_catalog.format('%s (%s, %s)', o.oprname,
    CASE WHEN o.oprleft {EQ} 0 THEN 'NONE' ELSE {TYPE.format("o.oprleft")} END,
    CASE WHEN o.oprright {EQ} 0 THEN 'NONE' ELSE {TYPE.format("o.oprright")} END)"""
_OPERATOR = f"""pg_catalog.concat('CREATE OPERATOR ', o.oprname, ' (',
    pg_catalog.concat_ws(', ', {", ".join(_OPERATOR_PARTS)}), ')')"""
_OPERATORS = f"""
    {answer("operator", "pg_operator", "o", _OPERATOR_NAME, _OPERATOR)}
    FROM place p JOIN pg_catalog.pg_operator o ON o.oprnamespace {EQ} p.oid
    WHERE o.oprcode {NE} 0 AND NOT {member("pg_operator", "o.oid")}"""


def _members(catalog: str, owner: str) -> str:
    """Return the list of operators and functions that depend on a class or family, with commas."""

    def belongs(part: str, oid: str) -> str:
        return f"""EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid {EQ} {about(part)} AND d.objid {EQ} {oid}
            AND d.refclassid {EQ} {about(catalog)} AND d.refobjid {EQ} {owner})"""

    family = f"""(SELECT pg_catalog.concat(' FOR ORDER BY ', {named("y.opfnamespace", "y.opfname")})
        FROM pg_catalog.pg_opfamily y WHERE y.oid {EQ} m.amopsortfamily)"""
    return f"""(SELECT pg_catalog.string_agg(u.text, ', ' ORDER BY u.rank, u.number, u.text) FROM (
        SELECT 1 AS rank, m.amopstrategy AS number, pg_catalog.concat('OPERATOR ', m.amopstrategy, ' ',
               CAST(CAST(m.amopopr AS pg_catalog.regoperator) AS pg_catalog.text), {family}) AS text
        FROM pg_catalog.pg_amop m WHERE {belongs("pg_amop", "m.oid")}
        UNION ALL
        SELECT 2, m.amprocnum, pg_catalog.concat('FUNCTION ', m.amprocnum, ' (', {TYPE.format("m.amproclefttype")}, ', ',
               {TYPE.format("m.amprocrighttype")}, ') ',
               CAST(CAST(m.amproc AS pg_catalog.regprocedure) AS pg_catalog.text))
        FROM pg_catalog.pg_amproc m WHERE {belongs("pg_amproc", "m.oid")}) u)"""


_FAMILY_NAME = "pg_catalog.concat(pg_catalog.quote_ident(f.opfname), ' USING ', pg_catalog.quote_ident(a.amname))"
_LOOSE = _members("pg_opfamily", "f.oid")
_FAMILY = f"pg_catalog.concat('CREATE OPERATOR FAMILY ', {_FAMILY_NAME})"
_FAMILIES = f"""
    {answer("operator family", "pg_opfamily", "f", _FAMILY_NAME, _FAMILY)}
    FROM place p JOIN pg_catalog.pg_opfamily f ON f.opfnamespace {EQ} p.oid JOIN pg_catalog.pg_am a ON a.oid {EQ} f.opfmethod
    WHERE NOT {member("pg_opfamily", "f.oid")}
    UNION ALL
    SELECT f.oid, '', 'operator family members', {_FAMILY_NAME},
           pg_catalog.concat('ALTER OPERATOR FAMILY ', {_FAMILY_NAME}, ' ADD ', {_LOOSE}), ''
    FROM place p JOIN pg_catalog.pg_opfamily f ON f.opfnamespace {EQ} p.oid JOIN pg_catalog.pg_am a ON a.oid {EQ} f.opfmethod
    WHERE NOT {member("pg_opfamily", "f.oid")} AND {_LOOSE} IS NOT NULL"""

_CLASS_NAME = "pg_catalog.concat(pg_catalog.quote_ident(c.opcname), ' USING ', pg_catalog.quote_ident(a.amname))"
_MEMBERS = _members("pg_opclass", "c.oid")
_STORAGE = f"CASE WHEN c.opckeytype {EQ} 0 THEN c.opcintype ELSE c.opckeytype END"
_CLASS = f"""pg_catalog.concat('CREATE OPERATOR CLASS ', pg_catalog.quote_ident(c.opcname),
    CASE WHEN c.opcdefault THEN ' DEFAULT' END, ' FOR TYPE ', {TYPE.format("c.opcintype")},
    ' USING ', pg_catalog.quote_ident(a.amname), ' FAMILY ', {named("f.opfnamespace", "f.opfname")},
    ' AS ', pg_catalog.concat_ws(', ', {_MEMBERS}, CASE WHEN c.opckeytype {NE} 0 OR {_MEMBERS} IS NULL
        THEN pg_catalog.concat('STORAGE ', {TYPE.format(_STORAGE)}) END))"""
_CLASSES = f"""
    {answer("operator class", "pg_opclass", "c", _CLASS_NAME, _CLASS)}
    FROM place p JOIN pg_catalog.pg_opclass c ON c.opcnamespace {EQ} p.oid JOIN pg_catalog.pg_am a ON a.oid {EQ} c.opcmethod
    JOIN pg_catalog.pg_opfamily f ON f.oid {EQ} c.opcfamily WHERE NOT {member("pg_opclass", "c.oid")}"""


# The queries, by the catalog of their objects.
OPERATOR_PARTS = {"pg_operator": _OPERATORS, "pg_opfamily": _FAMILIES, "pg_opclass": _CLASSES}
