"""What a change of the tool's own source makes be checked: all, some models, or nothing, by the level."""

import pytest

from tests.cli.invoke import REPOSITORY
from zoo_tools.checks.base import Level
from zoo_tools.checks.catalogue import CHECKS
from zoo_tools.checks.tool_changes import tool_reasons
from zoo_tools.registry.differing import Difference, Kind
from zoo_tools.registry.load import load_registry

REGISTRY = load_registry(REPOSITORY / "registry")


def reasons(*paths: str, level: Level) -> tuple[list[str], dict[str, set[str]]]:
    """Why everything is checked, and why some models of this zoo are."""
    differences = [Difference(Kind.CHANGED, path) for path in paths]
    everywhere, concerned = tool_reasons(differences, CHECKS, level)
    models = {why: {id_ for id_, entry in REGISTRY.models.items() if is_so(entry.value)} for why, is_so in concerned}
    return everywhere, models


@pytest.mark.parametrize(
    ("path", "first", "reason"),
    [
        ("zoo_tools/checks/ap_range.py", Level.STATIC, "check `ap-range` changed"),
        ("zoo_tools/checks/macs.py", Level.FILES, "check `macs` changed"),
        ("zoo_tools/checks/golden_raw.py", Level.RUN, "check `golden-raw` changed"),
        ("zoo_tools/checks/mini_accuracy.py", Level.ACCURACY, "check `mini-accuracy` changed"),
        ("zoo_tools/checks/sums.py", Level.STATIC, "zoo_tools/checks/sums.py changed"),
        ("zoo_tools/domain/manifest.py", Level.STATIC, "zoo_tools/domain/manifest.py changed"),
        ("zoo_tools/modelfile/read.py", Level.FILES, "zoo_tools/modelfile/read.py changed"),
        ("zoo_tools/inference/nms.py", Level.RUN, "zoo_tools/inference/nms.py changed"),
        ("zoo_tools/inference/decoders/outputs.py", Level.RUN, "zoo_tools/inference/decoders/outputs.py changed"),
        ("zoo_tools/evaluation/agreement.py", Level.RUN, "zoo_tools/evaluation/agreement.py changed"),
        ("constraints.txt", Level.STATIC, "constraints.txt changed"),
    ],
)
def test_what_decides_at_a_level_makes_everything_be_checked_from_there(path: str, first: Level, reason: str) -> None:
    for level in Level:
        assert reasons(path, level=level) == (([reason] if level.rank >= first.rank else []), {})


@pytest.mark.parametrize(
    "path",
    ["zoo_tools/cli/validate.py", "zoo_tools/site/page.py", "zoo_tools/report/run.py", "zoo_tools/exchange/settings.py",
     "zoo_tools/__main__.py", "zoo_tools/py.typed"],
)  # fmt: skip
def test_what_decides_nothing_makes_nothing_be_checked(path: str) -> None:
    assert reasons(path, level=Level.ACCURACY) == ([], {})


def test_a_decoder_concerns_what_is_decoded_by_it() -> None:
    path = "zoo_tools/inference/decoders/anchor_tensor_corner_offsets.py"
    assert reasons(path, level=Level.FILES) == ([], {})
    everywhere, models = reasons(path, level=Level.RUN)
    (found,) = models.values()
    assert not everywhere
    assert "st_ssd_mobilenet_v1" in found
    assert "mmdet_ssd" not in found


def test_an_engine_concerns_what_it_runs() -> None:
    _, models = reasons("zoo_tools/inference/engines/torch.py", level=Level.RUN)
    (found,) = models.values()
    assert "ultralight_face_slim_320" in found
    assert "st_ssd_mobilenet_v1" not in found


def test_many_files_are_one_reason() -> None:
    paths = [f"zoo_tools/domain/{name}.py" for name in "abcde"]
    everywhere, _ = reasons(*paths, level=Level.STATIC)
    assert everywhere == ["zoo_tools/domain/a.py changed, and so did 4 more files of the tool"]
