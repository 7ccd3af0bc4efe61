"""The lock file of `fetch --lock`: which bytes each artifact was, so that the next fetch gives the same or an error.

It names bytes, never addresses or paths of a machine, and is written in one order: it is made to be committed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zoo_tools.errors import UnavailableError, UsageError, WrongBytesError
from zoo_tools.fetch.wanted import Wanted

_MOST = 4 << 20
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Locked:
    """The bytes of one artifact.

    Args:
        filename: plain name.
        sha256: 64 lower-case hex digits.
        size: bytes.
        companions: the files it is nothing without, by name.
    """

    filename: str
    sha256: str
    size: int
    companions: tuple["Locked", ...] = ()


def locked_of(wanted: Wanted, companions: Sequence[Wanted] = ()) -> Locked:
    """Say what to lock for an artifact and its companions."""
    beside = tuple(sorted(map(locked_of, companions), key=lambda one: one.filename))
    return Locked(wanted.filename, wanted.sha256, wanted.size, beside)


def read_lock(path: Path) -> dict[str, Locked]:
    """Read a lock file: artifacts by subject. A file that does not exist yet locks nothing.

    Raises:
        UnavailableError: it cannot be read.
        UsageError: it is no lock file.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error.strerror}", fix="make it a readable file") from None
    try:
        return _locked(data)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        fix = "name another file, or remove this one to lock anew"
        raise UsageError(f"{path} is not a lock file of format {_FORMAT}", fix=fix) from None


def _locked(data: bytes) -> dict[str, Locked]:
    tree = json.loads(data.decode("utf-8"))
    if len(data) > _MOST or tree["format"] != _FORMAT:
        raise ValueError
    return {
        subject: locked_of(_wanted(said), [_wanted(one) for one in said.get("companions", ())])
        for subject, said in tree["artifacts"].items()
    }


def _wanted(said: Mapping[str, str]) -> Wanted:
    return Wanted(said["filename"], said["sha256"], int(said["size"]))  # refuses what is no hash or name


def lock_text(locked: Mapping[str, Locked]) -> str:
    """Write a lock file, the same for the same artifacts."""
    artifacts = {subject: _tree(one) for subject, one in sorted(locked.items())}
    return json.dumps({"format": _FORMAT, "artifacts": artifacts}, indent=1) + "\n"


def _tree(one: Locked) -> dict[str, object]:
    tree: dict[str, object] = {"filename": one.filename, "sha256": one.sha256, "size": one.size}
    return tree | ({"companions": [_tree(beside) for beside in one.companions]} if one.companions else {})


def check_lock(locked: Mapping[str, Locked], subject: str, now: Locked, *, path: Path) -> Locked:
    """Say what to lock for an artifact.

    Args:
        locked: what is locked.
        subject: name of the artifact.
        now: what its manifest says now.
        path: the lock file, for the message.

    Raises:
        WrongBytesError: other bytes are locked.
    """
    before = locked.get(subject, now)
    fix = f"find out why it changed; if it should, remove `{subject}` from the lock file and fetch again"
    if (before.sha256, before.size) != (now.sha256, now.size):
        raise WrongBytesError(
            f"{path} locks {subject} to sha256 {before.sha256} of {before.size} bytes, "
            f"its manifest now says {now.sha256} of {now.size} bytes",
            fix=fix,
        )
    if before.companions != now.companions:
        differing = sorted({one.filename for one in {*before.companions} ^ {*now.companions}})
        raise WrongBytesError(
            f"{path} locks {subject} with other companions than its manifest now says: {', '.join(differing)}", fix=fix
        )
    return now
