"""What a mapping makes of records of each shape."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import MalformedReportError
from scanner.mappings.errors import MappingError
from scanner.mappings.formats import format_of
from scanner.model import Asset, Dismissed, Finding, whole
from scanner.normalize.severity import is_rated
from scanner.opening import open_documents
from scanner.set_aside import Place
from scanner.shapes.rooms import read_facts
from scanner.translation import SkippedRecord, translate_sections

HEAD = "slug: acme\nscanner: Acme\nasset_type: CODE\n"
NESTED = (
    HEAD
    + """
tables:
  levels: {1: low, 2: medium, 3: high, worst: 9.5}
variants:
- shape: json
  recognise: {keys: [project, scans]}
  failed:
  - {when: {value: outcome, is: [crashed]}, says: {template: "it crashed: {reason}"}}
  records:
  - at: scans[].issues[]
    asset: {repository: {name: report.project}}
    drop:
    - {value: status, is: [passed]}
    state: status
    dismissed:
    - {when: {value: note, matches: "(?i)^ok by"}, reason: risk_accepted, note: note}
    finding:
      name: {first: [title, id]}
      severity: {word: level, scale: levels, vector: cvss}
      location: {join: [{file: parent.file}, line], with: ":"}
      description: {template: "{title} in {parent.file}"}
      ids: [id, "aliases[]"]
      cwes: weakness
      published: found
      package: {name: lib.name, version: lib.version, fixed: {split: lib.fixed, at: ","}}
      details:
        tool: report.tool
        lines: {pattern: "L(\\\\d+)", of: text, all: true}
        secret: {masked: secret}
      tags: {team: report.team}
