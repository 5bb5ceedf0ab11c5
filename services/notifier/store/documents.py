"""Domain values as JSON columns, checked on the way back."""

from typing import Any, Final, cast

from pydantic import TypeAdapter

from services.notifier.domain.case import Case
from services.notifier.domain.directory import Person

_CASE: Final = TypeAdapter(Case)
_PERSON: Final = TypeAdapter(Person)


def case_document(case: Case) -> dict[str, Any]:
    """Return a case as plain JSON types."""
    return cast("dict[str, Any]", _CASE.dump_python(case, mode="json"))


def read_case(document: object) -> Case:
    """Return the case a document holds."""
    return _CASE.validate_python(document)


def person_document(person: Person) -> dict[str, Any]:
    """Return a directory person as plain JSON types."""
    return cast("dict[str, Any]", _PERSON.dump_python(person, mode="json"))


def read_person(document: object) -> Person:
    """Return the directory person a document holds."""
    return _PERSON.validate_python(document)
