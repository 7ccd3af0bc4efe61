"""The code on cards is run as it stands: it makes the very input that the recordings were made with."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import oracle
from tests.site.building import REAL, Site
from tests.site.cards import CARDS, card, section, variant_of
from zoo_tools.domain.manifest import Artifact, GoldenCase
from zoo_tools.domain.references import Picture
from zoo_tools.registry.golden import read_golden

RUN = """
import hashlib, json, sys
exec(open(sys.argv[1], encoding="utf-8").read())
outputs = {name: globals()[name].tobytes() for name in sys.argv[2:]}
print(json.dumps({"input": hashlib.sha256(image.tobytes()).hexdigest()}
    | {name: hashlib.sha256(data).hexdigest() for name, data in outputs.items()}))
"""
# Enough of the header for a compiler to check what is called with what.
C_API = """
#include <stdint.h>
#include <stddef.h>
typedef struct TfLiteModel TfLiteModel;
typedef struct TfLiteInterpreter TfLiteInterpreter;
typedef struct TfLiteInterpreterOptions TfLiteInterpreterOptions;
typedef struct TfLiteTensor TfLiteTensor;
typedef enum { kTfLiteOk, kTfLiteError } TfLiteStatus;
TfLiteModel *TfLiteModelCreateFromFile(const char *path);
TfLiteInterpreter *TfLiteInterpreterCreate(const TfLiteModel *model, const TfLiteInterpreterOptions *options);
TfLiteStatus TfLiteInterpreterAllocateTensors(TfLiteInterpreter *interpreter);
TfLiteTensor *TfLiteInterpreterGetInputTensor(const TfLiteInterpreter *interpreter, int32_t index);
const TfLiteTensor *TfLiteInterpreterGetOutputTensor(const TfLiteInterpreter *interpreter, int32_t index);
TfLiteStatus TfLiteTensorCopyFromBuffer(TfLiteTensor *tensor, const void *data, size_t size);
TfLiteStatus TfLiteInterpreterInvoke(TfLiteInterpreter *interpreter);
void *TfLiteTensorData(const TfLiteTensor *tensor);
"""


def snippet(site: Site, model: str, variant: str, language: str) -> str | None:
    for details in (one for part in section(card(site, model, variant), "run-it") for one in part.select("details")):
        summary, code = details.select("summary")[0], details.select("pre")
        if summary.get_text() == language and code:
            return code[0].get_text()
    return None


def fetched(site: Site, model: str, variant: str) -> Artifact | None:
    """Return the file the card says how to run."""
    for part in section(card(site, model, variant), "run-it"):
        for pre in part.select("pre"):
            if pre.get_text().strip().startswith("zoo_tools fetch "):
                name = pre.get_text().strip().rpartition("/")[2]
                return next(one for one in variant_of(site, model, variant).artifacts if one.id == name)
    return None


def held(sha256: str, path: Path, mirror: Path | None) -> Path | None:
    """Return a file that the registry holds itself, or that the mirror has."""
    if path.is_file():
        return path
    folder = mirror / sha256 if mirror is not None else None
    return next(folder.iterdir()) if folder is not None and folder.is_dir() else None


def picture_of(site: Site, case: GoldenCase, mirror: Path | None) -> Path | None:
    picture: Picture = site.registry.images[case.image].value
    return held(picture.sha256, REAL / (picture.path or "nowhere"), mirror)


def test_cards_of_recorded_tflite_files_have_code(real_site: Site) -> None:
    shown = 0
    for model, variant in CARDS:
        stated = variant_of(real_site, model, variant)
        recorded = {case.artifact for case in stated.golden}
        if any(one.id in recorded and one.format == "tflite" for one in stated.artifacts):
            shown += 1
            assert snippet(real_site, model, variant, "Python") is not None, (model, variant)
            assert snippet(real_site, model, variant, "C") is not None, (model, variant)
    assert shown >= 5


@pytest.mark.parametrize(("model", "variant"), CARDS)
def test_python_code_runs_and_gives_what_was_recorded(
    model: str, variant: str, real_site: Site, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    code, artifact = snippet(real_site, model, variant, "Python"), fetched(real_site, model, variant)
    if code is None or artifact is None or artifact.sha256 is None or artifact.tensors is None:
        return  # a card with no file to run, or with an open contract, has none
    oracle("ai_edge_litert" if artifact.format == "tflite" else "onnxruntime")
    cases = [one for one in variant_of(real_site, model, variant).golden if one.artifact == artifact.id]
    folder = real_site.registry.models[model].path.parent
    mirror = request.getfixturevalue("mirror") if artifact.path is None else None
    file = held(artifact.sha256, folder / (artifact.path or "nowhere"), mirror)
    if file is None or not cases:
        pytest.skip("the file is not at hand, or nothing was recorded of it")
    shutil.copy(file, tmp_path / artifact.filename)
    (tmp_path / "snippet.py").write_text(code, encoding="utf-8")
    names = [spec.slot.replace(".", "_") for spec in artifact.tensors.outputs]
    for case in cases:
        picture = picture_of(real_site, case, mirror)
        if picture is None:
            continue
        shutil.copy(picture, tmp_path / "picture.png")
        run = subprocess.run(
            [sys.executable, "-c", RUN, "snippet.py", *names],
            cwd=tmp_path,
            env=os.environ | {"PYTHONWARNINGS": ""},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        recorded = read_golden(folder / case.file)
        assert f'"input": "{recorded.input_sha256}"' in run.stdout, case.image
        assert all(f'"{name}": "' in run.stdout for name in names)


def test_the_outputs_are_bound_to_their_names(real_site: Site, tmp_path: Path) -> None:
    """The example's file gives each output its own shape, so a mistaken order would show."""
    code, artifact = snippet(real_site, "example_shapes_ssd", "shapes_96", "Python"), None
    artifact = fetched(real_site, "example_shapes_ssd", "shapes_96")
    assert code is not None
    assert artifact is not None
    assert artifact.tensors is not None
    oracle("ai_edge_litert")
    folder = real_site.registry.models["example_shapes_ssd"].path.parent
    shutil.copy(folder / str(artifact.path), tmp_path / artifact.filename)
    shutil.copy(REAL / "datasets/example-shapes-val/images/010.png", tmp_path / "picture.png")
    shapes = "\n".join(f"print({spec.slot}.shape, {spec.slot}.dtype)" for spec in artifact.tensors.outputs)
    (tmp_path / "snippet.py").write_text(f"{code}\n{shapes}\n", encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "snippet.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    stated = [f"({', '.join(map(str, spec.shape))}) {spec.dtype}" for spec in artifact.tensors.outputs]
    assert run.stdout.split("\n")[: len(stated)] == stated, run.stderr


@pytest.mark.parametrize(("model", "variant"), CARDS)
def test_c_code_compiles_against_the_runtimes_header(model: str, variant: str, real_site: Site, tmp_path: Path) -> None:
    code = snippet(real_site, model, variant, "C")
    compiler = shutil.which("cc")
    if code is None:
        return  # of files that TensorFlow Lite does not read
    if compiler is None:
        pytest.skip("this machine has no C compiler")
    header = tmp_path / "tensorflow" / "lite" / "c" / "c_api.h"
    header.parent.mkdir(parents=True)
    header.write_text(C_API, encoding="utf-8")
    include, _, body = code.partition("\n")
    (tmp_path / "main.c").write_text(f"{include}\nint main(void) {{\n{body}\nreturn 0;\n}}\n", encoding="utf-8")
    options = ["-fsyntax-only", "-std=c99", "-Wall", "-Werror", "-Wno-unused-variable", f"-I{tmp_path}"]
    run = subprocess.run(
        [compiler, *options, "main.c"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr


def test_digests_of_the_tests_are_those_of_the_registry(real_site: Site) -> None:
    artifact = fetched(real_site, "example_shapes_ssd", "shapes_96")
    assert artifact is not None
    path = real_site.registry.models["example_shapes_ssd"].path.parent / str(artifact.path)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == artifact.sha256