"""
)


class Made:
    """A sink that keeps all."""

    def __init__(self) -> None:
        self.findings: list[tuple[Asset, Finding]] = []
        self.dismissed: list[tuple[str, str]] = []
        self.assets: set[str] = set()
        self.skipped: list[SkippedRecord] = []

    def add(self, asset: Asset, finding: Any) -> None:
        self.findings.append((asset, whole(finding)))
        self.seen(asset)

    def dismiss(self, asset: Asset, dismissed: Dismissed, place: Place) -> None:
        self.dismissed.append((dismissed.reason, dismissed.note))

    def seen(self, asset: Asset) -> None:
        self.assets.add(asset.name)

    def skip(self, skipped: SkippedRecord) -> None:
        self.skipped.append(skipped)

    @property
    def only(self) -> Finding:
        ((_, finding),) = self.findings
        return finding


Make = Callable[[str, str], Made]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """What the first variant of a mapping makes of a report."""

    def make(mapping: str, report: str) -> Made:
        format_, path, made = format_of(mapping), tmp_path / "report", Made()
        path.write_text(report, encoding="utf-8")
        (document,) = open_documents(path)
        variant = format_.variants[0]
        translate_sections(variant.read(document, variant.layout(read_facts(document))), document.name, made)
        return made

    return make


def nested(**issue: object) -> str:
    return json.dumps(
        {"project": "shop", "tool": "acme 2", "team": "blue", "scans": [{"file": "/github/workspace/a.py", "issues": [issue]}]}
    )


def test_every_part_of_a_finding(make: Make) -> None:
    made = make(
        NESTED,
        nested(
            id="CVE-2024-1234",
            aliases=["GHSA-aaaa-bbbb-cccc", None],
            title=" Bad call ",
            level=2,
            line=7,
            weakness="CWE-079",
            found="2024-05-01",
            lib={"name": "left-pad", "version": "1.0", "fixed": "1.1, 2.0"},
            text="L12 and L40",
            secret="hunter2hunter2",
        ),
    )
    ((asset, finding),) = made.findings
    assert (asset.type, asset.attributes) == ("REPOSITORY", {"repository": "shop", "origin": "acme"})
    assert (finding.name, finding.severity, finding.location) == ("Bad call", 5.0, "a.py:7")
    assert finding.description == "Bad call in /github/workspace/a.py"
    assert finding.reference_ids == ["CVE-2024-1234", "GHSA-aaaa-bbbb-cccc"]
    assert (finding.cwes, finding.published_date_time) == (["CWE-79"], "2024-05-01T00:00:00")
    (package,) = finding.packages
    assert (package.name, package.version, package.fix_versions) == ("left-pad", "1.0", ["1.1", "2.0"])
    assert finding.remedy == "Upgrade left-pad from 1.0 to 1.1 or 2.0."
    assert finding.details == {"tool": "acme 2", "lines": ["12", "40"], "secret": "hun… (14 characters)"}
    assert [(tag.key, tag.value) for tag in finding.tags] == [("team", "blue")]


@pytest.mark.parametrize(
    ("issue", "severity"),
    [
        ({"level": "WORST"}, 9.5),
        ({"level": "3"}, 8.0),
        ({"level": "odd", "cvss": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}, 9.8),
        ({"level": "high"}, 8.0),
    ],
)
def test_the_tools_own_scale_then_the_common_one_then_cvss(make: Make, issue: dict[str, object], severity: float) -> None:
    assert make(NESTED, nested(title="x", **issue)).only.severity == severity


def test_what_nothing_rates_is_unrated(make: Make) -> None:
    assert not is_rated(make(NESTED, nested(title="x")).only.severity)


def test_dropped_and_dismissed_records_are_not_open(make: Make) -> None:
    assert make(NESTED, nested(title="x", status="passed")).findings == []
    put_aside = make(NESTED, nested(title="x", status="false-positive"))
    assert (put_aside.findings, put_aside.dismissed) == ([], [("false_positive", "false-positive")])
    noted = make(NESTED, nested(title="x", note="Ok by Jo"))
    assert noted.dismissed == [("risk_accepted", "Ok by Jo")]


def test_a_record_without_a_name_is_told(make: Make) -> None:
    report = json.loads(nested(title="x"))
    report["scans"][0]["issues"] += [{"level": 3}, "text", None]
    made = make(NESTED, json.dumps(report))
    assert [skipped.place for skipped in made.skipped] == [f"scans[0].issues[{number}]" for number in (1, 2, 3)]
    assert made.skipped[0].reason == "nothing in it says what was found: name is empty"


def test_a_value_of_another_kind_costs_that_value(make: Make) -> None:
    finding = make(NESTED, nested(title="x", lib="left-pad", aliases="CVE-2024-1", id={"a": 1}, line=[4, 5])).only
    assert (finding.packages, finding.reference_ids, finding.location) == ([], ["CVE-2024-1"], "a.py:4:5")


@pytest.mark.parametrize(
    "report", ['{"project": "shop"}', '{"project": "shop", "scans": null}', '{"project": "shop", "scans": "none"}']
)
def test_a_report_without_its_list_is_not_clean(make: Make, report: str) -> None:
    with pytest.raises(MalformedReportError, match=r"it has no scans\[\]\.issues\[\]"):
        make(NESTED, report)
    clean = NESTED.replace("  records:", "  absent_is_clean: true\n  records:")
    assert make(clean, report).findings == []


def test_an_empty_list_is_clean_and_its_asset_scanned(make: Make) -> None:
    made = make(NESTED, '{"project": "shop", "scans": [{"file": "a.py", "issues": []}]}')
    assert (made.findings, made.assets) == ([], {"shop"})


def test_a_scan_that_failed_is_refused_with_its_words(make: Make) -> None:
    with pytest.raises(MalformedReportError, match="it crashed: no rules"):
        make(NESTED, '{"project": "shop", "outcome": "Crashed", "reason": "no rules", "scans": null}')


def test_what_could_not_be_looked_at_is_told_and_a_report_of_nothing_else_refused(make: Make) -> None:
    """``partly`` is told beside a clean rest; what is not is told beside records, and refused without any."""
    failed = "failed: [{when: {value: error, there: true}, says: error, partly: PARTLY}], "
    broken = "failed: [{when: {value: broken, is: [true]}, says: why}]"
    records = f"records: [{{at: 'a[]', {broken}, asset: {{code: {{}}}}, finding: {{name: t}}}}]"
    mapping = HEAD + f"variants: [{{shape: json, recognise: {{keys: [a]}}, {failed}{records}}}]"
    partly, wholly = mapping.replace("PARTLY", "true"), mapping.replace("PARTLY", "false")
    clean = make(partly, '{"error": "b.c: no parse", "a": []}')
    assert [(skipped.place, skipped.reason) for skipped in clean.skipped] == [("error", "b.c: no parse")]
    assert make(wholly, '{"error": "x", "a": [{"t": "y"}]}').only.name == "y"
    with pytest.raises(MalformedReportError, match="the scan failed: x"):
        make(wholly, '{"error": "x", "a": []}')
    told = make(partly, '{"a": [{"t": "y"}, {"t": "z", "broken": true, "why": "no parse"}]}')
    assert (told.only.name, told.skipped[0].reason) == ("y", "no parse")


def test_what_is_no_object_around_records_is_told(make: Make) -> None:
    made = make(NESTED, '{"project": "shop", "scans": ["broken", {"file": "a.py", "issues": [{"title": "x"}]}]}')
    assert made.only.name == "x"
    assert [(skipped.place, skipped.reason) for skipped in made.skipped] == [("scans[0]", "it is no object: 'broken'")]


def test_values_of_an_object(make: Make) -> None:
    mapping = HEAD + (
        "variants: [{shape: json, recognise: {keys: [advisories]}, records: [{at: 'advisories.*', asset: {build: {}}, "
        "finding: {name: title, location: 'places[].path'}}]}]"
    )
    made = make(mapping, '{"advisories": {"1": {"title": "a", "places": [{"path": "x"}, {"path": "y"}]}, "2": {"title": "b"}}}')
    assert [(finding.name, finding.location) for _, finding in made.findings] == [("a", "x"), ("b", "")]


def test_an_empty_list_stands_for_an_empty_object(make: Make) -> None:
    """As PHP writes it."""
    mapping = HEAD + (
        "variants: [{shape: json, recognise: {keys: [advisories]}, records: [{at: 'advisories.*', asset: {build: {}}, "
        "finding: {name: title}}]}]"
    )
    assert make(mapping, '{"advisories": []}').findings == []
    with pytest.raises(MalformedReportError, match="it has no advisories"):
        make(mapping, '{"advisories": ["x"]}')


def test_an_asset_depends_on_a_condition(make: Make) -> None:
    asset = "{when: {value: kind, is: [image]}, then: {container: {image: name}}, else: {build: {file: name}}}"
    records = f"[{{at: 'a[]', asset: {asset}, finding: {{name: t}}}}]"
    mapping = HEAD + f"variants: [{{shape: json, recognise: {{keys: [a]}}, records: {records}}}]"
    made = make(mapping, '{"a": [{"kind": "image", "name": "app:1", "t": "x"}, {"kind": "jar", "name": "app.jar", "t": "x"}]}')
    assert made.assets == {"app:1", "app.jar"}
    with pytest.raises(MappingError, match="when, then and else"):
        make(mapping.replace(", else: {build: {file: name}}", ""), "{}")


def test_lines(make: Make) -> None:
    mapping = HEAD + (
        "variants: [{shape: lines, recognise: {keys: [rule]}, record: {asset: {code: {source: repo}}, "
        "finding: {name: rule, severity: {word: {text: high}}}}}]"
    )
    made = make(mapping, '{"rule": "a", "repo": "one"}\n{"rule": "b", "repo": "two"}\n{"repo": 1}\n')
    assert [(asset.name, finding.name, finding.severity) for asset, finding in made.findings] == [
        ("one", "a", 8.0),
        ("two", "b", 8.0),
    ]
    assert [skipped.place for skipped in made.skipped] == ["line 3"]


def test_csv(make: Make) -> None:
    mapping = HEAD + (
        "variants: [{shape: csv, recognise: {header: [Host, Title]}, record: {asset: {host: {name: Host}}, "
        "finding: {name: Title, severity: Risk, details: {note: 'A, note'}}}}]"
    )
    made = make(mapping, 'Host,Title,Risk,"A, note"\n10.0.0.1,Old TLS,Medium,"see ""x"""\n,No host,High,\n')
    ((asset, finding),) = made.findings
    assert (asset.attributes, finding.name, finding.severity, finding.details) == (
        {"ip": "10.0.0.1"}, "Old TLS", 5.0, {"note": 'see "x"'},
    )  # fmt: skip
    assert [skipped.reason for skipped in made.skipped] == ["it names no host: name is empty"]


