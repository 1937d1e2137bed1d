"""A mapping for a report of unknown format, as far as it can be guessed: a page to go on from, which says what is guess."""

import re
from pathlib import Path
from typing import Any

import yaml

from scanner.authoring.guessing import Guess, guessed
from scanner.authoring.sampling import Sample, sample_of
from scanner.mappings.values import texts_of
from scanner.opening import open_documents

_KEYS = 5
"""By so many a report is recognised."""
_FACTS = 10
_KINDS = (("image", "container", "image", "CONTAINER"), ("host", "host", "name", "INFRA"), ("url", "web", "name", "WEB"))
"""Part that was found → kind of asset, its attribute, type."""


def propose(path: Path, slug: str, scanner: str) -> str:
    """The YAML of a mapping for the first document of a report. Raises `scanner.errors.ScannerError`."""
    documents = open_documents(path)
    try:
        sample = sample_of(next(documents))
    finally:
        documents.close()
    guesses = guessed(sample.values)
    mapping = _mapping(sample, guesses, slug, scanner)
    text = yaml.safe_dump(mapping, sort_keys=False, allow_unicode=True, width=120)
    return "\n".join((*_comments(path, sample, guesses), text))


def _comments(path: Path, sample: Sample, guesses: dict[str, Guess]) -> list[str]:
    where = f"at {sample.at}" if sample.at else "one after the other"
    lines = [
        f"# Proposed from {path.name}: {sample.records} records, {where}. Look at each line; `phoenix-scan check-format`",
        "# says what it makes of reports.",
        "#",
        "# Guessed:",
    ]
    lines += [f"#   {guess.part}: {guess.path} ({guess.why})" for guess in guesses.values()]
    missing = [part for part in ("name", "severity", "file", "ids", "remedy") if part not in guesses]
    if missing:
        lines.append(f"# Not found: {', '.join(missing)}")
    return lines


def _mapping(sample: Sample, guesses: dict[str, Guess], slug: str, scanner: str) -> dict[str, Any]:
    asset, asset_type = _asset(guesses)
    record: dict[str, Any] = {"at": sample.at} if sample.at else {}
    record |= {"asset": asset, "finding": _finding(sample, guesses)}
    if "state" in guesses:
        record["state"] = guesses["state"].path
    variant: dict[str, Any] = {"shape": sample.shape, "recognise": _recognise(sample)}
    variant |= {"records": [record]} if sample.shape in ("json", "xml") else {"record": record}
    return {"slug": slug, "scanner": scanner, "asset_type": asset_type, "variants": [variant]}


def _recognise(sample: Sample) -> dict[str, Any]:
    always = [path for path, seen in sample.values.items() if all(value is not None for value in seen)] or list(sample.values)
    match sample.shape:
        case "csv":
            return {"header": always[:_KEYS]}
        case "xml":
            return {"root": sample.root, "elements": [sample.at]}
        case "lines":
            return {"keys": always[:_KEYS]}
        case _:
            inside = [] if "*" in sample.at else [path for path in always if not path.startswith("parent.")]
            return {"keys": [*sample.around[:_KEYS], *(f"{sample.at}.{path}" for path in inside[:_KEYS])]}


def _asset(guesses: dict[str, Guess]) -> tuple[dict[str, Any], str]:
    for part, kind, attribute, asset_type in _KINDS:
        if part in guesses and not {"file", "package"} & set(guesses):
            path = guesses[part].path
            value = {"pattern": r"^(?:\w+://)?(?:[^/@]*@)?([^/:?#]+)", "of": path} if kind == "web" else path
            return {kind: {attribute: value}}, asset_type
    return {"code": {}}, "CODE"


def _finding(sample: Sample, guesses: dict[str, Guess]) -> dict[str, Any]:
    path = {part: guess.path for part, guess in guesses.items()}
    finding: dict[str, Any] = {"name": path.get("name") or path.get("ids") or next(iter(sample.values), ".")}
    rating = {key: path[part] for key, part in (("word", "severity"), ("vector", "vector"), ("score", "score")) if part in path}
    if rating:
        finding["severity"] = rating
    if "file" in path:
        finding["location"] = {"join": [{"file": path["file"]}, *([path["line"]] if "line" in path else [])], "with": ":"}
    elif "package" in path:
        finding["location"] = {"join": [path[part] for part in ("package", "version") if part in path], "with": "@"}
    elif "url" in path:
        finding["location"] = path["url"]
    finding |= {part: path[part] for part in ("description", "remedy", "ids", "cwes", "published") if part in path}
    if "package" in path:
        finding["package"] = {
            key: path[part] for key, part in (("name", "package"), ("version", "version"), ("fixed", "fixed")) if part in path
        }
    rest = [other for other, seen in sample.values.items() if other not in path.values() and any(map(texts_of, seen))]
    if rest:
        finding["details"] = {_fact_name(other): other for other in rest[:_FACTS]}
    return finding


def _fact_name(path: str) -> str:
    return re.sub(r"\W+", "_", path.removeprefix("parent.")).strip("_").casefold()
