"""A base class for records that is loaded with less work than that of `typing`, and is the same to a type checker.

`typing.NamedTuple` compiles the annotation of each field when the class is defined. A start with nothing to do defines 40 such
classes, and that was a third of what it did beyond the driver's work. Nothing reads the compiled annotations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from collections import namedtuple

    class _Definition(type):
        def __new__(cls, name, bases, namespace):
            if not bases:
                return super().__new__(cls, name, bases, namespace)
            # Modules that use this class have `from __future__ import annotations`, so these are texts on every Python.
            fields = namespace["__annotations__"]
            defaults = [namespace[field] for field in fields if field in namespace]
            made = namedtuple(name, fields, defaults=defaults, module=namespace["__module__"])
            for key, value in namespace.items():
                if key not in fields and key != "__module__":
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Definition):
        """A tuple whose fields have names, and types for a type checker."""


__all__ = ["NamedTuple"]
