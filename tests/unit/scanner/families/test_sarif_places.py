"""Where a result is: the same on any agent, told apart by base, and by message where nothing else does. Source: SARIF 2.1.0."""

import pytest
from sarif_logs import at, places, result

from scanner.families.checkouts import below_checkout, checkout_name, common_root
from scanner.families.sarif.model import ArtifactLocation
from scanner.families.sarif.paths import run_paths

BASES = {
    "ROOT": {"uri": "file:///srv/build/"},
    "A": {"uri": "packages/alpha/", "uriBaseId": "ROOT"},
    "B": {"uri": "packages/beta", "uriBaseId": "ROOT"},
}


def test_relative_bases_are_part_of_the_path() -> None:
    results = [result("r", "m", at("src/m.c", 4, base)) for base in ("A", "B", "ROOT")]
    assert places(*results, originalUriBaseIds=BASES) == [
        "packages/alpha/src/m.c:4",
        "packages/beta/src/m.c:4",
        "src/m.c:4",
    ]


def test_absolute_bases_beside_each_other_tell_their_files_apart() -> None:
    bases = {"A": {"uri": "file:///srv/b/alpha/"}, "B": {"uri": "file:///srv/b/beta/"}}
    results = [result("r", "m", at("m.c", 4, base)) for base in ("A", "B")]
    assert places(*results, originalUriBaseIds=bases) == ["alpha/m.c:4", "beta/m.c:4"]


def test_a_circle_of_bases_ends() -> None:
    bases = {"A": {"uri": "a/", "uriBaseId": "B"}, "B": {"uri": "b/", "uriBaseId": "A"}}
    assert places(result("r", "m", at("m.c", 4, "A")), originalUriBaseIds=bases)


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("./k8s/pod.yaml", "k8s/pod.yaml"),
        ("a/../b/./c.py", "b/c.py"),
        ("src\\app.cs", "src/app.cs"),
        ("src/%C3%BCn.py", "src/ün.py"),
        ("https://shop.example/a/../b", "https://shop.example/a/../b"),
        ("/etc/passwd", "/etc/passwd"),
    ],
)
def test_paths_are_cleaned(uri: str, path: str) -> None:
    assert places(result("r", "m", at(uri, 4)), properties={"imageName": "i:1"}) == [f"{path}:4"]


@pytest.mark.parametrize(
    "root", ["/tmp/one", "/home/dev/work/shop", "/builds/acme/shop", "/__w/shop/shop", "/github/workspace"]
)
def test_absolute_uris_without_a_base_are_the_same_at_any_checkout(root: str) -> None:
    """As of ruff 0.17 and ESLint's formatter 3.1."""
    results = [result("r", "m", at(f"file://{root}/{path}", 4)) for path in ("src/a.py", "src/b/c.py", "web/d.js")]
    assert places(*results) == ["src/a.py:4", "src/b/c.py:4", "web/d.js:4"]
    assert places(results[0]) == ["src/a.py:4"]


def test_absolute_paths_are_relative_to_the_working_directory() -> None:
    invocation = {"executionSuccessful": True, "workingDirectory": {"uri": "file:///builds/agent-17/shop/"}}
    results = [
        result("r", "m", at("file:///builds/agent-17/shop/src/a.js", 7)),
        result("r", "m", at("/builds/agent-17/shop/b.js", 7)),
    ]
    assert places(*results, invocations=[invocation]) == ["src/a.js:7", "b.js:7"]


def test_the_working_directory_of_all_is_none() -> None:
    invocation = {"workingDirectory": {"uri": "file:///"}}
    assert places(result("r", "m", at("/app/a.js", 7)), invocations=[invocation]) == ["/app/a.js:7"]


def test_packages_at_one_place_of_a_lock_file_are_told_apart_by_the_message() -> None:
    rules = [{"id": "CVE-2031-0600"}]
    results = [
        result("CVE-2031-0600", message, at("package-lock.json"))
        for message in ("Package 'a@1.0.0' is vulnerable.", "b 2.3.0 is vulnerable", "something is vulnerable")
    ]
    assert places(*results, rules=rules) == [
        "a@1.0.0 (package-lock.json)",
        "b@2.3.0 (package-lock.json)",
        "something is vulnerable (package-lock.json)",
    ]


def test_other_identities_do_not_change_with_the_wording() -> None:
    assert places(result("r", "a variable is unused", at("a.c", 1)), result("r", "x@1.0 is imported", at("a.c", 9))) == [
        "a.c:1",
        "a.c:9",
    ]


def test_files_without_lines_have_offsets() -> None:
    results = [
        result("r", "m", at("a.bin", byteOffset=7)),
        result("r", "m", at("a.bin", charOffset=9)),
        result("r", "m", at("a.bin")),
    ]
    assert places(*results) == ["a.bin (byte 7)", "a.bin (character 9)", "a.bin"]


@pytest.mark.parametrize(
    ("path", "below", "name"),
    [
        ("/home/runner/work/shop/shop/src/a.py", "src/a.py", "shop"),
        ("/builds/AbCdEf12/0/acme/shop/a.py", "a.py", "acme/shop"),
        ("D:/a/shop/shop/a.c", "a.c", "shop"),
        ("D:/a/1/s/a.c", "a.c", ""),
        ("/var/jenkins_home/workspace/shop@2/a.c", "a.c", "shop"),
        ("/srv/shop/a.c", "/srv/shop/a.c", ""),
        ("builds/acme/shop/a.py", "builds/acme/shop/a.py", "acme/shop"),
    ],
)
def test_checkouts_of_ci_systems(path: str, below: str, name: str) -> None:
    assert (below_checkout(path), checkout_name(path)) == (below, name)


@pytest.mark.parametrize(
    ("paths", "root"),
    [
        (["/tmp/a/x.py", "/tmp/a/y/z.py"], "/tmp/a/"),
        (["/tmp/a/src/z.py"], "/tmp/a/"),
        (["C:/x/y/a.c", "C:/x/z/b.c"], "C:/x/"),
        (["/a.py"], ""),
        (["/data/a", "/srv/b"], ""),
        (["/usr/include/stdio.h", "/srv/app/b.c"], "/srv/app/"),
        ([], ""),
    ],
)
def test_the_common_root_of_a_run(paths: list[str], root: str) -> None:
    assert common_root(paths) == root


def test_bases_that_have_nothing_to_do_with_each_other_are_told_apart() -> None:
    """A generated file and one of the source may have one relative path; where an agent keeps them says nothing."""
    for source, generated in (("file:///ws/", "file:///opt/y/"), ("file:///a/r/r/", "file:///a/_temp/gen/")):
        bases = {"SRC": ArtifactLocation(uri=source), "GEN": ArtifactLocation(uri=generated)}
        paths = run_paths(bases, (), None, ())
        found = [paths.of(ArtifactLocation(uri="a.py", uri_base_id=id_)) for id_ in ("SRC", "GEN")]
        assert found == ["a.py", "GEN/a.py"]
