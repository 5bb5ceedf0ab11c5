"""Whose a source topic is: one tenant's, or nobody's."""

from pathlib import Path

from shared.site.site import Site
from shared.site.source_topics import Binding, source_bindings
from tests.builders.site import a_site, a_tenant_document, a_tenant_file

TOPIC = "incident.source.shared.v1"


def binding(site: Site, tenant: str, **topics: str) -> None:
    """Let a tenant's systems bind topics."""
    sources = {system: {"topic": name} for system, name in topics.items()}
    a_tenant_file(site, a_tenant_document(tenant, sources=sources))


def test_a_site_whose_tenants_bind_nothing_has_no_bindings(tmp_path: Path) -> None:
    """HTTP alone is the usual case."""
    bindings = source_bindings(a_site(tmp_path))

    assert (bindings.bound, bindings.topics, bindings.contested) == ({}, (), frozenset())


def test_a_topic_belongs_to_the_system_that_binds_it(tmp_path: Path) -> None:
    """And is created with append time, in order of name."""
    site = a_site(tmp_path)
    binding(site, "northwick", datix="b", rl6="a")

    bindings = source_bindings(site)
    assert bindings.bound == {
        "incident.source.a.v1": Binding("northwick", "rl6"),
        "incident.source.b.v1": Binding("northwick", "datix"),
    }
    assert [topic.name for topic in bindings.topics] == sorted(bindings.bound)
    assert all(topic.append_time for topic in bindings.topics)


def test_a_topic_that_is_bound_twice_is_nobodys(tmp_path: Path) -> None:
    """By two tenants, or by two systems of one."""
    site = a_site(tmp_path, "northwick", "southmoor")
    binding(site, "northwick", datix="shared", one="twin", two="twin")
    binding(site, "southmoor", datix="shared", own="own")

    bindings = source_bindings(site)
    assert bindings.bound == {"incident.source.own.v1": Binding("southmoor", "own")}
    assert bindings.contested == {TOPIC, "incident.source.twin.v1"}
    assert len(bindings.topics) == 3


def test_a_damaged_file_hides_only_its_own_tenant(tmp_path: Path) -> None:
    """A typing error in one hospital's settings stops no other hospital's import."""
    site = a_site(tmp_path, "northwick", "southmoor")
    binding(site, "southmoor", datix="own")
    (site.tenant_folder("northwick") / "tenant.yaml").write_text("tenant: [")

    bindings = source_bindings(site)
    assert bindings.unreadable == ("northwick",)
    assert bindings.bound == {"incident.source.own.v1": Binding("southmoor", "datix")}
