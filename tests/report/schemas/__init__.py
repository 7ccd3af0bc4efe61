"""Schemas of formats that others have made: where each is from stands in README.md beside them."""

import json
from functools import cache
from pathlib import Path

import xmlschema
from jsonschema import Draft4Validator, Draft202012Validator

from zoo_tools.report.file_format import report_schema

_FOLDER = Path(__file__).parent


@cache
def sarif_validator() -> Draft4Validator:
    """Return what holds a SARIF file against the schema."""
    return Draft4Validator(json.loads((_FOLDER / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8")))


@cache
def junit_schema() -> xmlschema.XMLSchema:
    """Return the schema of JUnit XML that Jenkins' xUnit plugin goes by."""
    return xmlschema.XMLSchema(_FOLDER / "junit-10.xsd")


@cache
def report_validator() -> Draft202012Validator:
    """Return what holds a JSON report against its published schema."""
    return Draft202012Validator(report_schema())
