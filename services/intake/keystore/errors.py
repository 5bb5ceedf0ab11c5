"""What may go wrong with data keys.

KeyStoreError
├── KeyStoreUnavailableError   the database does not answer or does not take it: try again later
├── KeyStoreSchemaError        the database was made by another version of intake
├── ErasedKeyLingersError      a key is erased, and a file of the database may still hold it
├── TenantKeyWrongError        a wrapped key does not open with the tenant's raw key
└── CipherBrokenError          a ciphertext does not open with its own data key
"""


class KeyStoreError(Exception):
    """Something about data keys; texts never hold a key or a payload."""


class KeyStoreUnavailableError(KeyStoreError):
    """The database did not answer, or refused; nothing was stored. The cause's *type* is kept."""

    def __init__(self, error: BaseException) -> None:
        """Keep the type: a driver's text may hold a connection string."""
        super().__init__(
            f"The key store did not take the request ({type(error).__name__}). Without a stored "
            "data key no report can be accepted. Check the database that INTAKE_KEYSTORE__URL "
            "names; callers try again by themselves."
        )
        self.error_type = type(error).__name__


class KeyStoreSchemaError(KeyStoreError):
    """The tables have another version than this program's."""

    def __init__(self, component: str, found: int, wanted: int) -> None:
        """Say which tables, both versions and what to do."""
        super().__init__(
            f"The tables of intake's {component} have schema version {found}, this program writes "
            f"{wanted}. Start the release that made them, or migrate the database first: data keys "
            "are never guessed."
        )


class ErasedKeyLingersError(KeyStoreError):
    """Keys are erased, but SQLite could not empty its write-ahead log, where they may still lie."""

    def __init__(self) -> None:
        """Say what is done, what is not, and what to do."""
        super().__init__(
            "The keys are erased, but the file beside the database that ends in -wal may still "
            "hold them: another process was reading the database all the time. Stop what reads it "
            "(a backup, a database shell) and run the same command again until it ends well."
        )


class TenantKeyWrongError(KeyStoreError):
    """The tenant's raw key did not open a wrapped data key: the key file is not the right one."""

    def __init__(self, tenant: str) -> None:
        """Name the tenant whose `raw.key` to look at."""
        super().__init__(
            f"A data key of tenant {tenant} does not open with its raw key. The file "
            f"tenants/{tenant}/keys/raw.key was replaced, or the database belongs to another site. "
            "Put the right key back; nothing is skipped meanwhile."
        )


class CipherBrokenError(KeyStoreError):
    """A ciphertext is damaged, cut short or belongs to another record."""
