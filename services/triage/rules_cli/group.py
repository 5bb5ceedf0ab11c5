"""The group `peerline rules`, as far as it needs no reports."""

from typing import Final

import click

from services.triage.rules_cli.activating import activate
from services.triage.rules_cli.checking import check, lock
from services.triage.rules_cli.drafting import new, schema
from services.triage.rules_cli.reading import explain, facts, list_rules, show
from services.triage.rules_cli.suggesting import suggest


@click.group()
def group() -> None:
    """Rule sets: who is offered support, as policy that a clinical lead can read.

    A set is a YAML file. 'check' refuses it whole when anything is wrong, with line and column;
    'activate' puts it into force for a tenant at a moment, signed with the site's key.

    \b
      peerline rules list                       what ships with Peerline
      peerline rules explain child_death        one rule in words: when, for whom, source, examples
      peerline rules new my-site                a commented draft that stands on peerline-default
      peerline rules check my-site.yaml         nothing wrong, nothing that no example notices
      peerline rules suggest-examples my-site.yaml --rule my_rule
      peerline rules activate my-site.yaml --tenant northwick --mode shadow --approved-by lead
    """  # noqa: D301 - click's mark for lines that stay as they are


_COMMANDS: Final = (new, check, suggest, list_rules, explain, show, facts, schema, lock, activate)
for command in _COMMANDS:
    group.add_command(command)
