"""Whatever one file or this machine does, the other models are checked, and the exit code says what happened."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.acceptance.real_zoo import MODEL, PINNED, VARIANTS, RealZoo, original
from tests.cli.invoke import Called
from zoo_tools.checks import observation
from zoo_tools.confinement.limits import WorkerLimits
from zoo_tools.domain.address import resolve, value_at
from zoo_tools.domain.findings import Finding, Location, Status
from zoo_tools.domain.settings import Delegate, EngineName
from zoo_tools.inference.worker import CHILD, CompanionFile, Worker

CHILDREN = Path(__file__).parent / "children"

VICTIM, *OTHERS = VARIANTS
SUBJECT = f"{MODEL}/{VICTIM}/{PINNED}"
SHA256 = str(value_at(original().value, resolve(original().value, f"variants[{VICTIM}].artifacts[{PINNED}].sha256")))


@pytest.fixture
def with_mirror(real: RealZoo, tmp_path: Path) -> tuple[RealZoo, Path]:
    """A copy of the registry with a second mirror, for files of our own."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    return RealZoo(real.registry, [*real.mirrors, folder]), folder


def others_are_proven(called: Called) -> bool:
    statuses = [called.report.statuses("golden-detections", under=f"{MODEL}/{other}/") for other in OTHERS]
    return statuses == [{Status.PASSED}] * len(OTHERS)


def the_error(called: Called, check: str) -> Finding:
    (error,) = [one for one in called.report.errors if one.check == check]
    return error


@pytest.mark.parametrize("half", [0.5, 0.999])
def test_a_truncated_file(with_mirror: tuple[RealZoo, Path], mirror: Path, half: float) -> None:
    real, folder = with_mirror
    whole = (mirror / SHA256 / f"{MODEL}_{VICTIM}_int8.tflite").read_bytes()
    real.swap(VICTIM, whole[: int(len(whole) * half)], mirror=folder)
    called = real.validate_process() if half == 0.5 else real.validate()
    assert (called.code, called.err) == (1, "")
    assert "is not a sound tflite file: it is cut short or damaged" in the_error(called, "file-kind").message
    assert called.report.statuses("golden-detections", under=SUBJECT) == {Status.SKIPPED}
    assert others_are_proven(called)


def test_a_text_that_is_called_a_model(with_mirror: tuple[RealZoo, Path]) -> None:
    real, folder = with_mirror
    real.swap(VICTIM, b"404: Not Found\n", mirror=folder)
    called = real.validate_process()
    assert (called.code, called.err) == (1, "")
    error = the_error(called, "file-kind")
    assert error.message == f"{MODEL}_{VICTIM}_int8.tflite is a text; format tflite should be a TFLite model"
    assert others_are_proven(called)


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("segfault", "The worker opening `{}` died of SIGSEGV after "),
        ("killed", "The worker running `{}` died of SIGKILL after "),
        ("hang", "The worker running `{}` gave no answer within 1 s."),
        ("memory", "`{}` takes more than 4 GiB of memory."),
    ],
)
def test_a_model_that_ends_its_worker(real: RealZoo, monkeypatch: pytest.MonkeyPatch, what: str, sentence: str) -> None:
    def worker(
        path: Path, *, sha256: str, format: str, engine: EngineName, delegate: Delegate,
        companions: Sequence[CompanionFile], network: str | None,
    ) -> Worker:  # fmt: skip
        limits = WorkerLimits(run_seconds=1.0 if sha256 == SHA256 else 60.0)
        child = (str(CHILDREN / "wrecker.py"), what, SHA256) if engine == "litert" else CHILD
        return Worker(
            path, sha256=sha256, format=format, engine=engine, delegate=delegate, companions=companions,
            network=network, limits=limits, child=child,
        )  # fmt: skip

    monkeypatch.setattr(observation, "Worker", worker)
    called = real.validate()
    assert (called.code, called.err) == (1, "")
    error = the_error(called, "io-after-invoke")
    assert error.subject == SUBJECT
    assert error.message.startswith(sentence.format(f"{MODEL}_{VICTIM}_int8.tflite"))
    assert error.location == Location(str(real.manifest), *place_of(f"variants[{VICTIM}].artifacts[{PINNED}].sha256"))
    assert {one.check for one in called.report.errors} == {"io-after-invoke"}
    assert called.report.statuses("golden-detections", under=SUBJECT) == {Status.SKIPPED}
    assert others_are_proven(called)