def test_xml(make: Make) -> None:
    mapping = HEAD + (
        "variants: [{shape: xml, recognise: {root: scan}, records: [{at: item, asset: {host: {name: '../@ip'}}, "
        "finding: {name: title, severity: '@risk', ids: refs/ref, description: {plain: text}, location: ../../@site}}]}]"
    )
    made = make(
        mapping,
        "<scan site='lab'><host ip='10.0.0.1'><item risk='low'><title>A</title><refs><ref>CVE-2024-1111</ref>"
        "<ref>CVE-2024-2222</ref></refs><text>&lt;b&gt;bold&lt;/b&gt; <i>and</i> more</text></item></host>"
        "<host ip='10.0.0.2'><item><x/></item></host></scan>",
    )
    ((asset, finding),) = made.findings
    assert (asset.name, finding.name, finding.severity, finding.location) == ("10.0.0.1", "A", 2.0, "lab")
    assert (finding.reference_ids, finding.description) == (["CVE-2024-1111", "CVE-2024-2222"], "bold and more")
    assert len(made.skipped) == 1


def test_yaml_is_read_as_json_is(make: Make) -> None:
    mapping = HEAD + (
        "variants: [{shape: yaml, recognise: {keys: [scans], inner: [issues], values: {kind: Demo}}, records: ["
        "{at: 'scans[].issues[]', asset: {repository: {name: parent.project}}, "
        "finding: {name: title, severity: risk, location: {join: [file, line], with: ':'}, details: {found: report.date}}}]}]"
    )
    made = make(
        mapping,
        "kind: demo\ndate: 2026-05-01\nscans:\n- project: shop\n  issues:\n  - title: A\n    risk: low\n    file: a.py\n"
        "    line: 3\n  - {title: null}\n- project: web\n  issues: []\n",
    )
    ((asset, finding),) = made.findings
    assert (asset.name, finding.name, finding.severity, finding.location) == ("shop", "A", 2.0, "a.py:3")
    assert finding.details == {"found": "2026-05-01"}
    assert [skipped.place for skipped in made.skipped] == ["scans[0].issues[1]"]
    with pytest.raises(MalformedReportError, match="scans"):
        make(mapping, "kind: demo\nscans:\n")


