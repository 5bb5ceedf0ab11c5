"""Makes the keys that a whole site needs, whichever tenant comes first; overwrites none."""

from datetime import datetime
from typing import Final

from shared.site.keys import create_key, create_rule_pair, lay_out_seal_keys
from shared.site.site import Site

RULE_KEY_NAME: Final = "rules-admin"


def provide_site_keys(site: Site, now: datetime) -> tuple[str, ...]:
    """Make the Message-ID key, the pair that approves rules and the month keys that are due.

    Returns what was made, as paths within the folder.
    """
    made = []
    if create_key(site.message_id_file):
        made.append(site.message_id_file)
    if create_rule_pair(site.rules_folder, RULE_KEY_NAME):
        made.append(site.rules_folder / f"{RULE_KEY_NAME}.pub")
    months = lay_out_seal_keys(site.seal_folder, now)
    made.extend(site.seal_folder / f"{month}.json" for month in months)
    return tuple(str(path.relative_to(site.root)) for path in made)
