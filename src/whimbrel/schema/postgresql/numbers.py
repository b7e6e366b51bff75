"""The numbers of PostgreSQL's catalogs, which never change (src/include/catalog/*.h). Pure."""

from __future__ import annotations

__all__ = ["CATALOGS", "CLASS", "CONSTRAINT", "DEFAULT", "POLICY", "ROUTINE", "RULE", "TRIGGER", "TYPE"]

CLASS, TYPE, ROUTINE = 1259, 1247, 1255
DEFAULT, CONSTRAINT, RULE, TRIGGER, POLICY = 2604, 2606, 2618, 2620, 3256
CATALOGS = {
    "pg_cast": 2605,
    "pg_collation": 3456,
    "pg_constraint": CONSTRAINT,
    "pg_conversion": 2607,
    "pg_extension": 3079,
    "pg_foreign_server": 1417,
    "pg_opclass": 2616,
    "pg_operator": 2617,
    "pg_opfamily": 2753,
    "pg_statistic_ext": 3381,
    "pg_transform": 3576,
    "pg_ts_config": 3602,
    "pg_ts_dict": 3600,
    "pg_ts_parser": 3601,
    "pg_ts_template": 3764,
}
