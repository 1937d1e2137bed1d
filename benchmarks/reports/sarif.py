"""SARIF 2.1.0: a run per scanned repository, each with its rules."""

from collections.abc import Iterator

import msgspec

from benchmarks.reports.advisories import Advisory
from benchmarks.reports.contents import Contents
from benchmarks.reports.kind import LAP, Kind, Plan, separated
from scanner import assets
from scanner.model import finding_identity

_LEVELS = {"CRITICAL": "error", "HIGH": "error", "MEDIUM": "warning", "LOW": "note", "UNKNOWN": "none"}
_RULES = 150
"""Of a tool: they are repeated in every run."""


def rule(advisory: Advisory) -> bytes:
    return msgspec.json.encode(
        {
            "id": _id(advisory),
            "name": _id(advisory),
            "shortDescription": {"text": advisory.title},
            "fullDescription": {"text": advisory.description},
            "help": {"text": advisory.solution},
            "helpUri": advisory.links[0],
            "defaultConfiguration": {"level": _LEVELS[advisory.severity]},
            "properties": {"tags": ["security", f"external/cwe/cwe-{advisory.cwe:03}"]},
        }
    )


def template(advisory: Advisory) -> bytes:
    return msgspec.json.encode(
        {
            "ruleId": _id(advisory),
            "level": _LEVELS[advisory.severity],
            "message": {"text": advisory.description},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": _path(advisory, LAP.decode()), "uriBaseId": "%SRCROOT%"},
                        "region": {
                            "startLine": _line(advisory),
                            "startColumn": 9,
                            "snippet": {"text": f"    {advisory.package}.call(untrusted)"},
                        },
                    }
                }
            ],
            "partialFingerprints": {"primaryLocationLineHash": f"{advisory.number:016x}:{LAP.decode()}"},
        }
    )


def pieces(plan: Plan, contents: Contents) -> Iterator[bytes]:
    rules = b",".join(rule(advisory) for advisory in plan.pool)
    templates = [template(advisory) for advisory in plan.pool]
    yield b'{"version":"2.1.0","$schema":"https://json.schemastore.org/sarif-2.1.0.json","runs":[\n'
    for asset in range(len(plan.counts)):
        repository = f"https://git.example/bench/repository-{asset}"
        key = assets.repository(repository).key().hex()
        yield b",\n" if asset else b""
        yield b'{"tool":{"driver":{"name":"BenchQL","version":"1.0","rules":[%b]}},' % rules
        yield f'"versionControlProvenance":[{{"repositoryUri":"{repository}"}}],"results":[\n'.encode()
        yield from separated(_results(plan, contents, templates, asset=asset, key=key))
        yield b"]}"
    yield b"]}\n"


def _results(plan: Plan, contents: Contents, templates: list[bytes], *, asset: int, key: str) -> Iterator[bytes]:
    for number in range(plan.counts[asset]):
        advisory, lap = plan.pick(asset, number)
        identity = finding_identity(advisory.title, f"{_path(advisory, str(lap))}:{_line(advisory)}:9", [])
        contents.found(key, identity, advisory.title)
        yield templates[advisory.number].replace(LAP, b"%d" % lap)


def _id(advisory: Advisory) -> str:
    return f"bench/{advisory.number}"


def _path(advisory: Advisory, lap: str) -> str:
    return f"src/{advisory.package}/module_{lap}.py"


def _line(advisory: Advisory) -> int:
    return 20 + 7 * advisory.number


KIND = Kind(slug="sarif", extension="sarif", pieces=pieces, largest_pool=_RULES)
