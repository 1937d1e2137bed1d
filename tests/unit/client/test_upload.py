import io
from pathlib import Path

import pytest

from client.sdk.endpoint import Endpoint
from client.sdk.options import AssetType, SubmitOptions
from client.sdk.upload import open_upload


def test_counts_again_when_it_is_read_again() -> None:
    seen: list[tuple[int, int | None]] = []
    with open_upload(io.BytesIO(b"x" * 10), filename="a", on_progress=lambda *counts: seen.append(counts)) as upload:
        for _ in range(2):
            upload.reader.seek(0)
            assert upload.reader.read(6) + upload.reader.read(6) == b"x" * 10
    assert seen == [(6, 10), (10, 10)] * 2


def test_a_path_is_closed_and_a_stream_is_not(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "r.json"
    path.parent.mkdir()
    path.write_bytes(b"{}")
    with path.open("rb") as stream:
        with open_upload(stream, filename=None, on_progress=None) as upload:
            assert upload.filename == "r.json"
        assert not stream.closed
    with open_upload(path, filename=None, on_progress=None) as upload:
        assert (upload.filename, upload.repeatable, upload.reader.total) == ("r.json", True, 2)


def test_the_size_of_a_pipe_is_not_asked_of_its_descriptor() -> None:
    """It would be 0, and the upload would be cut to nothing."""
    with open_upload(io.BytesIO(b"x"), filename="a", on_progress=None) as upload, pytest.raises(OSError, match="fileno"):
        upload.reader.fileno()


def test_only_what_was_chosen_is_sent() -> None:
    assert SubmitOptions().form() == {}
    chosen = SubmitOptions(
        asset_type=AssetType.CODE, anonymize=True, max_batch_size=7, max_payload_mb=2.5, webhook_headers={"A": "é"}
    )
    assert chosen.form() == {
        "asset_type": "CODE",
        "anonymize": "true",
        "max_batch_size": "7",
        "max_payload_mb": "2.5",
        "webhook_headers": '{"A":"é"}',
    }


@pytest.mark.parametrize(
    ("url", "socket_url"),
    [
        ("http://127.0.0.1:8000", "ws://127.0.0.1:8000/ws/job-1?after=3"),
        ("https://example.com/scans/", "wss://example.com/scans/ws/job-1?after=3"),
        ("https://[::1]:8443", "wss://[::1]:8443/ws/job-1?after=3"),
    ],
)
def test_the_websocket_is_beside_the_api(url: str, socket_url: str) -> None:
    assert Endpoint(url).socket_url("job-1", after=3) == socket_url


@pytest.mark.parametrize("url", ["", "127.0.0.1:8000", "ftp://example.com", "http://"])
def test_a_url_that_is_none(url: str) -> None:
    with pytest.raises(ValueError, match="not an http or https URL"):
        Endpoint(url)


def test_a_key_is_not_shown() -> None:
    assert "hidden" not in repr(Endpoint("http://a", "hidden"))
