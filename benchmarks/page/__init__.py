"""Measure everything that docs/performance.md shows, and write the page."""

import json
import traceback
from collections.abc import Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.clock import ROOT
from benchmarks.page.machine import describe, load, warnings
from benchmarks.page.rendering import render
from benchmarks.tables import show

# In the order in which the page shows them: readers ask about one pending file and fleets first.
PARTS = ("pending", "fleet", "fresh", "idle", "large", "reading", "peers")
DOCS = ROOT / "docs"


def measure(folder: Path, parts: Sequence[str] = PARTS) -> bool:
    """Run the benchmarks, and write performance.json and performance.md into the folder after each.

    A benchmark that fails is named on the page, and ends nothing. Return whether all were measured.
    """
    started = perf_counter()
    results: dict[str, Any] = {"run": {}, "warnings": warnings(), "tables": [], "problems": []}
    results["run"] = describe()
    for name in parts:
        try:
            for table in import_module(f"benchmarks.{name}").tables():
                show(table)
                results["tables"].append(asdict(table))
        except Exception as error:
            traceback.print_exc()
            results["problems"].append(f"{name}: {type(error).__name__}: {str(error)[:300]}")
        minutes = (perf_counter() - started) / 60
        results["run"] |= {"load at the end": load(), "duration": f"{minutes:.0f} minutes"}
        (folder / "performance.json").write_text(json.dumps(results, indent=1) + "\n")
        write(folder)
    return not results["problems"]


def write(folder: Path) -> None:
    """Write performance.md from performance.json."""
    results = json.loads((folder / "performance.json").read_text())
    (folder / "performance.md").write_text(render(results))
