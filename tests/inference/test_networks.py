"""The reference networks are MMDetection's: names, counts, shapes, bytes of a file, and what comes out.

Numbers are those of its own configurations and modules (packages 2.28.2 and 3.3.0), counted and run once.
"""

import re
from collections import OrderedDict
from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import oracle
from tests.inference.reference_networks import MMDET, network, outputs, picture, shapes, state
from zoo_tools.domain.manifest import ReferenceNetwork
from zoo_tools.domain.model_facts import HeldTensor
from zoo_tools.modelfile.torch_heads import class_count

torch = oracle("torch")

from zoo_tools.inference.engines.networks import NETWORKS
from zoo_tools.inference.engines.networks.mmdet_ssd import L2Norm

SIDES = {
    "mmdet-ssd300": (38, 19, 10, 5, 3, 1),
    "mmdet-ssd512": (64, 32, 16, 8, 4, 2, 1),
    "mmdet-ssdlite-mobilenetv2": (20, 10, 5, 3, 2, 1),
}
BOXES = {
    "mmdet-ssd300": (4, 6, 6, 6, 4, 4),
    "mmdet-ssd512": (4, 6, 6, 6, 6, 4, 4),
    "mmdet-ssdlite-mobilenetv2": (6, 6, 6, 6, 6, 6),
}
# Mean of the absolute values, first and last value of each output: what MMDetection 3.3.0's own modules gave in float64
# with the weights and the picture of `reference_networks` (PyTorch 2.13, x86-64).
UPSTREAM = {
    "mmdet-ssd300": [
        (1.02088514, 0.342012625, 0.274188868), (124.24467, 99.915889, 24.7846416),
        (108.987854, -62.5845662, 93.8729571), (98.4396545, -21.8562528, -193.243981),
        (88.2235379, -81.3106072, -86.6609374), (36.8617188, -48.5772378, -64.7631715),
        (1.32772877, 0.895777583, -0.480050643), (128.517998, 32.8376721, 20.8738854),
        (136.027227, -65.8429417, -2.78128935), (128.815733, -73.0406145, -3.14354004),
        (78.3609565, 29.1181286, -22.9057234), (39.4815047, -22.5513648, -40.6979862),
    ],
    "mmdet-ssd512": [
        (1.03370775, 0.309506085, 0.786746204), (142.637239, 52.6536016, -91.5162986),
        (122.606081, -97.4645507, -57.0698612), (122.214751, 34.4998222, -80.8736747),
        (98.6041734, 34.882304, -184.646799), (62.8566751, -128.131457, -17.7647208),
        (12.7279993, -12.8929795, 3.55992007), (0.908613768, -1.05506723, -0.382734778),
        (154.247545, 120.18514, 57.530793), (122.109073, -12.4082568, -66.5074565),
        (116.616905, -49.3884934, -12.3779029), (109.92713, 32.2083775, -68.3058097),
        (72.0015431, -63.0552495, 46.494981), (11.6349082, 7.20328551, 32.2506164),
    ],
    "mmdet-ssdlite-mobilenetv2": [
        (3.24665966, 2.53776085, -2.61053946), (2.07875999, -0.765621797, -2.33481678),
        (1.48521683, -1.57118457, -1.29300244), (1.24812936, 0.365095939, -1.48004142),
        (0.8117481, -0.307092905, -2.23487779), (0.343610426, 0.717013062, -0.911250788),
        (3.54534973, -1.44741933, -0.646309679), (1.96143156, -3.13215067, -4.17126023),
        (1.69868243, -0.107355765, 1.01915666), (1.45021228, -0.758225395, -0.669787952),
        (0.710127458, -0.180275582, -0.234092095), (0.266508625, 0.202645615, -0.324797091),
    ],
}  # fmt: skip


def test_there_is_a_network_for_each_that_a_manifest_may_name() -> None:
    assert tuple(NETWORKS) == get_args(ReferenceNetwork)


@pytest.mark.parametrize(
    ("name", "parts", "keys", "elements"),
    [
        ("mmdet-ssd300", (20_483_904, 2_460_032, 11_361_270), 71, 34_305_206),
        ("mmdet-ssd512", (20_483_904, 3_017_472, 12_536_820), 79, 36_038_196),
        ("mmdet-ssdlite-mobilenetv2", (2_223_872, 656_960, 1_347_956), 480, 4_277_696),
    ],
)
def test_parameters_and_keys_are_as_many(name: str, parts: tuple[int, ...], keys: int, elements: int) -> None:
    module = network(name, 80).module
    counted = {part: sum(one.numel() for one in child.parameters()) for part, child in module.named_children()}
    assert counted == dict(zip(("backbone", "neck", "bbox_head"), parts, strict=True))
    assert len(shapes(name)) == keys
    assert sum(one.numel() for one in module.state_dict().values()) == elements


