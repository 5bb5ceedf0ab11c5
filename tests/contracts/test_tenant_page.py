"""The page about tenant.yaml says everything, and its example is one."""

import pytest
import yaml

from scripts.tenant_page import tenant_page
from shared.site.models import IntakeLimits, Outreach, Privacy, Programme, Source, Tenant, Unit
from shared.site.spelling import Setting


def test_the_example_of_the_page_is_a_tenant() -> None:
    """Whoever copies it starts from something that loads."""
    text = tenant_page().partition("```yaml\n")[2].partition("```")[0]

    tenant = Tenant.model_validate(yaml.safe_load(text))

    assert tenant.unit_of("datix", "w07") == "picu"


@pytest.mark.parametrize(
    "model", [Tenant, Source, Unit, Privacy, IntakeLimits, Programme, Outreach]
)
def test_every_setting_is_explained(model: type[Setting]) -> None:
    """A setting that nobody explains is a setting that nobody dares to change."""
    silent = [name for name, field in model.model_fields.items() if not field.description]

    assert silent == []
