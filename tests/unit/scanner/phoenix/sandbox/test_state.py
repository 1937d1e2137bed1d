"""What each import type does to an assessment that has content, and that repeating does nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import Asset, AssetType, ImportType, finding_identity
from scanner.phoenix.sandbox.body import SoftwareBody, TagBody
from scanner.phoenix.sandbox.keep import Keep
from scanner.phoenix.sandbox.request import Assessment, ImportedAsset
from scanner.phoenix.sandbox.state import Assessments

SCAN = Assessment("scan", AssetType.CONTAINER)
OTHER_TYPE = Assessment("scan", AssetType.BUILD)
OTHER_NAME = Assessment("other", AssetType.CONTAINER)


def asset(image, names, *, tags=(), software=None, origin=None, text=""):
    attributes = {"dockerfile": image} | ({"origin": origin} if origin else {})
    findings = {
        finding_identity(name, "", []): b'{"name":"%s","description":"%s"}' % (name.encode(), text.encode()) for name in names
    }
    return ImportedAsset(Asset(AssetType.CONTAINER, attributes).key(), attributes, tuple(tags), software, findings)


def contents(state, assessment=SCAN):
    """Image → names of open findings, names of closed ones."""
    found = {}
    for stored in state.snapshot()[assessment].values():
        by_state = {"open": set(), "closed": set()}
        for finding in stored.findings.values():
            by_state[finding.state].add(finding.content["name"])
        found[stored.attributes["dockerfile"]] = ("".join(sorted(by_state["open"])), "".join(sorted(by_state["closed"])))
    return found


@pytest.fixture
def state():
    """Three assets with findings, one of them closed, and two assessments that nothing may touch."""
    state = Assessments()
    for assessment in (SCAN, OTHER_NAME, OTHER_TYPE):
        state.apply(ImportType.NEW, assessment, [asset("one", "abz"), asset("two", "ab"), asset("three", "c")])
        state.apply(ImportType.MERGE, assessment, [asset("one", "ab")])
    assert contents(state) == {"one": ("ab", "z"), "two": ("ab", ""), "three": ("c", "")}
    return state


def test_new_closes_in_the_whole_assessment(state):
    state.apply(ImportType.NEW, SCAN, [asset("one", "bd"), asset("four", "e")])
    assert contents(state) == {"one": ("bd", "az"), "two": ("", "ab"), "three": ("", "c"), "four": ("e", "")}


def test_merge_closes_on_named_assets_only(state):
    state.apply(ImportType.MERGE, SCAN, [asset("one", "bd"), asset("four", "e"), asset("three", "")])
    assert contents(state) == {"one": ("bd", "az"), "two": ("ab", ""), "three": ("", "c"), "four": ("e", "")}


def test_delta_never_closes(state):
    state.apply(ImportType.DELTA, SCAN, [asset("one", "d"), asset("four", "e"), asset("three", "")])
    assert contents(state) == {"one": ("abd", "z"), "two": ("ab", ""), "three": ("c", ""), "four": ("e", "")}


def test_an_empty_new_closes_everything(state):
    state.apply(ImportType.NEW, SCAN, [])
    assert contents(state) == {"one": ("", "abz"), "two": ("", "ab"), "three": ("", "c")}


@pytest.mark.parametrize("import_type", ImportType)
def test_a_finding_seen_again_reopens(state, import_type):
    state.apply(import_type, SCAN, [asset("one", "abz")])
    assert contents(state)["one"] == ("abz", "")


@pytest.mark.parametrize("import_type", ImportType)
def test_other_assessments_are_untouched(state, import_type):
    before = contents(state, OTHER_NAME), contents(state, OTHER_TYPE)
    state.apply(import_type, SCAN, [asset("one", "q")])
    assert (contents(state, OTHER_NAME), contents(state, OTHER_TYPE)) == before


@pytest.mark.parametrize("import_type", ImportType)
def test_an_asset_named_twice_is_named_with_all_that_both_say(state, import_type):
    state.apply(import_type, SCAN, [asset("two", "a"), asset("two", "d")])
    assert contents(state)["two"][0] == ("abd" if import_type is ImportType.DELTA else "ad")


def test_content_is_updated(state):
    state.apply(ImportType.DELTA, SCAN, [asset("three", "c", text="rewritten")])
    stored = next(stored for stored in state.snapshot()[SCAN].values() if stored.attributes["dockerfile"] == "three")
    (finding,) = stored.findings.values()
    assert finding.content == {"name": "c", "description": "rewritten"}


def test_assets_are_updated():
    state = Assessments()
    old, new = TagBody("1", "old"), TagBody("2", "new")
    software = SoftwareBody("v", "n", "1")
    state.apply(ImportType.MERGE, SCAN, [asset("one", "", tags=[old], software=(software,), origin="trivy")])
    state.apply(ImportType.MERGE, SCAN, [asset("one", "", tags=[new])])
    (stored,) = state.snapshot()[SCAN].values()
    assert stored.tags == [old, new]
    assert stored.software == [software]
    assert stored.attributes == {"dockerfile": "one", "origin": "trivy"}
    state.apply(ImportType.MERGE, SCAN, [asset("one", "", software=(), origin="grype")])
    (stored,) = state.snapshot()[SCAN].values()
    assert (stored.software, stored.attributes["origin"]) == ([], "grype")


def test_tags_of_existing_assets(state):
    key = asset("one", "").key
    assert state.unknown([key, b"nobody"]) == [b"nobody"]
    state.add_tags([TagBody("v", "k")], [key])
    tagged = {stored.attributes["dockerfile"]: stored.tags for stored in state.snapshot()[SCAN].values()}
    assert tagged == {"one": [TagBody("v", "k")], "two": [], "three": []}


def test_summary_counts(state):
    (summary,) = [line for line in state.summary() if (line.name, line.asset_type) == SCAN]
    assert (summary.assets, summary.open, summary.closed) == (3, 5, 1)
    assert summary.imports == {"new": 1, "merge": 1, "delta": 0}


def test_how_much_is_kept():
    content = b'{"name":"n","description":"long","location":"l","referenceIds":["CVE-1"]}'
    imported = ImportedAsset(b"k", {"dockerfile": "i"}, (), None, {finding_identity("n", "l", ["CVE-1"]): content})
    kept = {}
    for keep in Keep:
        state = Assessments(keep)
        state.apply(ImportType.NEW, SCAN, [imported])
        assert state.summary()[0].open == 1
        ((finding,),) = [stored.findings.values() for stored in state.snapshot()[SCAN].values()]
        kept[keep] = finding.content
    assert kept == {
        Keep.COUNTS: {},
        Keep.IDENTITIES: {"name": "n", "location": "l", "referenceIds": ["CVE-1"]},
        Keep.ALL: {"name": "n", "description": "long", "location": "l", "referenceIds": ["CVE-1"]},
    }


requests = st.tuples(
    st.sampled_from(ImportType),
    st.lists(st.builds(asset, st.sampled_from(["one", "two", "three"]), st.text(alphabet="abcd", max_size=4)), max_size=4),
)


@given(before=st.lists(requests, max_size=4), request=requests)
def test_the_rules_hold_whatever_was_there(before, request):
    """The page's table, written a second time as set arithmetic on names."""
    state = Assessments()
    for import_type, assets in before:
        state.apply(import_type, SCAN, assets)
    import_type, assets = request
    opened = {key: set(stored.open) for _, key, stored in state.assets()}
    known = {key: set(stored.open) | set(stored.closed) for _, key, stored in state.assets()}
    sent = {}
    for sent_asset in assets:
        sent.setdefault(sent_asset.key, set()).update(sent_asset.findings)
    state.apply(import_type, SCAN, assets)
    for _, key, stored in state.assets():
        closes = import_type is ImportType.NEW or (import_type is ImportType.MERGE and key in sent)
        still_open = set() if closes else opened.get(key, set())
        assert set(stored.open) == sent.get(key, set()) | still_open
        assert set(stored.closed) == known.get(key, set()) - set(stored.open)


@given(before=st.lists(requests, max_size=4), request=requests)
def test_sending_again_changes_nothing(before, request):
    state = Assessments()
    for import_type, assets in [*before, request]:
        state.apply(import_type, SCAN, assets)
    once = state.snapshot()
    state.apply(request[0], SCAN, request[1])
    assert state.snapshot() == once
