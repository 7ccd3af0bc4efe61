"""A folder of pages served on this machine; a page that is built again reloads in the browser, and only that one."""

import threading
from collections.abc import Iterable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

ASK = "/.zoo_tools/"
PATIENCE = 20.0
"""Seconds that a question of a page waits for its answer."""
# Asks again and again whether its page is newer than it was; the question waits on the server.
_SCRIPT = """<script>
(function ask(since) {
  fetch("%s" + since + location.pathname, {cache: "no-store"}).then(answer => answer.text()).then(
    said => said === "newer" ? location.reload() : ask(since), () => setTimeout(ask, 1000, since));
})(%d);
</script>"""


class Served:
    """Serves a folder while the `with` block lasts.

    Args:
        folder: the site.
        host: name or address of this machine.
        port: 0 for any that is free.
    """

    def __init__(self, folder: Path, host: str, port: int) -> None:
        self.changes = _Changes()
        handler = partial(_Handler, directory=str(folder), changes=self.changes)
        self._server = ThreadingHTTPServer((host, port), handler)
        self.url = f"http://{host}:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> "Served":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Changes:
    """Which pages were built again, and when; when is a count of builds."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._last: dict[str, int] = {}
        self.count = 0

    def add(self, pages: Iterable[str]) -> None:
        """Say that pages, by their paths such as `models/a/`, were built again."""
        with self._condition:
            self.count += 1
            self._last |= {f"/{page}": self.count for page in pages}
            self._condition.notify_all()

    def wait(self, page: str, since: int) -> bool:
        """Wait until a page is newer; tell whether it is."""
        with self._condition:
            return self._condition.wait_for(lambda: self._last.get(page, 0) > since, PATIENCE)


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *arguments: object, changes: _Changes, directory: str) -> None:
        self._changes = changes
        super().__init__(*arguments, directory=directory)  # type: ignore[arg-type]  # what socketserver passes on

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if path.startswith(ASK):
            self._answer(path.removeprefix(ASK))
        elif path.endswith(("/", ".html")):
            self._page(Path(self.translate_path(self.path)), path)
        else:
            super().do_GET()

    def _answer(self, question: str) -> None:
        since, _, page = question.partition("/")
        is_newer = since.isdecimal() and self._changes.wait(f"/{page}", int(since))
        self._send(b"newer" if is_newer else b"same", "text/plain")

    def _page(self, file: Path, path: str) -> None:
        count = self._changes.count  # before it is read: a build between the two reloads once too often, not too rarely
        try:
            content = (file / "index.html" if path.endswith("/") else file).read_bytes()
        except OSError:
            self.send_error(404)
            return
        script = (_SCRIPT % (ASK, count)).encode("utf-8")
        self._send(content.replace(b"</body>", script + b"</body>", 1), "text/html; charset=utf-8")

    def _send(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of single requests."""
