"""`fetch` against curl and sha256sum, over loopback: one large file, many small ones, a file that is there already.

What is timed is the command line, start-up included, unless a name says otherwise; both sides ask the same server.
Ratios are of times: 1.25 for the large file is 0.8 times the rate of `curl | tee FILE | sha256sum`.

curl neither hashes what it writes nor makes it durable, so that small files have two yardsticks: curl alone, and curl,
sha256sum and sync.
"""

import atexit
import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.fetch_zoo import ZOO, make_zoo
from benchmarks.measure import Benchmark
from zoo_tools.errors import ZooToolsError
from zoo_tools.fetch import Cache, Fetcher, HostRules, Wanted

_FAR = 0.02
"""Seconds a server on the network takes to answer: on loopback alone, only the speed of the two programs counts."""
_COUNT = 500
_JOBS = 8
_MOST = 1.3


def fetch_benchmarks(folder: Path) -> list[Benchmark]:
    """Benchmarks that make their files and servers when they are first run."""
    large, held = _Large(folder / "large"), _Held(folder / "held")
    near, far = _Small(folder / "near"), _Small(folder / "far", seconds=_FAR)
    return [
        Benchmark("fetch-1gb", large.run, "curl | tee | sha256sum", large.reference, most_ratio=1.25),
        Benchmark("fetch-start", near.run_one, "curl of one file", near.curl_one),
        Benchmark("fetch-500", near.run, "curl --parallel", near.curl, count=_COUNT, most_ratio=_MOST),
        Benchmark("fetch-500-durable", near.run, "curl, sha256sum, sync", near.durable, count=_COUNT, most_ratio=_MOST),
        Benchmark(
            "fetch-500-started", near.run_started, "curl, sha256sum, sync", near.durable, count=_COUNT, most_ratio=_MOST
        ),
        Benchmark("fetch-500-20ms", far.run, "curl --parallel, 20 ms", far.curl, count=_COUNT, most_ratio=_MOST),
        Benchmark("fetch-held", held.run, "sha256sum", held.reference, most_ratio=1.2),
    ]


@dataclass
class _Bench:
    folder: Path
    seconds: float = 0

    @cached_property
    def _files(self) -> list[Wanted]:
        raise NotImplementedError

    @cached_property
    def _host(self) -> str:
        make_zoo(self.folder / "registry", self._files)
        return self._serve()

    def file(self, size: int, name: str, *, seed: bytes) -> Wanted:
        """Make a file of the mirror; its content is random and the same every time."""
        content = hashlib.shake_256(seed).digest(min(size, 1 << 20))
        digest, path = hashlib.sha256(), self.folder / "mirror" / "new"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            for start in range(0, size, len(content)):
                block = content[: size - start]
                file.write(block)
                digest.update(block)
        final = path.with_name(digest.hexdigest()) / name
        final.parent.mkdir(exist_ok=True)
        path.rename(final)
        return Wanted(name, digest.hexdigest(), size)

    def _serve(self) -> str:
        """Start a server of the mirror and return its host and port."""
        command = [sys.executable, "-m", "benchmarks.fetch_server", str(self.folder / "mirror"), str(self.seconds)]
        server = subprocess.Popen(command, cwd=ZOO.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert server.stdin is not None  # as asked for
        assert server.stdout is not None
        atexit.register(server.stdin.close)
        return f"127.0.0.1:{server.stdout.readline().strip()}"

    def url(self, wanted: Wanted) -> str:
        """Return the address of a file."""
        return f"http://{self._host}/{wanted.sha256}/{wanted.filename}"

    def fetch(self, *words: str, cache: Path) -> int:
        """Run the command line on the registry and return its peak memory, in KiB."""
        host = self._host
        command = [sys.executable, "-m", "zoo_tools", "fetch", *words, "--registry", str(self.folder / "registry"),
                   "--mirror", f"http://{host}", "--allow-host", host]  # fmt: skip
        process = subprocess.Popen(command, cwd=ZOO.parent, env={**os.environ, "ZOO_TOOLS_CACHE": str(cache)},
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)  # fmt: skip
        assert process.stderr is not None  # as asked for
        with process.stderr:
            said = process.stderr.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(said)
        return usage.ru_maxrss

    def emptied(self, name: str) -> Path:
        """Return a folder without anything in it."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        return self.new(name)

    def new(self, name: str) -> Path:
        """Return a folder that was not there: to remove hundreds of files takes longer than to write them."""
        path = self.folder / name
        while path.exists():
            path = path.with_name(f"{path.name}+")
        path.mkdir(parents=True)
        return path


class _Large(_Bench):
    @cached_property
    def _files(self) -> list[Wanted]:
        return [self.file(1 << 30, "large.tflite", seed=b"large")]

    def run(self) -> int:
        return self.fetch("--all", cache=self.emptied("cache"))

    def reference(self) -> None:
        url, file = self.url(self._files[0]), self.emptied("curl") / "large"
        subprocess.run(f"curl -s {url} | tee {file} | sha256sum > /dev/null", shell=True, check=True)  # noqa: S602


class _Small(_Bench):
    @cached_property
    def _files(self) -> list[Wanted]:
        return [self.file(20_000, f"small{at}.tflite", seed=str(at).encode()) for at in range(_COUNT)]

    def run(self) -> int:
        return self.fetch("--all", "--jobs", str(_JOBS), cache=self.new("cache"))

    def run_one(self) -> None:
        self.fetch("files_0000/all/small0", cache=self.new("cache"))

    def run_started(self) -> None:
        """The same work in this process: without what it takes to start one and to read the registry."""
        fetcher = Fetcher(Cache(self.new("cache")), hosts=HostRules.of([], [self._host]))
        files = [Wanted(one.filename, one.sha256, one.size, (self.url(one),)) for one in self._files]
        for _, outcome in fetcher.fetch_many(files, jobs=_JOBS):
            if isinstance(outcome, ZooToolsError):
                raise outcome

    def curl(self) -> Path:
        """Fetch them all, and return where they are."""
        folder = self.new("curl")
        lines = [f'url = "{self.url(one)}"\noutput = "{folder / one.filename}"\n' for one in self._files]
        command = ["curl", "--silent", "--fail", "--parallel", "--parallel-max", str(_JOBS), "--config", "-"]
        subprocess.run(command, input="".join(lines), text=True, check=True, capture_output=True)
        return folder

    def curl_one(self) -> None:
        subprocess.run(["curl", "--silent", "--output", "/dev/null", self.url(self._files[0])], check=True)

    def durable(self) -> None:
        """What curl leaves to be done, as many at a time as there are downloads."""
        folder = self.curl()
        names = "".join(f"{folder / one.filename}\0" for one in self._files)
        each = ["xargs", "-0", "-P", str(_JOBS), "-n", str(-(-_COUNT // _JOBS))]
        for command in ("sha256sum", "sync"):
            subprocess.run([*each, command], input=names, text=True, check=True, stdout=subprocess.DEVNULL)


class _Held(_Bench):
    @cached_property
    def _wanted(self) -> Wanted:
        return self.file(100_000_000, "held.tflite", seed=b"held")

    def run(self) -> None:
        wanted = self._wanted
        if Fetcher(Cache(self.folder / "mirror"), offline=True).fetch(wanted).source != "cache":
            raise RuntimeError("the file is not in the cache")

    def reference(self) -> None:
        wanted = self._wanted
        path = self.folder / "mirror" / wanted.sha256 / wanted.filename
        subprocess.run(["sha256sum", str(path)], check=True, stdout=subprocess.DEVNULL)
