"""Where checkouts of repositories stand on machines: folders that say nothing of a file, at times the name of its repository.

A path is cut by what it says itself, never by where else something was found: else a finding that comes or goes would give all
others another place.
"""

import re

_FOLDERS_OF_SOURCES = frozenset(
    (
        *("src", "source", "sources", "lib", "libs", "include", "internal", "pkg", "cmd", "packages", "services"),
        *("web", "client", "frontend", "public", "static", "server", "backend", "api"),
        *("test", "tests", "spec", "docs", "examples", "scripts"),
        *("config", "infra", "deploy", "docker", "k8s", ".github"),
    )
)
"""Names of a repository's own folders, never of its root."""
_SOURCES = rf"(?:{'|'.join(map(re.escape, sorted(_FOLDERS_OF_SOURCES)))})"
_HOME = r"(?:home/[^/]+|Users/[^/]+|[A-Za-z]:/Users/[^/]+|root)"
_COLLECTION = (
    r"(?i:source/repos|documents/git(?:hub|lab)|go/src/[^/]+/[^/]+|\w+projects|work|workspaces?|code|coding|projects?|repos?"
    r"|repositories|git|git(?:hub|lab)(?:\.com)?|dev|development|documents|desktop|downloads)"
)
"""A folder in which people keep their checkouts."""
_NAMED = (
    r"(?:home|Users)/runner/work/[^/]+/(?P<{0}1>[^/]+)",  # GitHub's runners
    r"__w/[^/]+/(?P<{0}2>[^/]+)",  # GitHub, in a container
    r"(?:[^/]+/)*(?:actions-runner|_work)/(?:_work/)?(?!\d+/)[^/]+/(?P<{0}3>[^/]+)",  # GitHub, self-hosted
    r"[A-Za-z]:/a/[^/\d][^/]*/(?P<{0}4>[^/]+)",  # GitHub, Windows
    r"(?:home/gitlab-runner/|[A-Za-z]:/GitLab-Runner/)?builds/(?:[\w-]{{8,}}/\d+/)?(?P<{0}5>[^/]+/[^/]+)",  # GitLab
    r"home/travis/build/(?P<{0}6>[^/]+/[^/]+)",
    r"(?:var/(?:lib/)?jenkins(?:_home)?|home/jenkins(?:/agent)?)/workspace/(?P<{0}7>[^/@]+)(?:@\d+)?",
    r"var/lib/buildkite-agent/builds/[^/]+/[^/]+/(?P<{0}8>[^/]+)",
    r"var/lib/go-agent/pipelines/(?P<{0}9>[^/]+)",
    r"codefresh/volume/(?P<{0}10>[^/]+)",
    r"[A-Za-z]:/projects/(?P<{0}11>[^/]+)",  # AppVeyor
)
_NAMELESS = (
    r"github/workspace",
    r"(?:[^/]+/)*_work/\d+/s",  # Azure Pipelines, self-hosted
    r"home/vsts/work/\d+/s",  # Azure Pipelines
    r"[A-Za-z]:/a/\d+/s",
    r"home/circleci/project",
    r"root/project",  # CircleCI, as root
    r"opt/atlassian/pipelines/agent/build",  # Bitbucket
    r"opt/build/repo",  # Netlify
    r"opt/buildagent/work/[^/]+",  # TeamCity
    r"codebuild/output/src\d+/src",
    r"drone/src",
    r"bitrise/src",
    r"vercel/path0",
    r"usr/src/app",
    r"zap/wrk",
    # where people and scripts check out on any machine: the folder below is another each time
    r"(?:private/)?(?:var/)?tmp/[^/]+",
    r"(?:private/)?var/folders/[^/]+/[^/]+/T/[^/]+",
    r"[A-Za-z]:/Users/[^/]+/AppData/Local/Temp/[^/]+",
    r"workspace",
    r"src",  # what containers of scanners mount it as
)
_OF_PEOPLE = (
    rf"{_HOME}/(?:{_COLLECTION}/)?(?!{_SOURCES}/)(?P<{{0}}12>[^/.][^/]*)",
    rf"{_HOME}(?=/(?:{_SOURCES}|\.[^/]+)/)",  # the checkout is the home itself, as in containers; caches of package managers
)
_checkout = re.compile(rf"/?(?:{'|'.join((*_NAMED, *_NAMELESS, *_OF_PEOPLE)).format('name')})(?=/)").match
_is_of_the_system = re.compile(r"/(?:usr|lib|lib64|etc|proc|sys|dev|System|Library)/").match
_dotted_folder = re.compile(
    r"(?:(?:private\.)?(?:var\.)?tmp\.(?:tmp\.)?[^.]+|home\.runner\.work\.[^.]+\.[^.]+|__w\.[^.]+\.[^.]+|github\.workspace"
    r"|builds\.[^.]+\.[^.]+|(?:home|Users|C\.Users)\.[^.]+)\."
).match


def below_checkout(path: str) -> str:
    """An absolute path without the folder of a checkout, where it is one that is known; any other as it is."""
    if "\\" in path and "/" not in path:
        path = path.replace("\\", "/")  # as an agent with Windows writes it
    if not path.startswith("/") and path[1:2] != ":":
        return path
    found = _checkout(path)
    return path[found.end() + 1 :] or path if found else path


def checkout_name(path: str) -> str:
    """The repository whose folder this is, or is in; empty where that is not known."""
    found = _checkout(path.rstrip("/") + "/")
    return next((name for name in found.groupdict().values() if name), "") if found else ""


def folder_name(path: str) -> str:
    """What a folder is called wherever it was checked out: by its repository, else by where it is in the checkout.

    Empty for the checkout itself, as a temporary folder is: what is scanned in it has another name tomorrow.
    """
    folder = path.rstrip("/")
    found = _checkout(folder + "/")
    return checkout_name(path) or (folder[found.end() + 1 :] if found else folder)


def below_folder(dotted: str) -> str:
    """An id that begins with the folder of its file on some machine, written with dots, without that folder."""
    found = _dotted_folder(dotted)
    return dotted[found.end() :] or dotted if found else dotted


def common_root(paths: list[str]) -> str:
    """The folder, with a slash behind it, below which all of these absolute files are; empty where it is the machine's root.

    They are to be all files of a scan, not those with findings. The machine's own headers and libraries are not looked at. It
    ends before a name that folders within a repository have (``/srv/a/src/b.py`` alone is ``src/b.py``).
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
