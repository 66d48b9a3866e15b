"""Alembic's entry: our tables and Flask-AppBuilder's staff tables live in one database and one history."""

from __future__ import annotations

from alembic import context
from flask_appbuilder import Model
from flask_appbuilder.security.sqla import models as _staff_tables  # noqa: F401 - registers ab_* on Model
from sqlalchemy import create_engine, pool

from app.models import Base

LOCK_TIMEOUT = "5s"
"""A migration that can't get its lock gives up instead of holding up the whole product."""


def run() -> None:
    """Run the asked command on the database of `sqlalchemy.url`."""
    url = context.config.get_main_option("sqlalchemy.url")
    engine = create_engine(str(url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=[Base.metadata, Model.metadata],
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
