"""Shell completion, asked for by a real bash; and names that are nearly right."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.checks.tiny_zoo import Zoo
from tests.cli.invoke import REPOSITORY, call
from zoo_tools.checks.explained import EXPLAINED
from zoo_tools.cli import COMMANDS

ASK = """
eval "$(zoo_tools completion bash)"
COMP_WORDS=(zoo_tools "$@")
COMP_CWORD=$#
COMPREPLY=()
_zoo_tools_completion zoo_tools
printf '%s\\n' "${COMPREPLY[@]}"
"""


PROGRAM = f"""#!/bin/sh
exec {sys.executable} -m zoo_tools "$@"
"""


def offered(*words: str, folder: Path = REPOSITORY) -> list[str]:
    """Return what bash offers for the last word."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("There is no bash.")
    with TemporaryDirectory() as programs:
        program = Path(programs) / "zoo_tools"
        program.write_text(PROGRAM, encoding="utf-8")
        program.chmod(0o755)
        path = f"{programs}:/usr/bin:/bin"
        ended = subprocess.run(
            [bash, "--norc", "-c", ASK, "bash", *words], capture_output=True, text=True, timeout=60, check=False,
            cwd=folder, env={"PYTHONPATH": str(REPOSITORY), "PATH": path, "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout.split()


def test_commands() -> None:
    assert sorted(offered("")) == sorted(COMMANDS)
    assert offered("val") == ["validate"]


def test_options() -> None:
    assert offered("validate", "--lev") == ["--level"]
    assert offered("validate", "--level", "s") == ["static"]
    assert "record" in offered("golden", "")


def test_subjects_model_by_model() -> None:
    models = [path.name for path in (REPOSITORY / "registry/models").iterdir()]
    assert sorted(offered("validate", "")) == sorted(models)
    assert offered("validate", "st_") == [
        "st_ssd_mobilenet_v1", "st_ssd_mobilenet_v1/025_192", "st_ssd_mobilenet_v1/025_224",
        "st_ssd_mobilenet_v1/025_256",
    ]  # fmt: skip
    assert offered("golden", "record", "example_shapes_ssd/shapes_96/onnx") == [
        "example_shapes_ssd/shapes_96/onnx", "example_shapes_ssd/shapes_96/onnx-int8",
    ]  # fmt: skip
    assert offered("show", "nothing") == []


def test_subjects_of_another_registry_and_of_a_draft(zoo: Zoo) -> None:
    zoo.edit("  labels: squares\n", "  labels: todo\n")
    words = ("pin", "--registry", str(zoo.registry), "tiny_ssd/16/")
    assert set(offered(*words)) == {"tiny_ssd/16/int8", "tiny_ssd/16/float"}


def test_no_registry_at_all(tmp_path: Path) -> None:
    assert offered("validate", "", folder=tmp_path) == []


def test_checks_engines_and_report_formats() -> None:
    assert offered("explain", "golden-de") == ["golden-detections"]
    assert len(offered("explain", "")) == len(EXPLAINED)
    assert offered("validate", "--engine", "lit") == ["litert"]
    assert "json" in offered("validate", "--format", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(shell: str) -> None:
    called = call("completion", shell)
    assert (called.code, called.err) == (0, "")
    assert "_ZOO_TOOLS_COMPLETE" in called.out


def test_a_shell_nobody_knows() -> None:
    called = call("completion", "ksh")
    assert (called.code, called.out) == (2, "")


@pytest.mark.parametrize(
    ("word", "fix"),
    [
        ("st_ssd_mobilenet_v2", "Write `st_ssd_mobilenet_v1`."),
        ("ST_SSD_MobileNet_V1", "Write `st_ssd_mobilenet_v1`."),
        ("025_192", "Write `st_ssd_mobilenet_v1/025_192`."),
        ("st_ssd_mobilenet_v1/25_192", "Write `025_192`."),
        ("st_ssd_mobilenet_v1/025_192/int8-v2.0.0", "Write `int8-v2.0.1`."),
        ("example_shapes_ssd/onnx", "Write `example_shapes_ssd/shapes_96/onnx`."),
        ("qqqqqq", "Choose one of: example_shapes_ssd, "),
    ],
)
def test_the_nearest_name_is_given(word: str, fix: str) -> None:
    called = call("show", word, "--registry", REPOSITORY / "registry")
    assert (called.code, called.out) == (2, "")
    assert fix in called.err


@pytest.mark.parametrize("word", ["registry/models/example_shapes_ssd", "registry/models/example_shapes_ssd/"])
def test_the_folder_of_a_model_is_a_subject(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    called = call("show", word)
    assert called.code == 0
    assert "example_shapes_ssd" in called.out


def test_a_check_that_is_nearly_one() -> None:
    called = call("explain", "Golden-Detection")
    assert (called.code, called.out) == (2, "")
    assert "Write `golden-detections`." in called.err
