"""Python processes that begin with their imports done: forked from one that has imported, instead of started anew.

A new interpreter that imports the application takes over a second of processor time, and the tests start hundreds.
"""

from .process import WarmProcess, warm

__all__ = ["WarmProcess", "warm"]
