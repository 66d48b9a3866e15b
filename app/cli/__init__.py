"""The commands of `flask --app run bpm`."""

from __future__ import annotations

import sys

import click
import structlog

from app.cli.bank_import import bank_import
from app.cli.clock import clock
from app.cli.doctor import doctor
from app.cli.invariants import invariants
from app.cli.load_data import load_data
from app.cli.sample_documents import sample_documents
from app.cli.simulate import simulate
from app.cli.sweep import sweep


@click.group()
def bpm() -> None:
    """BPM Centr's own commands. With --json standard output is one JSON document, the rest goes to stderr."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))


for command in (bank_import, clock, doctor, invariants, load_data, sample_documents, simulate, sweep):
    bpm.add_command(command)
