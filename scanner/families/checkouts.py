"""Where CI systems check repositories out: folders that say nothing of a file, at times the name of its repository."""

import re

_NAMED = (
    r"home/runner/work/[^/]+/(?P<{0}1>[^/]+)",  # GitHub's runners
    r"__w/[^/]+/(?P<{0}2>[^/]+)",  # GitHub, in a container
    r"(?:[^/]+/)*(?:actions-runner|_work)/(?:_work/)?[^/]+/(?P<{0}3>[^/]+)",  # GitHub, self-hosted
    r"[A-Za-z]:/a/[^/\d][^/]*/(?P<{0}4>[^/]+)",  # GitHub, Windows
    r"builds/(?:[\w-]{{8,}}/\d+/)?(?P<{0}5>[^/]+/[^/]+)",  # GitLab
    r"home/travis/build/(?P<{0}6>[^/]+/[^/]+)",
    r"(?:var/(?:lib/)?jenkins(?:_home)?|home/jenkins(?:/agent)?)/workspace/(?P<{0}7>[^/@]+)(?:@\d+)?",
)
_NAMELESS = (
    r"github/workspace",
    r"home/vsts/work/\d+/s",  # Azure Pipelines
    r"[A-Za-z]:/a/\d+/s",
    r"home/circleci/project",
    r"opt/atlassian/pipelines/agent/build",  # Bitbucket
    r"codebuild/output/src\d+/src",
    r"drone/src",
    r"bitrise/src",
    r"usr/src/app",
    r"zap/wrk",
    # where people and scripts check out on any machine: the folder below is another each time
    r"(?:private/)?(?:var/)?tmp/[^/]+",
    r"workspace",
    r"src",  # what containers of scanners mount it as
)
_is_of_the_system = re.compile(r"/(?:usr|lib|lib64|etc|proc|sys|dev|System|Library)/").match
_checkout = re.compile(rf"/?(?:{'|'.join((*_NAMED, *_NAMELESS)).format('name')})(?:/|$)").match
_FOLDERS_OF_SOURCES = frozenset(
    (
        *("src", "source", "sources", "lib", "libs", "include", "internal", "pkg", "cmd", "packages", "services"),
        *("web", "client", "frontend", "public", "static", "server", "backend", "api"),
        *("test", "tests", "spec", "docs", "examples", "scripts"),
        *("config", "infra", "deploy", "docker", "k8s", ".github"),
    )
)
"""Names of a repository's own folders, never of its root."""


def below_checkout(path: str) -> str:
    """An absolute path without the folder of a known CI system; any other as it is."""
    if not path.startswith("/") and path[1:2] != ":":
        return path
    found = _checkout(path)
    return path[found.end() :] or path if found else path


def checkout_name(path: str) -> str:
    """The repository whose folder on a known CI system this is; empty where that is not known."""
    found = _checkout(path.rstrip("/") + "/")
    return next((name for name in found.groupdict().values() if name), "") if found else ""


def common_root(paths: list[str]) -> str:
    """The folder, with a slash behind it, below which all of these absolute files are; empty where it is the machine's root.

    The machine's own headers and libraries are not looked at.

    It is cut off where nothing tells the root of the checkout, so that the same scan in another folder gives the same paths. It
    ends before a name that folders within a repository have (``/tmp/a/src/b.py`` alone is ``src/b.py``): what is found in one
    folder today and in two tomorrow should not be called differently for it. Where it still is, the report has to say more.
    """
    folders = [path.rpartition("/")[0].split("/") for path in paths if not _is_of_the_system(path)]
    if not folders:
        return ""
    first, last = min(folders), max(folders)
    shared = next((number for number, names in enumerate(zip(first, last, strict=False)) if names[0] != names[1]), None)
    common = first[: shared if shared is not None else min(len(first), len(last))]
    start = 1 if common[:1] == [""] else 0
    own = next((place for place in range(start + 1, len(common)) if common[place] in _FOLDERS_OF_SOURCES), len(common))
    root = "/".join(common[:own])
    return f"{root}/" if len(common[:own]) > start else ""
