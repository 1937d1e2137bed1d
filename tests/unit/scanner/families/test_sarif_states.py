"""What a run says of itself and of its results: failed, suppressed, gone; and which severity counts. Source: SARIF 2.1.0."""

from typing import Any

import pytest
from sarif_logs import asset, at, found, log, result, section

from scanner.families.sarif.runs import sections
from scanner.model import Dismissed, Finding
from scanner.normalize.passing import decoded
from scanner.normalize.severity import is_rated

ERROR = {"level": "error", "message": {"text": "rule did not parse"}}
FILE_ERROR = ERROR | {"locations": [at("broken.py")]}


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ({"results": None}, "no results"),
        ({"results": None, "invocations": [{"exitCodeDescription": "out of memory"}]}, "out of memory"),
        ({"invocations": [{"executionSuccessful": False, "toolExecutionNotifications": [ERROR]}]}, "rule did not parse"),
        ({"invocations": [{"executionSuccessful": False}]}, "not successful"),
        ({"invocations": [{"executionSuccessful": True, "toolExecutionNotifications": [ERROR]}]}, "rule did not parse"),
        ({"results": None, "externalPropertyFileReferences": {"results": [{}]}}, "another file"),
    ],
)
def test_a_run_that_did_not_look_has_failed(run: dict[str, Any], words: str) -> None:
    """Semgrep 1.185 says that it was successful where its rules did not parse."""
    assert words in section(**run).failure


@pytest.mark.parametrize(
    "run",
    [
        {},
        {"invocations": [{"executionSuccessful": True}]},
        {"invocations": [{"executionSuccessful": True, "toolConfigurationNotifications": [FILE_ERROR]}]},
        {"invocations": [{"executionSuccessful": True, "toolExecutionNotifications": [ERROR | {"level": "warning"}]}]},
    ],
)
def test_a_run_that_found_nothing_has_not(run: dict[str, Any]) -> None:
    """Bandit 1.9 tells so of a single file that it could not parse."""
    assert not section(**run).failure


def test_an_unsuccessful_run_with_results_is_read() -> None:
    """As njsscan 1.0 and mobsfscan 1.1 write it for any warning."""
    assert found(result(), invocations=[{"executionSuccessful": False, "toolExecutionNotifications": [ERROR]}])


WARNING = {"level": "warning", "message": {"text": "slow"}}


@pytest.mark.parametrize(
    ("invocation", "words"),
    [
        ({"executionSuccessful": False}, "the tool says that it was not successful"),
        ({"executionSuccessful": False, "toolExecutionNotifications": [WARNING]}, "slow"),
        ({"executionSuccessful": True, "toolExecutionNotifications": [ERROR, WARNING]}, "rule did not parse"),
        ({"toolConfigurationNotifications": [FILE_ERROR]}, "broken.py: rule did not parse"),
        ({"toolExecutionNotifications": [{"level": "error", "locations": [{"physicalLocation": 1}]}]}, "an error"),
    ],
)
def test_a_run_that_did_not_look_everywhere_says_so(invocation: dict[str, Any], words: str) -> None:
    """Bandit 1.9 and ESLint's formatter name the file."""
    run, told = sections(log(result(), invocations=[invocation]))
    assert (run.failure, told.failure, told.place) == ("", words, "runs[0].invocations")


def test_so_does_one_that_found_nothing_in_the_files_that_it_could_read() -> None:
    run, told = sections(log(invocations=[{"toolConfigurationNotifications": [FILE_ERROR]}]))
    assert (run.failure, told.failure) == ("", "broken.py: rule did not parse")


def test_a_run_that_looked_everywhere_says_nothing() -> None:
    invocation = {"executionSuccessful": True, "toolExecutionNotifications": [WARNING]}
    assert len([*sections(log(result(), invocations=[invocation]))]) == 1


@pytest.mark.parametrize(
    ("suppressions", "is_open"),
    [
        ([], True),
        ([{"kind": "inSource"}], False),
        ([{"status": "accepted"}, {"kind": "external"}], False),
        ([{"status": "rejected"}], True),
        ([{"status": "underReview"}], True),
        ([{"status": "accepted"}, {"status": "rejected"}], True),
    ],
)
def test_suppressed_is_what_is_accepted_and_not_contested(suppressions: list[Any], *, is_open: bool) -> None:
    (one,) = found(result(suppressions=suppressions))
    assert isinstance(one, Finding) == is_open


def test_put_aside_says_why() -> None:
    told = [{"justification": "False positive"}, {"justification": "checked by me"}]
    results = [result(suppressions=told[:1]), result(suppressions=told), result(baselineState="absent"), result()]
    gone = [(one.reason, one.note) for one in found(*results) if isinstance(one, Dismissed)]
    assert gone == [
        ("false_positive", "False positive"),
        ("suppressed", "False positive; checked by me"),
        ("fixed", "gone since the tool's baseline"),
    ]


def severity_of(tool: str = "T", rule: dict[str, Any] | None = None, run: Any = None, **more: Any) -> float:
    (one,) = found(result(**more), tool=tool, rules=[{"id": "r"} | (rule or {})], **(run or {}))
    assert isinstance(one, Finding)
    return one.severity


def override(level: str) -> dict[str, Any]:
    return {"invocations": [{"ruleConfigurationOverrides": [{"descriptor": {"index": 0}, "configuration": {"level": level}}]}]}


NOTE = {"defaultConfiguration": {"level": "note"}}


