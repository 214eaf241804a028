"""The registry's answers: which column is which, what counts as linked, and the reasons in plain words.

No official form of the answer is public; the columns and words here are those of schools' notices and are ours to
widen. A reason that no rule knows stays `other` with the registry's own words beside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.roster import HEADER_WITHIN, Column, Header, Kind, header_key, read_columns


class Reason(StrEnum):
    """Why the registry rejected a picture; texts `results.reason.<value>.*`. The order is that of the rules."""

    NOT_THE_PERSON = "not_the_person"
    DATA_DIFFERS = "data_differs"
    EDITED = "edited"
    SELFIE = "selfie"
    BACKGROUND = "background"
    POSE = "pose"
    EYES = "eyes"
    GLASSES = "glasses"
    MOUTH = "mouth"
    COVERED = "covered"
    CLOTHES = "clothes"
    LIGHT = "light"
    BLURRED = "blurred"
    PLACE = "place"
    FILE = "file"
    OTHER = "other"


#: Words of the registry → reason; the first rule that finds something decides.
_RULES: tuple[tuple[Reason, str], ...] = (
    (Reason.NOT_THE_PERSON, "非本人|不是本人|人像比对|人证不符|与本人不符"),
    (Reason.DATA_DIFFERS, "学籍|信息不符|信息不一致|查无|无此人|采集码|证件号"),
    (Reason.EDITED, "修图|美颜|PS|处理过|修改|翻拍|镜像|边框|文字|水印"),
    (Reason.SELFIE, "自拍|手机拍"),
    (Reason.BACKGROUND, "背景|底色|阴影"),
    (Reason.POSE, "姿|歪|倾斜|侧脸|不正|仰头|低头|肩"),
    (Reason.GLASSES, "眼镜|反光|镜框|镜片"),
    (Reason.EYES, "闭眼|眼睛|红眼|视线"),
    (Reason.MOUTH, "嘴|露齿|表情|笑"),
    (Reason.COVERED, "遮挡|头发|刘海|眉|耳|帽|口罩|头巾|饰物|耳环"),
    (Reason.CLOTHES, "衣|着装|服装|领"),
    (Reason.LIGHT, "光|曝|过亮|过暗|偏色|色差|阴阳脸"),
    (Reason.BLURRED, "模糊|不清|清晰|噪点|压缩"),
    (Reason.PLACE, "比例|头部|位置|居中|大小不|过大|过小|头像"),
    (Reason.FILE, "像素|尺寸|分辨率|格式|字节|KB|文件|命名"),
)
#: Reason → checks of our judge that look at the same thing (`kiosk.domain.judgement.Check.code`); none: it can't.
CHECKS: dict[Reason, frozenset[str]] = {
    Reason.BACKGROUND: frozenset({"wall_even", "wall_plain", "wall_colour", "wall_light", "wall_shift"}),
    Reason.POSE: frozenset({"roll", "yaw", "pitch", "shoulders_level", "ear_symmetry"}),
    Reason.GLASSES: frozenset({"sunglasses", "lens_tint", "glare"}),
    Reason.EYES: frozenset({"eyes_open", "eyes_closed", "red_eye"}),
    Reason.MOUTH: frozenset({"mouth_closed", "mouth_open", "smile"}),
    Reason.COVERED: frozenset({"head_cover", "mask", "lips_colour", "hair_brows"}),
    Reason.CLOTHES: frozenset({"top_colour", "top_contrast", "top_white"}),
    Reason.LIGHT: frozenset({"exposure", "highlights", "side_light", "natural_colour"}),
    Reason.BLURRED: frozenset({"sharpness", "motion", "compression", "resolution"}),
    Reason.PLACE: frozenset(
        {"crown_y", "eyes_y", "chin_y", "center_x", "eyes_x", "face_width", "head_height", "eye_distance",
         "distance", "place_x", "crop_inside"}
    ),
}  # fmt: skip
_LINKED = re.compile(r"已?关联|成功|通过|合格|入库|linked|accepted|ok", re.IGNORECASE)
_REJECTED = re.compile(r"未|不|失败|退回|驳回|拒|rejected|failed", re.IGNORECASE)

COLUMNS: tuple[Column, ...] = (
    Column("result", "结果", Kind.PLAIN, 40, ("审核结果", "关联结果", "关联状态", "状态", "上传结果", "result")),
    Column("reason", "原因", Kind.PLAIN, 200, ("退回原因", "不合格原因", "未通过原因", "失败原因", "说明")),
    Column("id_number", "证件号码", Kind.ID_NUMBER, 40, ("证件号", "身份证号", "身份证号码", "SFZH", "ZJHM")),
    Column("student_number", "学号", Kind.STUDENT_NUMBER, 20, ("XH", "student number")),
    Column("photo", "照片文件", Kind.PRIVATE, 120, ("照片", "文件名", "图像文件", "ZPWJ", "file")),
    Column("ordinal", "内部编号", Kind.PLAIN, 12, ("编号", "序号", "number")),
    Column("campaign", "活动", Kind.PLAIN, 40, ("批次", "采集批次", "campaign")),
)  # fmt: skip
#: One of these says whom a row is about, the first that is filled in.
WHO = ("id_number", "student_number", "photo", "ordinal")
_BY_HEADER = {header_key(name): column for column in COLUMNS for name in (column.title, *column.aliases)}


@dataclass(frozen=True, slots=True)
class ResultHeader(Header):
    """The header of an answer: needs the result, and one column that says who."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Titles of what is not there."""
        lacking = [] if "result" in self.keys else ["结果"]
        return tuple(lacking if self.keys & set(WHO) else [*lacking, "证件号码"])


def find_header(rows: Sequence[Sequence[object]]) -> Header | None:
    """The row among the first that names most of our columns, two at least; None where there is none."""
    best: ResultHeader | None = None
    for index, row in enumerate(rows[:HEADER_WITHIN]):
        header = ResultHeader(index, *read_columns(row, _BY_HEADER))
        if len(header.columns) >= 2 and (best is None or len(header.columns) > len(best.columns)):
            best = header
    return best


def linked(word: str) -> bool | None:
    """Whether the registry's word means that the picture is linked; None for a word that is not known."""
    word = word.strip()
    if _REJECTED.search(word):
        return False
    return True if _LINKED.fullmatch(word) or (word and _LINKED.search(word)) else None


def reason_of(words: str) -> Reason:
    """The reason behind the registry's words."""
    for reason, pattern in _RULES:
        if re.search(pattern, words, re.IGNORECASE):
            return reason
    return Reason.OTHER
