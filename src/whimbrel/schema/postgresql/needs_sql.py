"""The question which object needs which other one. Pure."""

from __future__ import annotations

from whimbrel.schema.postgresql.pieces import EQ, NE, about

__all__ = ["NEEDS", "OBJECTS"]


def _of_schema(catalog: str, column: str) -> str:
    return f"SELECT {about(catalog)}, o.oid FROM place p JOIN pg_catalog.{catalog} o ON o.{column} {EQ} p.oid"


def _of_relations(catalog: str, column: str, condition: str = "TRUE") -> str:
    return f"SELECT {about(catalog)}, o.oid FROM rel JOIN pg_catalog.{catalog} o ON o.{column} {EQ} rel.oid WHERE {condition}"


# Foreign keys come after all tables and keys by themselves, keys after their tables.
OBJECTS = "\n    UNION ALL\n    ".join(
    [
        f"SELECT {about('pg_class')} AS catalog, rel.oid FROM rel",
        f"SELECT {about('pg_class')}, o.indexrelid FROM rel JOIN pg_catalog.pg_index o ON o.indrelid {EQ} rel.oid",
        _of_relations("pg_attrdef", "adrelid"),
        _of_relations("pg_constraint", "conrelid", f"o.contype {EQ} ANY (CAST('{{c,x}}' AS pg_catalog.\"char\"[]))"),
        _of_relations("pg_rewrite", "ev_class"),
        _of_relations("pg_trigger", "tgrelid", "NOT o.tgisinternal"),
        _of_relations("pg_policy", "polrelid"),
        _of_schema("pg_type", "typnamespace"),
        f"""SELECT {about("pg_constraint")}, o.oid FROM place p JOIN pg_catalog.pg_type t ON t.typnamespace {EQ} p.oid
            JOIN pg_catalog.pg_constraint o ON o.contypid {EQ} t.oid""",
        _of_schema("pg_proc", "pronamespace"),
        _of_schema("pg_operator", "oprnamespace"),
        _of_schema("pg_opclass", "opcnamespace"),
        _of_schema("pg_opfamily", "opfnamespace"),
        _of_schema("pg_conversion", "connamespace"),
        _of_schema("pg_statistic_ext", "stxnamespace"),
        _of_schema("pg_ts_config", "cfgnamespace"),
        _of_schema("pg_ts_dict", "dictnamespace"),
        _of_schema("pg_ts_parser", "prsnamespace"),
        _of_schema("pg_ts_template", "tmplnamespace"),
        f"SELECT {about('pg_cast')}, o.oid FROM pg_catalog.pg_cast o WHERE o.oid OPERATOR(pg_catalog.>=) 16384",
    ]
)

# Numbers below 16384 belong to the server. A part depends on its own relation automatically; a partition on its parent, too.
NEEDS = f"""
    SELECT DISTINCT CAST(d.classid AS pg_catalog.int8) AS catalog, d.objid AS oid,
           CAST(d.refclassid AS pg_catalog.int8) AS other_catalog, d.refobjid AS other
    FROM objects o JOIN pg_catalog.pg_depend d ON d.classid {EQ} o.catalog AND d.objid {EQ} o.oid
    WHERE d.refobjid OPERATOR(pg_catalog.>=) 16384 AND d.refclassid {NE} {about("pg_namespace")}
      AND d.refclassid {NE} {about("pg_extension")}
      AND (d.deptype {EQ} 'n' OR (d.deptype {EQ} 'a' AND d.refclassid {NE} {about("pg_class")}))"""
