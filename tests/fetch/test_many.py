"""Several files at once: connections are kept, a host's patience is everybody's, and ending it ends all of it."""

import hashlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.conftest import REPOSITORY
from tests.fetch.conftest import QUICK
from tests.fetch.server import Exchange, LyingServer, wanted
from zoo_tools.errors import UnavailableError, WrongBytesError, ZooToolsError
from zoo_tools.fetch import Cache, Fetched, Fetcher, HostRules, Wanted, WebMirror

CONTENTS = [f"weights {at} ".encode() * 500 for at in range(40)]


def serve(server: LyingServer, *, answer: Callable[[Exchange, bytes], None] | None = None) -> list[Wanted]:
    """Offer all files; each answer keeps the connection open, unless another one is given."""

    def route(content: bytes) -> Callable[[Exchange], None]:
        return lambda exchange: answer(exchange, content) if answer else exchange.answer(200, content)

    return [wanted(content, server.serve(f"/{at}", route(content))) for at, content in enumerate(CONTENTS)]


def errors(outcomes: list[tuple[Wanted, Fetched | ZooToolsError]]) -> list[ZooToolsError]:
    return [outcome for _, outcome in outcomes if isinstance(outcome, ZooToolsError)]


def test_every_file_arrives_and_equal_ones_once(server: LyingServer, fetcher: Fetcher) -> None:
    files = serve(server)
    outcomes = list(fetcher.fetch_many([*files, *files], jobs=8))
    assert not errors(outcomes)
    assert {one.sha256 for one, _ in outcomes} == {one.sha256 for one in files}
    assert all(outcome.path.read_bytes() == CONTENTS[files.index(one)]
               for one, outcome in outcomes if isinstance(outcome, Fetched))  # fmt: skip
    assert len(server.requests) == len(files)


def keeping(exchange: Exchange) -> None:
    """Answer every request that comes over this connection."""
    path = exchange.request.target
    while path:
        exchange.answer(200, CONTENTS[int(path[1:])])
        head = exchange.connection.recv(65536).decode()
        path = head.split(" ")[1] if head else ""


def test_connections_are_kept(server: LyingServer, fetcher: Fetcher) -> None:
    server.fallback = keeping
    files = [wanted(content, server.url(f"/{at}")) for at, content in enumerate(CONTENTS)]
    assert not errors(list(fetcher.fetch_many(files, jobs=4)))
    assert server.connections <= 4
    fetcher.fetch(wanted(b"x" * 9, server.serve("/single", lambda exchange: exchange.answer(200, b"x" * 9))))
    assert server.requests[-1].headers["connection"] == "close"


def test_words_out_of_turn_are_not_taken_for_the_next_answer(server: LyingServer, fetcher: Fetcher) -> None:
    evil = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"

    def talkative(exchange: Exchange, content: bytes) -> None:
        exchange.answer(200, content)
        exchange.send(evil * 3)
        exchange.stall(0.05)

    assert not errors(list(fetcher.fetch_many(serve(server, answer=talkative), jobs=4)))


def test_one_wrong_file_does_not_stop_the_others(server: LyingServer, fetcher: Fetcher) -> None:
    files = serve(server)
    server.serve("/7", lambda exchange: exchange.answer(200, b"x" * len(CONTENTS[7])))
    server.serve("/8", lambda exchange: exchange.answer(404))
    failed = errors(list(fetcher.fetch_many(files, jobs=4)))
    assert sorted(type(error).__name__ for error in failed) == ["NotThereError", "WrongBytesError"]


def test_no_more_downloads_at_a_time_than_asked_for(server: LyingServer, fetcher: Fetcher) -> None:
    running: list[int] = [0, 0]
    lock = threading.Lock()

    def slowly(exchange: Exchange, content: bytes) -> None:
        with lock:
            running[0] += 1
            running[1] = max(running)
        time.sleep(0.02)
        exchange.answer(200, content[:-1], Content_Length=str(len(content)))
        time.sleep(0.01)
        with lock:
            running[0] -= 1
        exchange.send(content[-1:])

    assert not errors(list(fetcher.fetch_many(serve(server, answer=slowly), jobs=3)))
    assert running[1] == 3


