"""A file of the registry that this machine may not look at: neither a bug nor a finding, and never green."""

import errno
from pathlib import Path

import pytest

from tests.checks.examples import apply
from tests.checks.tiny_zoo import Zoo
from zoo_tools.domain.findings import Status


def test_a_folder_that_may_not_be_looked_into(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(zoo, {"hold": "tiny_int8.tflite"})
    is_file = Path.is_file

    def refuse(path: Path) -> bool:
        if path.parent.name == "files":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return is_file(path)

    monkeypatch.setattr(Path, "is_file", refuse)
    called = zoo.validate("--no-cache", "--jobs", "1", level="files")
    (outcome,) = called.report.of("files-held")
    assert (called.code, outcome.status) == (3, Status.UNAVAILABLE)
    assert "cannot be looked at: Permission denied" in (outcome.reason or "")
