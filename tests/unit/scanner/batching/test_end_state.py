"""In whatever order and with whatever repetitions its plan allows, a cut import ends as one giant request would have.

The oracle is the memory of the sandbox, which does what the three import types say.
"""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from scanner.batching import AssetFindings, Limits, Piece, cut, order, overhead_bytes, request_body
from scanner.model import Asset, AssetType, ImportType
from scanner.phoenix.sandbox.checks import read_import
from scanner.phoenix.sandbox.state import Assessments

NAME = "nightly"
IDENTIFYING = {AssetType.CONTAINER: "dockerfile", AssetType.BUILD: "buildFile"}

asset_ids = st.tuples(st.sampled_from(list(IDENTIFYING)), st.integers(0, 7))
scans = st.dictionaries(asset_ids, st.dictionaries(st.integers(0, 9), st.integers(0, 200), max_size=10), max_size=9)
import_types = st.sampled_from(list(ImportType))


def groups(scan):
    for (asset_type, number), found in scan.items():
        attributes = {IDENTIFYING[asset_type]: f"asset {number}"}
        head = msgspec.json.encode({"attributes": attributes, "tags": [{"value": "scanned"}]})[:-1]
        findings = [
            msgspec.json.encode(
                {"name": f"CVE-{n}", "description": "d", "remedy": "r", "severity": 5.0, "details": {"padding": "x" * padding}}
            )
            for n, padding in found.items()
        ]
        yield AssetFindings(Asset(asset_type, attributes).key(), asset_type, head, findings)


def send(state: Assessments, body: bytes) -> None:
    request = read_import(body)
    state.apply(request.import_type, request.assessment, request.assets)


def send_giant(state: Assessments, scan, import_type: ImportType) -> None:
    """One request per asset type with everything in it."""
    for piece in cut(groups(scan), Limits(10**6, 10**9), overhead_bytes=0):
        send(state, request_body(import_type, NAME, piece.asset_type, piece.body))


@given(
    prior=st.lists(st.tuples(scans, import_types), max_size=2),
    scan=scans,
    import_type=import_types,
    max_assets=st.integers(1, 4),
    room=st.integers(400, 2000),
    chance=st.randoms(use_true_random=False),
)
def test_batches_leave_what_one_giant_request_leaves(prior, scan, import_type, max_assets, room, chance):
    expected, actual = Assessments(), Assessments()
    for earlier_scan, earlier_type in prior:
        send_giant(expected, earlier_scan, earlier_type)
        send_giant(actual, earlier_scan, earlier_type)
    send_giant(expected, scan, import_type)

    overhead = overhead_bytes(NAME)
    pieces = list(cut(groups(scan), Limits(max_assets, overhead + room), overhead_bytes=overhead))
    assert all(isinstance(piece, Piece) for piece in pieces)
    batches = order([piece.info(place) for place, piece in enumerate(pieces)], import_type)
    imported: set[int] = set()
    while len(imported) < len(batches):
        # A repetition may come at any time until a batch that needs it has left.
        held_back = {number for batch in batches if batch.number in imported for number in batch.needs}
        sendable = [batch for batch in batches if imported.issuperset(batch.needs) and batch.number not in held_back]
        batch = chance.choice(sendable)
        piece = pieces[batch.piece.place]
        send(actual, request_body(batch.import_type, NAME, batch.piece.asset_type, piece.body))
        imported.add(batch.number)

    assert actual.snapshot() == expected.snapshot()


@given(scan=scans, import_type=import_types, room=st.integers(400, 2000))
def test_no_batch_stands_before_one_that_it_needs(scan, import_type, room):
    pieces = cut(groups(scan), Limits(3, room), overhead_bytes=0)
    batches = order([piece.info(place) for place, piece in enumerate(pieces) if isinstance(piece, Piece)], import_type)

    before: set[int] = set()
    for batch in batches:
        assert before.issuperset(batch.needs)
        before.add(batch.number)
