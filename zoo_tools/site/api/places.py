"""Where the answers of the API stand in the site; cards link to them, so nothing of a page is imported here."""

from typing import Literal

ROOT = "api/v1"
INDEX = f"{ROOT}/index.json"
CATALOGUE = f"{ROOT}/catalogue.json"
CATALOGUE_CSV = f"{ROOT}/catalogue.csv"
CATALOGUE_SCHEMA = f"{ROOT}/catalogue.schema.json"
MODEL_SCHEMA = f"{ROOT}/model.schema.json"
REFERENCES = f"{ROOT}/references.json"

Form = Literal["json", "csv", "yaml"]


def model_place(model: str, form: Form) -> str:
    """Return the place of what is said of a model: JSON, its figures as CSV, or its manifest as it was written."""
    return f"{ROOT}/models/{model}.{form}"


def schema_place(name: str) -> str:
    """Return the place of the schema of a kind of registry file."""
    return f"{ROOT}/schema/{name}"
