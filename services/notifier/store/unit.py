"""One unit of work: a transaction and the small repositories that share it."""

from sqlalchemy import Connection

from services.notifier.store.attempt_rows import AttemptRows
from services.notifier.store.case_rows import CaseRows
from services.notifier.store.directory_rows import DirectoryRows
from services.notifier.store.encounter_rows import EncounterRows
from services.notifier.store.history_rows import HistoryRows
from services.notifier.store.inbox_rows import InboxRows
from services.notifier.store.message_rows import MessageRows
from services.notifier.store.outbox_rows import OutboxRows
from services.notifier.store.page_rows import PageRows
from services.notifier.store.session_rows import SessionRows
from services.notifier.store.timer_rows import TimerRows
from services.notifier.store.token_rows import TokenRows


class Unit:
    """What may be read and written together; made by `Store.begin` and `Store.read`."""

    def __init__(self, connection: Connection) -> None:
        """Share one connection."""
        self.attempts = AttemptRows(connection)
        self.cases = CaseRows(connection)
        self.directory = DirectoryRows(connection)
        self.encounters = EncounterRows(connection)
        self.history = HistoryRows(connection)
        self.inbox = InboxRows(connection)
        self.messages = MessageRows(connection)
        self.outbox = OutboxRows(connection)
        self.pages = PageRows(connection)
        self.sessions = SessionRows(connection)
        self.timers = TimerRows(connection)
        self.tokens = TokenRows(connection)
