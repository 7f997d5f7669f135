"""Email addresses as names of users: one spelling for each."""

import re

from engine.errors import invalid
from engine.text import normalized

MAX_EMAIL = 254
"""Characters of a whole address: RFC 5321, 4.5.3.1.3."""
MOST_SENT = 4 * MAX_EMAIL
"""The same before letters and their marks are one."""
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]+")


def normalised(email: str) -> str:
    """The address in NFC and lower case, without blanks around it. Raises INVALID_INPUT for what is no address.

    The part before the @ might tell capitals apart (RFC 5321, 2.4), but no provider of note does, and two users whose
    names differ in them alone would be taken for each other.
    """
    address = normalized("NFC", email.strip()).lower() if len(email) <= MOST_SENT else ""
    if len(address) > MAX_EMAIL or not _EMAIL.fullmatch(address) or not address.isprintable():
        raise invalid("email_form", limit=MAX_EMAIL)
    return address
