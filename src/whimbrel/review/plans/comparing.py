"""Compare the document of a plan with that of the present state, and name each difference. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from whimbrel.errors import ConfigurationError, PlanDifference
from whimbrel.schema.codec import decode, fingerprint
from whimbrel.schema.compare import Difference
from whimbrel.schema.drifting import find_drift

__all__ = ["BOUND", "differences"]

# The parts that decide what runs. What runs, `pending`, can only be read if they are as planned.
BOUND = ("schema", "whimbrel", "options", "database", "settings", "files", "history")
_MISSING = object()
_MOST_SHOWN = 100
# Measured facts beside a statement are no part of what runs, and are not measured again.
_UNBOUND = "facts"
_ORDERED = (("statements",), ("left_out",))
_WORDS = {
    ("whimbrel",): "Whimbrel's version",
    ("schema",): "the format of the plan",
    ("database", "kind"): "the kind of the database",
    ("database", "version"): "the server's version",
    ("database", "name"): "the database's name",
    ("database", "schema"): "the schema",
    ("database", "identity"): "the database's identity",
    ("database", "server"): "the server",
    ("history",): "the history",
    ("history", "highest_rank"): "the history, highest rank",
    ("pending",): "the pending files",
}
_BEGINNINGS = {
    ("options",): "the options,",
    ("settings",): "the setting",
    ("files",): "the file",
    ("history", "rows"): "the history,",
    ("pending",): "",
    ("preparation",): "before the first file,",
}
_SCHEMA = "the schema's fingerprint"


def differences(planned: Mapping[str, Any], now: Mapping[str, Any], *, bound: bool = False) -> list[PlanDifference]:
    """Return how a plan differs from the present state: field by field, and objects of the schema by their names.

    With `bound` only the parts are compared that decide what runs. `planned` may be any JSON object.
    """
    left, right = _keyed(planned), _keyed(json.loads(json.dumps(now)))
    schemas = ("fingerprint", "model")
    names = [*(BOUND if bound else dict.fromkeys((*right, *left)))]
    found = [
        one
        for name in names
        if name not in schemas
        for one in _compare((name,), left.get(name, _MISSING), right.get(name, _MISSING))
    ]
    if any(one.what == _WORDS["database", "identity"] for one in found):
        # Only a database without an identity is bound to its server.
        found = [one for one in found if one.what != _WORDS["database", "server"]]
    same_kind = not any(one.what == _WORDS["database", "kind"] for one in found)
    return found + (_compare_schemas(left, right) if same_kind else [])


def _keyed(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document whose lists of files and statements are dictionaries."""
    pending = document.get("pending")
    files = [_keyed_file(file) for file in pending] if isinstance(pending, list) else pending
    pending = _by_name(files, lambda file: str(file.get("file")))
    return {**document, "pending": pending} if "pending" in document else dict(document)


def _keyed_file(file: Any) -> Any:
    if not isinstance(file, dict):
        return file
    lists = {
        "statements": lambda one: f"statement {one.get('number')}",
        "left_out": lambda one: f"line {one.get('line')}, column {one.get('column')}",
    }
    return {**file, **{key: _by_name(file[key], name) for key, name in lists.items() if key in file}}


def _by_name(value: Any, name: Callable[[dict[str, Any]], str]) -> Any:
    """Return a list of objects as a dictionary by their names, in their order.

    Any other value equals no such dictionary: a list that repeats a name stays, and an object, which has no order, is wrapped.
    """
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return value
    found = {name(one): one for one in value}
    return found if len(found) == len(value) else value


def _compare(path: tuple[str, ...], planned: Any, now: Any) -> Iterator[PlanDifference]:
    if isinstance(planned, dict) and isinstance(now, dict):
        for name in dict.fromkeys((*now, *planned)):
            if not (name == _UNBOUND and path[2:3] == ("statements",)):
                yield from _compare((*path, name), planned.get(name, _MISSING), now.get(name, _MISSING))
        if _is_ordered(path) and planned.keys() == now.keys() and list(planned) != list(now):
            yield PlanDifference(f"{_label(path)}, order", *_shown(", ".join(planned), ", ".join(now)))
    # In Python, 1 equals true.
    elif planned is _MISSING or now is _MISSING or json.dumps(planned, sort_keys=True) != json.dumps(now, sort_keys=True):
        yield PlanDifference(_label(path), *_shown(planned, now))


def _is_ordered(path: tuple[str, ...]) -> bool:
    """Whether people read the entries at this place in their order."""
    return path[:1] == ("pending",) and (len(path) == 1 or path[2:] in _ORDERED)


def _label(path: tuple[str, ...]) -> str:
    if path in _WORDS:
        return _WORDS[path]
    if path[0] == "options" and len(path) > 1:
        return f"the option --{'for' if path[1] == 'databases' else path[1].replace('_', '-')}"
    length = next((length for length in (2, 1) if path[:length] in _BEGINNINGS), 0)
    # A plan that was edited may lack a whole part.
    first, *others = path[length:] or ("all of it",)
    rest = ", ".join([first, *(name.replace("_", " ") for name in others if name != "statements")])
    return f"{_BEGINNINGS.get(path[:length], '')} {rest}".strip()


def _shown(planned: Any, now: Any) -> tuple[str, str]:
    """Return two values as short texts, from a little before the place where they begin to differ."""
    one, other = _text(planned), _text(now)
    at = next((index for index, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), 0)
    start = 0 if at < _MOST_SHOWN // 2 else at - _MOST_SHOWN // 4
    return _cut(one, start), _cut(other, start)


def _cut(text: str, start: int) -> str:
    end = start + _MOST_SHOWN
    return f"{'...' if start else ''}{text[start:end]}{'...' if len(text) > end else ''}"


def _text(value: Any) -> str:
    if value is _MISSING:
        return "nothing"
    if isinstance(value, dict):
        return "an entry"
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) and value else "none" if value is None else json.dumps(value, ensure_ascii=False)


def _compare_schemas(planned: Mapping[str, Any], now: Mapping[str, Any]) -> list[PlanDifference]:
    """Compare the models. Objects that one of the users may not see do not count, and neither do partitions."""
    if planned.get("fingerprint") == now["fingerprint"] and planned.get("model") == now["model"]:
        return []
    try:
        before = decode(planned["model"])
        written = fingerprint(before)
    except (ConfigurationError, KeyError, TypeError) as error:
        return [PlanDifference(_SCHEMA, f"a model that cannot be read ({error})", now["fingerprint"])]
    if written != planned.get("fingerprint"):
        return [PlanDifference(_SCHEMA, str(planned.get("fingerprint")), f"another one of the plan's own model, {written}")]
    return [told for one in find_drift(before, decode(now["model"])) for told in _told(one)]


def _told(one: Difference) -> Iterator[PlanDifference]:
    name = f"the schema, {one.kind} {one.name}".rstrip()
    if one.change != "changed":
        there, gone = "there", "nothing"
        yield PlanDifference(name, *((gone, there) if one.change == "added" else (there, gone)))
    for fact in one.facts if one.change == "changed" else ():
        yield PlanDifference(f"{name}, {fact.name}", *_shown(fact.before, fact.after))
