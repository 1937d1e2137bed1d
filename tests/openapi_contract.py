"""What a client of an API may rely on, read off its OpenAPI document, and what of it a later document breaks.

`contract_of` keeps operations, their parameters, bodies and good answers with types, fields and closed values; it drops prose,
examples and names of schemas. `breaks` compares two: a request that was good has to stay good, and what an answer had it has to
have.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = dict[str, Any]
Contract = dict[str, Any]


def contract_of(document: Mapping[str, Any], prefix: str) -> Contract:
    """Of the operations below ``prefix``, by method and path."""
    return {
        f"{method.upper()} {path}": _operation(operation, document)
        for path, methods in sorted(document["paths"].items())
        if path.startswith(prefix)
        for method, operation in sorted(methods.items())
    }


def _operation(operation: Mapping[str, Any], document: Mapping[str, Any]) -> Contract:
    body = operation.get("requestBody", {})
    return {
        "parameters": {
            f"{each['in']} {each['name']}": {
                "required": each.get("required", False),
                "schema": _shape(each["schema"], document),
            }
            for each in operation.get("parameters", ())
        },
        "body required": body.get("required", False),
        "body": {kind: _shape(each.get("schema", {}), document) for kind, each in body.get("content", {}).items()},
        "answers": {
            status: {kind: _shape(each.get("schema", {}), document) for kind, each in answer.get("content", {}).items()}
            for status, answer in operation["responses"].items()
            if status.startswith("2")
        },
    }


def _shape(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Schema:
    """``types``, ``values`` of a closed set, ``fields``, the ``required`` ones, ``items``, ``others`` (fields of any name)."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    variants = [_shape(each, document) for word in ("anyOf", "oneOf", "allOf") for each in schema.get(word, ())]
    own: Schema = {}
    if "type" in schema:
        own["types"] = [schema["type"]] if isinstance(schema["type"], str) else sorted(schema["type"])
    if "enum" in schema or "const" in schema:
        own["values"] = sorted(schema.get("enum", [schema.get("const")]), key=str)
    if "properties" in schema:
        own["fields"] = {name: _shape(each, document) for name, each in sorted(schema["properties"].items())}
        own["required"] = sorted(schema.get("required", ()))
    if "items" in schema:
        own["items"] = _shape(schema["items"], document)
    if isinstance(schema.get("additionalProperties"), Mapping):
        own["others"] = _shape(schema["additionalProperties"], document)
    for variant in variants:
        types = sorted({*own.get("types", ()), *variant.pop("types", ())})
        own |= variant | ({"types": types} if types else {})
    return own


def breaks(before: Contract, after: Contract) -> list[str]:
    """A sentence for everything that a client of ``before`` may rely on and ``after`` does not keep."""
    return [sentence for name in before for sentence in _operation_breaks(name, before[name], after.get(name))]


def _operation_breaks(name: str, before: Contract, after: Contract | None) -> Iterator[str]:
    if after is None:
        yield f"{name} is gone."
        return
    for parameter, old in before["parameters"].items():
        new = after["parameters"].get(parameter)
        if new is None:
            yield f"{name} no longer takes the parameter {parameter}."
            continue
        if new["required"] and not old["required"]:
            yield f"{name} now demands the parameter {parameter}."
        yield from _request_breaks(f"{name}, parameter {parameter}", old["schema"], new["schema"])
    for parameter, new in after["parameters"].items():
        if new["required"] and parameter not in before["parameters"]:
            yield f"{name} demands a new parameter {parameter}."
    if after["body required"] and not before["body required"]:
        yield f"{name} now demands a body."
    for kind, old in before["body"].items():
        if kind not in after["body"]:
            yield f"{name} no longer takes a body of {kind}."
        else:
            yield from _request_breaks(f"{name}, body", old, after["body"][kind])
    for status, kinds in before["answers"].items():
        if status not in after["answers"]:
            yield f"{name} no longer answers {status}."
            continue
        for kind, old in kinds.items():
            if kind not in after["answers"][status]:
                yield f"{name} no longer answers {status} as {kind}."
            else:
                yield from _answer_breaks(f"{name}, answer {status}", old, after["answers"][status][kind])


def _request_breaks(where: str, old: Schema, new: Schema) -> Iterator[str]:
    """What was accepted has to be accepted."""
    if gone := set(old.get("types", ())) - set(new.get("types", old.get("types", ()))):
        yield f"{where} no longer takes a value of type {', '.join(sorted(gone))}."
    if "types" in new and "types" not in old:
        yield f"{where} took any value and now only {', '.join(new['types'])}."
    if "values" in new and (gone := set(map(str, old.get("values", ["others"]))) - set(map(str, new["values"]))):
        yield f"{where} no longer takes {', '.join(sorted(gone))}."
    for name, inner in old.get("fields", {}).items():
        if name not in new.get("fields", {}):
            yield f"{where} no longer has the field {name}."
        else:
            yield from _request_breaks(f"{where}, field {name}", inner, new["fields"][name])
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{where} now demands the field {name}."
    for inner in ("items", "others"):
        if inner in old and inner in new:
            yield from _request_breaks(f"{where}, {inner}", old[inner], new[inner])


def _answer_breaks(where: str, old: Schema, new: Schema) -> Iterator[str]:
    """What was there has to be there, and to be what it was; clients pass over fields and values that they do not know."""
    if "types" in old and (more := set(new.get("types", ["any"])) - set(old["types"])):
        yield f"{where} can now be of type {', '.join(sorted(more))}."
    for name, inner in old.get("fields", {}).items():
        if name not in new.get("fields", {}):
            yield f"{where} no longer has the field {name}."
            continue
        if name in old.get("required", ()) and name not in new.get("required", ()):
            yield f"{where} no longer always has the field {name}."
        yield from _answer_breaks(f"{where}, field {name}", inner, new["fields"][name])
    for inner in ("items", "others"):
        if inner in old and inner in new:
            yield from _answer_breaks(f"{where}, {inner}", old[inner], new[inner])
