"""The 256 bytes of text on a card, in its four layouts: resident, permit (J), foreigner 2017 (I) and 2023 (Y).

UTF-16LE, padded on the right with spaces or NUL; the type flag stands at byte 248 in every layout. Parsing takes
what is there and judges nothing but the form: whether a number is right or a card expired is said elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.bridge.faults import Fault, FaultCode
from kiosk.domain.identity import LONG_TERM, DocumentKind

SIZE = 256
_FLAG = slice(248, 250)
_PADDING = " \0"

#: Field → pieces (offset, bytes) in the order in which they are joined.
Layout = dict[str, tuple[tuple[int, int], ...]]

LAYOUTS: dict[DocumentKind, Layout] = {
    DocumentKind.RESIDENT: {
        "name": ((0, 30),),
        "sex": ((30, 2),),
        "ethnic": ((32, 4),),
        "birth": ((36, 16),),
        "address": ((52, 70),),
        "number": ((122, 36),),
        "issuer": ((158, 30),),
        "valid_from": ((188, 16),),
        "valid_to": ((204, 16),),
    },
    DocumentKind.RESIDENCE_PERMIT: {
        "name": ((0, 30),),
        "sex": ((30, 2),),
        "birth": ((36, 16),),
        "address": ((52, 70),),
        "number": ((122, 36),),
        "issuer": ((158, 30),),
        "valid_from": ((188, 16),),
        "valid_to": ((204, 16),),
        "pass_number": ((220, 18),),
        "issue_count": ((238, 4),),
    },
    DocumentKind.FOREIGNER_2017: {
        "english_name": ((0, 120),),
        "sex": ((120, 2),),
        "number": ((122, 30),),
        "nationality": ((152, 6),),
        "name": ((158, 30),),
        "valid_from": ((188, 16),),
        "valid_to": ((204, 16),),
        "birth": ((220, 16),),
        "version": ((236, 4),),
        "authority": ((240, 8),),
    },
    DocumentKind.FOREIGNER_2023: {
        "name": ((0, 30),),
        "sex": ((30, 2),),
        "issue_count": ((32, 4),),
        "birth": ((36, 16),),
        "english_name": ((52, 70), (220, 22)),
        "number": ((122, 36),),
        "valid_from": ((188, 16),),
        "valid_to": ((204, 16),),
        "nationality": ((242, 6),),
        "old_number_link": ((250, 6),),
    },
}

FLAGS = {
    " ": DocumentKind.RESIDENT,
    "\0": DocumentKind.RESIDENT,
    "J": DocumentKind.RESIDENCE_PERMIT,
    "I": DocumentKind.FOREIGNER_2017,
    "Y": DocumentKind.FOREIGNER_2023,
}

_ETHNIC_TABLE = """
01汉 02蒙古 03回 04藏 05维吾尔 06苗 07彝 08壮 09布依 10朝鲜 11满 12侗 13瑶 14白 15土家
16哈尼 17哈萨克 18傣 19黎 20傈僳 21佤 22畲 23高山 24拉祜 25水 26东乡 27纳西 28景颇 29柯尔克孜 30土
31达斡尔 32仫佬 33羌 34布朗 35撒拉 36毛南 37仡佬 38锡伯 39阿昌 40普米 41塔吉克 42怒 43乌孜别克 44俄罗斯 45鄂温克
46德昂 47保安 48裕固 49京 50塔塔尔 51独龙 52鄂伦春 53赫哲 54门巴 55珞巴 56基诺 97其他 98入籍
"""
#: GB/T 3304; 97 and 98 are what readers use beside it.
ETHNIC_GROUPS = {entry[:2]: entry[2:] for entry in _ETHNIC_TABLE.split()}
ETHNIC_CODES = {name: code for code, name in ETHNIC_GROUPS.items()}


@dataclass(frozen=True, slots=True, repr=False)
class CardText:
    """The fields of a card as they stand on it; a field that its layout lacks is empty. Never printed or logged.

    Dates are YYYYMMDD, `valid_to` may be 长期; `sex` is the digit of GB/T 2261.1, `ethnic` the code of GB/T 3304.
    """

    kind: DocumentKind
    name: str = ""
    english_name: str = ""
    sex: str = ""
    ethnic: str = ""
    birth: str = ""
    address: str = ""
    number: str = ""
    issuer: str = ""
    valid_from: str = ""
    valid_to: str = ""
    pass_number: str = ""
    issue_count: str = ""
    nationality: str = ""
    version: str = ""
    authority: str = ""
    old_number_link: str = ""

    @property
    def long_term(self) -> bool:
        """Whether the card never expires."""
        return self.valid_to == LONG_TERM


def parse(block: bytes) -> CardText:
    """The fields of a text block.

    Raises `Fault`: MALFORMED for another size, for bytes that are no UTF-16 and for control characters;
    UNKNOWN_TYPE for a flag that no layout has.
    """
    if len(block) != SIZE:
        raise Fault(FaultCode.MALFORMED, f"text of {len(block)} bytes")
    kind = FLAGS.get(_decode(block[_FLAG]))
    if kind is None:
        raise Fault(FaultCode.UNKNOWN_TYPE, f"flag {block[_FLAG].hex()}")
    values = {
        field: _decode(b"".join(block[at : at + size] for at, size in pieces)).rstrip(_PADDING)
        for field, pieces in LAYOUTS[kind].items()
    }
    for field, value in values.items():
        if any(character < " " or character == "\x7f" for character in value):
            raise Fault(FaultCode.MALFORMED, f"control character in {field}")
    return CardText(kind, **values)


def encode(card: CardText, padding: str = " ") -> bytes:
    """The text block of `card`, as the simulator's cards carry it.

    Raises `ValueError` for a field that is too long or that the layout lacks.
    """
    pad = padding.encode("utf-16-le")
    block = bytearray(pad * (SIZE // 2))
    layout = LAYOUTS[card.kind]
    for field in CardText.__dataclass_fields__:
        value = "" if field == "kind" else getattr(card, field)
        if not value:
            continue
        data = value.encode("utf-16-le")
        for at, size in layout.get(field, ()):
            block[at : at + min(size, len(data))] = data[:size]
            data = data[size:]
        if data:
            raise ValueError(f"{field} does not fit a card of kind {card.kind.value}")
    flag = next(mark for mark, kind in FLAGS.items() if kind is card.kind)
    block[_FLAG] = (padding if flag == " " else flag).encode("utf-16-le")
    return bytes(block)


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-16-le")
    except UnicodeDecodeError as error:
        raise Fault(FaultCode.MALFORMED, "not UTF-16") from error