def test_a_host_that_asks_for_patience_is_given_it_by_all(server: LyingServer, cache: Cache) -> None:
    asked: list[float] = []
    refused = threading.Event()

    def busy(exchange: Exchange, content: bytes) -> None:
        asked.append(time.monotonic())
        if not refused.is_set():
            refused.set()
            exchange.answer(429, Retry_After="1")
        else:
            exchange.answer(200, content)

    fetcher = Fetcher(cache, hosts=HostRules.of([], [server.authority]), limits=QUICK)
    assert not errors(list(fetcher.fetch_many(serve(server, answer=busy)[:12], jobs=2)))
    started = [moment - asked[0] for moment in asked]
    assert len([moment for moment in started if 0.1 < moment < 0.9]) <= 1  # the other download that was under way


def test_a_host_that_asks_for_a_day_is_asked_once(server: LyingServer, fetcher: Fetcher) -> None:
    files = serve(server, answer=lambda exchange, _: exchange.answer(429, Retry_After="86400"))
    failed = errors(list(fetcher.fetch_many(files, jobs=1)))
    assert len(failed) == len(files)
    assert {type(error) for error in failed} == {UnavailableError}
    assert len(server.requests) == 1


def test_a_host_that_is_gone_is_waited_for_once(cache: Cache, server: LyingServer) -> None:
    with LyingServer() as gone:
        base = gone.url("")
        authority = gone.authority
    rules = HostRules.of([], [server.authority, authority])
    fetcher = Fetcher(
        cache, mirrors=[WebMirror(base)], hosts=rules, limits=replace(QUICK, pause=0.1, longest_pause=0.1)
    )
    files = serve(server)[:10]
    start = time.monotonic()
    outcomes = list(fetcher.fetch_many(files, jobs=1))
    assert time.monotonic() - start < 1.5  # three tries of one file, one of each other
    assert not errors(outcomes)
    tries = [outcome.warnings[0] for _, outcome in outcomes if isinstance(outcome, Fetched)]
    assert sum("in 3 tries: connection refused" in warning for warning in tries) == 1
    assert sum("in 1 tries: connection refused" in warning for warning in tries) == 9


def test_what_a_mirror_lacks_is_no_warning(server: LyingServer, cache: Cache) -> None:
    hosts = HostRules.of([], [server.authority])
    fetcher = Fetcher(cache, mirrors=[WebMirror(server.url("/zoo"))], hosts=hosts, limits=QUICK)
    file = serve(server)[0]
    assert fetcher.fetch(file).warnings == ()
    with pytest.raises(UnavailableError, match=r"the mirror http://127.*/zoo does not hold model\.tflite$"):
        fetcher.fetch(replace(wanted(b"nobody has it")))


def test_who_stops_looking_stops_the_downloads(server: LyingServer, fetcher: Fetcher) -> None:
    def first_only(exchange: Exchange, content: bytes) -> None:
        if content == CONTENTS[0]:
            exchange.answer(200, content)
        else:
            exchange.answer(200, content[:100], Content_Length=str(len(content)))
            exchange.stall(30)

    start = time.monotonic()
    for _, outcome in fetcher.fetch_many(serve(server, answer=first_only), jobs=8):
        assert isinstance(outcome, Fetched)
        break
    assert time.monotonic() - start < 4
    assert not [thread for thread in threading.enumerate() if "zoo_tools" in thread.name and not thread.daemon]


def test_a_resolver_that_never_answers_ends(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait(20))
    fetcher = Fetcher(cache, hosts=HostRules.of(["slow.example"]), limits=replace(QUICK, connect=0.2, tries=2))
    start = time.monotonic()
    with pytest.raises(UnavailableError, match=r"in 2 tries: the name slow.example cannot be looked up within 0\.2 s$"):
        fetcher.fetch(wanted(b"x", "https://slow.example/m"))
    answered.set()
    assert time.monotonic() - start < 2


@pytest.mark.parametrize("kind", ["sha384", "sha512", "md5", "sha256_prefix"])
def test_further_digests_are_verified_as_well(kind: str, server: LyingServer, fetcher: Fetcher, cache: Cache) -> None:
    file = serve(server)[0]
    right = file.sha256[:8] if kind == "sha256_prefix" else hashlib.new(kind, CONTENTS[0]).hexdigest()
    wrong = ("0" if right[0] != "0" else "1") + right[1:]
    with pytest.raises(WrongBytesError, match=f", should (be|begin with) {wrong}$"):
        fetcher.fetch(replace(file, digests=((kind, wrong),)))
    assert not cache.path_of(file).exists()
    good = replace(file, digests=((kind, right),))
    assert fetcher.fetch(good).source == "download"
    assert fetcher.fetch(good).source == "cache"
    with pytest.raises(WrongBytesError):
        fetcher.fetch(replace(file, digests=((kind, wrong),), urls=()))
    assert cache.path_of(file).exists()