@pytest.mark.parametrize(
    ("told", "severity"),
    [
        ({}, 5.0),
        ({"rule": NOTE}, 1.0),
        ({"rule": NOTE, "run": override("error")}, 8.0),
        ({"rule": NOTE, "run": override("error"), "level": "warning"}, 5.0),
        ({"kind": "review"}, 1.0),
        ({"kind": "review", "level": "error"}, 8.0),
        ({"kind": "fail", "rule": NOTE}, 1.0),
        ({"rule": NOTE, "tool": "Semgrep OSS"}, 2.0),
        ({"rule": NOTE, "tool": "SnykCode"}, 2.0),
        ({"tool": "gitleaks"}, 8.0),
        ({"tool": "Bandit", "level": "note", "properties": {"issue_severity": "LOW"}}, 2.0),
        ({"level": "warning", "properties": {"zizmor/severity": "High"}}, 8.0),
        ({"level": "warning", "properties": {"severity": "3"}}, 5.0),
        ({"rule": {"properties": {"tags": ["security", "CRITICAL"], "security-severity": "9.1"}}}, 10.0),
        ({"rule": {"properties": {"tags": ["severity/medium"], "security-severity": "4.0"}}}, 5.0),
        ({"rule": {"properties": {"tags": ["HIGH CONFIDENCE"]}}}, 5.0),
        ({"rule": {"properties": {"security-severity": 7.4}}, "level": "note"}, 7.4),
        ({"rule": {"properties": {"security-severity": "MEDIUM"}}, "level": "error"}, 5.0),
        *(({"rule": {"properties": {"security-severity": word}}, "level": "error"}, 8.0) for word in ("N/A", "-1", "NaN", "")),
    ],
)
def test_which_severity_counts(told: dict[str, Any], severity: float) -> None:
    assert severity_of(**told) == severity


def test_trivy_is_rated_by_the_word_of_its_message() -> None:
    scored = {"properties": {"security-severity": "0.0", "tags": ["LOW"]}}

    def rated(word: str, rule: Any = scored) -> float:
        return severity_of("Trivy", rule, message=f"Artifact: a\nSeverity: {word}\nMatch: x")

    assert rated("CRITICAL") == 10.0
    assert not is_rated(rated("UNKNOWN", {"properties": {"security-severity": "0.0"}}))
    assert rated("UNKNOWN", {"properties": {"security-severity": "7.5"}}) == 7.5


def name_and_remedy(tool: str, rule: dict[str, Any]) -> tuple[str, str]:
    (one,) = found(result(), tool=tool, rules=[{"id": "r"} | rule])
    assert isinstance(one, Finding)
    return one.name, str(decoded(one.remedy))


def test_a_template_is_neither_name_nor_remedy() -> None:
    """As ruff 0.17 writes them."""
    template = {"shortDescription": {"text": 'assigned to: "{}"'}, "help": {"text": 'assigned to: "{}"'}}
    assert name_and_remedy("T", template) == ("r", "")
    seems = {"shortDescription": {"text": "seems safe"}, "help": {"text": "seems safe"}, "properties": {"name": "shell-true"}}
    assert name_and_remedy("ruff", seems) == ("shell-true", "")


def test_the_help_of_another_match_is_no_remedy() -> None:
    """Trivy 0.76: a rule has the help text of its last match."""
    rule = {"name": "Secret", "shortDescription": {"text": "A token"}, "help": {"text": "Secret A token\nMatch: ENV X=***"}}
    assert name_and_remedy("Trivy", rule)[0] == "A token"
    assert "ENV X" not in name_and_remedy("Trivy", rule)[1]
    assert name_and_remedy("Other", rule)[1] == ""
    assert name_and_remedy("Other", {"help": {"text": "Use a vault."}})[1] == "Use a vault."


def test_gitleaks_is_called_and_placed_as_in_its_json() -> None:
    leak = result("github-pat", "found", at("a.yml", 3, startColumn=7), partialFingerprints={"commitSha": "0123456789abcdef"})
    rules = [{"id": "github-pat", "shortDescription": {"text": "Uncovered a token."}}]
    (one,) = found(leak, tool="gitleaks", rules=rules)
    assert isinstance(one, Finding)
    assert (one.name, one.location, one.severity, one.cwes) == ("github-pat", "a.yml:3:7 (0123456789ab)", 8.0, ["CWE-798"])
    assert asset(tool="gitleaks").attributes["repository"] == "gitleaks"


def test_a_failed_run_beside_a_good_one_is_told() -> None:
    both = log(result())
    both.runs = [*(both.runs or ()), *(log(results=None).runs or ())]
    good, bad = sections(both)
    assert (good.failure, bool(bad.failure), bad.place) == ("", True, "runs[1].results")


@pytest.mark.parametrize("kind", ["pass", "Pass", "notApplicable", "NotApplicable", "informational"])
def test_a_check_that_passed_is_no_finding_however_it_is_written(kind: str) -> None:
    assert found(result(kind=kind)) == []


@pytest.mark.parametrize(
    ("template", "arguments", "message"),
    [
        ("{0} is {{lit}}", ["tea"], "tea is {lit}"),
        ("{{0}} is {0}", ["tea"], "{0} is tea"),
        ("{{{0}}} and {1}", ["tea"], "{tea} and "),
        ("write {{}}", None, "write {}"),
    ],
)
def test_braces_that_are_meant_are_written_twice_in_templates(template: str, arguments: Any, message: str) -> None:
    rules = [{"id": "r", "messageStrings": {"default": {"text": template}}}]
    (one,) = found(result() | {"message": {"id": "default", "arguments": arguments}}, rules=rules)
    assert isinstance(one, Finding)
    assert decoded(one.description) == message


def test_a_text_that_is_no_template_keeps_its_braces() -> None:
    (one,) = found(result("r", "{{ csrf_token }} is missing from {0}"))
    assert isinstance(one, Finding)
    assert decoded(one.description) == "{{ csrf_token }} is missing from {0}"
