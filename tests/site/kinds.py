"""The pages tests look at: every page a person arrives at, and of kinds with many pages a few of each."""

from tests.site.building import REAL
from zoo_tools.registry.load import load_registry

_MODELS = load_registry(REAL).models
CARDS = [f"models/{model}/{_MODELS[model].value.variants[0].id}/" for model in sorted(_MODELS)]

KINDS = [
    "",
    "compare/",
    "models/",
    *(f"models/{model}/" for model in sorted(_MODELS)),
    *CARDS,
    "boards/",
    "boards/stm32h747i-disco/",
    "boards/stm32n6570-dk/",
    "protocols/",
    "protocols/st-ap40-coco-person/",
    "datasets/",
    "datasets/coco-2017-person/",
    "trust/",
    "checks/",
    "checks/weights-flash/",
    "reference/manifest/",
    "reference/cli/",
    "reference/api/",
    "contribute/",
    "how-to/read-a-card/",
    "how-to/add-a-check/",
    "tutorial/your-first-model/",
    "explanation/trust/",
]
