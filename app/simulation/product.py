"""The product as it is, except for what stands outside of it: time, provider, queue, mail, files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

import psycopg
from sqlalchemy import Engine, event

from app.billing.documents.files import NOTHING_ENCLOSED, Enclosures
from app.billing.documents.snapshot import PrintedDocument
from app.billing.mail import Mail, Mailer
from app.billing.ports import Clock, DocumentRenderer, DocumentStore, JobQueue, PaymentProvider
from app.bootstrap import Container
from app.documents.store import StoredFile
from app.services.billing_chunks import BillingRun
from app.services.charging import Charging
from app.simulation.job_queue import ForgetfulQueue
from app.simulation.provider import SimulatedProvider
from app.simulation.timeline import SimulatedClock
from config import Settings, load_settings


class BlankRenderer:
    """Draws nothing: a story is about money and access, not about print."""

    def render(self, document: PrintedDocument, enclosures: Enclosures = NOTHING_ENCLOSED) -> bytes:
        """A file that only says which document it stands for."""
        return document.number.encode()


class BlankStore:
    """Keeps the size and the checksum of a file, not the file."""

    def save(self, key: str, content: bytes) -> StoredFile:
        """What is known about the file."""
        return StoredFile(key, hashlib.sha256(content).hexdigest(), len(content))

    def read(self, key: str) -> bytes:
        """The key: nobody reads documents in a story."""
        return key.encode()


class SentMails:
    """Takes written mails and keeps their Message-IDs."""

    def __init__(self) -> None:
        self.message_ids: list[str] = []

    def send(self, mail: Mail) -> None:
        """Note that the mail left."""
        self.message_ids.append(mail.message_id)


@dataclass(frozen=True)
class SimulatedProduct(Container):
    """The container of a story: the same use cases on another clock, provider, queue and mailer."""

    simulated_clock: SimulatedClock | None = None
    gateway: SimulatedProvider | None = None
    forgetful_queue: ForgetfulQueue | None = None

    @cached_property
    def clock(self) -> Clock:
        """Business time is the story's time,"""
        assert self.simulated_clock is not None
        return self.simulated_clock

    @cached_property
    def wall_clock(self) -> Clock:
        """and so is real time."""
        assert self.simulated_clock is not None
        return self.simulated_clock

    @cached_property
    def engine(self) -> Engine:
        """Connections that are not tried out before each use: this database is ours alone."""
        return _remembering_plans(self._create_engine())

    @cached_property
    def reading_engine(self) -> Engine:
        """Connections in autocommit for the check."""
        return _remembering_plans(self._create_engine(isolation_level="AUTOCOMMIT"))

    @cached_property
    def providers(self) -> dict[str, PaymentProvider]:
        """The simulated provider."""
        assert self.gateway is not None
        return {self.gateway.name: self.gateway}

    @cached_property
    def charging(self) -> Charging:
        """Cards are charged by the simulated provider."""
        return Charging(self.transactions, self.gateways, SimulatedProvider.name, self.links)

    def billing_run(self, now: datetime | None = None) -> BillingRun:
        """One charge at a time: a story has one thread."""
        return replace(super().billing_run(now), charges_in_flight=1)

    @cached_property
    def queue(self) -> JobQueue:
        """A queue in memory."""
        assert self.forgetful_queue is not None
        return self.forgetful_queue

    @cached_property
    def mailer(self) -> Mailer:
        """Mails are counted."""
        return SentMails()

    @cached_property
    def renderer(self) -> DocumentRenderer:
        """Nothing is drawn."""
        return BlankRenderer()

    @cached_property
    def document_store(self) -> DocumentStore:
        """Nothing is kept."""
        return BlankStore()


def _remembering_plans(engine: Engine) -> Engine:
    """A story asks the same few hundred questions again and again on one connection."""

    def prepare_early(connection: psycopg.Connection, record: object) -> None:
        connection.prepare_threshold, connection.prepared_max = 2, 2000

    event.listen(engine, "connect", prepare_early)
    return engine


def simulation_settings(database_url: str, directory: Path) -> Settings:
    """Settings of a story; nothing of the surrounding environment gets in."""
    return load_settings(
        {
            "ENVIRONMENT": "test",
            "DATABASE_URL": database_url,
            "REDIS_URL": "unix:///nowhere",
            "BASE_URL": "https://bpm-centr.test",
            "SECRET_KEY": "portal-cookie-of-a-story",
            "STAFF_SECRET_KEY": "staff-cookie-of-a-story",
            "API_KEY_PEPPER": "pepper-of-a-story",
            "INSTANCE_DIRECTORY": str(directory),
            "LOG_LEVEL": "ERROR",
        }
    )
