"""Folders of migration files: what is read, and every kind of file that cannot be a migration."""

from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel.errors import ConfigurationError, ValidationFailed
from whimbrel.migrations.reader import read_directories


def refused(*folders: str) -> list[tuple[str, str]]:
    """Return kind and message of every problem, the message from the file's name on."""
    with pytest.raises(ValidationFailed) as caught:
        read_directories(folders)
    assert all(problem.message.startswith(problem.script) for problem in caught.value.problems)
    return [(problem.kind, problem.message.replace(f"{Path(problem.script).parent}/", "")) for problem in caught.value.problems]


def test_a_folder_is_a_set_with_its_files_in_order(tmp_path: Path) -> None:
    folder = write_set(
        tmp_path / "chat", {"V2__b.sql": "SELECT 2;", "V001__add_users.sql": "\ufeffSELECT 1;", "V10__c.mysql.sql": ""}
    )
    (one,) = read_directories([folder])
    assert (one.name, one.path) == ("chat", folder)
    assert [(str(file.version), file.description, file.database, file.text) for file in one.variants] == [
        ("1", "add users", "", "SELECT 1;"),
        ("10", "c", "mysql", ""),
        ("2", "b", "", "SELECT 2;"),
    ]
    assert one.variants[0].script == "V001__add_users.sql"
    assert one.variants[0].path == f"{folder}/V001__add_users.sql"
    assert {str(version) for version in one.versions()} == {"1", "2", "10"}


def test_sets_come_in_the_order_given_and_from_paths_as_well(tmp_path: Path) -> None:
    write_set(tmp_path / "b", {"V1__a.sql": ""})
    write_set(tmp_path / "a", {"V1__a.sql": ""})
    assert [one.name for one in read_directories([str(tmp_path / "b"), tmp_path / "a"])] == ["b", "a"]


def test_a_set_is_named_for_its_folder_however_the_path_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_set(tmp_path / "chat", {"V1__a.sql": ""})
    monkeypatch.chdir(tmp_path / "chat")
    assert [read_directories([path])[0].name for path in (".", "../chat/", f"{tmp_path}/chat/")] == ["chat"] * 3


def test_newlines_and_the_byte_order_mark_do_not_change_the_checksum(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "V1__a.sql": "SELECT\n1;\n",
        "V2__b.sql": "SELECT\r\n1;\r\n",
        "V3__c.sql": b"\xef\xbb\xbfSELECT\n1;\n",
    }
    (one,) = read_directories([write_set(tmp_path / "chat", files)])
    assert len({file.checksum for file in one.variants}) == 1


def test_no_folder_a_missing_one_a_file_and_an_empty_one_are_configuration_errors(tmp_path: Path) -> None:
    write_set(tmp_path / "empty", {"README.md": "", "notes.txt": ""})
    for inner in ("chat", "auth"):
        write_set(tmp_path / "many" / inner, {"V1__a.sql": ""})
    write_set(tmp_path / "many" / "notes", {"a.txt": ""})
    cases: list[tuple[list[str], str]] = [
        ([], "no folder of migrations given; pass one, or --sql DIR on the command line"),
        ([f"{tmp_path}/none"], f"{tmp_path}/none: no such folder of migrations"),
        ([f"{tmp_path}/empty/README.md"], f"{tmp_path}/empty/README.md: no such folder of migrations"),
        (
            [f"{tmp_path}/many"],
            f"{tmp_path}/many: no migrations here; the folders in it are sets of their own; name them one by one: "
            f"{tmp_path}/many/auth, {tmp_path}/many/chat",
        ),
        ([f"{tmp_path}/empty"], f"{tmp_path}/empty: no migrations here; name the first one V001__description.sql"),
    ]
    for folders, message in cases:
        with pytest.raises(ConfigurationError) as caught:
            read_directories(folders)
        assert str(caught.value) == message