def test_nothing_of_a_mapping_becomes_code(make: Make, tmp_path: Path) -> None:
    """Translators are generated as source: what a mapping says must be held beside it."""
    odd = f"x'); open('{tmp_path}/made', 'w'); ('"
    mapping = HEAD + json.dumps(
        {
            "variants": [
                {
                    "shape": "lines",
                    "recognise": {"keys": [odd]},
                    "record": {
                        "asset": {"code": {"source": {"text": odd}}},
                        "finding": {
                            "name": {"first": [f'"{odd}"', {"text": odd}]},
                            "details": {odd: {"template": f"{odd}{{rule}}"}},
                            "tags": {odd: {"text": odd}},
                        },
                    },
                }
            ]
        }
    ).removeprefix("{").removesuffix("}")  # fmt: skip
    finding = make(mapping, json.dumps({"rule": "r", odd: "said"})).only
    assert (finding.name, finding.details) == ("said", {odd: f"{odd}r"})
    assert not (tmp_path / "made").exists()


def test_translators_travel_as_the_text_of_their_mapping() -> None:
    format_ = format_of(
        HEAD + "variants: [{shape: lines, recognise: {keys: [a]}, record: {asset: {code: {}}, finding: {name: a}}}]"
    )
    translate = format_.variants[0].translate
    assert pickle.loads(pickle.dumps(translate)) is translate


def test_lines_of_text(make: Make) -> None:
    mapping = HEAD + (
        "variants: [{shape: text, ignored: '^(=|Done)', "
        "line: '^(?P<file>[^:]+):(?P<line>\\d+): (?P<level>\\w+): (?P<words>.+)$', "
        "record: {asset: {code: {}}, finding: {name: words, severity: level, location: {join: [file, line], with: ':'}}}}]"
    )
    made = make(mapping, "== acme 2 ==\na.c:3: error: bad call\n\nb.c:9: note: odd\nno line of ours\nDone.\n")
    assert [(finding.name, finding.severity, finding.location) for _, finding in made.findings] == [
        ("bad call", 8.0, "a.c:3"),
        ("odd", 2.0, "b.c:9"),
    ]
    assert [(skipped.place, skipped.reason) for skipped in made.skipped] == [("line 5", "no line of this format")]


