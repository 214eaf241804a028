"""How personal data is shown where it need not be whole, and how it is kept out of logs."""

from __future__ import annotations

import re
from pathlib import PurePath

#: Runs that look like a document number (15–18 digits, last may be X), a mobile number or a student number.
_NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|[0-9]{15}|1[0-9]{10}|[0-9]{13})(?![0-9A-Za-z])")
#: What may be a number or a name in the name of a file.
LONG = re.compile(r"(?=[A-Za-z]*[0-9])[0-9A-Za-z]{6,}")
HAN = re.compile(r"[\u3400-\u9fff]{2,}")
#: Keys whose values are personal wherever they appear.
PERSONAL_KEYS = frozenset(
    {
        "name", "id_number", "number_on_card", "student_number", "phone", "address", "birth", "born", "issuer",
        "password", "pin", "token", "authorization", "cookie", "key", "secret", "code_b64", "fields", "identity",
        "uid", "uid_hash",
    }
)  # fmt: skip


def mask_name(name: str) -> str:
    """First character kept, the rest one star each: `欧阳丽娜` → `欧***`. Empty stays empty."""
    return name[:1] + "*" * (len(name) - 1)


def mask_number(number: str, head: int = 3, tail: int = 4) -> str:
    """Keep `head` and `tail` characters; shorter numbers keep only the last one."""
    if len(number) <= head + tail:
        return "*" * max(0, len(number) - 1) + number[-1:]
    return number[:head] + "*" * (len(number) - head - tail) + number[-tail:]


def mask_file(name: str, names: bool = True) -> str:
    """A file's name as it may be shown: enough to find the file, not to read a number or (`names`) a name."""
    path = PurePath(name)
    stem = LONG.sub(lambda match: mask_number(match.group(), 3, 4), path.stem)
    return (HAN.sub(lambda match: mask_name(match.group()), stem) if names else stem) + path.suffix


def redact(text: str) -> str:
    """`text` with everything that looks like a personal number masked."""
    return _NUMBER.sub(lambda match: mask_number(match.group(), 0, 2), text)


def redact_value(value: object) -> object:
    """A copy of JSON-like `value` in which personal keys are starred and strings redacted."""
    if isinstance(value, dict):
        return {
            key: "***" if str(key).lower() in PERSONAL_KEYS else redact_value(item) for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact_value(item) for item in value]
    return redact(value) if isinstance(value, str) else value
