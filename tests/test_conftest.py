"""The shared fixtures themselves: tests see a migrated, empty, private database."""

import psycopg
import pytest
import redis

from app.models.migration import check_schema
from config import Settings
from tests.servers import Cleaner

WRITE = "INSERT INTO clock_offset (id, seconds) VALUES (1, 60)"
COUNT = "SELECT count(*) FROM clock_offset"


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize("_round", [1, 2])
def test_every_test_starts_empty(clean_database: str, _round: int) -> None:
    assert execute(clean_database, COUNT) == [(0,)]

    execute(clean_database, WRITE)


def test_numbers_of_undone_rows_start_again(clean_database: str) -> None:
    insert = (
        "INSERT INTO staff_task (kind, object_kind, object_id, created_at) VALUES ('a', 'b', '{}', now())"
    )
    for _ in range(2):
        execute(clean_database, f"BEGIN; {insert.format(1)}; ROLLBACK; {insert.format(2)}")
        assert execute(clean_database, "SELECT id FROM staff_task") == [(2,)]
        execute(clean_database, "DELETE FROM staff_task")
        Cleaner(clean_database).clean()


def test_cleaning_keeps_the_schema_version(clean_database: str) -> None:
    execute(clean_database, WRITE)

    Cleaner(clean_database).clean()

    assert execute(clean_database, COUNT) == [(0,)]
    assert execute(clean_database, "SELECT count(*) FROM alembic_version") == [(1,)]


def test_an_open_transaction_fails_the_cleaning(clean_database: str) -> None:
    with psycopg.connect(clean_database.replace("+psycopg", "")) as connection:
        connection.execute(WRITE)
        connection.commit()
        connection.execute(COUNT)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            Cleaner(clean_database).clean(lock_timeout="50ms")


@pytest.mark.parametrize("_round", [1, 2])
def test_redis_starts_empty(clean_redis: str, _round: int) -> None:
    with redis.Redis.from_url(clean_redis) as client:
        assert client.dbsize() == 0
        client.set("name", "value")


def test_settings_are_those_of_a_test_instance(settings: Settings, database_url: str) -> None:
    assert settings.environment == "test"
    assert settings.database_url == database_url
    assert settings.bcrypt_cost == 4


def test_the_migrations_make_the_tables_of_the_code(database_url: str) -> None:
    check_schema(database_url)
