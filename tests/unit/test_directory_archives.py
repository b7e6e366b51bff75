"""Migration folders inside an archive, such as a zipped package."""

import zipfile
from pathlib import Path

import pytest

from whimbrel.errors import ConfigurationError, ValidationFailed
from whimbrel.migrations.reader import read_directories


def folder(tmp_path: Path, files: dict[str, bytes], name: str = "chat") -> zipfile.Path:
    """Return the folder of an archive that has these files."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for file, content in files.items():
            archive.writestr(f"{name}/{file}", content)
    return zipfile.Path(tmp_path / "a.zip", f"{name}/")


def test_a_folder_of_an_archive_is_a_set(tmp_path: Path) -> None:
    files = {"V2__b.mysql.sql": b"\xef\xbb\xbf-- whimbrel: lock_timeout=2s\nSELECT 2;", "V1__a.sql": b"SELECT 1;"}
    (one,) = read_directories([folder(tmp_path, files)])
    assert (one.name, one.path) == ("chat", f"{tmp_path / 'a.zip'}/chat/")
    assert [(file.script, file.text, file.database) for file in one.variants] == [
        ("V1__a.sql", "SELECT 1;", ""),
        ("V2__b.mysql.sql", "-- whimbrel: lock_timeout=2s\nSELECT 2;", "mysql"),
    ]
    assert one.variants[0].path == f"{tmp_path / 'a.zip'}/chat/V1__a.sql"
    assert one.variants[1].directives.lock_timeout == 2


@pytest.mark.parametrize("name", [".V2__b.sql", ".hidden", "notes.txt", "V2__b.sql~", "inner/V2__b.sql", "V2__b.sql.bak"])
def test_files_that_are_no_migrations_are_ignored(tmp_path: Path, name: str) -> None:
    (one,) = read_directories([folder(tmp_path, {"V1__a.sql": b"", name: b"SELECT"})])
    assert [file.script for file in one.variants] == ["V1__a.sql"]


@pytest.mark.parametrize(
    ("name", "content", "kind", "message"),
    [
        ("v1__a.sql", b"", "misnamed", ": the name begins with a small v"),
        ("V1__a.SQL", b"", "misnamed", ": the name ends in .SQL and not in .sql"),
        ("V1__a.sql", b"a\n\xe9", "encoding", ":2: not UTF-8, byte 0xe9 at offset 2; save the file as UTF-8"),
        ("V1__a.sql", b"a\0", "encoding", ":1: a NUL byte at offset 1"),
        ("V1__a.sql", b"-- whimbrel: a=b", "directive", ":1: directive a=b is not understood; "),
        ("V1__a.oracle.sql", b"", "misnamed", ": variant for an unknown database 'oracle'; known are "),
    ],
)
def test_an_invalid_file_in_an_archive_is_a_problem(tmp_path: Path, name: str, content: bytes, kind: str, message: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        read_directories([folder(tmp_path, {name: content})])
    (problem,) = caught.value.problems
    path = f"{tmp_path / 'a.zip'}/chat/{name}"
    assert (problem.kind, problem.script) == (kind, path)
    assert problem.message.startswith(path + message)


@pytest.mark.parametrize(
    ("files", "name", "message"),
    [
        ({"notes.txt": b""}, "chat", "no migrations here; name the first one V001__description.sql"),
        (
            {"b/V1__a.sql": b"", "a/V1__a.sql": b"", "c/x": b""},
            "chat",
            "no migrations here; the folders in it are sets of their own; ",
        ),
        ({"V1__a.sql": b""}, " chat", "a set's name must not begin or end with a blank"),
        ({"V1__a.sql": b""}, "x" * 65, "a set's name may have at most 64 characters"),
    ],
)
def test_an_archive_folder_without_migrations_or_with_a_bad_name_is_refused(
    tmp_path: Path, files: dict[str, bytes], name: str, message: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_directories([folder(tmp_path, files, name)])
    assert f"{name}/: {message}" in str(caught.value)
    if "folders" in message:
        assert str(caught.value).endswith(f"{tmp_path / 'a.zip'}/chat/a/, {tmp_path / 'a.zip'}/chat/b/")


@pytest.mark.parametrize(("written", "name"), [("u\u0308", "\u00fc"), ("\u00fc", "\u00fc"), ("a", "a"), ("x" * 64, "x" * 64)])
def test_a_sets_name_is_normalised_to_one_unicode_form(tmp_path: Path, written: str, name: str) -> None:
    assert read_directories([folder(tmp_path, {"V1__a.sql": b""}, written)])[0].name == name
