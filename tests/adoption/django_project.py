"""The project as Django has it: settings and one application with five migrations. Pure."""

__all__ = ["MIGRATIONS", "django_files"]

MIGRATIONS = ("0001_initial", "0002_order_index", "0003_first_rows", "0004_contact", "0005_total_index")

_MANAGE = """import sys

try:
    import pymysql
except ImportError:
    pass
else:
    # Django asks for another driver's version.
    pymysql.version_info = (2, 2, 7, "final", 0)
    pymysql.install_as_MySQLdb()

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from django.core.management import execute_from_command_line

execute_from_command_line(sys.argv)
"""
_SETTINGS = """SECRET_KEY = "not used"
INSTALLED_APPS = ["shop"]
USE_TZ = True
DATABASES = {{"default": {{"ENGINE": "django.db.backends.{engine}", {place}}}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
_HEAD = """import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = {atomic}
    initial = {initial}
    dependencies = {before}
    operations = [
{operations}    ]
"""
_INITIAL = """        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.CharField(max_length=100, unique=True)),
                ("tier", models.CharField(max_length=20, db_default="basic")),
                ("credit", models.IntegerField(default=0)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("credit__gte", 0)), name="customers_credit")],
            },
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("total", models.DecimalField(decimal_places=2, max_digits=10)),
                ("placed_on", models.DateField(null=True)),
                ("customer", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="shop.customer")),
            ],
        ),
"""
_INDEX = """        migrations.AddIndex("order", models.Index(fields=["customer", "placed_on"], name="orders_by_date")),
"""
_ROWS = """        migrations.RunSQL(
            "INSERT INTO shop_customer (id, email, tier, credit) VALUES (1, 'ana@example.org', 'basic', 250)",
            "DELETE FROM shop_customer",
        ),
        migrations.RunSQL("UPDATE shop_customer SET tier = 'gold' WHERE credit > 100", migrations.RunSQL.noop),
"""
_CONTACT = """        migrations.AddField("customer", "phone", models.CharField(max_length=20, null=True)),
        migrations.AddField("order", "paid", models.IntegerField(default=0)),
"""
_TOTAL = """        migrations.AddIndex("order", models.Index(fields=["total"], name="orders_by_total")),
"""
_TOTAL_CONCURRENTLY = """        AddIndexConcurrently("order", models.Index(fields=["total"], name="orders_by_total")),
"""


def django_files(database: str, host: str, port: str, user: str, name: str) -> dict[str, str]:
    """Return the files of the project, for a database; `name` of SQLite is a path."""
    engine = {"postgresql": "postgresql", "sqlite": "sqlite3"}.get(database, "mysql")
    place = f'"NAME": "{name}"' + (f', "HOST": "{host}", "PORT": "{port}", "USER": "{user}"' if host else "")
    found = {"manage.py": _MANAGE, "settings.py": _SETTINGS.format(engine=engine, place=place)}
    found |= {"shop/__init__.py": "", "shop/migrations/__init__.py": ""}
    operations = [_INITIAL, _INDEX, _ROWS, _CONTACT, _TOTAL_CONCURRENTLY if database == "postgresql" else _TOTAL]
    for number, text in enumerate(operations):
        before = [("shop", MIGRATIONS[number - 1])] if number else []
        concurrent = "Concurrently" in text
        head = "from django.contrib.postgres.operations import AddIndexConcurrently\n" if concurrent else ""
        file = _HEAD.format(atomic=not concurrent, initial=number == 0, before=before, operations=text)
        found[f"shop/migrations/{MIGRATIONS[number]}.py"] = head + file
    return found
