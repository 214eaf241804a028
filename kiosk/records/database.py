"""The engine and how a transaction is made: one writer at a time, on disk before it is acknowledged.

SQLite runs in WAL with synchronous=FULL; every transaction that writes begins IMMEDIATE, so that two decisions
never read the same state. PostgreSQL gets the same order from the lock on the audit head row.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

from sqlalchemy import Engine, Row, Select, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

#: Where a reading transaction keeps what it read once.
_READ_ONCE = "read_once"
_Found = TypeVar("_Found")
_Columns = TypeVarTuple("_Columns")


class Database:
    """Access to the records. Cheap to make; holds a connection pool."""

    def __init__(self, url: str, busy_seconds: float = 5.0) -> None:
        self.url = url
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite:
            if parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            self.engine: Engine = create_engine(url, connect_args={"timeout": busy_seconds}, hide_parameters=True)
            event.listen(self.engine, "connect", _configure_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            # waiting for the lock on the audit's head ends like waiting for SQLite's file; what is asked is over
            # before it were compiled, and indexes lie in memory or on a disk without a head to move
            lock = f"-c lock_timeout={max(1, round(busy_seconds * 1000))}"
            options = f"{lock} -c jit=off -c random_page_cost=1.1"
            self.engine = create_engine(
                url, pool_pre_ping=True, connect_args={"options": options}, hide_parameters=True
            )
        self._writer = sessionmaker(self.engine, expire_on_commit=False)
        self._readable = self.engine.execution_options(kiosk_read_only=True)
        self._reader = sessionmaker(self._readable, expire_on_commit=False, autoflush=False)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction that may write; commits at the end, rolls back on an exception.

        Blocks up to `busy_seconds` while another writer holds the file and then raises
        `sqlalchemy.exc.OperationalError`; costs an fsync (0.2 ms on a good disk, 20 ms on a poor one).
        """
        with self._writer.begin() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One transaction that only reads: a consistent snapshot that never waits for the writer.

        On SQLite it sees one state of the records from its first read to its end (`read_once`).
        """
        with self._reader() as session:
            session.info[_READ_ONCE] = {}
            yield session

    def ask(self, question: Select[*_Columns], given: Mapping[str, Any]) -> Row[*_Columns] | None:
        """The first row of one question in a transaction of its own, without the session that several need."""
        with self._readable.connect() as connection:
            return connection.execute(question, given).first()

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def read_once(session: Session, key: Hashable, read: Callable[[], _Found]) -> _Found:
    """What `read` gives, asked for once in a transaction of `Database.read`, each time in one that writes.

    A look at a page asks for its station, campaign and session of the day in a dozen places, and a question of the
    records costs more than all that is done with the answer. Whoever writes wants to see what it wrote.
    """
    known: dict[Hashable, _Found] | None = session.info.get(_READ_ONCE)
    if known is None:
        return read()
    if key not in known:
        known[key] = read()
    return known[key]


def rows(session: Session, question: Select[*_Columns], given: Mapping[str, Any]) -> Sequence[Row[*_Columns]]:
    """Every row of a question after columns: as `Session.execute` answers it, in half the time.

    What is pending is written first where the session does so by itself.
    """
    if session.autoflush:
        session.flush()
    return session.connection().execute(question, given).all()


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours, see _begin_sqlite
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    read_only = connection.get_execution_options().get("kiosk_read_only", False)
    if read_only:  # waits for nobody and is never refused, so it needs no way through SQLAlchemy's errors
        connection.connection.dbapi_connection.execute("BEGIN")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
