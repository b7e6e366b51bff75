"""The JSON Schemas of the documents that --json prints, made from the types of the documents.

`python -m tests.json_schemas` writes them to src/whimbrel/commands/schemas, after a type has changed.
"""

import dataclasses
import json
import types
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Literal, NamedTuple, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from whimbrel import commands
from whimbrel.migrations.migration import Version

Schema = dict[str, Any]
# The parts that a document refers to: name -> its type, and its schema.
Known = dict[str, tuple[Any, Schema]]

FOLDER = Path(commands.__file__).parent / "schemas"
VERBS = [module.name for module in iter_modules(commands.__path__) if module.name[0] != "_"]
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_PLAIN: Mapping[object, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    datetime: {"type": "string", "format": "date-time"},
    Version: {"type": "string"},
    object: {},
}


class ErrorFacts(NamedTuple):
    """The error. Each type has further facts of its own."""

    type: str
    message: str
    exit_code: int


class ErrorDocument(NamedTuple):
    """The document of a command that failed."""

    error: ErrorFacts


def make_schemas() -> dict[str, Schema]:
    """Return the schema of each verb, and of errors, by the name of its file."""
    modules = {verb: import_module(f"whimbrel.commands.{verb}") for verb in VERBS}
    lacking = [verb for verb, module in modules.items() if not hasattr(module, "DOCUMENT")]
    assert lacking == [], f"add DOCUMENT, the type of the document of --json, to commands/{lacking[0]}.py"
    kinds = {verb: module.DOCUMENT for verb, module in modules.items()}
    return {name: _document(name, kind) for name, kind in {**kinds, "error": ErrorDocument}.items()}


def _document(name: str, kind: Any) -> Schema:
    known: Known = {}
    parts = [_object(one, known) for one in (get_args(kind) if _is_union(kind) else (kind,))]
    marked = {"schema": {"const": f"whimbrel/{name}/1"}}
    for part in parts:
        part["properties"] = {**marked, **part["properties"], **marked}
        part["required"] = list(dict.fromkeys(["schema", *part["required"]]))
    body = parts[0] if len(parts) == 1 else {"anyOf": parts}
    return {
        "$schema": _DRAFT,
        "title": f"whimbrel/{name}/1",
        **body,
        **({"$defs": {one: part for one, (_, part) in known.items()}} if known else {}),
    }


def _object(kind: Any, known: Known) -> Schema:
    """Return the schema of a named tuple, dataclass or typed dictionary. A later release may add other fields."""
    hints = get_type_hints(kind)
    names = [one.name for one in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else list(kind.__annotations__)
    properties = {name: _schema(hints[name], known) for name in names}
    marked = get_type_hints(kind, include_extras=True)
    needed = [name for name in names if get_origin(marked[name]) is not NotRequired]
    return {"type": "object", "description": _told(kind), "properties": properties, "required": needed}


def _told(kind: type) -> str:
    return " ".join((kind.__doc__ or "").split())


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, types.UnionType)


def _schema(kind: Any, known: Known) -> Schema:
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    if dataclasses.is_dataclass(kind) or hasattr(kind, "_fields") or is_typeddict(kind):
        if kind.__name__ not in known:
            known[kind.__name__] = kind, {}
            known[kind.__name__] = kind, _object(kind, known)
        assert known[kind.__name__][0] is kind, f"two types have the name {kind.__name__}"
        return {"$ref": f"#/$defs/{kind.__name__}"}
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return {"enum": [str(one) for one in kind]}
    return _compound(get_origin(kind), get_args(kind), known, kind)


def _compound(origin: Any, inner: tuple[Any, ...], known: Known, kind: Any) -> Schema:
    if origin is Literal:
        return {"enum": list(inner)}
    if _is_union(kind):
        return {"anyOf": [_schema(one, known) for one in inner]}
    if origin in (list, Sequence) or (origin is tuple and inner[1:] == (...,)):
        return {"type": "array", "items": _schema(inner[0], known)}
    if origin in (dict, Mapping):
        return {"type": "object", "additionalProperties": _schema(inner[1], known)}
    raise TypeError(f"{kind} has no form in JSON here; add it to {__file__}")


@cache
def _validator(name: str) -> Validator:
    schema = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema if name == "error" else _closed(schema))


def _closed(schema: Any) -> Any:
    """Return the schema without room for other fields: in the tests of one release, there are none."""
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: _closed(one) for name, one in schema.items()}
    return {**inner, "additionalProperties": False} if isinstance(schema.get("properties"), dict) else inner


def check_document(document: Any) -> None:
    """Raise an error unless the document is as the schema describes it that the document names."""
    name = document["schema"].removeprefix("whimbrel/").removesuffix("/1")
    errors = [f"{error.json_path}: {error.message}" for error in _validator(name).iter_errors(document)]
    assert errors == [], f"{document['schema']}: {errors}"


def text_of(schema: Schema) -> str:
    """Return a schema as its file has it."""
    return json.dumps(schema, indent=2) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, schema in make_schemas().items():
        (FOLDER / f"{name}.json").write_text(text_of(schema), encoding="utf-8")
