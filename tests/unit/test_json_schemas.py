"""The published schemas agree with the types of the documents, and the documents of real commands with the schemas."""

import asyncio
import json
from importlib.resources import files
from pathlib import Path
from typing import TypedDict

import pytest
from jsonschema import Draft202012Validator

from tests.files import write_set
from tests.json_schemas import FOLDER, VERBS, _document, check_document, make_schemas, text_of
from whimbrel.cli import _plain, main
from whimbrel.commands.parity import ParityReport
from whimbrel.commands.resolve import Resolved
from whimbrel.errors import ConfigurationError
from whimbrel.review.findings import Acceptance, Finding

ADVICE = "write the schemas anew with: python -m tests.json_schemas"


def test_the_wheel_has_the_schema_of_every_verb_as_the_types_of_its_documents_make_it() -> None:
    made = {f"{name}.json": text_of(schema) for name, schema in make_schemas().items()}
    published = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert sorted(published) == sorted([*(f"{verb}.json" for verb in VERBS), "error.json"]), ADVICE
    assert published == made, ADVICE
    assert files("whimbrel.commands").joinpath("schemas", "migrate.json").is_file()


@pytest.mark.parametrize("name", [*VERBS, "error"])
def test_a_schema_is_valid_and_names_itself(name: str) -> None:
    schema = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert schema["title"] == f"whimbrel/{name}/1"


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run a command with --json, check its document, and return the name of the document's schema."""
    main([*words, "--json"])
    document = json.loads(capsys.readouterr().out)
    check_document(document)
    return str(document["schema"])


def test_the_documents_of_real_commands_fit_their_schemas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`check`, `adopt`, `completion` and `tenants` print theirs in their own tests, where each document is checked as well."""
    monkeypatch.chdir(tmp_path)
    folder = write_set(tmp_path / "shop", {"V1__a.sql": "CREATE TABLE a (id INTEGER NOT NULL PRIMARY KEY);"})
    where = ("--url", "sqlite:///a.db", "--sql", folder)
    on = where[:2]
    commands = [
        ("info", *where), ("migrate", *where, "--dry-run"), ("migrate", *where), ("info", *where), ("drift", *where),
        ("validate", *where), ("doctor", *where), ("repair", *where), ("dump", *on), ("diagram", *on),
        ("diagram", *on, "--format", "svg"), ("wait", *on), ("baseline", "--detect", *where), ("baseline", "1", *where),
        ("split", f"{folder}/V1__a.sql", "--dialect", "sqlite"), ("new", "b", "--sql", folder), ("validate", *where),
    ]  # fmt: skip
    assert [printed(capsys, *words) for words in commands] == [f"whimbrel/{words[0]}/1" for words in commands]
    (tmp_path / "shop" / "V2__b.sql").unlink()
    asyncio.run(_drop_a())
    Path("schema.sql").write_text("CREATE TABLE a (id INTEGER);\n")
    more = [("drift", *where), ("drift", *where, "--accept"), ("dump", *on, "--check", "schema.sql")]
    assert [printed(capsys, *words) for words in more] == ["whimbrel/drift/1", "whimbrel/drift/1", "whimbrel/dump/1"]


async def _drop_a() -> None:
    from whimbrel import DatabaseManager

    async with DatabaseManager("sqlite:///a.db") as manager:
        await manager.execute("DROP TABLE a")


def test_documents_that_need_servers_fit_their_schemas() -> None:
    found = Finding(code="P00", object="column a.b", fact="type", values={"mysql": "INT"}, place="a.sql:1", reason="wanted")
    parity = ParityReport(("mysql", "sqlite"), ("mariadb",), (found,), (), (Acceptance(name="x", reason="y"),))
    check_document({"schema": "whimbrel/parity/1", **_plain(parity)})
    check_document({"schema": "whimbrel/resolve/1", **_plain(Resolved("auth", "1", 2, applied=True))})


class _Dictionary(TypedDict):
    """A document that names its own schema."""

    schema: str
    rows: dict[str, int]


def test_a_typed_dictionary_may_name_its_own_schema() -> None:
    made = _document("x", _Dictionary)
    assert made["required"] == ["schema", "rows"]
    assert made["properties"] == {
        "schema": {"const": "whimbrel/x/1"},
        "rows": {"type": "object", "additionalProperties": {"type": "integer"}},
    }


def test_a_document_with_a_field_too_many_or_too_few_is_refused() -> None:
    right = _plain(Resolved("auth", "1", 2, applied=True))
    for wrong in ({**right, "more": 1}, {name: value for name, value in right.items() if name != "version"}):
        with pytest.raises(AssertionError, match="whimbrel/resolve/1"):
            check_document({"schema": "whimbrel/resolve/1", **wrong})


def test_an_error_has_type_message_and_exit_code(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["info", "--url", "sqlite:///x.db", "--sql", str(tmp_path / "none"), "--json"]) == ConfigurationError.exit_code
    document = json.loads(capsys.readouterr().out)
    assert (document["schema"], document["error"]["type"], document["error"]["exit_code"]) == (
        "whimbrel/error/1", "ConfigurationError", 2,
    )  # fmt: skip
