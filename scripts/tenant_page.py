"""Everything that `tenant.yaml` may say, as a page: one row a setting, from the model itself."""

from collections.abc import Iterator
from typing import Any, Final

from pydantic.fields import FieldInfo

from shared.site.models import IntakeLimits, Outreach, Privacy, Programme, Source, Tenant, Unit
from shared.site.spelling import Setting

_HEAD: Final = """\
# What tenant.yaml may say

Generated from `shared/site/models.py`; do not edit. One file a hospital group, in
`tenants/NAME/tenant.yaml` of the configuration folder. Only `tenant` has no default; what is not
written keeps it. A field that nobody knows is refused by name, with the likely one. Prove a change
with `peerline config check`; running services read the file again when it changes.
"""
_EXAMPLE: Final = """\
```yaml
tenant: northwick
title: Northwick University Hospitals
zone: Europe/London
sources:
  datix: {ordering: updated_at, harm_scale: nrls, pack: datixweb}
units:
  picu: {title: Paediatric intensive care, campus: main, aliases: {datix: [PICU, W07]}}
privacy: {restricted: team_only}
programme: {telephone: "+44 20 7946 0000", from_address: peer-support@northwick.example}
outreach: {quiet_hours: "22:00-06:00", confirm_minutes: {urgent: 0, high: never, routine: 480}}
```
"""
_GROUPS: Final[tuple[tuple[str, type[Setting]], ...]] = (
    ("The hospital group", Tenant),
    ("sources.NAME", Source),
    ("units.ID", Unit),
    ("privacy", Privacy),
    ("limits", IntakeLimits),
    ("programme", Programme),
    ("outreach", Outreach),
)
_GROUPED: Final = frozenset({"sources", "units", "privacy", "limits", "programme", "outreach"})


def tenant_page() -> str:
    """Return `docs/tenant.md`."""
    return "\n".join([_HEAD, _EXAMPLE, *(line for group in _GROUPS for line in _section(*group))])


def _section(title: str, model: type[Setting]) -> Iterator[str]:
    plain = model is Tenant
    yield f"## {title if plain else f'`{title}`'}"
    yield ""
    yield (model.__doc__ or "").strip().split("\n\n")[0]
    yield ""
    yield "| setting | allowed | default | what it does |"
    yield "|---|---|---|---|"
    schema = model.model_json_schema()
    for name, field in model.model_fields.items():
        if not (plain and name in _GROUPED):
            kind = _kind(schema["properties"][name], schema.get("$defs", {}))
            told = " ".join((field.description or "").split())
            yield f"| `{name}` | {kind} | {_default(field)} | {told} |"
    yield ""


def _kind(node: dict[str, Any], known: dict[str, Any]) -> str:
    if "$ref" in node:
        return _kind(known[node["$ref"].rpartition("/")[2]], known)
    if "anyOf" in node:
        return ", ".join(_kind(one, known) for one in node["anyOf"] if one.get("type") != "null")
    words = [node["const"]] if "const" in node else node.get("enum", ())
    if words:
        return ", ".join(f"`{word}`" for word in words)
    return _shape(node, known)


def _shape(node: dict[str, Any], known: dict[str, Any]) -> str:
    match node.get("type"):
        case "boolean":
            return "`true`, `false`"
        case "integer":
            return f"{node['minimum']} to {node['maximum']}"
        case "array":
            return f"a list: {_kind(node.get('items') or node['prefixItems'][0], known)}"
        case "object" if "properties" in node:
            kinds = {_kind(one, known) for one in node["properties"].values()}
            return f"{', '.join(node['properties'])}: each {'; '.join(sorted(kinds))}"
        case "object":
            named = node.get("patternProperties", {"": node.get("additionalProperties")})
            return f"names, each with {_kind(next(iter(named.values())), known)}"
        case _:
            return "text"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    return _written(field.get_default(call_default_factory=True))


def _written(value: object) -> str:
    if isinstance(value, Setting):
        return ", ".join(f"{name} {said}" for name, said in value.model_dump(mode="json").items())
    if isinstance(value, tuple):
        return ", ".join(_written(one) for one in value) or "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return "none" if value is None or value in ("", {}) else f"`{value}`"
