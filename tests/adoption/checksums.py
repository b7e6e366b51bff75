"""The checksums that other tools write, computed independently of the library."""

import binascii
import hashlib
import os
import subprocess
import sys

__all__ = ["crc32", "java_hash", "sha256", "sha384", "siphash13"]


def crc32(text: str) -> int:
    """Return Flyway's checksum: line by line, without mark and line ends, signed."""
    value = 0
    for line in text.removeprefix("\ufeff").splitlines():
        value = binascii.crc32(line.encode(), value)
    return int.from_bytes(value.to_bytes(4, "big"), "big", signed=True)


def java_hash(text: str) -> int:
    """Return String.hashCode() of Java, for texts in the basic plane."""
    value = 0
    for letter in text:
        value = (value * 31 + ord(letter)) % 2**32
    return value - 2**32 if value >= 2**31 else value


def sha256(content: bytes) -> str:
    """Return Prisma's checksum."""
    return hashlib.new("sha256", content).hexdigest()


def sha384(content: bytes) -> bytes:
    """Return the checksum that sqlx computes."""
    return hashlib.new("sha384", content).digest()


def siphash13(name: str, version: int, sql: str) -> int:
    """Return refinery's checksum, by the hash of Python 3.11 and newer: SipHash-1-3, whose key is zero where the seed is 0.

    Rust hashes a text with the byte 255 after it.
    """
    message = name.encode() + b"\xff" + version.to_bytes(4, "little", signed=True) + sql.encode() + b"\xff"
    program = "import sys; assert sys.hash_info.algorithm == 'siphash13'; print(hash(sys.stdin.buffer.read()) % 2**64)"
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    return int(subprocess.run([sys.executable, "-c", program], input=message, env=environment, stdout=-1, check=True).stdout)
