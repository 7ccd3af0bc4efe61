"""`validate` with several runtimes: what is demanded, what is welcome, and what is said where one is not there."""

import pytest

from tests.checks.more_formats import add_checkpoint, add_pair
from tests.checks.tiny_zoo import SUBJECT, Zoo
from tests.conftest import oracle
from zoo_tools.checks import engines, observing
from zoo_tools.checks.observation import Observation, Sight, observe
from zoo_tools.checks.running import Running
from zoo_tools.domain.findings import Status
from zoo_tools.domain.settings import SETTINGS, EngineName, Setting
from zoo_tools.errors import UnavailableError


@pytest.mark.parametrize(
    ("word", "fix"),
    [
        ("litrt", "Write `litert`."),
        ("OpenVINO", "Write `openvino`."),
        ("caffe", "Choose one of: litert, onnxruntime, openvino, torch."),
    ],
)
def test_an_unknown_engine_is_2_and_names_the_nearest(built: Zoo, word: str, fix: str) -> None:
    called = built.validate("--engine", word)
    assert (called.code, called.out) == (2, "")
    assert called.err == f"zoo_tools: there is no engine `{word}`.\n  → {fix}\n"


def without(name: EngineName, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a runtime not be installed."""

    def see(sight: Sight, setting: Setting, *, mutations: tuple[str, ...], running: Running) -> Observation:
        if setting.engine == name:
            raise UnavailableError(f"{name} cannot be imported.", fix=f"Install {name}.")
        return observe(sight, setting, mutations=mutations, running=running)

    monkeypatch.setitem(engines._MODULES, name, (f"no_{name}_here",))
    monkeypatch.setattr(observing, "observe", see)


def test_a_further_engine_that_is_not_installed_is_skipped_and_says_how_to_get_it(
    built: Zoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    without("openvino", monkeypatch)
    called = built.validate(SUBJECT)
    assert called.code == 0, called.out
    (outcome,) = called.report.of("engines-agree")
    assert outcome.status is Status.SKIPPED
    assert outcome.reason == "openvino is not installed: pip install 'zoo_tools[openvino]'"


def test_a_further_engine_that_does_not_load_is_skipped_too(built: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    without("openvino", monkeypatch)
    monkeypatch.setitem(engines._MODULES, "openvino", ("json",))
    called = built.validate(SUBJECT)
    assert called.code == 0, called.out
    (outcome,) = called.report.of("engines-agree")
    assert outcome.reason == "openvino does not work here: openvino cannot be imported. Install openvino."


def test_an_engine_that_is_asked_for_has_to_be_there(built: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    without("openvino", monkeypatch)
    called = built.validate(SUBJECT, "--engine", "openvino", "--engine", "litert")
    assert called.code == 3, called.out
    assert called.report.statuses("engines-agree") == {Status.UNAVAILABLE}
    allowed = built.validate(SUBJECT, "--engine", "openvino", "--engine", "litert", "--allow-unavailable")
    assert allowed.code == 0


def test_the_reference_has_to_be_there(built: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    without("litert", monkeypatch)
    called = built.validate(SUBJECT)
    assert called.code == 3, called.out
    (outcome,) = called.report.of("io-after-invoke")
    assert outcome.status is Status.UNAVAILABLE
    assert outcome.reason == "litert cannot be imported; Install litert."


def test_only_the_engine_that_is_asked_for_runs(zoo: Zoo) -> None:
    oracle("openvino")
    add_pair(zoo)
    report = zoo.validate("--engine", "openvino").report
    used = {(outcome.engine or "").partition(" ")[0] for outcome in report.outcomes}
    assert used == {"", "openvino"}
    # Both its formats are run by it, and what only another one could say is not asked.
    assert report.statuses("roles-proven") == {Status.PASSED}
    assert report.of("engines-agree") == []


def test_a_format_that_the_engine_does_not_read_says_so(built: Zoo) -> None:
    report = built.validate(SUBJECT, "--engine", "torch").report
    (outcome,) = report.of("io-after-invoke")
    assert outcome.status is Status.SKIPPED
    assert outcome.reason == "tflite files are not run by torch, which alone was asked for"


def test_every_engine_of_the_settings_can_be_looked_for() -> None:
    assert {setting.engine for settings in SETTINGS.values() for setting in settings} == set(engines._MODULES)


def test_a_checkpoint_without_a_network_and_a_keras_file_say_why_they_are_not_run(zoo: Zoo) -> None:
    oracle("torch")
    add_checkpoint(zoo)
    (outcome,) = zoo.validate("--engine", "torch").report.of("roles-proven", under="tiny_ssd/16/pth")
    assert outcome.reason == (
        "a checkpoint holds weights and no graph, and no `reference_network` is named to run them in"
    )
