"""Whose a publisher's own topic on Kafka is: the one tenant and source system that bind it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.contracts.topics import Topic, source_topic
from shared.site.refusals import SiteError
from shared.site.site import Site


@dataclass(frozen=True, slots=True)
class Binding:
    """One source system of one tenant, under the name it has in `tenant.yaml`."""

    tenant: str
    source_system: str


@dataclass(frozen=True, slots=True)
class SourceBindings:
    """The bindings of a site as its files say now; topics under their full names.

    A topic that is bound more than once is nobody's, since its reports would be read as several
    hospitals': it stands in `contested`. Tenants whose files cannot be read stand in `unreadable`.
    `topics` are all that somebody binds, as they are to be created.
    """

    bound: Mapping[str, Binding]
    contested: frozenset[str] = frozenset()
    unreadable: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()


def source_bindings(site: Site) -> SourceBindings:
    """Return who binds which source topic; one tenant's damaged file hides no other tenant's."""
    found: dict[Topic, list[Binding]] = {}
    unreadable: list[str] = []
    for tenant in site.tenants():
        try:
            bindings = tuple(_bindings(site, tenant))
        except SiteError:
            unreadable.append(tenant)
            continue
        for topic, binding in bindings:
            found.setdefault(topic, []).append(binding)
    return SourceBindings(
        {topic.name: each[0] for topic, each in found.items() if len(each) == 1},
        frozenset(topic.name for topic, each in found.items() if len(each) > 1),
        tuple(unreadable),
        tuple(sorted(found, key=lambda topic: topic.name)),
    )


def _bindings(site: Site, tenant: str) -> Iterator[tuple[Topic, Binding]]:
    for system, source in site.tenant(tenant).sources.items():
        if source.topic is not None:
            yield source_topic(source.topic), Binding(tenant, system)
