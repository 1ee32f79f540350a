"""Checks events against a copy of the published schema: a folder of the repository ocsf-schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

Json = dict[str, Any]

_PLAIN: dict[str, tuple[type, ...]] = {
    "boolean_t": (bool,),
    "integer_t": (int,),
    "long_t": (int,),
    "timestamp_t": (int,),
    "port_t": (int,),
    "float_t": (int, float),
    "json_t": (dict, list, str, int, float, bool),
}


_COMPUTED = ("category_uid", "class_uid")
"""Each class has a value of its own, which its file does not say."""


class Schema:
    """Finds what an event has that its class does not allow, or lacks that it requires."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        dictionary = self._read("dictionary.json")
        self.types: Json = dictionary["types"]["attributes"]
        self.attributes: Json = dictionary["attributes"]
        self.categories: Json = self._read("categories.json")["attributes"]

    def _read(self, path: str) -> Json:
        found: Json = json.loads((self.folder / path).read_text())
        return found

    @cached_property
    def _classes(self) -> dict[str, Json]:
        files = [json.loads(path.read_text()) for path in self.folder.glob("events/**/*.json")]
        return {each["name"]: each for each in files}

    def _whole(self, thing: Json, known: dict[str, Json]) -> Json:
        """A class or an object with what it extends; attributes of a profile say of which."""
        above = known.get(thing.get("extends", ""))
        base = self._whole(above, known) if above else {"attributes": {}, "constraints": {}}
        own = dict(thing["attributes"])
        attributes: Json = dict(base["attributes"])
        for include in own.pop("$include", []):
            profile = self._read(include)
            for name, said in profile["attributes"].items():
                attributes[name] = {"profile": profile["name"], **said}
        for name, said in own.items():
            enum = {**attributes.get(name, {}).get("enum", {}), **said.get("enum", {})}
            attributes[name] = {
                **attributes.get(name, {}),
                **said,
                **({"enum": enum} if enum else {}),
            }
        return {**base, **thing, "attributes": attributes}

    @cached_property
    def _objects(self) -> dict[str, Json]:
        files = [json.loads(path.read_text()) for path in self.folder.glob("objects/*.json")]
        return {each["name"]: each for each in files}

    def faults(self, event: Json) -> list[str]:
        """What is wrong with an event, a sentence each."""
        uid = event["class_uid"]
        if uid == 0:
            found, number = self._classes["base_event"], 0
        else:
            [found] = [each for each in self._classes.values() if self._uid(each) == uid]
            number = self.categories[self._category(found)]["uid"]
        faults = list(self._of(self._whole(found, self._classes), event, "", self._profiles(event)))
        captions = {"class_name": found["caption"], "activity_name": self._activity(found, event)}
        faults += [
            f"{name} is {event[name]}, not {caption}"
            for name, caption in captions.items()
            if caption and event[name] != caption
        ]
        if event["category_uid"] != number:
            faults.append("another category's number")
        if event["type_uid"] != uid * 100 + event["activity_id"]:
            faults.append("type_uid is not of the class and the activity")
        return faults

    def _activity(self, found: Json, event: Json) -> str:
        enum = self._whole(found, self._classes)["attributes"]["activity_id"]["enum"]
        activity = event["activity_id"]
        return "" if activity == 99 else str(enum[str(activity)]["caption"])

    def _profiles(self, event: Json) -> set[str | None]:
        return {None, *event["metadata"].get("profiles", [])}

    def _category(self, found: Json) -> str:
        while "category" not in found:
            found = self._classes[found["extends"]]
        return str(found["category"])

    def _uid(self, found: Json) -> int:
        if "uid" not in found:
            return -1
        return int(self.categories[self._category(found)]["uid"]) * 1000 + int(found["uid"])

    def _of(self, whole: Json, value: Json, at: str, profiles: set[str | None]) -> Iterator[str]:
        attributes = {
            name: said
            for name, said in whole["attributes"].items()
            if said.get("profile") in profiles
        }
        for name in value.keys() - attributes.keys():
            yield f"{at}{name}: there is no such attribute"
        for name, said in attributes.items():
            if name in value:
                yield from self._value(name, said, value[name], f"{at}{name}", profiles)
            elif said.get("requirement") == "required":
                yield f"{at}{name}: it is required"
        some = whole.get("constraints", {}).get("at_least_one", [])
        if some and not value.keys() & set(some):
            yield f"{at}: none of {some}"

    def _value(
        self, name: str, said: Json, value: Any, at: str, profiles: set[str | None]
    ) -> Iterator[str]:
        meaning = {**self.attributes[name], **said}
        if meaning.get("is_array"):
            if not isinstance(value, list):
                yield f"{at}: it is no array"
                return
            for number, each in enumerate(value):
                yield from self._one(name, meaning, each, f"{at}[{number}]", profiles)
        else:
            yield from self._one(name, meaning, value, at, profiles)

    def _one(
        self, name: str, meaning: Json, value: Any, at: str, profiles: set[str | None]
    ) -> Iterator[str]:
        kind = meaning["type"]
        enum = {**self.attributes[name].get("enum", {}), **meaning.get("enum", {})}
        if enum and name not in _COMPUTED and str(value) not in enum:
            yield f"{at}: {value} is none of its values"
        if kind == "object":
            if not isinstance(value, dict):
                yield f"{at}: it is no object"
        elif kind in self._objects:
            if isinstance(value, dict):
                whole = self._whole(self._objects[kind], self._objects)
                yield from self._of(whole, value, f"{at}.", profiles)
            else:
                yield f"{at}: it is no {kind}"
        else:
            yield from self._plain(kind, value, at)

    def _plain(self, kind: str, value: Any, at: str) -> Iterator[str]:
        of = _PLAIN.get(kind, (str,))
        if not isinstance(value, of) or (isinstance(value, bool) and bool not in of):
            yield f"{at}: {value!r} is no {kind}"
        regex = self.types[kind].get("regex")
        if regex and isinstance(value, str) and not re.match(regex, value):
            yield f"{at}: {value!r} does not match {kind}"
