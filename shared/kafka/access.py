"""Access rules and logins on a broker: what is there, what is missing, what is nobody's of ours.

AccessError
├── NoAuthoriserError   the broker decides nothing: everybody may do everything
├── AccessDeniedError   this login may not look at rules and passwords, or not change them
└── PasswordRefusedError   the broker did not take a password
"""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from kafka.errors import ClusterAuthorizationFailedError, SecurityDisabledError

from shared.clock import monotonic
from shared.contracts.access import Operation, Pattern, Resource, Rule, concerns_us
from shared.kafka.client import KafkaClient

SETTLE_SECONDS: Final = 15.0
_LOOK_AGAIN_SECONDS: Final = 0.2
_ANY_HOST: Final = "*"
_RESOURCES: Final = {
    Resource.TOPIC: ResourceType.TOPIC,
    Resource.GROUP: ResourceType.GROUP,
    Resource.TRANSACTIONAL_ID: ResourceType.TRANSACTIONAL_ID,
    Resource.CLUSTER: ResourceType.CLUSTER,
}
_PATTERNS: Final = {
    Pattern.LITERAL: ACLResourcePatternType.LITERAL,
    Pattern.PREFIXED: ACLResourcePatternType.PREFIXED,
}
_OPERATIONS: Final = {
    Operation.READ: ACLOperation.READ,
    Operation.WRITE: ACLOperation.WRITE,
    Operation.CREATE: ACLOperation.CREATE,
    Operation.DELETE: ACLOperation.DELETE,
    Operation.ALTER: ACLOperation.ALTER,
    Operation.DESCRIBE: ACLOperation.DESCRIBE,
    Operation.ALTER_CONFIGS: ACLOperation.ALTER_CONFIGS,
    Operation.DESCRIBE_CONFIGS: ACLOperation.DESCRIBE_CONFIGS,
}
_OUR_RESOURCES: Final = {theirs: ours for ours, theirs in _RESOURCES.items()}
_OUR_PATTERNS: Final = {theirs: ours for ours, theirs in _PATTERNS.items()}


class AccessError(RuntimeError):
    """Rules or logins of a broker could not be read or set."""


class NoAuthoriserError(AccessError):
    """The broker has no authoriser: rules would have no effect."""

    hint = (
        "Set authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer, "
        "allow.everyone.if.no.acl.found=false and super.users on the brokers."
    )

    def __init__(self) -> None:
        """Say what that means."""
        super().__init__(
            "this broker checks nobody's rights: it has no authoriser, so everybody may do "
            "everything and no rule can be set"
        )


class AccessDeniedError(AccessError):
    """This login has no right to rules and passwords."""

    hint = "Use the super user once, later the principal 'operator': OPERATOR_KAFKA__USERNAME."

    def __init__(self) -> None:
        """Say who may."""
        super().__init__(
            "this login may not read or change rights on the broker (Describe and Alter on the "
            "cluster)"
        )


class PasswordRefusedError(AccessError):
    """The broker did not take a password."""

    hint = (
        "Setting passwords needs Alter on the cluster: a super user, or the principal 'operator'."
    )

    def __init__(self, logins: Collection[str]) -> None:
        """Name the logins."""
        super().__init__(f"the broker took no password for {', '.join(sorted(logins))}")


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a broker differs from the rules: `missing` of ours, `foreign` as lines to read."""

    missing: tuple[Rule, ...]
    foreign: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Whether the broker allows what the rules say on Peerline's names, no more and no less."""
        return not self.missing and not self.foreign


def compare(client: KafkaClient, wanted: Iterable[Rule]) -> Comparison:
    """Return what of `wanted` a broker lacks, and what else it has on Peerline's names.

    Raises:
        AccessError: the broker checks no rights, or this login may not see the rules.
    """
    with _admin(client) as admin:
        return _compared(_found(admin), wanted)


def apply(client: KafkaClient, wanted: Collection[Rule], *, prune: bool = False) -> Comparison:
    """Create what is missing, and with `prune` delete what is foreign; return what was found first.

    Safe to repeat. Deletes last, so that nobody loses a right for a moment.

    Raises:
        AccessError: the broker checks no rights, or this login may not change the rules.
    """
    with _admin(client) as admin:
        found = _found(admin)
        before = _compared(found, wanted)
        if before.missing:
            made = admin.create_acls([_acl(rule) for rule in before.missing])
            for error in made["failed"]:
                raise error
        if prune and before.foreign:
            admin.delete_acls([_filter(acl) for acl in _foreign(found, wanted)])
    return before


