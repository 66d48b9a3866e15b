"""Private PostgreSQL and Redis: they start, keep their data, and leave nothing behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from app.embedded.account import drop_root
from app.embedded.errors import DirectoryBusy, StartFailed
from app.embedded.instance import EmbeddedServers
from app.embedded.postgres import PostgresCluster
from app.embedded.redis_server import RedisServer
from tests.embedded.processes import close, is_gone, read_line, start_script, wait_until, working_in

pytestmark = pytest.mark.slow

OWNER = """
import sys, time
from pathlib import Path
from app.embedded.guard import shared_guard
from app.embedded.instance import EmbeddedServers
servers = EmbeddedServers(Path(sys.argv[1]))
servers.start()
print(servers.postgres.pid, servers.redis.pid, shared_guard().pid, flush=True)
time.sleep(600)
"""


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresCluster]:
    cluster = PostgresCluster(tmp_path_factory.mktemp("cluster"), durable=False)
    cluster.start()
    yield cluster
    cluster.stop()


def test_postgres_answers_on_a_socket_only(cluster: PostgresCluster) -> None:
    assert query(cluster.url(), "SHOW listen_addresses") == [("",)]
    assert query(cluster.url(), "SHOW timezone") == [("UTC",)]


def test_russian_letters_have_case_and_order(cluster: PostgresCluster) -> None:
    assert query(cluster.url(), "SELECT upper('счёт'), 'А' < 'Б', 'ЩИТ' ILIKE 'щит'") == [
        ("СЧЁТ", True, True)
    ]


def test_a_database_is_cloned_with_its_rows(cluster: PostgresCluster) -> None:
    template = cluster.create_database("template_of_all")
    query(template, "CREATE TABLE thing (name text)")
    query(template, "INSERT INTO thing VALUES ('one')")

    clone = cluster.create_database("clone", template="template_of_all")
    query(clone, "INSERT INTO thing VALUES ('two')")

    assert query(clone, "SELECT count(*) FROM thing") == [(2,)]
    assert query(template, "SELECT count(*) FROM thing") == [(1,)]


def test_a_database_is_dropped_under_open_connections(cluster: PostgresCluster) -> None:
    url = cluster.create_database("short_lived")
    connection = psycopg.connect(url.replace("+psycopg", ""))

    cluster.drop_database("short_lived")

    assert not cluster.has_database("short_lived")
    connection.close()


def test_data_survives_a_restart_in_the_same_folder(tmp_path: Path) -> None:
    with EmbeddedServers(tmp_path) as servers:
        query(servers.database_url, "CREATE TABLE thing AS SELECT 'kept' AS name")
        write_redis(servers.redis_url, "kept")
        pids = (servers.postgres.pid, servers.redis.pid)

    assert all(pid and is_gone(pid) for pid in pids)
    assert not working_in(tmp_path)
    with EmbeddedServers(tmp_path) as servers:
        assert query(servers.database_url, "SELECT name FROM thing") == [("kept",)]
        assert read_redis(servers.redis_url) == b"kept"


def test_a_long_folder_name_gets_a_short_socket(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 20) / ("name" * 20)

    with EmbeddedServers(folder, durable=False) as servers:
        assert query(servers.database_url, "SELECT 1") == [(1,)]
        assert EmbeddedServers(folder).database_url == servers.database_url
        sockets = Path(str(query(servers.database_url, "SHOW unix_socket_directories")[0][0]))
        assert sockets.stat().st_mode & 0o077 == 0
    assert not sockets.exists()


def test_a_closed_parent_folder_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "private").mkdir(mode=0o700)

    with EmbeddedServers(tmp_path / "private" / "instance", durable=False) as servers:
        assert query(servers.database_url, "SELECT 1") == [(1,)]


def test_the_servers_account_sees_programs_in_a_closed_folder(tmp_path: Path) -> None:
    """initdb asks access(2) whether postgres stands beside it, in a project under /root as well."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    program = closed / "program"
    program.touch(mode=0o755)
    question = "import os, sys; sys.exit(not os.access(sys.argv[1], os.R_OK | os.X_OK))"
    asked = subprocess.run(
        [sys.executable, "-c", question, str(program)], preexec_fn=drop_root(), check=False
    )
    assert asked.returncode == 0


def test_a_second_owner_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.embedded.data_directory.LOCK_SECONDS", 0.1)

    with EmbeddedServers(tmp_path, durable=False) as servers:
        with pytest.raises(DirectoryBusy, match="in use by another running instance"):
            EmbeddedServers(tmp_path).start()
        assert query(servers.database_url, "SELECT 1") == [(1,)]


def test_a_failed_start_shows_the_log_and_frees_the_folder(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match="shared_buffers"):
        PostgresCluster(tmp_path, durable=False, options={"shared_buffers": "none"}).start()

    cluster = PostgresCluster(tmp_path, durable=False)
    cluster.start()
    cluster.stop()


def test_a_foreign_pid_file_does_not_stop_the_start(tmp_path: Path) -> None:
    with EmbeddedServers(tmp_path, durable=False):
        pass
    ours = os.getpid()
    pid_file = tmp_path / "postgres" / "data" / "postmaster.pid"
    pid_file.write_text(f"{ours}\n{pid_file.parent}\n0\n5432\n\n\n\n")

    with EmbeddedServers(tmp_path, durable=False) as servers:
        assert query(servers.database_url, "SELECT 1") == [(1,)]
    assert psutil.pid_exists(ours)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_survives_the_owner(tmp_path: Path, end: signal.Signals) -> None:
    owner = start_script(OWNER, tmp_path)
    pids = [int(pid) for pid in read_line(owner).split()]

    owner.send_signal(end)
    close(owner)

    wait_until(lambda: all(is_gone(pid) for pid in pids))
    wait_until(lambda: not working_in(tmp_path))


def test_what_a_killed_owner_and_guard_left_is_taken_over(tmp_path: Path) -> None:
    owner = start_script(OWNER, tmp_path)
    postgres, redis_server, guard = (int(pid) for pid in read_line(owner).split())
    os.kill(guard, signal.SIGKILL)
    owner.kill()
    close(owner)
    assert not is_gone(postgres)
    assert not is_gone(redis_server)

    with EmbeddedServers(tmp_path) as servers:
        assert is_gone(postgres)
        assert is_gone(redis_server)
        assert query(servers.database_url, "SELECT 1") == [(1,)]
        assert servers.redis.pid != redis_server


def test_killed_servers_start_again_with_their_data(tmp_path: Path) -> None:
    with EmbeddedServers(tmp_path) as servers:
        query(servers.database_url, "CREATE TABLE thing AS SELECT 'committed' AS name")
        assert servers.postgres.pid
        os.kill(servers.postgres.pid, signal.SIGKILL)

    with EmbeddedServers(tmp_path) as servers:
        assert query(servers.database_url, "SELECT name FROM thing") == [("committed",)]


def test_redis_never_evicts(tmp_path: Path) -> None:
    server = RedisServer(tmp_path, durable=False)
    client = redis.Redis.from_url(server.start())

    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    client.close()
    server.stop()


def write_redis(url: str, value: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.set("name", value)


def read_redis(url: str) -> object:
    with redis.Redis.from_url(url) as client:
        return client.get("name")
