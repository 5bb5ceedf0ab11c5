"""Takes the tests of another module that ask for a fixture, to run them with another one."""

import inspect
from collections.abc import Mapping
from types import FunctionType, ModuleType


def suite_of(fixtures: set[str], module: ModuleType) -> Mapping[str, FunctionType]:
    """Return the module's tests that name one of `fixtures` among their arguments, by name.

    Raises:
        LookupError: there are none, so that a renamed fixture is noticed.
    """
    found = {
        name: value
        for name, value in vars(module).items()
        if name.startswith("test_")
        and inspect.isfunction(value)
        and fixtures & inspect.signature(value).parameters.keys()
    }
    if not found:
        raise LookupError(f"no test of {module.__name__} asks for {', '.join(sorted(fixtures))}")
    return found
