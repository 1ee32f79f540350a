"""The models' shape: what may stand where. Hints, the environment and the reference read it."""

from __future__ import annotations

from collections.abc import Sequence
from types import NoneType
from typing import Annotated, Any, TypeGuard, get_args, get_origin

from gateway.config.base import Model
from gateway.config.models import Config


def keys(model: type[Model]) -> dict[str, Any]:
    """The keys that a model has in the file, each with its type."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def bare(kind: Any) -> Any:
    """A type without what is said about it, and without None."""
    if get_origin(kind) is Annotated:
        return bare(get_args(kind)[0])
    others = [part for part in get_args(kind) if part is not NoneType]
    return bare(others[0]) if len(others) < len(get_args(kind)) else kind


def is_model(kind: Any) -> TypeGuard[type[Model]]:
    """Whether a type is a model."""
    return isinstance(kind, type) and issubclass(kind, Model)


def is_list(kind: Any) -> bool:
    """Whether a type is a list in the file."""
    return get_origin(kind) is tuple


def is_mapping(kind: Any) -> bool:
    """Whether a type is a mapping in the file whose keys its writer chooses."""
    return get_origin(kind) is dict


def at(path: Sequence[str | int]) -> Any:
    """The bare type of what stands at a path; None when nothing can stand there."""
    kind: Any = Config
    for step in path:
        if is_model(kind):
            kind = keys(kind).get(str(step))
        elif is_mapping(kind):
            kind = get_args(kind)[1]
        elif is_list(kind) and isinstance(step, int):
            kind = get_args(kind)[0]
        else:
            return None
        kind = bare(kind)
    return kind
