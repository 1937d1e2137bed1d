"""Where a result is: the same on any agent, told apart by base, and by message where nothing else does. Source: SARIF 2.1.0."""

import pytest
from sarif_logs import at, found, places, result

from scanner.families.checkouts import below_checkout, below_folder, checkout_name, common_root, folder_name
from scanner.families.sarif.model import ArtifactLocation
from scanner.families.sarif.paths import run_paths
from scanner.model import Finding

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
        ("/home/node/app/package.json", "/home/node/app/package.json"),
        ("file:///root/app/package.json", "/root/app/package.json"),
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


FILES = ("src/a.py", "src/b/c.py", "web/d.js")
ROOTS = (
    *("/tmp/x7", "/tmp/tmp.Xa7Kd2", "/private/var/folders/ab/cd/T/x7", "/home/dev/shop", "/home/dev/work/shop", "/home/app"),
    *("/Users/dev/Documents/GitHub/shop", "/Users/dev/shop", "C:/Users/dev/source/repos/shop", "/root/shop", "D:/a/shop/shop"),
    *("C:/Users/dev/AppData/Local/Temp/x7", "/agent/_work/7/s", "/agent/_work/shop/shop", "/codefresh/volume/shop"),
)


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("files", [FILES, FILES[:2], FILES[1:2], FILES[::2]])
def test_a_place_hangs_neither_on_the_checkout_nor_on_other_findings(root: str, files: tuple[str, ...]) -> None:
    slash = "" if root.startswith("/") else "/"
    results = [result("r", "m", at(f"file://{slash}{root}/{path}", 4)) for path in files]
    assert places(*results) == [f"{path}:4" for path in files]


@pytest.mark.parametrize("files", [FILES, FILES[:2], FILES[1:2], FILES[::2]])
def test_what_nobody_knows_the_root_of_stays_whole_whatever_else_is_found(files: tuple[str, ...]) -> None:
    results = [result("r", "m", at(f"file:///srv/x7/{path}", 4)) for path in files]
    assert places(*results) == [f"/srv/x7/{path}:4" for path in files]


@pytest.mark.parametrize(
    ("tool", "roles", "clean"), [("T", None, "setup.py"), ("T", ["analysisTarget"], None), ("ESLint", None, None)]
)
@pytest.mark.parametrize("root", ["/srv/x7", "/opt/agents/y/z"])
@pytest.mark.parametrize("files", [FILES, FILES[:2], FILES[1:2], ()])
def test_the_files_that_were_scanned_tell_the_root(
    tool: str, roles: list[str] | None, clean: str | None, root: str, files: tuple[str, ...]
) -> None:
    """ESLint's formatter 3.1 lists all of them; others say so by their roles, or list files without results."""
    listed = [*FILES, *([clean] if clean else [])]
    artifacts = [{"location": {"uri": f"file://{root}/{path}"}, "roles": roles} for path in listed]
    results = [result("r", "m", at(f"file://{root}/{path}", 4)) for path in files]
    assert places(*results, tool=tool, artifacts=artifacts) == [f"{path}:4" for path in files]


def test_a_list_of_files_with_results_tells_no_root() -> None:
    def run(*files: str) -> list[str]:
        artifacts = [{"location": {"uri": f"file:///srv/x7/{path}"}} for path in files]
        return places(*[result("r", "m", at(f"file:///srv/x7/{path}", 4)) for path in files], artifacts=artifacts)

    assert run(*FILES)[1:2] == run(FILES[1]) == ["/srv/x7/src/b/c.py:4"]


def test_a_run_may_say_where_its_repository_is() -> None:
    provenance = [{"repositoryUri": "https://git.example/shop", "mappedTo": {"uri": "file:///srv/x7"}}]
    assert places(result("r", "m", at("file:///srv/x7/a.py", 4)), versionControlProvenance=provenance) == ["a.py:4"]


@pytest.mark.parametrize("folder", ["tmp.x7", "tmp.tmp.Xa7Kd2", "private.tmp.x7", "home.runner.work.shop.shop", "home.dev"])
def test_ids_of_semgreps_rules_do_not_hang_on_where_their_file_is(folder: str) -> None:
    for rules in ([], [{"id": f"{folder}.no-eval", "name": f"{folder}.no-eval"}]):
        (one,) = found(result(f"{folder}.no-eval", "m", at("a.py", 1)), tool="Semgrep OSS", rules=rules)
        assert isinstance(one, Finding)
        assert one.name == "no-eval"
    assert below_folder("python.lang.no-eval") == "python.lang.no-eval"
    assert below_folder("tmp.no-eval") == "tmp.no-eval"


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
        ("/home/dev/work/shop/src/a.py", "src/a.py", "shop"),
        ("/home/dev/.m2/a.jar", ".m2/a.jar", ""),
        ("C:/Users/dev/.nuget/packages/a.dll", ".nuget/packages/a.dll", ""),
        ("/home/dev/.netrc", "/home/dev/.netrc", ""),
        ("/home/dev/src/a.py", "src/a.py", ""),
        ("/home/dev/work/tests/a.py", "tests/a.py", "work"),
        ("C:/Users/dev/source/repos/shop/a.c", "a.c", "shop"),
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


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("/tmp/x7", ""),
        ("/tmp/x7/services/shop/", "services/shop"),
        ("/builds/acme/shop", "acme/shop"),
        ("/home/dev/work/shop", "shop"),
        ("services/shop", "services/shop"),
        ("/srv/shop", "/srv/shop"),
    ],
)
def test_what_a_scanned_folder_is_called(folder: str, name: str) -> None:
    assert folder_name(folder) == name
