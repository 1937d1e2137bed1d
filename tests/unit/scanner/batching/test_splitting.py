"""What becomes of a body that Phoenix finds too large."""

import msgspec
import pytest

from scanner.batching import Half, split
from scanner.batching.splitting import name_of
from scanner.model import ImportType

NEW, MERGE, DELTA = ImportType.NEW, ImportType.MERGE, ImportType.DELTA


def body(*assets: list[str]) -> bytes:
    return msgspec.json.encode(
        [
            {"attributes": {"ip": f"10.0.0.{n}"}, "tags": [{"value": "t"}], "findings": [{"name": name} for name in findings]}
            for n, findings in enumerate(assets)
        ]
    )


def findings(half: Half) -> list[list[str]]:
    return [[finding["name"] for finding in asset["findings"]] for asset in msgspec.json.decode(half.assets)]


@pytest.mark.parametrize(("whole", "first", "second"), [(NEW, NEW, MERGE), (MERGE, MERGE, MERGE), (DELTA, DELTA, DELTA)])
def test_several_assets_are_halved_by_number(whole, first, second):
    one, two = split(body(["a"], ["b", "c"], ["d"]), whole)

    assert (one.import_type, findings(one)) == (first, [["a"]])
    assert (two.import_type, findings(two)) == (second, [["b", "c"], ["d"]])


@pytest.mark.parametrize("whole", [NEW, MERGE, DELTA])
def test_one_asset_is_halved_by_its_findings_and_the_rest_only_adds(whole):
    one, two = split(body(["a", "b", "c"]), whole)

    assert (one.import_type, findings(one)) == (whole, [["a"]])
    assert (two.import_type, findings(two)) == (DELTA, [["b", "c"]])
    assert {k: v for k, v in msgspec.json.decode(two.assets)[0].items() if k != "findings"} == {
        "attributes": {"ip": "10.0.0.0"},
        "tags": [{"value": "t"}],
    }


@pytest.mark.parametrize("assets", [body(["a"]), body([]), body(), b'[{"attributes":{"ip":"10.0.0.0"}}]'])
def test_what_cannot_be_split_is_not(assets):
    assert split(assets, MERGE) is None


def test_what_cannot_be_split_has_a_name():
    assert name_of(body(["CVE-1"])) == "finding CVE-1 of asset ip=10.0.0.0"
    assert name_of(body([])) == "asset ip=10.0.0.0"
    assert name_of(body()) == "0 assets"
