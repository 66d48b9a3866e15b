"""Oddities of HTTP itself, against a real server process."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from tests.api_server import running_api
from tests.public_api.conftest import CHECK, USAGE

LINE = f"GET {CHECK}?connector=crm-connector&accountId=make-1 HTTP/1.1\r\n".encode()
POST = f"POST {USAGE} HTTP/1.1\r\n".encode()
CLOSE = b"Connection: close\r\n"
HOST = b"Host: 127.0.0.1\r\n"
KEY = b"Authorization: Bearer any\r\n"
JSON = b"Content-Type: application/json\r\n"
END = b"\r\n"
BAD_KEY = "AUTHORIZATION_MALFORMED"


@pytest.fixture(scope="module")
def port(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with running_api(database_url, redis_url, tmp_path_factory.mktemp("api")) as port:
        yield port


def exchange(port: int, request: bytes) -> tuple[int, bytes]:
    """Send these bytes; the status and body of the only answer, after which the server closes."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(request)
        while part := connection.recv(65536):
            received += part
    assert received.count(b"HTTP/1.") == 1
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), body


def test_a_good_request_is_answered(port: int) -> None:
    status, body = exchange(port, LINE + HOST + CLOSE + KEY + END)

    assert (status, json.loads(body)["code"]) == (200, "KEY_UNKNOWN")


@pytest.mark.parametrize(
    ("request_bytes", "status", "code"),
    [
        (LINE + HOST + CLOSE + KEY + KEY + END, 401, BAD_KEY),
        (LINE + HOST + CLOSE + KEY + b"authorization: Bearer other\r\n" + END, 401, BAD_KEY),
        (LINE + HOST + CLOSE + b"Authorization: Basic x\r\n" + KEY + END, 401, BAD_KEY),
        (LINE + HOST + CLOSE + b"Authorization: Bearer " + b"a" * 16_384 + END * 2, 401, BAD_KEY),
        (LINE + HOST + CLOSE + b"Authorization: Bearer \xff\xfe" + END * 2, 401, BAD_KEY),
        (LINE + HOST + b"Host: evil.example\r\n" + CLOSE + KEY + END, 400, "BAD_REQUEST"),
        (LINE + b"Host: evil.example\r\n" + HOST + CLOSE + KEY + END, 400, "BAD_REQUEST"),
        (LINE + CLOSE + KEY + END, 400, "BAD_REQUEST"),
        (LINE.replace(b"make-1", "счёт".encode()) + HOST + CLOSE + KEY + END, 400, "PARAMETER_NOT_UTF8"),
        (LINE.replace(b"make-1", b"m" * 60_000) + HOST + CLOSE + KEY + END, 400, "PARAMETER_INVALID"),
        (b"GET /v1/../metrics HTTP/1.1\r\n" + HOST + CLOSE + END, 404, "NOT_FOUND"),
        (b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + CLOSE + END, 404, "NOT_FOUND"),
        (POST + HOST + CLOSE + KEY + JSON + b"Content-Length: 2\r\n\r\n{}", 401, "KEY_UNKNOWN"),
    ],
)  # fmt: skip
def test_the_api_answers_oddities_with_a_code(
    port: int, request_bytes: bytes, status: int, code: str
) -> None:
    found, body = exchange(port, request_bytes)

    assert (found, json.loads(body)["code"]) == (status, code)


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (LINE.replace(b"make-1", b"m" * 1_000_000) + HOST + CLOSE + KEY + END, 431),
        (LINE + HOST + CLOSE + KEY + b"".join(b"X-%d: 1\r\n" % i for i in range(10_000)) + END, 431),
        (LINE + HOST + CLOSE + b"Authorization: Bearer a\x00b\r\n" + END, 400),
        (LINE + HOST + CLOSE + b"Authorization : Bearer any\r\n" + END, 400),
        (LINE + HOST + CLOSE + b"Authorization: Bearer\r\n any\r\n" + END, 400),
        (POST + HOST + CLOSE + KEY + JSON + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", 400),
        (POST + HOST + CLOSE + KEY + JSON + b"Content-Length: -1\r\n\r\n{}", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc" + END * 2, 400),
    ],
)
def test_the_server_refuses_what_is_no_http(port: int, request_bytes: bytes, status: int) -> None:
    assert exchange(port, request_bytes) == (status, b"")


def test_a_second_request_can_not_be_smuggled_in_a_body(port: int) -> None:
    smuggled = b"GET /metrics HTTP/1.1\r\n" + HOST + END
    both = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled

    status, _ = exchange(port, POST + HOST + CLOSE + KEY + JSON + both)

    assert status == 401
