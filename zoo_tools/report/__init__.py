"""Outcomes as text: for people, for programs, for the services that show them.

Each format is one module and one line in `FORMATS`; a module is imported when its format is written.
"""

import importlib
from collections.abc import Callable
from functools import partial

from zoo_tools.report.run import Run

_MODULES = {
    "text": ("terminal", "terminal_report"),
    "json": ("json_report", "json_report"),
    "github": ("github", "github_report"),
    "markdown": ("markdown", "markdown_report"),
    "summary": ("markdown", "summary_report"),
    "sarif": ("sarif", "sarif_report"),
    "junit": ("junit", "junit_report"),
}


def _write(module: str, function: str, run: Run, **options: object) -> str:
    text = getattr(importlib.import_module(f"zoo_tools.report.{module}"), function)(run, **options)
    assert isinstance(text, str)
    return text


FORMATS: dict[str, Callable[..., str]] = {name: partial(_write, *place) for name, place in _MODULES.items()}
"""Report formats of `validate --format`; each takes a `Run` and, as `colour` and `width`, what the output can show."""

__all__ = ["FORMATS", "Run"]