def test_records_are_like_a_named_one_but_for_what_they_say(make: Make) -> None:
    mapping = (
        HEAD + "records: {issue: {asset: {code: {}}, finding: {name: title, severity: level, description: text}}}\n"
        "variants: [{shape: json, recognise: {keys: [open]}, absent_is_clean: true, records: ["
        "{at: 'open[]', like: issue}, "
        "{at: 'aside[]', like: issue, state: {text: ignored}, finding: {severity: {score: risk}}}]}]"
    )
    made = make(mapping, '{"open": [{"title": "A", "level": "high"}], "aside": [{"title": "B", "risk": 2.5, "text": "told"}]}')
    assert [finding.name for _, finding in made.findings] == ["A"]
    assert made.dismissed == [("suppressed", "ignored")]


@pytest.mark.parametrize(
    ("record", "reason"), [("{like: bug}", "no record 'bug'; there are: issue"), ("bug", "no record 'bug'; there are: issue")]
)
def test_a_record_like_none_that_there_is_names_those(record: str, reason: str) -> None:
    mapping = (
        HEAD + "records: {issue: {asset: {code: {}}, finding: {name: title}}}\n"
        f"variants:\n- shape: lines\n  recognise: {{keys: [title]}}\n  record: {record}\n"
    )
    with pytest.raises(MappingError) as error:
        format_of(mapping)
    assert (error.value.reason, error.value.place) == (reason, "line 8, variants[0].record")


def test_names_under_which_things_stand_can_be_asked_for(make: Make) -> None:
    mapping = (
        HEAD + "variants: [{shape: json, recognise: {keys: [files]}, records: [{"
        "at: files.*.rules.*, asset: {code: {}}, finding: {name: $key, location: {join: [parent.$key, line], with: ':'}}}]}]"
    )
    made = make(mapping, '{"files": {"a.c": {"rules": {"R1": {"line": 1}, "R2": {"line": 2}}}, "b.c": {"rules": {"R1": {}}}}}')
    assert [(finding.name, finding.location) for _, finding in made.findings] == [
        ("R1", "a.c:1"),
        ("R2", "a.c:2"),
        ("R1", "b.c"),
    ]


def test_a_name_of_what_stands_in_a_list_is_refused() -> None:
    mapping = (
        HEAD + "variants: [{shape: json, recognise: {keys: [hits]}, records: [{"
        "at: 'hits[]', asset: {code: {}}, finding: {name: $key}}]}]"
    )
    with pytest.raises(MappingError, match=r"does not end with \.\*"):
        format_of(mapping)


def test_records_around_which_nothing_names_the_asset_are_skipped(make: Make) -> None:
    mapping = HEAD + (
        "variants: [{shape: json, recognise: {keys: [hosts]}, records: [{"
        "at: 'hosts[].hits[]', asset: {host: {name: parent.ip}}, finding: {name: title}}]}]"
    )
    made = make(mapping, '{"hosts": [{"hits": [{"title": "A"}]}, {"hits": []}, {"ip": "192.0.2.7", "hits": [{"title": "B"}]}]}')
    assert [finding.name for _, finding in made.findings] == ["B"]
    assert [(skipped.place, skipped.reason) for skipped in made.skipped] == [
        ("hosts[0].hits", "it names no host: name is empty")
    ]


def test_a_value_depends_on_a_condition(make: Make) -> None:
    mapping = (
        HEAD + "variants: [{shape: lines, recognise: {keys: [kind]}, record: {"
        "asset: {code: {}}, finding: {"
        "name: {when: {value: kind, is: [secret]}, then: {template: 'Secret {rule}'}, else: rule}, "
        "ids: {when: {value: kind, is: [advisory]}, then: ids}}}}]"
    )
    made = make(
        mapping,
        '{"kind": "secret", "rule": "A", "ids": ["CVE-2024-1111"]}\n'
        '{"kind": "advisory", "rule": "B", "ids": ["CVE-2024-1111"]}\n',
    )
    assert [(finding.name, finding.reference_ids) for _, finding in made.findings] == [
        ("Secret A", []),
        ("B", ["CVE-2024-1111"]),
    ]


