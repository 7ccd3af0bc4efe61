"""The registry's contracts: what the decoders' own tests prove, the files state, and the reference networks give."""

import importlib
import json
from collections.abc import Iterator
from functools import cache
from hashlib import sha256

import pytest

from tests.conftest import oracle
from tests.inference.families import family
from tests.registry_data.catches import REGISTRY
from zoo_tools.domain.decoding import COMMENTARY, Contract, PriorBoxCentreVariance, Select
from zoo_tools.domain.manifest import Artifact, Manifest, TensorSpec, Variant
from zoo_tools.domain.settings import SETTINGS
from zoo_tools.inference.priors import generated
from zoo_tools.registry.load import Registry, load_registry

# What tests/inference proves with outside oracles, and where the registry says the same.
PROVEN = {
    "ssd_mobilenetv2_pt": ("ssd_mobilenetv2_pt", "raw-outputs"),
    "ssd300_coco": ("mmdet_ssd", "ssd300"),
    "ssd512_coco": ("mmdet_ssd", "ssd512"),
    "ssdlite_mobilenetv2_scratch_600e_coco": ("mmdet_ssd", "ssdlite-mobilenetv2"),
    "ultralight_raw": ("ultralight_face_slim_320", "raw"),
    "ultralight_decoded": ("ultralight_face_slim_320", "decoded"),
}
# sha256 of the priors that MMDetection 3.3.0 makes, float32 x1 y1 x2 y2 in pixels, level by level.
MMDETECTION = {
    "ssd300": "4368ea575777774c1ea7ef4a8f70ffb41baf0f580ad6827e4be9c75f00b368bf",
    "ssd512": "ece295156b68fc3621e0e2bc2e9ccaaa2e211c927563b2ad3c423154ef22defb",
    "ssdlite-mobilenetv2": "ada5ba525afce45047af30b6f294dc3922bdfe14776f66a70f4050bdc3269a37",
}


@cache
def registry() -> Registry:
    return load_registry(REGISTRY)


def manifests() -> list[Manifest]:
    return [entry.value for entry in registry().models.values()]


def contract_of(model: str, id_: str) -> Contract:
    return registry().models[model].value.contracts[id_]


def stated() -> Iterator[tuple[Manifest, Variant, Artifact, Contract]]:
    """Yield every artifact with its contract."""
    for manifest in manifests():
        for variant in manifest.variants:
            for artifact in variant.artifacts:
                yield manifest, variant, artifact, manifest.contracts[artifact.contract or variant.contract]


@pytest.mark.parametrize("name", PROVEN)
def test_decoders_are_those_that_oracles_prove(name: str) -> None:
    model, id_ = PROVEN[name]
    ours, proven = contract_of(model, id_), family(name)
    assert ours.decode == proven.decode
    assert (ours.input, ours.preprocess) == (proven.input, proven.preprocess)
    assert ours.select.model_dump(exclude={"candidates_per_level"}) == proven.select.model_dump(
        exclude={"candidates_per_level"}
    )


@pytest.mark.parametrize("id_", MMDETECTION)
def test_priors_and_candidates_are_those_of_mmdetection(id_: str) -> None:
    contract = contract_of("mmdet_ssd", id_)
    assert isinstance(contract.decode, PriorBoxCentreVariance)
    assert isinstance(contract.select, Select)
    assert sha256(generated(contract.decode.priors).tobytes()).hexdigest() == MMDETECTION[id_]
    assert contract.select.candidates_per_level == 1000


def test_outputs_have_a_row_for_each_prior() -> None:
    compared = 0
    for _, _, artifact, contract in stated():
        if artifact.tensors is None or not isinstance(contract.decode, PriorBoxCentreVariance):
            continue
        levels = contract.decode.priors.levels
        for spec in artifact.tensors.outputs:
            if contract.decode.layout == "rows":
                assert spec.shape[1] == contract.decode.priors.count
            else:
                assert spec.level is not None
                level = levels[spec.level]
                values = 4 if spec.role == "offsets" else 81
                assert spec.shape == [1, level.per_cell * values, *level.map]
            compared += 1
    assert compared == 4 + 12 + 14 + 12 + 6


def test_what_a_checkpoint_gives_is_what_its_network_gives() -> None:
    oracle("torch")
    networks = importlib.import_module("zoo_tools.inference.engines.networks").NETWORKS
    compared = set()
    for _, variant, artifact, _ in stated():
        if artifact.reference_network is None:
            assert artifact.format != "torch-pth"
            continue
        assert artifact.tensors is not None
        classes = len(registry().labels[variant.labels].value.names)
        network = networks[artifact.reference_network](classes)
        held = [network.input, *network.outputs]
        specs = [*artifact.tensors.inputs, *artifact.tensors.outputs]
        assert [_described(spec) for spec in specs] == [(one.name, tuple(one.shape), one.dtype) for one in held]
        assert variant.resolution == [*network.input.shape[2:], network.input.shape[1]]
        compared.add(artifact.reference_network)
    assert compared == set(networks)


def _described(spec: TensorSpec) -> tuple[str, tuple[object, ...], str]:
    return spec.name, tuple(spec.shape), spec.dtype


def test_every_contract_says_where_it_is_from() -> None:
    for manifest in manifests():
        for id_, contract in manifest.contracts.items():
            assert contract.sources, f"{manifest.id}/{id_}"


def test_the_two_exports_of_one_network_differ_in_the_meaning_of_one_output_alone() -> None:
    manifest = registry().models["ultralight_face_slim_320"].value
    decoded, raw = (one.tensors for one in manifest.variants[0].artifacts[:2])
    assert decoded is not None
    assert raw is not None
    assert [_described(spec) for spec in decoded.outputs] == [_described(spec) for spec in raw.outputs]
    assert [spec.role for spec in decoded.outputs] == ["scores", "boxes"]
    assert [spec.role for spec in raw.outputs] == ["scores", "offsets"]


def test_recordings_hold_no_commentary() -> None:
    recordings = sorted(REGISTRY.glob("models/*/golden/*.json"))
    assert recordings
    for path in recordings:
        assert not COMMENTARY & json.loads(path.read_text(encoding="utf-8"))["contract"].keys()


def test_whatever_can_be_run_has_a_recording() -> None:
    """An artifact whose bytes are at hand, in a format with a runtime, with its tensors known."""
    for manifest, variant, artifact, _ in stated():
        if artifact.sha256 is not None and artifact.tensors is not None and artifact.format in SETTINGS:
            recorded = [case.image for case in variant.golden if case.artifact == artifact.id]
            assert len(recorded) >= 3, f"{manifest.id}/{variant.id}/{artifact.id}"
