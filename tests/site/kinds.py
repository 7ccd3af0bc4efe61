"""The pages tests look at: every page a person arrives at, and of kinds with many pages a few of each."""

from tests.site.building import REAL
from zoo_tools.registry.load import load_registry

_REGISTRY = load_registry(REAL)
MODELS = sorted(_REGISTRY.models)

KINDS = [
    "",
    "compare/",
    "models/",
    *(f"models/{model}/" for model in MODELS),
    "trust/",
    "checks/",
    "checks/weights-flash/",
    "how-to/read-a-card/",
    "explanation/trust/",
]
