"""The part of the container that makes and keeps documents and other files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property

from app.billing.ports import Clock, DocumentRenderer, DocumentStore, ExchangeWriter, WorkFiles
from app.documents.exchange.validation import ExchangeSchemaUnreadable
from app.documents.exchange.writer import tax_service_writer
from app.documents.renderer_process import RendererProcess
from app.documents.store import FileDocumentStore
from app.documents.work_files import WorkFolder
from app.services.document_archives import KIND as ARCHIVE
from app.services.document_archives import Packing, archive_kind
from app.services.document_production import Production
from app.services.long_work import Working
from app.services.registers_export import TableFormat, register_kinds
from app.services.unit_of_work import Transactions
from config import Settings, SettingsError


class DocumentParts(ABC):
    """Adapters of documents, made when they are first asked for, from what the container has."""

    settings: Settings

    @property
    @abstractmethod
    def transactions(self) -> Transactions:
        """Opens units of work."""

    @property
    @abstractmethod
    def clock(self) -> Clock:
        """Business time."""

    @property
    @abstractmethod
    def wall_clock(self) -> Clock:
        """Real time."""

    @property
    def encode_picture(self) -> Callable[[bytes], bytes]:
        """Writes an uploaded picture anew."""
        from app.documents.pictures import encode_picture  # noqa: PLC0415 - Pillow, for one page of staff

        return encode_picture

    @cached_property
    def renderer(self) -> DocumentRenderer:
        """Makes PDF in a long-lived child process with limits."""
        return RendererProcess()

    @cached_property
    def exchange_writer(self) -> ExchangeWriter:
        """Makes files for electronic document exchange; raises SettingsError when its schema is none."""
        settings = self.settings
        try:
            return tax_service_writer(settings.exchange_schema, settings.exchange_advance_field)
        except ExchangeSchemaUnreadable as error:
            raise SettingsError(f"FNS_SCHEMAS_DIR: {error} is no XML schema that can be used") from error

    @property
    def exchange_schema_installed(self) -> bool:
        """Whether files for electronic document exchange are validated by the tax service's own schema."""
        return self.settings.fns_schemas_dir is not None

    @property
    def production(self) -> Production:
        """What making the files of documents needs."""
        return Production(self.transactions, self.exchange_writer, self.renderer, self.document_store)

    @property
    def working(self) -> Working:
        """What doing long work needs. A new kind of it is named here."""
        packing = Packing(self.transactions, self.document_store, self.clock)
        kinds = {ARCHIVE: archive_kind(packing)} | register_kinds(self.transactions, self.table_formats)
        return Working(self.transactions, self.work_files, self.wall_clock, kinds)

    @property
    def table_formats(self) -> tuple[TableFormat, ...]:
        """What tables can be written as."""
        from app.exports.formats import WRITERS, ExportFormat  # noqa: PLC0415 - XlsxWriter, for few pages of staff

        return tuple(TableFormat(each.value, each.media_type, WRITERS[each]) for each in ExportFormat)

    @cached_property
    def work_files(self) -> WorkFiles:
        """Keeps what long work makes."""
        assert self.settings.documents_directory is not None, "the settings fill it in"
        return WorkFolder(self.settings.documents_directory / "work")

    @cached_property
    def document_store(self) -> DocumentStore:
        """Keeps rendered files."""
        assert self.settings.documents_directory is not None, "the settings fill it in"
        return FileDocumentStore(self.settings.documents_directory)
