"""Compute the checksums that other tools keep of their files.

Pure. Each is the tool's own file format, and none of them protects against an attacker.
"""

from __future__ import annotations

import hashlib
import zlib

from whimbrel.adoption.sections import BOM

__all__ = ["crc32_of_lines", "java_hash", "sha256_hex", "sha384_hex", "siphash13"]

_MASK = (1 << 64) - 1
# The line ends of java.io.BufferedReader.
_CR, _LF = b"\r", b"\n"


def crc32_of_lines(content: bytes) -> int:
    """Return Flyway's checksum: the signed CRC-32 of the lines without their ends, and without a byte order mark.

    https://github.com/flyway/flyway, `ChecksumCalculator.java`. A CR alone ends a line too.
    """
    text = content.removeprefix(BOM).replace(_CR, b"").replace(_LF, b"")
    return _signed(zlib.crc32(text), 32)


def sha384_hex(content: bytes) -> str:
    """Return the checksum that sqlx computes, as hex digits."""
    return hashlib.sha384(content).hexdigest()


def sha256_hex(content: bytes) -> str:
    """Return the checksum that Prisma computes."""
    return hashlib.sha256(content).hexdigest()


def java_hash(text: str) -> int:
    """Return String.hashCode() of Java: signed, 32 bits, over UTF-16 units."""
    units, value = text.encode("utf-16-be", "surrogatepass"), 0
    for high, low in zip(units[::2], units[1::2], strict=True):
        value = (31 * value + (high << 8 | low)) & 0xFFFFFFFF
    return _signed(value, 32)


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value


def siphash13(message: bytes) -> int:
    """Return SipHash-1-3 with a key of zeros: https://www.aumasson.jp/siphash/siphash.pdf."""
    state = [0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573]
    whole = len(message) & ~7
    for start in range(0, whole, 8):
        _mix(state, int.from_bytes(message[start : start + 8], "little"))
    _mix(state, (len(message) & 0xFF) << 56 | int.from_bytes(message[whole:], "little"))
    state[2] ^= 0xFF
    for _ in range(3):
        _round(state)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def _mix(state: list[int], word: int) -> None:
    state[3] ^= word
    _round(state)
    state[0] ^= word


def _round(state: list[int]) -> None:
    a, b, c, d = state
    a, c = (a + b) & _MASK, (c + d) & _MASK
    b, d = _turned(b, 13) ^ a, _turned(d, 16) ^ c
    a = _turned(a, 32)
    c, a = (c + b) & _MASK, (a + d) & _MASK
    b, d = _turned(b, 17) ^ c, _turned(d, 21) ^ a
    state[:] = a, b, _turned(c, 32), d


def _turned(word: int, bits: int) -> int:
    return (word << bits | word >> (64 - bits)) & _MASK