def await_applied(client: KafkaClient, wanted: Collection[Rule]) -> Comparison:
    """Return the comparison once nothing is missing, or after SETTLE_SECONDS as it then is.

    A broker answers before it has read its own new rules.

    Raises:
        AccessError: as `compare`.
    """
    until = monotonic() + SETTLE_SECONDS
    while (found := compare(client, wanted)).missing and monotonic() < until:
        time.sleep(_LOOK_AGAIN_SECONDS)
    return found


def known_logins(client: KafkaClient) -> frozenset[str]:
    """Return the names that have a password (SCRAM) on the broker.

    Raises:
        AccessDeniedError: this login may not see them.
    """
    with _admin(client) as admin:
        return frozenset(admin.describe_user_scram_credentials())


def set_passwords(client: KafkaClient, passwords: Mapping[str, str]) -> None:
    """Give each login of `passwords` its SCRAM-SHA-512 password; one it had is replaced.

    Raises:
        AccessError: the broker refuses, for example because this login may not.
    """
    wanted = [
        UserScramCredentialUpsertion(login, ScramMechanism.SCRAM_SHA_512, password)
        for login, password in passwords.items()
    ]
    with _admin(client) as admin:
        refused = [
            login for login, why in admin.alter_user_scram_credentials(wanted).items() if why
        ]
    if refused:
        raise PasswordRefusedError(refused)


@contextmanager
def _admin(client: KafkaClient) -> Iterator[KafkaAdminClient]:
    admin = client.admin()
    try:
        yield admin
    except SecurityDisabledError:
        raise NoAuthoriserError from None
    except ClusterAuthorizationFailedError:
        raise AccessDeniedError from None
    finally:
        admin.close()


def _found(admin: KafkaAdminClient) -> frozenset[ACL]:
    everything = ACLFilter(
        principal=None,
        host=None,
        operation=ACLOperation.ANY,
        permission_type=ACLPermissionType.ANY,
        resource_pattern=ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY),
    )
    found, _ = admin.describe_acls(everything)
    return frozenset(found)


def _compared(found: frozenset[ACL], wanted: Iterable[Rule]) -> Comparison:
    wanted = tuple(wanted)
    missing = tuple(rule for rule in wanted if _acl(rule) not in found)
    return Comparison(missing, tuple(sorted(map(_line, _foreign(found, wanted)))))


def _foreign(found: frozenset[ACL], wanted: Iterable[Rule]) -> list[ACL]:
    return [acl for acl in found - set(map(_acl, wanted)) if _is_on_our_names(acl)]


def _is_on_our_names(acl: ACL) -> bool:
    about = acl.resource_pattern
    resource = _OUR_RESOURCES.get(about.resource_type)
    if resource is None:
        return False
    return concerns_us(resource, _OUR_PATTERNS[about.pattern_type], about.resource_name)


def _acl(rule: Rule) -> ACL:
    return ACL(
        principal=rule.principal,
        host=_ANY_HOST,
        operation=_OPERATIONS[rule.operation],
        permission_type=ACLPermissionType.ALLOW,
        resource_pattern=ResourcePattern(
            _RESOURCES[rule.resource], rule.name, _PATTERNS[rule.pattern]
        ),
    )


def _filter(acl: ACL) -> ACLFilter:
    about = acl.resource_pattern
    return ACLFilter(
        principal=acl.principal,
        host=acl.host,
        operation=acl.operation,
        permission_type=acl.permission_type,
        resource_pattern=ResourcePatternFilter(
            about.resource_type, about.resource_name, about.pattern_type
        ),
    )


def _line(acl: ACL) -> str:
    about = acl.resource_pattern
    return " | ".join(
        (
            acl.principal,
            about.resource_type.name.lower(),
            about.pattern_type.name.lower(),
            about.resource_name,
            acl.operation.name.lower(),
            acl.permission_type.name.lower(),
            f"from {acl.host}",
        )
    )
