"""`up` on a cluster, where something is in the way: one sentence, not a traceback."""

from pathlib import Path
from typing import Any

import pytest
from ray.exceptions import RayActorError

from cluster.errors import ClusterUnavailableError
from jobs_store.errors import StoreUnavailableError
from serve_app.embedded import on_cluster
from serve_app.embedded.data_folder import DataFolder
from serve_app.errors import StartError


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ClusterUnavailableError("importer-0", "it does not end"), "importer-0 cannot be reached"),
        (StoreUnavailableError("nobody listens"), "nobody listens"),
        (TimeoutError("the proxies do not serve"), "the proxies do not serve"),
        (RayActorError(error_msg="Traceback\n  a frame\nthe node has gone"), "the node has gone"),
    ],
)
def test_what_is_in_the_way_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception, said: str) -> None:
    def fail(*_arguments: Any, **_options: Any) -> None:
        raise error

    monkeypatch.setattr(on_cluster.configuration, "on_cluster", lambda _folder: None)
    monkeypatch.setattr(on_cluster, "_connect", lambda: None)
    monkeypatch.setattr(on_cluster, "start_on_ray", fail)
    with pytest.raises(StartError, match=said) as caught:
        on_cluster.bring_up(DataFolder(tmp_path), host="127.0.0.1", port=1)
    assert "a frame" not in str(caught.value)