def place_of(address: str) -> tuple[int, int]:
    place = original().locate(resolve(original().value, address))
    return place.line, place.column


HIDES_RUNTIMES = """
import sys
from importlib.abc import MetaPathFinder

class Hidden(MetaPathFinder):
    def find_spec(self, fullname, path, target=None):
        if fullname in ("ai_edge_litert", "tflite_runtime"):
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)

sys.meta_path.insert(0, Hidden())
"""


@pytest.fixture
def without_a_runtime(tmp_path: Path) -> dict[str, str]:
    """The environment of a Python, and of its children, in which no runtime is installed."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(HIDES_RUNTIMES, encoding="utf-8")
    return {"PYTHONPATH": f"{folder}:{Path(__file__).resolve().parents[2]}"}


def test_a_machine_without_a_runtime(real: RealZoo, without_a_runtime: dict[str, str]) -> None:
    called = real.validate_process(environment=without_a_runtime)
    assert (called.code, called.err) == (3, "")
    lacking = called.report.of("io-after-invoke", under=f"{MODEL}/{VICTIM}/{PINNED}")
    (reason,) = [one.reason for one in lacking]
    assert reason == (
        f"`{MODEL}_{VICTIM}_int8.tflite` cannot be run: neither ai-edge-litert nor tflite-runtime is installed; "
        "Install the runtime: pip install 'zoo_tools[litert]'"
    )
    assert called.report.statuses("file-hash") == {Status.PASSED}
    assert not called.report.errors


def test_a_machine_without_a_runtime_may_be_allowed(real: RealZoo, without_a_runtime: dict[str, str]) -> None:
    called = real.validate_process("--allow-unavailable", environment=without_a_runtime)
    assert (called.code, called.err) == (0, "")
    skipped = [
        one for one in called.report.of("io-after-invoke") if "could not check, and that is allowed" in str(one.reason)
    ]
    assert len(skipped) == 3
    assert not called.report.with_status(Status.UNAVAILABLE)


def test_without_the_files_and_offline(real_registry: RealZoo) -> None:
    called = real_registry.validate_process()
    assert (called.code, called.err) == (3, "")
    (reason,) = {one.reason for one in called.report.of("file-size", under=SUBJECT)}
    assert reason == (
        f"{MODEL}_{VICTIM}_int8.tflite could not be fetched: it is not in the cache, and offline no request is made; "
        "run without --offline, or give a mirror that holds it"
    )
    assert called.report.statuses("ram-total") == {Status.PASSED}
    assert called.report.statuses("golden-detections") == {Status.SKIPPED}


def test_a_finding_outweighs_what_could_not_be_checked(real_registry: RealZoo) -> None:
    real_registry.next_digit(f"variants[{VICTIM}].accuracy[float].ap")
    assert real_registry.validate().code == 1


def test_one_digit_of_a_pictures_sha256(real: RealZoo) -> None:
    path = real.registry / "images" / "cat.yaml"
    before, mark, after = path.read_text(encoding="utf-8").partition('sha256: "')
    path.write_text(before + mark + ("1" if after[0] != "1" else "2") + after[1:], encoding="utf-8")
    called = real.validate(SUBJECT)
    assert (called.code, called.err) == (1, "")
    assert {(one.check, one.location) for one in called.report.errors} == {
        ("golden-current", Location(str(path), before.count("\n") + 1, len(mark))),
        ("picture-size", Location(str(path), before.count("\n") + 1, len(mark))),
        ("io-after-invoke", Location(str(real.manifest), *place_of(f"variants[{VICTIM}].golden[cat].image"))),
    }