def test_two_folders_of_one_name_are_refused_with_both_paths(tmp_path: Path) -> None:
    one, two = (write_set(tmp_path / name / "chat", {"V1__a.sql": ""}) for name in ("one", "two"))
    for folders in ([one, two], [one, one]):
        with pytest.raises(ConfigurationError) as caught:
            read_directories(folders)
        assert (
            str(caught.value)
            == f"two folders are named 'chat', {' and '.join(folders)}; a set has the name of its folder, so rename one"
        )


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("V3_x.sql", "there are not two underscores between version and description; name it V3__x.sql"),
        ("v1__a.sql", "the name begins with a small v; name it V1__a.sql"),
        ("V__a.sql", "the version is missing; name it V<version>__a.sql"),
        ("__a.sql", "the version is missing; name it V<version>__a.sql"),
        ("Va__b.sql", "the name has no version; name it V<version>__<description>.sql"),
        ("1__a.sql", "there is no V before the version; name it V1__a.sql"),
        ("seed.sql", "the name has no version; name it V<version>__<description>.sql"),
        ("V1__a.SQL", ""),
        ("V1__.sql", ""),
        ("V1..2__a.sql", ""),
        ("V1__a.b.mysql.sql", ""),
        ("V1__a.MySQL.sql", ""),
        ("V1__a.sql.sql", ""),
    ],
)
def test_a_misnamed_file_is_a_problem_that_says_what_is_wrong(tmp_path: Path, name: str, fault: str) -> None:
    ((kind, message),) = refused(write_set(tmp_path / "chat", {"V7__good.sql": "", name: ""}))
    assert message.startswith(f"{name}: {fault}")
    assert kind == "misnamed"


def test_a_variant_for_an_unknown_database_is_a_problem(tmp_path: Path) -> None:
    expected = "V1__a.oracle.sql: variant for an unknown database 'oracle'; known are postgresql, mysql, mariadb, sqlite"
    assert refused(write_set(tmp_path / "chat", {"V1__a.oracle.sql": ""})) == [("misnamed", expected)]


def test_one_version_in_two_spellings_is_a_duplicate_with_both_files(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "chat", {"V1__a.sql": "", "V001__b.sql": "", "V1.0__c.sql": "", "V2__d.sql": ""})
    ((kind, message),) = refused(folder)
    assert kind == "duplicate"
    assert message == "V001__b.sql and V1.0__c.sql and V1__a.sql have the same version 1; renumber the one that is not applied"


def test_a_version_has_one_variant_for_each_database(tmp_path: Path) -> None:
    good = {"V1__a.sql": "", "V1__a.mysql.sql": "", "V1__a.mariadb.sql": ""}
    assert len(read_directories([write_set(tmp_path / "good", good)])[0].variants) == 3
    ((kind, _),) = refused(write_set(tmp_path / "bad", good | {"V01__b.mysql.sql": ""}))
    assert kind == "duplicate"


def test_names_as_long_as_the_history_takes_are_read_and_longer_ones_are_problems(tmp_path: Path) -> None:
    version = "1" * 50
    good = {f"V{version}__a.sql": "", f"V1__{'é' * 100}.sql": "", f"V2__{'d' * 200}.sql": ""}
    assert len(read_directories([write_set(tmp_path / "g" / ("n" * 64), good)])[0].variants) == 3
    bad = write_set(tmp_path / "bad", {f"V{version}1__a.sql": "", f"V2__{'d' * 201}.sql": ""})
    assert [(kind, message.partition(": ")[2]) for kind, message in refused(bad)] == [
        ("misnamed", "the name is too long; a version may have 50 characters, a description 200")
    ] * 2
    long = write_set(tmp_path / ("n" * 65), {"V1__a.sql": ""})
    with pytest.raises(ConfigurationError, match=r": a set's name may have at most 64 characters$"):
        read_directories([long])


def test_hidden_and_editors_files_are_ignored_and_what_is_not_sql_too(tmp_path: Path) -> None:
    ignored = (
        ".V2__b.sql",
        "V2__b.sql~",
        ".V2__b.sql.swp",
        "V2__b.sql.swo",
        "V2__b.sql.orig",
        "V2__b.sql.bak",
        "README.md",
        "a.py",
    )
    folder = write_set(tmp_path / "chat", {"V1__a.sql": ""} | dict.fromkeys(ignored, "not\0sql"))
    write_set(tmp_path / "chat" / "sub", {"V9__deeper.sql": ""})
    assert [file.script for file in read_directories([folder])[0].variants] == ["V1__a.sql"]


def test_all_problems_of_all_folders_are_told_together(tmp_path: Path) -> None:
    one = write_set(
        tmp_path / "one", {"V1_a.sql": "", "V2__b.sql": b"\xff", "V3__c.sql": "-- whimbrel: x", "V4__d.sql": "", "V04__d.sql": ""}
    )
    two = write_set(tmp_path / "two", {"v1__a.sql": "", "V2__b.sql": "\0"})
    found = refused(one, two)
    assert [kind for kind, _ in found] == ["misnamed", "encoding", "directive", "duplicate", "encoding", "misnamed"]
    with pytest.raises(ValidationFailed) as caught:
        read_directories([one, two])
    lines = [f"  {problem.message}" for problem in caught.value.problems]
    assert str(caught.value) == "\n".join(["6 problems, nothing was changed:", *lines])
