"""Opens the database of this installation, brought up to date."""

from pathlib import Path

from sqlalchemy import make_url

from services.notifier.store.engine import Store, open_engine
from services.notifier.store.schema import migrate


def open_migrated(url: str, password_file: Path | None = None) -> Store:
    """Open the database and apply missing migrations; a SQLite file is made with its folder."""
    target = make_url(url)
    if target.get_backend_name() == "sqlite" and target.database:
        Path(target.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = open_engine(url, password_file.read_text().strip() if password_file else None)
    migrate(engine)
    return Store(engine)