class Measure:
    """A file that keeps what is short, the pickles, and counts the rest."""

    def __init__(self) -> None:
        self.size = 0
        self.kept = bytearray()

    def write(self, content: bytes) -> int:
        self.size += len(content)
        if len(content) < 1 << 18:
            self.kept += content
        return len(content)

    def flush(self) -> None:
        """Do nothing: all is written."""


@pytest.mark.parametrize(("name", "size"), list(zip(MMDET, (137_236_228, 144_170_018, 17_211_056), strict=True)))
def test_a_saved_file_is_as_long_as_theirs(name: str, size: int) -> None:
    """Names of tensors and of layers are in the file, so another name anywhere would show.

    Their detector has one layer more, without weights, and so has each block of their MobileNetV2.
    """
    module = network(name, 80).module
    given = {key: torch.zeros(shape, dtype=module.state_dict()[key].dtype) for key, shape in shapes(name).items()}
    blocks = {key.rpartition(".linear_conv")[0] for key in given if ".linear_conv" in key}
    layers = {"data_preprocessor", *(f"{block}.drop_path" for block in blocks), *dict(module.named_modules())}
    theirs = OrderedDict(given)
    vars(theirs)["_metadata"] = OrderedDict((layer, {"version": 1}) for layer in layers)
    file = Measure()
    torch.save({"meta": {}, "state_dict": theirs}, file, _use_new_zipfile_serialization=False)
    # A storage is called by its address, which has 14 digits or more, in the pickle and in the list of storages.
    called = re.findall(rb"X.\0\0\0(\d{12,20})[qr]", bytes(file.kept), re.DOTALL)
    assert len(called) == 2 * len(given)
    assert file.size - sum(len(digits) - 14 for digits in called) == size


@pytest.mark.parametrize(("name", "priors"), list(zip(MMDET, (8732, 24_564, 3234), strict=True)))
def test_outputs_have_a_place_for_each_prior(name: str, priors: int) -> None:
    given = outputs(name)
    forms = [(f"cls_score.{level}", 81) for level in range(len(SIDES[name]))]
    forms += [(f"bbox_pred.{level}", 4) for level in range(len(SIDES[name]))]
    wanted = {
        form: (1, boxes * values, side, side)
        for (form, values), boxes, side in zip(forms, BOXES[name] * 2, SIDES[name] * 2, strict=True)
    }
    assert {key: one.shape for key, one in given.items()} == wanted
    assert list(given) == [info.name for info in network(name, 80).outputs] == list(wanted)
    assert [info.shape for info in network(name, 80).outputs] == list(wanted.values())
    assert sum(one.size for key, one in given.items() if key.startswith("bbox_pred")) == 4 * priors
    assert sum(one.size for key, one in given.items() if key.startswith("cls_score")) == 81 * priors


@pytest.mark.parametrize(("name", "near"), list(zip(MMDET, (5e-5, 5e-5, 1e-6), strict=True)))
def test_outputs_are_those_of_the_project(name: str, near: float) -> None:
    """SSDLite to the last digit noted, in float64; those on VGG16 in float32, which was seen to round by 5e-6."""
    for (key, ours), theirs in zip(outputs(name).items(), UPSTREAM[name], strict=True):
        seen = (np.abs(ours).mean(dtype=np.float64), ours.flat[0], ours.flat[-1])
        np.testing.assert_allclose(seen, theirs, rtol=0, atol=near * theirs[0], err_msg=key)


@pytest.mark.parametrize("classes", [1, 20, 80])
@pytest.mark.parametrize("name", NETWORKS)
def test_classes_are_read_back_from_the_shapes(name: str, classes: int) -> None:
    held = [HeldTensor(key, shape, "float32") for key, shape in shapes(name, classes).items()]
    assert class_count(held) == classes


def test_the_first_map_is_scaled_to_length_one() -> None:
    given = picture((1, 5, 3, 2)).astype(np.float64)
    given[0, :, 1, 1] = 0
    layer = L2Norm(5)
    factors = np.array([20, 1, -3, 0.5, 7])
    layer.load_state_dict({"weight": torch.from_numpy(factors)}, assign=True)
    with torch.inference_mode():
        ours = layer(torch.from_numpy(given)).numpy()
    np.testing.assert_allclose(ours, by_place(given, factors), rtol=1e-9)


def by_place(given: NDArray[np.float64], factors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale each place by itself; a place of zeros stays."""
    scaled = given.copy()
    for row, column in np.ndindex(given.shape[2:]):
        values = given[0, :, row, column]
        scaled[0, :, row, column] = factors * values / (np.linalg.norm(values) or 1)
    return scaled


def test_two_states_of_one_formula_are_equal() -> None:
    """The formula is what makes the numbers above the same everywhere."""
    one = state("ultralight-face-slim-320", 1)["base_net.0.0.weight"]
    assert np.asarray(one).flat[0] == pytest.approx(-0.4714045, rel=1e-6)
