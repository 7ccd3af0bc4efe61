"""Bytes by hash: the cache first, then mirrors in the order given, then the file's own addresses.

A source that fails or holds wrong bytes does not hide the next one, and is not hidden by it: it stays as a warning.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import assert_never

from zoo_tools.errors import UnavailableError, WrongBytesError, ZooToolsError
from zoo_tools.fetch.cache import Cache
from zoo_tools.fetch.crew import Crew
from zoo_tools.fetch.landing import Landing
from zoo_tools.fetch.leftovers import Origin, writers
from zoo_tools.fetch.limits import Limits
from zoo_tools.fetch.location import HostRules, parse_location
from zoo_tools.fetch.mirror import FolderMirror, HeldFiles, Mirror, MistypedHashError, NotInMirrorError, WebMirror
from zoo_tools.fetch.network import Network
from zoo_tools.fetch.verify import ContradictedError, MistypedSizeError, difference
from zoo_tools.fetch.wanted import Fetched, Packed, Progress, Source, Wanted

ProgressOf = Callable[[Wanted], Progress | None]
"""Gives each file of several its own listener."""

_AT_DISK = 4
"""Threads besides those that download."""
_LOOK = 0.05
"""Seconds between two looks at what a neighbour has written."""


class Fetcher:
    """Finds or downloads files and hands over only verified ones; may be used from several threads.

    Args:
        cache: downloads are stored here.
        mirrors: looked into before a file's own addresses.
        offline: make no request at all.
        hosts: hosts that may be asked.
        limits: of one download.
        progress: told about every block of a download.
    """

    def __init__(
        self,
        cache: Cache,
        *,
        mirrors: Sequence[Mirror] = (),
        offline: bool = False,
        hosts: HostRules | None = None,
        limits: Limits | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.cache = cache
        self.offline = offline
        self.hosts = HostRules() if hosts is None else hosts
        self.network = Network(Limits() if limits is None else limits)
        self._mirrors = tuple(mirrors)
        self._progress = progress
        self._turns: dict[str, threading.RLock] = {}
        self._lock = threading.Lock()

    def fetch(self, wanted: Wanted, *, progress: Progress | None = None) -> Fetched:
        """Get a file.

        Args:
            wanted: the file.
            progress: told about this file instead of the fetcher's own listener.

        Raises:
            WrongBytesError: a source has the file, but with other bytes, and no source has the right ones.
            MistypedHashError: a mirror proves that the hash asked for is a typing error; no further source is asked.
            MistypedSizeError: the bytes prove that the size asked for is one.
            ContradictedError: the bytes prove that a further digest is one.
            UnavailableError: no source has it, or none may be asked.
        """
        with self._turn(wanted.sha256):
            return self._fetch(wanted, progress or self._progress)

    def fetch_many(
        self,
        wanted: Sequence[Wanted],
        *,
        jobs: int,
        progress_of: ProgressOf | None = None,
        then: Callable[[Wanted, Fetched], None] | None = None,
    ) -> Iterator[tuple[Wanted, Fetched | ZooToolsError]]:
        """Get several files at once, each distinct one once, over connections that stay open.

        Args:
            wanted: the files.
            jobs: how many downloads at a time.
            progress_of: gives each file its listener.
            then: is called with each file as soon as it is there, in the thread that fetched it.

        Yields:
            Each file with what became of it, as they are done. Ending the iteration early ends the downloads.
        """
        self.network.keep_lines(jobs)
        files = list(dict.fromkeys(wanted))
        # More threads than downloads: a disk takes its time to make a file durable, too.
        crew = Crew(files, lambda one: self._outcome(one, progress_of, then), threads=jobs + min(jobs, _AT_DISK))
        try:
            for _ in files:
                yield crew.next()
        except BaseException:
            self.network.stop()
            raise
        finally:
            crew.end()
            self.network.hang_up()

    def _outcome(
        self, wanted: Wanted, progress_of: ProgressOf | None, then: Callable[[Wanted, Fetched], None] | None
    ) -> Fetched | ZooToolsError:
        try:
            self.network.check()
            fetched = self.fetch(wanted, progress=progress_of(wanted) if progress_of else None)
            if then is not None:
                then(wanted, fetched)
        except ZooToolsError as error:
            return error
        return fetched

    @contextmanager
    def _turn(self, sha256: str) -> Iterator[None]:
        """Let threads that want the same bytes do so one after the other: the second finds them in the cache."""
        with self._lock:
            turn = self._turns.setdefault(sha256, threading.RLock())
        with turn:
            yield

    def _fetch(self, wanted: Wanted, progress: Progress | None) -> Fetched:
        notes: list[str] = []
        failures: list[ZooToolsError] = []
        try:
            if cached := self.cache.find(wanted):
                return Fetched(wanted, cached, "cache")
        except (MistypedSizeError, ContradictedError):
            raise
        except WrongBytesError as error:  # this machine's fault, not the file's: it does not decide the outcome
            notes.append(error.message)
        for attempt in self._attempts(wanted, progress):
            try:
                found = attempt()
            except (MistypedHashError, MistypedSizeError, ContradictedError):
                raise
            except (UnavailableError, WrongBytesError) as error:
                failures.append(error)
            else:
                notes += [error.message for error in failures if not isinstance(error, NotInMirrorError)]
                return replace(found, warnings=(*notes, *found.warnings))
        raise self._failure(wanted, failures, notes=notes)

    def _attempts(self, wanted: Wanted, progress: Progress | None) -> Iterator[Callable[[], Fetched]]:
        """Every source after the cache, in order, to be called."""
        for mirror in self._mirrors:
            match mirror:
                case FolderMirror():
                    yield partial(_from_folder, mirror, wanted)
                case HeldFiles():
                    # Said by the registry, not by a user: where it holds no such file there is nothing to tell.
                    if wanted.sha256 in mirror.files:
                        yield partial(_from_registry, mirror, wanted)
                case WebMirror():
                    if not self.offline:
                        yield partial(self._from_web, mirror, wanted, progress)
                case _:
                    assert_never(mirror)
        if wanted.packed is not None:
            yield partial(self._unpacked, wanted, wanted.packed, progress)
        if not self.offline:
            for url in wanted.urls:
                yield partial(self._download, wanted, url, self.hosts, source="download", progress=progress)

    def _from_web(self, mirror: WebMirror, wanted: Wanted, progress: Progress | None) -> Fetched:
        from zoo_tools.fetch.download import NotThereError  # noqa: PLC0415 - as below

        url = mirror.url_of(wanted)
        hosts = self.hosts.with_host_of(parse_location(url))
        try:
            return self._download(wanted, url, hosts, source="mirror", progress=progress)
        except NotThereError:
            raise mirror.lacks(wanted) from None

    def _download(
        self, wanted: Wanted, url: str, hosts: HostRules, *, source: Source, progress: Progress | None
    ) -> Fetched:
        # urllib3 and ssl take 0.1 s to import: only who downloads pays for them.
        from zoo_tools.fetch.download import Download  # noqa: PLC0415
        from zoo_tools.fetch.goal import Goal  # noqa: PLC0415
        from zoo_tools.fetch.transport import Transport  # noqa: PLC0415

        location, limits = parse_location(url), self.network.limits
        hosts.check(location)
        if found := self._from_neighbour(wanted):
            return Fetched(wanted, found, "cache")
        path = self.cache.path_of(wanted)
        origin = Origin(url, wanted.size) if wanted.size >= limits.resume_from else None
        transport = Transport(hosts, self.network)
        with Landing(path, digests=wanted.digests, origin=origin) as landing:
            with self.network.slot:
                Download(Goal.of(wanted, limits), location, transport=transport, progress=progress).run(landing)
            landing.keep()
        return Fetched(wanted, path, source, location.shown)

    def _from_neighbour(self, wanted: Wanted) -> Path | None:
        """Let another process finish that downloads the same file, as long as it gets on, and take its bytes.

        It only saves traffic: who sees no neighbour, or loses patience with one, downloads for himself.
        """
        path, seen, since = self.cache.path_of(wanted), None, 0.0
        while now := writers(path):
            if now != seen:
                seen, since = now, time.monotonic()
            elif time.monotonic() - since > self.network.limits.silence:
                return None
            self.network.sleep(_LOOK)
        with suppress(WrongBytesError):
            return self.cache.find(wanted)  # even when nobody was seen: he may have ended before the first look
        return None

    def _unpacked(self, wanted: Wanted, packed: Packed, progress: Progress | None) -> Fetched:
        """Take the file out of its archive, which is fetched like any other file."""
        from zoo_tools.fetch.unpack import unpack  # noqa: PLC0415 - zipfile and tarfile take 30 ms to import

        archive = self.fetch(packed.archive, progress=progress)
        path = self.cache.path_of(wanted)
        with Landing(path, digests=wanted.digests) as landing:
            unpack(archive.path, packed.member, landing, most=wanted.size)
            place = f"{packed.member} in {packed.archive.filename}"
            if wrong := difference(landing.held, wanted, place=place):
                raise wrong
            landing.keep()
        return Fetched(wanted, path, archive.source, archive.url, archive.warnings)

    def _failure(self, wanted: Wanted, failures: list[ZooToolsError], *, notes: list[str]) -> ZooToolsError:
        """One error that tells what every source lacked."""
        if len(failures) == 1 and not notes and not self.offline:
            return failures[0]
        reasons = [*notes, *(error.message for error in failures)]
        fix = failures[-1].fix if failures else "give a mirror that holds it, or the address of a download"
        if self.offline:
            reasons.append("it is not in the cache, and offline no request is made")
            fix = "run without --offline, or give a mirror that holds it"
        elif not wanted.origins:
            reasons.append("it has no download address")
        message = f"{wanted.filename} could not be fetched: {'; '.join(dict.fromkeys(reasons))}"
        for error in failures:
            if isinstance(error, WrongBytesError):
                return WrongBytesError(message, fix=error.fix)
        return UnavailableError(message, fix=fix)


def _from_registry(mirror: HeldFiles, wanted: Wanted) -> Fetched:
    return Fetched(wanted, mirror.find(wanted), "registry")


def _from_folder(mirror: FolderMirror, wanted: Wanted) -> Fetched:
    return Fetched(wanted, mirror.find(wanted), "mirror")
