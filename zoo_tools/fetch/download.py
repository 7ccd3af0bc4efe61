"""One file from one address: redirects, retries and resuming, with an end.

Either the right bytes stand at the final name, or nothing new does and the error says why.
"""

import random
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from zoo_tools.errors import UnavailableError, WrongBytesError
from zoo_tools.fetch.answer import Answer
from zoo_tools.fetch.faults import Fault
from zoo_tools.fetch.goal import Goal
from zoo_tools.fetch.landing import Landing
from zoo_tools.fetch.location import Location, redirected
from zoo_tools.fetch.transport import Transport
from zoo_tools.fetch.verify import too_long
from zoo_tools.fetch.wanted import Progress

_DICE = random.SystemRandom()
_REDIRECTS = {301, 302, 303, 307, 308}
_PASSING = {408, 429}
_OF_HOST = {408, 429, 502, 503, 504}
_NOT_THERE = {404, 410}
_STRONG_ETAG = re.compile(r'"[\x21\x23-\x7e]*"')
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_ADVICE = {
    401: "log in at the address with a browser to see what it asks for; zoo_tools sends no passwords",
    403: "open the address in a browser: it may ask for a log-in or a licence to be accepted",
    404: "the file was moved or removed: look for its new address",
    410: "the file was moved or removed: look for its new address",
}


class NotThereError(UnavailableError):
    """The server says that it has no such file."""