def refusing_over_and_over(exchange: Exchange) -> None:
    """Keep the connection after answers that nobody wants, and give the files at last."""
    path = exchange.request.target
    while path:
        place = path.removeprefix("/start")
        if path.startswith("/start"):
            exchange.answer(302, b"<html>moved</html>", Location=place)
        elif path.startswith("/zoo"):
            exchange.answer(404, b"<html>no such file</html>")
        else:
            exchange.answer(200, CONTENTS[int(place[1:])])
        head = exchange.connection.recv(65536).decode()
        path = head.split(" ")[1] if head else ""


def test_connections_are_kept_over_redirects_and_refusals(server: LyingServer, cache: Cache) -> None:
    server.fallback = refusing_over_and_over
    hosts = HostRules.of([], [server.authority])
    fetcher = Fetcher(cache, mirrors=[WebMirror(server.url("/zoo"))], hosts=hosts, limits=QUICK)
    files = [wanted(content, server.url(f"/start/{at}")) for at, content in enumerate(CONTENTS)]
    assert not errors(list(fetcher.fetch_many(files, jobs=4)))
    assert server.connections <= 4


@pytest.mark.parametrize("body", [None, 0.3, 3.0])
def test_a_redirect_whose_body_does_not_come_costs_its_connection_and_a_second(
    body: float | None, server: LyingServer, fetcher: Fetcher
) -> None:
    def moved(exchange: Exchange) -> None:
        exchange.answer(302, b"", Location="/3", Content_Length=None if body is None else "20")
        exchange.stall(body or 3)

    server.serve("/3", lambda exchange: exchange.answer(200, CONTENTS[3]))
    start = time.monotonic()
    outcomes = list(fetcher.fetch_many([wanted(CONTENTS[3], server.serve("/start", moved))], jobs=1))
    assert not errors(outcomes)
    assert time.monotonic() - start < 2.5


def test_broken_connections_count_as_requests(server: LyingServer, cache: Cache) -> None:
    """Each is broken off where it is used again, which by itself is no failure and not waited for."""
    stubborn = replace(QUICK, tries=100, pause=0, longest_pause=0)

    def breaking(exchange: Exchange) -> None:
        exchange.answer(503, b"busy")
        if exchange.connection.recv(65536):
            server.requests.append(exchange.request)

    fetcher = Fetcher(cache, hosts=HostRules.of([], [server.authority]), limits=stubborn)
    outcomes = list(fetcher.fetch_many([wanted(CONTENTS[0], server.serve("/m", breaking))], jobs=1))
    assert "did not give the file in 20 requests" in errors(outcomes)[0].message
    assert 11 < len(server.requests) <= 20


PROGRAM = """
import json, resource, sys
from pathlib import Path
from zoo_tools.fetch import Cache, Fetched, Fetcher, HostRules, Wanted
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
folder, host, files = json.load(sys.stdin)
fetcher = Fetcher(Cache(Path(folder)), hosts=HostRules.of([], [host]))
outcomes = list(fetcher.fetch_many([Wanted(*one, (url,)) for *one, url in files], jobs=64))
print(*(one for _, one in outcomes if not isinstance(one, Fetched)))
"""


def test_sixty_four_downloads_at_a_time_fit_into_one_gib_of_address_space(server: LyingServer, cache: Cache) -> None:
    contents = [f"weights {at} ".encode() * 500 for at in range(160)]
    server.fallback = lambda exchange: exchange.answer(200, contents[int(exchange.request.target[1:])])
    files = [wanted(content, server.url(f"/{at}")) for at, content in enumerate(contents)]
    given = json.dumps(
        [str(cache.folder), server.authority, [(one.filename, one.sha256, one.size, *one.urls) for one in files]]
    )
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=given, capture_output=True, text=True, cwd=REPOSITORY, timeout=60,
        check=False,
    )  # fmt: skip
    assert (run.returncode, run.stdout.strip(), run.stderr) == (0, "", "")
    assert all(cache.path_of(one).read_bytes() == content for one, content in zip(files, contents, strict=True))
