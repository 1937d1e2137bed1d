from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import ClassVar

import pytest

from benchmarks.load import RefusedRequestError, Request, drive, ping, upload


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    came: ClassVar[Counter[str]] = Counter()
    connections: ClassVar[set[tuple[str, int]]] = set()
    turn = Lock()

    def do_GET(self) -> None:
        with self.turn:
            self.came[self.path] += 1
            self.connections.add(self.client_address)
        self.send_response(404 if self.path == "/wrong" else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def url() -> Iterator[str]:
    Answers.came, Answers.connections = Counter(), set()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_every_request_is_sent_once_over_as_many_connections_as_clients(url):
    requests = [Request("GET", f"/{number}", None, {}) for number in range(50)]
    assert drive(url, requests, clients=4) > 0
    assert Answers.came == Counter({f"/{number}": 1 for number in range(50)})
    assert len(Answers.connections) <= 4


def test_a_refusal_is_not_counted_as_a_success(url):
    with pytest.raises(RefusedRequestError, match="/wrong was answered with 404: ok"):
        drive(url, [ping(), Request("GET", "/wrong", None, {})], clients=1)


def test_an_upload_is_a_form_with_the_file_and_its_fields():
    request = upload("key", "report.json", b"{}", scanner_type="trivy")
    assert request.body is not None
    assert request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    for part in (b'filename="report.json"', b'name="scanner_type"', b"\r\n\r\ntrivy\r\n"):
        assert part in request.body
