"""The serial number of an Ogg stream, which libsndfile draws at random, made the same every time (RFC 3533)."""

from functools import cache
from typing import BinaryIO

SERIAL = 1
_POLYNOMIAL = 0x04C11DB7
_MASK = 0xFFFFFFFF
_SERIAL_AT, _CHECKSUM_AT, _HEADER = 14, 22, 27


def fix_serial(file: BinaryIO) -> None:
    """Give every page of `file` (open for reading and writing) the serial number SERIAL and a right checksum.

    An Ogg checksum is a linear function of the page's bits, so what a changed number does to it follows from the
    difference and its distance from the page's end; the page itself need not be read.
    """
    at = 0
    while True:
        file.seek(at)
        header = file.read(_HEADER)
        if len(header) < _HEADER or header[:4] != b"OggS":
            return
        table = file.read(header[26])
        length = _HEADER + len(table) + sum(table)
        serial = int.from_bytes(header[_SERIAL_AT : _SERIAL_AT + 4], "little")
        checksum = int.from_bytes(header[_CHECKSUM_AT:26], "little")
        change = int.from_bytes((serial ^ SERIAL).to_bytes(4, "little"), "big")
        checksum ^= _multiply(change, _power(8 * (length - _SERIAL_AT)))
        file.seek(at + _SERIAL_AT)
        file.write(SERIAL.to_bytes(4, "little"))
        file.seek(at + _CHECKSUM_AT)
        file.write(checksum.to_bytes(4, "little"))
        at += length


def _multiply(a: int, b: int) -> int:
    """a · b as polynomials over GF(2), modulo Ogg's CRC polynomial."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = ((a << 1) & _MASK) ^ (_POLYNOMIAL if a >> 31 else 0)
        b >>= 1
    return product


@cache
def _power(n: int) -> int:
    """x^n modulo Ogg's CRC polynomial."""
    if n < 32:
        return 1 << n
    half = _power(n // 2)
    square = _multiply(half, half)
    return _multiply(square, 2) if n % 2 else square
