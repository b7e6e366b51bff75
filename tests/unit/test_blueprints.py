"""The golden rule: which sets are blueprints, decided from the path alone."""

from pathlib import Path, PurePosixPath

import pytest

from tests.files import write_set
from whimbrel.errors import ConfigurationError
from whimbrel.migrations.blueprints import check_global, find_blueprints, is_blueprint, path_of


@pytest.mark.parametrize(
    "path",
    ["sql/tenant", "sql/tenant/billing", "/srv/app/sql/tenant", "/srv/app/sql/tenant/billing/eu", "tenant", "/x/tenant/billing"],
)
def test_sets_below_tenant_are_blueprints(path: str) -> None:
    assert is_blueprint(PurePosixPath(path))


@pytest.mark.parametrize(
    "path",
    [
        *("sql/auth", "sql/tenancy", "sql/tenants", "sql/my_tenant", "sql/Tenant", "/x/auth", "auth", "sql"),
        *("/home/tenant/app/sql/auth", "/srv/tenant/app/auth", "/tenant/sql/auth", "/srv/tenant/sql"),
    ],
)
def test_all_others_are_global(path: str) -> None:
    assert not is_blueprint(PurePosixPath(path))


def test_a_folder_is_known_by_where_it_is_not_by_how_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_set(tmp_path / "sql" / "tenant", {"V1__a.sql": "SELECT 1;"})
    monkeypatch.chdir(tmp_path / "sql" / "tenant")
    assert is_blueprint(path_of("."))
    with pytest.raises(ConfigurationError, match="whimbrel tenants sync"):
        check_global(["."])
    monkeypatch.chdir(tmp_path)
    assert not is_blueprint(path_of("sql/tenant/../auth"))


def test_the_folder_itself_and_each_in_it_that_has_migrations(tmp_path: Path) -> None:
    root = tmp_path / "sql" / "tenant"
    write_set(root, {"V1__a.sql": "SELECT 1;"})
    write_set(root / "two", {"V1__a.sql": "SELECT 1;"})
    write_set(root / "one", {"V1__a.sql": "SELECT 1;"})
    write_set(root / "notes", {"readme.txt": "none here"})
    assert [str(one) for one in find_blueprints([str(root)])] == [str(root), str(root / "one"), str(root / "two")]
    (root / "V1__a.sql").unlink()
    assert [str(one) for one in find_blueprints([root])] == [str(root / "one"), str(root / "two")]
    with pytest.raises(ConfigurationError, match="is a global set"):
        find_blueprints([str(root), str(tmp_path / "sql" / "auth")])
