"""Configuration values and their faults in words: which field, what is wrong, did you mean."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from shared.site.refusals import SiteFileError


def closest(word: str, known: list[str]) -> str:
    """Return ` - did you mean 'x'?`, or the list of what is known."""
    near = difflib.get_close_matches(word, known, n=1)
    if near:
        return f" - did you mean '{near[0]}'?"
    return f"; known are {', '.join(sorted(known))}" if known else "; none exists yet"


class Setting(BaseModel):
    """A configuration value: frozen, and a field nobody knows is refused by its likely name."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True
    )

    @model_validator(mode="before")
    @classmethod
    def _known_fields(cls, given: object) -> object:
        known = list(cls.model_fields)
        named = given if isinstance(given, Mapping) else {}
        unknown = [str(name) for name in named if name not in known]
        if unknown:
            advice = "; ".join(f"'{name}' is no field{closest(name, known)}" for name in unknown)
            raise PydanticCustomError("field_unknown", "{advice}", {"advice": advice})
        return given


S = TypeVar("S", bound=Setting)


def read_setting(model: type[S], document: object, path: Path) -> S:
    """Return `document` as `model`.

    Raises:
        SiteFileError: naming each field that is wrong and why, never its value.
    """
    try:
        return model.model_validate(document)
    except ValidationError as error:
        wrong = "; ".join(faults(error))
        raise SiteFileError(
            path, wrong, "Correct the file, then 'peerline config check'."
        ) from None


def faults(error: ValidationError) -> list[str]:
    """Return one `field.path: what is wrong` per fault, without the values."""
    return [
        f"{_place(item['loc'])}: {item['msg'].removeprefix('Value error, ')}"
        for item in error.errors(include_input=False, include_url=False, include_context=False)
    ]


def _place(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc) or "the file"