class Download:
    """The state of one download over all its attempts.

    Args:
        goal: what is to come out.
        location: where to start.
        transport: carries out single requests.
        progress: told about every block.
    """

    def __init__(
        self, goal: Goal, location: Location, *, transport: Transport, progress: Progress | None = None
    ) -> None:
        self._goal = goal
        self._location = location
        self._transport = transport
        self._network = transport.network
        self._limits = transport.limits
        self._progress = progress
        self._requests = 0
        self._is_plain = True  # neither put together from two answers nor read from a connection that was used before
        self._anew = False
        self._may_resume = goal.size is not None

    def run(self, landing: Landing) -> None:
        """Let the right bytes be written; they are still to be kept.

        Raises:
            UnavailableError: no answer, a refusal, or a rule against asking.
            WrongBytesError: an answer, but not the right bytes.
        """
        try:
            self._receive(landing)
            if landing.is_taken_over and not landing.is_on_disk():
                raise WrongBytesError(f"{self._goal.filename} was changed by another process while it was written")
        except WrongBytesError:
            if self._is_plain:
                raise
            # Two versions may have been spliced, or another file's answer read: once more from zero.
            self._may_resume, self._anew = False, True
            self._receive(landing)
        self._network.patience.trust(self._location.authority)

    def _receive(self, landing: Landing) -> None:
        """Try until the body has come to its end."""
        best = start = landing.size
        idle = 0
        while True:
            self._network.sleep(self._network.patience.left(self._location.authority))
            try:
                return self._attempt(landing)
            except Fault as fault:
                self._network.check()
                needed = self._limits.rate * self._limits.window if fault.slow else 1
                idle = 0 if landing.size - best >= needed else idle + 1
                best = max(best, landing.size)
                self._pause(fault, idle, gave_nothing=best == start)

    def _attempt(self, landing: Landing) -> None:
        resuming = self._may_resume and landing.size > 0 and landing.etag is not None
        headers = {"Accept-Encoding": "identity"}
        if resuming:
            headers |= {"Range": f"bytes={landing.size}-", "If-Range": str(landing.etag)}
        with self._follow(headers) as answer:
            self._check_status(answer, resuming=resuming)
            if answer.status == HTTPStatus.PARTIAL_CONTENT:
                self._check_range(answer, landing)
                self._is_plain = False
            else:
                landing.restart(etag=_strong_etag(answer))
                self._is_plain = answer.is_first
            self._check_header(answer)
            self._take_body(answer, landing)

    def _follow(self, headers: Mapping[str, str]) -> Answer:
        """Ask, and go where redirects lead."""
        location = self._location
        seen = set()
        for _ in range(self._limits.redirects + 1):
            if location in seen:
                raise UnavailableError(f"{self._location.shown} redirects in a circle", fix=_ADVICE[404])
            seen.add(location)
            answer = self._transport.get(location, headers, count=self._count_request, anew=self._anew)
            if answer.status not in _REDIRECTS:
                return answer
            target = answer.header("Location")
            answer.leave()
            if not target:
                raise UnavailableError(f"{location.shown} redirects to nowhere", fix=_ADVICE[404])
            location = redirected(location, target)
        raise UnavailableError(
            f"{self._location.shown} redirects more than {self._limits.redirects} times", fix=_ADVICE[404]
        )

    def _count_request(self) -> None:
        if self._requests >= self._limits.requests:
            raise UnavailableError(
                f"{self._location.shown} did not give the file in {self._requests} requests", fix="try again later"
            )
        self._requests += 1

    def _check_status(self, answer: Answer, *, resuming: bool) -> None:
        status = answer.status
        if status == HTTPStatus.OK or (resuming and status == HTTPStatus.PARTIAL_CONTENT):
            return
        answer.leave()
        if resuming and status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            self._may_resume = False
            raise Fault("it cannot resume")
        if status in _PASSING or status >= 500:
            wait = _retry_after(answer.header("Retry-After"))
            raise Fault(f"HTTP {_named(status)}", wait=wait, of_host=status in _OF_HOST)
        kind = NotThereError if status in _NOT_THERE else UnavailableError
        raise kind(f"{self._location.shown} answers HTTP {_named(status)}, should be 200", fix=_ADVICE.get(status))

    def _check_range(self, answer: Answer, landing: Landing) -> None:
        """Append only what continues the very version that was begun."""
        part = _RANGE.fullmatch(answer.header("Content-Range"))
        etag = answer.header("ETag") or landing.etag
        last = self._goal.most - 1
        if etag != landing.etag or part is None or tuple(map(int, part.groups())) != (landing.size, last, last + 1):
            self._may_resume = False
            raise Fault("it cannot resume")

    def _check_header(self, answer: Answer) -> None:
        """Refuse from the header alone what would not be the file."""
        encoding = answer.header("Content-Encoding").lower()
        if encoding not in {"", "identity"}:
            raise UnavailableError(
                f"{self._location.shown} sends the file encoded, should send it as it is", fix="give another address"
            )
        goal, kind = self._goal, answer.header("Content-Type")
        if answer.length is not None and answer.length > goal.most:
            raise too_long(answer.length, goal.most, goal.filename, place=self._location.shown, content_type=kind)

    def _take_body(self, answer: Answer, landing: Landing) -> None:
        goal, place = self._goal, self._location.shown
        kind = answer.header("Content-Type")
        try:
            for block in self._counted(answer, landing):
                landing.write(block)
        except Fault:
            if goal.size is None or landing.size < goal.size:
                raise
            # All bytes are there; whether they are the right ones does not depend on a proper goodbye.
        if not answer.tells_its_end and (goal.size is None or landing.size < goal.size):
            raise Fault(f"the connection ends after {landing.size} of {goal.size or 'an unknown number of'} bytes")
        cut = landing.size > goal.most
        if wrong := goal.judge(landing.held, place=place, content_type=kind, cut=cut):
            raise wrong

    def _counted(self, answer: Answer, landing: Landing) -> Iterator[bytes]:
        """Let blocks through up to one byte too many, and report them."""
        total = answer.length or 0 if self._goal.size is None else self._goal.size
        self._report(landing.size, total)
        for block in answer.blocks():
            yield block[: self._goal.most + 1 - landing.size]
            if landing.size > self._goal.most:
                return
            self._report(landing.size, total)

    def _report(self, done: int, total: int) -> None:
        if self._progress is not None:
            self._progress(done, total, self._location.shown)

    def _pause(self, fault: Fault, idle: int, *, gave_nothing: bool) -> None:
        """Wait before the next attempt, or give up."""
        host, patience = self._location.authority, self._network.patience
        if fault.wait is not None and fault.wait > self._limits.retry_after:
            error = self._too_long_a_wait(fault.reason, fault.wait)
            if fault.of_host:
                patience.refuse(host, fault.wait, error)
            raise error from fault
        if idle >= patience.tries(host):
            if gave_nothing and fault.of_host:
                patience.doubt(host)
            raise UnavailableError(
                f"{self._location.shown} could not be read in {idle} tries: {fault.reason}",
                fix="check the network connection, or try again later",
            ) from fault
        pause = min(self._limits.pause * 2 ** max(idle - 1, 0), self._limits.longest_pause) * _DICE.uniform(0.5, 1)
        pause = max(fault.wait or 0, pause)
        if fault.of_host:
            patience.postpone(host, pause)
        self._network.sleep(pause)

    def _too_long_a_wait(self, reason: str, seconds: float) -> UnavailableError:
        until = datetime.fromtimestamp(min(time.time() + seconds, 253402300799), tz=UTC)
        return UnavailableError(
            f"{self._location.shown} answers {reason} and asks to wait {seconds:.0f} s, "
            f"longer than {self._limits.retry_after:g} s",
            fix=f"try again after {until:%Y-%m-%d %H:%M:%S} UTC",
        )


def _named(status: int) -> str:
    try:
        return f"{status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return str(status)


def _strong_etag(answer: Answer) -> str | None:
    etag = answer.header("ETag")
    return etag if _STRONG_ETAG.fullmatch(etag) else None


def _retry_after(text: str) -> float | None:
    """Seconds to wait, from either notation of Retry-After; None when there is none to understand."""
    if re.fullmatch(r"[0-9]+", text):
        return float(text[:12])
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
