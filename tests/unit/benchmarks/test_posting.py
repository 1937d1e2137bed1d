from benchmarks.by_hand import prepare
from benchmarks.place import Place
from benchmarks.posting import post
from benchmarks.service import Sandbox
from scanner.phoenix.sandbox.server import SandboxServer


def test_what_is_prepared_by_hand_is_the_whole_report_and_all_of_it_is_posted(tmp_path):
    place = Place(tmp_path)
    path = place.report("nuclei", 300, assets=40)
    prepared = prepare(path, place.empty_folder("by-hand"))
    assert prepared.findings == 300
    assert prepared.read_bytes > 0
    with SandboxServer() as server:
        seconds = post(prepared, Sandbox(server.url, server.client_id, server.client_secret), assessment_name="floor")
        (summary,) = server.summary()
    assert seconds > 0
    assert (summary.assets, summary.open) == (40, 300)


def test_a_report_is_made_once(tmp_path):
    place = Place(tmp_path)
    made = place.report("trivy", 10)
    written = made.stat().st_mtime_ns
    assert place.report("trivy", 10).stat().st_mtime_ns == written
