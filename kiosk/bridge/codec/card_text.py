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

#: GB/T 3304; 97 and 98 are what readers use beside it.
ETHNIC_GROUPS = {
    code: name
    for code, name in (
        pair.split(" ")
        for pair in (
            "01 汉,02 蒙古,03 回,04 藏,05 维吾尔,06 苗,07 彝,08 壮,09 布依,10 朝鲜,11 满,12 侗,13 瑶,14 白,15 土家,"
            "16 哈尼,17 哈萨克,18 傣,19 黎,20 傈僳,21 佤,22 畲,23 高山,24 拉祜,25 水,26 东乡,27 纳西,28 景颇,"
            "29 柯尔克孜,30 土,31 达斡尔,32 仫佬,33 羌,34 布朗,35 撒拉,36 毛南,37 仡佬,38 锡伯,39 阿昌,40 普米,"
            "41 塔吉克,42 怒,43 乌孜别克,44 俄罗斯,45 鄂温克,46 德昂,47 保安,48 裕固,49 京,50 塔塔尔,51 独龙,"
            "52 鄂伦春,53 赫哲,54 门巴,55 珞巴,56 基诺,97 其他,98 入籍"
        ).split(",")
    )
}
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
