"""The site's configuration folder as one object: tenants, keys, credentials."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from shared.site import keys
from shared.site.credentials import Credential, read_credentials
from shared.site.files import Fresh, FreshFolder, read_text
from shared.site.models import Tenant
from shared.site.refusals import SiteFileError, TenantUnknownError
from shared.site.spelling import closest, read_setting
from shared.site.yaml_text import parse_yaml


class Site:
    """Reads the folder on demand; a file that changes on disk is read again, nothing is written.

    ```
    credentials.json
    tenants/<tenant>/   tenant.yaml  keys/pseudonym.key  keys/raw.key  packs/<pack>.yaml
    keys/               message-id.key  seal/<YYYY-MM>.json|.secret  rules/<name>.pub|.secret
    ```
    """

    def __init__(self, root: Path) -> None:
        """Remember the folder; nothing is read yet, so a missing one shows when it is needed."""
        self.root = root
        self._credentials = Fresh(self.credentials_file, read_credentials)
        self._seal_keys = Fresh(self.seal_folder, keys.read_seal_keys)
        self._tenants: dict[str, Fresh[Tenant]] = {}
        self._keys: dict[Path, Fresh[bytes]] = {}
        self._tenant_keys: dict[tuple[str, str], Fresh[bytes]] = {}
        self._packs: dict[str, FreshFolder] = {}

    @property
    def credentials_file(self) -> Path:
        """Where publishers' hashed tokens stand."""
        return self.root / "credentials.json"

    @property
    def seal_folder(self) -> Path:
        """Where the month keys stand."""
        return self.root / "keys" / "seal"

    @property
    def rules_folder(self) -> Path:
        """Where the keys that approve rule sets stand."""
        return self.root / "keys" / "rules"

    @property
    def message_id_file(self) -> Path:
        """Where the key of Message-IDs stands."""
        return self.root / "keys" / "message-id.key"

    def tenant_folder(self, name: str) -> Path:
        """Return the tenant's folder, whether it exists or not."""
        return self.root / "tenants" / name

    def tenants(self) -> tuple[str, ...]:
        """Return the names of all tenants, sorted."""
        return tuple(sorted(path.parent.name for path in self.root.glob("tenants/*/tenant.yaml")))

    def tenant(self, name: str) -> Tenant:
        """Return a tenant's settings as they are now.

        Raises:
            TenantUnknownError: when the site has no such tenant.
            SiteFileError: when its file says something we do not know.
        """
        if name not in self._tenants:
            if name not in self.tenants():
                advice = closest(name, [*self.tenants()])
                raise TenantUnknownError(
                    f"there is no tenant '{name}' under {self.root}{advice}",
                    f"Create it with 'peerline tenant create {name}', or set PEERLINE_CONFIG.",
                )
            self._tenants[name] = Fresh(self.tenant_folder(name) / "tenant.yaml", _read_tenant)
        return self._tenants[name].value()

    def packs_folder(self, name: str) -> Path:
        """Return where a tenant's own packs stand, one `<pack>.yaml` each; often there is none."""
        return self.tenant_folder(name) / "packs"

    def pack_texts(self, name: str) -> Mapping[Path, str]:
        """Return the text of each of the tenant's own packs; equal as long as none changes.

        Raises:
            SiteFileError: a pack cannot be read.
        """
        if name not in self._packs:
            self._packs[name] = FreshFolder(self.packs_folder(name), "*.yaml")
        return self._packs[name].texts()

    def pseudonym_key(self, tenant: str) -> bytes:
        """Return the key of the tenant's pseudonyms (persons, patients, FHIR record ids)."""
        return self._tenant_key(tenant, "pseudonym.key")

    def raw_key(self, tenant: str) -> bytes:
        """Return the key that wraps the data keys of the tenant's raw records."""
        return self._tenant_key(tenant, "raw.key")

    def message_id_key(self) -> bytes:
        """Return the key of Message-IDs."""
        return self._key(self.message_id_file)

    def seal_keys(self) -> tuple[keys.SealKey, ...]:
        """Return all public month keys, oldest first."""
        return self._seal_keys.value()

    def seal_key(self, at: datetime) -> keys.SealKey:
        """Return the month key that is valid at the moment.

        Raises:
            NoSealKeyError: when there is none: intake is not ready.
        """
        return keys.choose_seal_key(self.seal_keys(), at, self.seal_folder)

    def seal_secret(self, month: str) -> bytes:
        """Return the private key of the month; destroyed 90 days after its end.

        Raises:
            KeyMissingError: when it is gone or was never here.
        """
        return self._key(self.seal_folder / f"{month}.secret")

    def rule_public_keys(self) -> Mapping[str, bytes]:
        """Return the public keys of those who may approve rule sets, by name."""
        return {path.stem: self._key(path) for path in sorted(self.rules_folder.glob("*.pub"))}

    def rule_secret(self, name: str) -> bytes:
        """Return the Ed25519 seed that signs as `name`.

        Raises:
            KeyMissingError: when the site does not hold it.
        """
        return self._key(self.rules_folder / f"{name}.secret")

    def credentials(self) -> tuple[Credential, ...]:
        """Return the publishers' credentials; the file is read again when it changes."""
        return self._credentials.value()

    def _tenant_key(self, tenant: str, name: str) -> bytes:
        # Asked for with every report: the path is put together once.
        if (tenant, name) not in self._tenant_keys:
            path = self.tenant_folder(tenant) / "keys" / name
            self._tenant_keys[tenant, name] = Fresh(path, keys.read_key)
        return self._tenant_keys[tenant, name].value()

    def _key(self, path: Path) -> bytes:
        return self._keys.setdefault(path, Fresh(path, keys.read_key)).value()


def _read_tenant(path: Path) -> Tenant:
    hint = "Create the tenant again with 'peerline tenant create'; it keeps what is there."
    tenant = read_setting(Tenant, parse_yaml(path, read_text(path, hint)), path)
    if tenant.tenant != path.parent.name:
        wrong = f"tenant: the folder is named '{path.parent.name}', the file says another name"
        raise SiteFileError(
            path, wrong, "Make both the same: keys and tokens belong to the folder."
        )
    return tenant