def test_secrets_are_hidden_in_texts_and_in_code(make: Make) -> None:
    mapping = HEAD + (
        "variants: [{shape: lines, recognise: {keys: [rule]}, record: {asset: {code: {}}, finding: {name: rule, "
        "description: {hidden: 'secrets[]', of: text}, cwes: cwe, details: "
        "{lines: [{hidden: 'secrets[]', of: 'lines[]'}], evidence: code}}}}]"
    )
    record = '"rule": "%s", "secrets": ["hunter2"], "text": "a hunter2 b", "lines": ["hunter2", "c"], "code": "x"'
    made = make(mapping, f'{{{record % "A"}, "cwe": 798}}\n{{{record % "B"}, "cwe": 79}}\n')
    (_, first), (_, second) = made.findings
    assert first.description == "a hun… (7 characters) b"
    assert first.details == {"lines": ["hun… (7 characters)", "c"]}
    assert second.details == {**first.details, "evidence": "x"}


def test_xml_chooses_elements_by_what_they_say(make: Make) -> None:
    mapping = HEAD + (
        "variants: [{shape: xml, recognise: {root: scan}, records: [{at: bug, asset: {web: {name: {site: url}}}, finding: {"
        "name: 'text[@lang=en]', remedy: 'part[title=How to fix/it]/body', ids: {prefix: CVE-, of: 'ref[@type=cve]/@id'}}}]}]"
    )
    made = make(
        mapping,
        "<scan><bug><url>https://a.example:8443/x</url><text lang='de'>Loch</text><text lang='en'>Hole</text>"
        "<part><title>Why</title><body>So.</body></part><part><title>How to fix/it</title><body>Mend it.</body></part>"
        "<ref type='bid' id='1'/><ref type='cve' id='2024-1111'/><ref type='cve' id='CVE-2024-2222'/></bug></scan>",
    )
    assert (made.only.name, made.only.remedy) == ("Hole", "Mend it.")
    assert made.only.reference_ids == ["CVE-2024-1111", "CVE-2024-2222"]
    assert made.assets == {"a.example"}


def test_xml_has_several_kinds_of_record_and_says_that_it_looked(make: Make) -> None:
    mapping = (
        HEAD + "variants: [{shape: xml, recognise: {root: scan}, looked: target, records: ["
        "{at: bug, asset: {code: {}}, finding: {name: '@id'}}, {at: secret, asset: {code: {}}, finding: {name: rule}}]}]"
    )
    made = make(mapping, "<scan><target/><bug id='B1'/><secret><rule>S1</rule></secret></scan>")
    assert [finding.name for _, finding in made.findings] == ["B1", "S1"]
    with pytest.raises(MalformedReportError, match="<target>"):
        make(mapping, "<scan></scan>")


@pytest.mark.parametrize("path", ["a//b", "/a", "a/", "a[b", "a[b]", "a b"])
def test_what_is_no_path_of_xml_is_refused(path: str) -> None:
    finding = f"{{at: bug, asset: {{code: {{}}}}, finding: {{name: '{path}'}}}}"
    mapping = HEAD + f"variants: [{{shape: xml, recognise: {{root: scan}}, records: [{finding}]}}]"
    with pytest.raises(MappingError, match="is no path"):
        format_of(mapping)


def test_a_page_of_likenesses_does_not_stand_for_hours_of_work() -> None:
    details = ", ".join(f"d{number}: a{number}" for number in range(1000))
    mapping = HEAD + f"records: {{r: {{asset: {{code: {{}}}}, finding: {{name: t, details: {{{details}}}}}}}}}\n"
    mapping += "variants:\n- shape: json\n  recognise: {keys: [x]}\n  records: [" + ", ".join(["r"] * 500) + "]\n"
    with pytest.raises(MappingError, match="characters"):
        format_of(mapping)


def test_one_any_name_is_enough_for_a_path() -> None:
    record = "records: [{at: 'x[]', asset: {code: {}}, finding: {name: t}}]"
    with pytest.raises(MappingError, match="more than one"):
        format_of(HEAD + f"variants: [{{shape: json, recognise: {{keys: ['*.a.*.b']}}, {record}}}]")
