"""A server that asks for the password itself over an unprotected connection is refused, and does not get it."""

import asyncio
import struct
from collections.abc import Sequence

import pytest

from tests.files import AUTH
from tests.listener import listening
from whimbrel import DatabaseUnreachable, info

CANARY = "S3cr3tCanary"
# LONG_PASSWORD, CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH:
# https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html
PLUGIN_AUTH = 1 << 19
CAPABILITIES = 1 | 8 | 1 << 9 | 1 << 13 | 1 << 15 | PLUGIN_AUTH


def packet(number: int, body: bytes) -> bytes:
    return len(body).to_bytes(3, "little") + bytes([number]) + body


def greeting(plugin: str, capabilities: int = CAPABILITIES) -> bytes:
    low, high = capabilities & 0xFFFF, capabilities >> 16
    body = b"\x0a8.4.0\0" + struct.pack("<I", 7) + b"12345678\0" + struct.pack("<HBHH", low, 45, 2, high)
    return packet(0, body + b"\x15" + bytes(10) + b"123456789012\0" + plugin.encode() + b"\0")


async def told_to(server: Sequence[bytes], options: str) -> tuple[bytes, str]:
    """Run a server that sends these packets, one after each answer. Return the bytes that it received, and the client's error."""
    received, ended = bytearray(), asyncio.Event()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for one in server:
                writer.write(one)
                await writer.drain()
                received.extend(await reader.read(10_000))
        finally:
            ended.set()

    async with listening(speak) as listener:
        with pytest.raises(DatabaseUnreachable) as caught:
            await info(f"mysql://u:{CANARY}@127.0.0.1:{listener.port}/d{options}", AUTH)
        await ended.wait()
    return bytes(received), str(caught.value)


NATIVE = greeting("mysql_native_password")
SERVERS = {
    "asks for it in its greeting": [greeting("mysql_clear_password")],
    "asks for it later": [NATIVE, packet(2, b"\xfemysql_clear_password\0")],
    "asks for the hash of MySQL 4.0": [NATIVE, packet(2, b"\xfemysql_old_password\x0012345678\0")],
    "knows no plugins": [greeting("", CAPABILITIES & ~PLUGIN_AUTH), packet(2, b"\xfe")],
}


pytestmark = [pytest.mark.asyncio, pytest.mark.needs("mysql", "mariadb")]


@pytest.mark.parametrize("options", ["", "?sslmode=disable", "?sslmode=prefer"])
@pytest.mark.parametrize("kind", SERVERS)
async def test_the_password_is_not_sent_in_clear(kind: str, options: str) -> None:
    received, error = await told_to(SERVERS[kind], options)
    assert CANARY.encode() not in received
    assert len(received) == 0 or (kind.startswith("asks for") and b"mysql_native_password" in received)
    assert "which anybody on the way can read, so it was not sent; connect by TLS" in error
    assert CANARY not in error


@pytest.mark.parametrize("plugin", ["dialog", "mysql_clear_password\x1b[31m"])
async def test_an_unknown_login_plugin_is_reported_and_gets_no_answer(plugin: str) -> None:
    received, error = await told_to([NATIVE, packet(2, b"\xfe" + plugin.encode() + b"\0Password: ")], "")
    assert CANARY.encode() not in received
    assert "not configured" in error
    assert "\x1b" not in error


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
@pytest.mark.parametrize("plugin", ["mysql_native_password", "caching_sha2_password", "sha256_password", "mysql_clear_password"])
async def test_no_login_is_sent_after_a_greeting_without_tls_where_tls_is_required(mode: str, plugin: str) -> None:
    received, error = await told_to([greeting(plugin)], f"?sslmode={mode}")
    assert received == b""
    assert "offers no TLS" in error
