"""What all contracts are made of: frozen models, moments, data classes of privacy."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Annotated, Any, Self, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints


class DataClass(Enum):
    """Privacy class of a field (contracts.md); logs, exports and views derive from it."""

    DIRECT = "D"
    QUASI = "Q"
    STAFF = "S"
    NARRATIVE = "N"
    NONE = "0"


D = DataClass.DIRECT
Q = DataClass.QUASI
S = DataClass.STAFF
N = DataClass.NARRATIVE


def write_moment(moment: datetime) -> str:
    """Return RFC 3339 UTC with six decimals, the one spelling that is ever hashed."""
    # isoformat is eight times faster than strftime, and pads the years before 1000.
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


Moment: TypeAlias = Annotated[
    AwareDatetime, PlainSerializer(write_moment, return_type=str, when_used="json")
]
Slug: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Code: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Text: TypeAlias = Annotated[str, StringConstraints(max_length=65_536)]
Count: TypeAlias = Annotated[int, Field(ge=0, le=1_000_000)]


class Produced(BaseModel):
    """A value that we write: frozen, and nothing may be in it that the contract does not name."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        """Return the value of fields that have the contract's own types already; none is checked.

        For what is derived by the thousand from values that were checked: `model_construct`
        without its walk over every field, at a fifth of the time.

        Raises:
            KeyError: a field without a plain default is missing, or one is unknown.
        """
        defaults, required = _shape(cls)
        values = {**defaults, **fields}
        if len(values) > len(defaults) or not required <= fields.keys():
            raise KeyError(*sorted(required ^ fields.keys()))
        made = cls.__new__(cls)
        object.__setattr__(made, "__dict__", values)
        object.__setattr__(made, "__pydantic_fields_set__", set(fields))
        object.__setattr__(made, "__pydantic_extra__", None)
        object.__setattr__(made, "__pydantic_private__", None)
        return made

    def to_json(self) -> bytes:
        """Return the record's value: JSON without the fields that are unknown (None)."""
        return self.model_dump_json(exclude_none=True).encode()

    def to_document(self) -> dict[str, Any]:
        """Return the same as plain JSON types, for hashing and comparison."""
        return self.model_dump(mode="json", exclude_none=True)


@cache
def _shape(model: type[Produced]) -> tuple[dict[str, Any], frozenset[str]]:
    """Return all fields with their defaults, and those that must be given."""
    plain = {name: field.get_default() for name, field in model.model_fields.items()}
    required = frozenset(
        name
        for name, field in model.model_fields.items()
        if field.is_required() or field.default_factory is not None
    )
    return plain, required


class Received(BaseModel):
    """A value that others write: frozen, fields we do not know are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")
