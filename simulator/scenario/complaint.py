"""One clear line for what is wrong with a file: the dotted key, the fault, the nearest name or what is allowed."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

_NOUNS = {
    "market.assets.path.process": "process",
    "protocol.rule": "rule",
    "liquidation.mechanism": "mechanism",
    "finality.model": "finality model",
}


def nearest(name: str, allowed: Iterable[str]) -> str:
    """A question that names the one of `allowed` closest to `name`, or nothing if none is close."""
    close = get_close_matches(name, list(allowed), n=1, cutoff=0.5)
    return f"; did you mean '{close[0]}'?" if close else ""


def complaint(error: ValidationError, data: Mapping[str, Any], model: type[BaseModel]) -> str:
    """The first fault of `error`, raised by `model` on `data`, in one line, and how many more there are."""
    faults = error.errors(include_url=False)
    # An unknown key is usually the misspelling that also makes a required one missing.
    fault = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return _sentence(fault, data, model) + more


def _sentence(fault: Any, data: Mapping[str, Any], model: type[BaseModel]) -> str:
    loc = _without_tags(fault["loc"], data)
    kind, context, given = fault["type"], fault.get("ctx", {}), fault["input"]
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        loc = (*loc, str(context["discriminator"]).strip("'"))
    where = _dotted(loc)
    if kind == "extra_forbidden":
        allowed = _keys(fault["loc"][:-1], model)
        noun = "agent" if loc[:-1] == ("agents",) else "key"
        return f"{where}: unknown {noun} '{loc[-1]}'{nearest(str(loc[-1]), allowed)} (allowed: {', '.join(allowed)})"
    if kind in ("literal_error", "union_tag_invalid"):
        allowed = re.findall(r"'([^']*)'", context.get("expected") or context["expected_tags"])
        noun = _NOUNS.get(".".join(str(part) for part in loc if not isinstance(part, int)), "value")
        given = context.get("tag", given)
        return f"{where}: unknown {noun} '{given}'{nearest(str(given), allowed)} (allowed: {', '.join(allowed)})"
    if kind in ("missing", "union_tag_not_found"):
        return f"{where}: missing; this key is required"
    if kind == "value_error":
        return f"{where}: {context['error']}" if where else str(context["error"])
    if kind.startswith(("timezone", "datetime", "date_")):
        return f"{where}: must be a time with its offset, such as 2020-03-12T00:00:00Z, not {given}"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return f"{where}: must be a table, not {given!r}"
    message = re.sub(r"^[A-Z]\w+ should", "must", fault["msg"].split(",")[0])
    if kind == "string_pattern_mismatch":
        message = f"must match {context['pattern']}"
    return f"{where}: {message}" + ("" if isinstance(given, dict | list) else f", not {given!r}")


def _dotted(loc: tuple) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")


def _without_tags(loc: tuple, data: Any) -> tuple:
    """`loc` without the names pydantic adds for the chosen member of a union: those are no keys of the data."""
    kept: list = []
    node: Any = data
    for place, part in enumerate(loc):
        inside = part in node if isinstance(node, dict) else isinstance(node, list | tuple) and isinstance(part, int)
        if inside:
            node = node[part] if not isinstance(node, list | tuple) or part < len(node) else None
        elif place < len(loc) - 1:
            continue
        kept.append(part)
    return tuple(kept)


def _keys(loc: tuple, model: type[BaseModel]) -> list[str]:
    """Names of the keys allowed in the table of `model` at `loc` (with the union tags pydantic adds)."""
    node: Any = model
    for part in loc:
        present = [member for member in _members(node) if member is not NoneType]
        node = present[0] if len(present) == 1 else node
        if get_origin(node) is dict:
            node = get_args(node)[1]
        elif isinstance(node, type) and issubclass(node, BaseModel):
            node = node.model_fields[part].annotation
        elif isinstance(part, int):
            node = get_args(node)[0]
        else:
            node = next(member for member in _members(node) if _tag(member) == part)
        if get_origin(node) is not None and hasattr(node, "__metadata__"):
            node = get_args(node)[0]
    return list(node.model_fields)


def _members(node: Any) -> tuple:
    return get_args(node) if get_origin(node) in (Union, UnionType) else (node,)


def _tag(member: type[BaseModel]) -> str:
    """The value of the discriminating key, which is a literal: the first field of every member."""
    return get_args(next(iter(member.model_fields.values())).annotation)[0]
