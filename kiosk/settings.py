"""Every setting of the kiosk as one typed schema with a sentence each.

Values come, later ones first: environment (`KIOSK_SERVER__PORT=9000`), the files named by
`KIOSK_CONFIG` (several, separated by the path separator, later files win), `config/kiosk.toml`, the
defaults here. docs/settings.md is tested against this schema.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from kiosk.domain import queue

ROOT = Path(__file__).resolve().parent.parent


class Section(BaseModel):
    """A table of the settings file; an unknown key is an error, never silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Server(Section):
    host: str = Field("127.0.0.1", description="Address the web process listens on.")
    port: int = Field(8080, ge=0, le=65535, description="Port of the web process.")
    async_mode: Literal["eventlet", "threading"] = Field(
        "eventlet", description="How the web process waits: `eventlet` (default) or `threading`."
    )
    public_url: str = Field(
        "", description="Address under which phones and tablets reach the server; empty means host and port."
    )
    tls_certificate: Path | None = Field(None, description="PEM certificate; with it the server speaks HTTPS.")
    tls_key: Path | None = Field(None, description="PEM private key of the certificate.")
    allow_plain_http: bool = Field(
        False, description="Allow listening beyond loopback without TLS (only behind a TLS proxy)."
    )
    session_minutes: int = Field(30, ge=1, description="Idle minutes after which a staff session ends.")
    session_hours: int = Field(12, ge=1, description="Hours after which a staff session ends in any case.")
    lock_minutes: float = Field(
        3, ge=0, le=60, description="Idle minutes after which a staff page locks; 0: by its button alone."
    )
    login_rate: str = Field("10 per minute", description="Log-in attempts one address may make.")
    upload_mb: int = Field(64, ge=1, description="Largest upload in megabytes.")


class Database(Section):
    url: str = Field("", description="SQLAlchemy address; empty means the SQLite file in the data folder.")
    busy_seconds: float = Field(5.0, ge=0, description="How long a decision waits for a locked database.")


class Station(Section):
    name: str = Field("kiosk-1", description="Name of this kiosk, shown to staff.")
    seat: str = Field("1", description="Seat or booth number called on the board.")
    campaign: str = Field("", description="Code of the campaign this kiosk works for; empty means the one active.")


class Visit(Section):
    idle_warn_seconds: int = Field(
        45, ge=1, description="Idle seconds until the page asks whether anyone is there."
    )
    idle_park_seconds: int = Field(60, ge=2, description="Idle seconds until the visit is parked for staff.")
    waiting_screen_seconds: int = Field(
        20, ge=1, description="Seconds the waiting page shows a number that is not yet called."
    )
    receipt_screen_seconds: int = Field(30, ge=1, description="Seconds the receipt stays before Welcome returns.")
    notice_screen_seconds: int = Field(20, ge=1, description="Seconds a refusal stays before Welcome returns.")
    receipt_days: int = Field(90, ge=1, description="Days for which a receipt, or a link to check a photo, opens.")
    copy_days: int = Field(7, ge=1, le=90, description="Days for which the link to a photo file opens.")
    copy_downloads: int = Field(5, ge=1, le=100, description="How often the link to a photo file may be used.")
    auto_call: bool = Field(True, description="A free kiosk calls the next number by itself.")


class SiteRules(Section):
    code: str = Field(
        "", max_length=40, description="Code of the site where this kiosk stands; empty means the only one."
    )
    time_zone: str = Field("Asia/Shanghai", description="Time zone of the site's clock: days, slots, notices.")
    spacing_metres: float = Field(1.0, gt=0, le=10, description="Distance between two people who wait, in metres.")

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"{name!r} is no time zone")
        return name


class Queue(Section):
    most_calls: int = Field(3, ge=1, le=10, description="Calls without an answer after which a visit is parked.")
    priority_in_row: int = Field(
        2, ge=1, le=10, description="Priority calls in a row, after which one of the others is called."
    )


class Collection(Section):
    link_days: int = Field(14, ge=1, le=365, description="Days for which a student's upload link opens.")
    link_uploads: int = Field(6, ge=1, le=100, description="Photos that one upload link takes.")
    own_photo_mb: int = Field(20, ge=1, le=64, description="Largest photo that a student sends in, in megabytes.")
    delivery_mb: int = Field(
        4096, ge=1, description="Largest delivery of a studio or company that is uploaded, in megabytes."
    )
    delivery_files: int = Field(20_000, ge=1, description="Most files in a delivery.")
    unpacked_mb: int = Field(
        40_960, ge=1, description="Most megabytes that a delivery may have when it is unpacked."
    )


class Board(Section):
    names: bool = Field(False, description="The public board shows masked names beside the numbers.")


class DayReport(Section):
    names: Literal["full", "masked"] = Field(
        "full", description="How the signed report of a day names people; pages always mask, codes have no names."
    )


class Observation(Section):
    rest_minutes: int = Field(
        15, ge=1, le=120, description="Minutes to rest before the temperature is taken again."
    )
    contact_minutes: int = Field(
        30, ge=0, le=240, description="Minutes around a stay within which others count as contacts."
    )
    call: list[str] = Field(
        [], description="Whom to call about an incident, a line each: office and telephone number."
    )
    headquarters_email: str = Field(
        "", description="Where a notice of an incident is sent; empty: staff tell them by telephone."
    )


class Opening(Section):
    required: bool = Field(
        False, description="A session opens only with its checklist signed; false: by itself, at the first visit."
    )
    checklist: str = Field("site-2020", description="File of config/opening for campaigns that name none.")


class Smtp(Section):
    host: str = Field("", description="Mail server; empty means that no e-mail is sent.")
    port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection is protected; `none` is allowed on loopback only."
    )
    user: str = Field("", description="Log-in at the mail server; empty means none is asked for.")
    password_file: Path | None = Field(
        None, description="File with the password; empty means `secrets/smtp.password` in the data folder."
    )
    from_address: str = Field("", description="Sender of the messages, e.g. photo@school.example.")
    ca_file: Path | None = Field(None, description="PEM of the authority to trust; empty means the system's.")
    timeout_seconds: float = Field(20.0, gt=0, le=120, description="How long an answer of the server may take.")
    first_retry_minutes: float = Field(1.0, gt=0, description="Minutes to the second try; doubled at each.")
    longest_retry_minutes: float = Field(60.0, gt=0, description="Longest wait between two tries, in minutes.")
    give_up_hours: float = Field(72.0, gt=0, description="Hours after which a message counts as not sent.")
    check_reminder_days: list[Annotated[int, Field(ge=0, le=60)]] = Field(
        [7, 1],
        description="Days before a campaign's `check_until` on which whoever has not checked is reminded.",
    )

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if self.host and self.security == "none" and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("smtp.security may be none only where smtp.host is this machine")
        if self.host and "@" not in self.from_address:
            raise ValueError("smtp.from_address is missing")
        return self


class Temperature(Section):
    required: bool = Field(True, description="Whether a temperature is taken.")
    limit_celsius: float = Field(37.3, gt=34, lt=43, description="Forehead reading from which it is abnormal.")
    low_celsius: float = Field(
        35.0, gt=25, lt=37, description="Below this the reading is repeated as implausible."
    )


class Bridge(Section):
    web_url: str = Field(
        "", description="Where the bridge finds the web process; empty means loopback and its port."
    )
    preview_port: int = Field(8071, ge=0, le=65535, description="Loopback port of the live preview.")
    poll_seconds: float = Field(0.35, ge=0.05, le=5, description="Seconds between two looks for a card.")


#: Vendor and product of a USB device, as `lsusb` prints them.
UsbId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}$")]


#: A driver that is a file of your own, `kiosk/bridge/drivers/<kind>/<name>.py`; without such a file the device is
#: `unsupported`.
OwnDriver = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$"), "the name of a driver of your own"
]


class Reader(Section):
    driver: (
        Literal[
            "off", "serial", "usb_bulk", "usb_hid", "pcsc", "virtual", "virtual_usb", "virtual_hid", "virtual_pcsc"
        ]
        | OwnDriver
    ) = Field("serial", description="ID card reader driver.")
    port: str = Field(
        "", description="Serial port; empty means the first one whose VID:PID is listed in `usb_ids`."
    )
    usb_ids: list[str] = Field(
        ["10C4:EA60", "1A86:7523", "067B:2303"],
        description="USB-serial chips (VID:PID) that may carry a reader; nothing else is ever written to.",
    )
    usb_devices: list[UsbId] = Field(
        ["0400:C35A"], description="USB devices (VID:PID) that the driver `usb_bulk` may write to."
    )
    hid_devices: list[UsbId] = Field(
        ["0483:5751"], description="HID devices (VID:PID) that the driver `usb_hid` may write to."
    )
    sam_id: str = Field(
        "",
        pattern=r"^(\d{2}\.\d{2}-\d{8}-\d{10}-\d{10})?$",
        description="Number of the reader's security module as printed; with it no other reader is taken.",
    )
    read_twice: bool = Field(
        True, description="Take a card when two readings agree; else one is enough where nothing is doubtful."
    )
    baud: Literal[115200, 57600, 38400, 19200, 9600] = Field(115200, description="Serial speed.")
    pcsc_readers: list[str] = Field(
        [], description="PC/SC readers that the driver `pcsc` uses, by a part of their names; empty means all."
    )
    wlt: str = Field(
        "",
        description="Program that decodes the photo on an ID card (WLT): a command line, or `python:module` with "
        "a function `decode`; empty means that the photo is dropped.",
    )
    wlt_seconds: float = Field(3.0, gt=0, le=30, description="How long decoding a card's photo may take.")
    wlt_megabytes: int = Field(256, ge=16, description="Memory that decoding may take, where the system can say.")


class Camera(Section):
    driver: Literal["off", "opencv", "stream", "folder", "video", "virtual", "virtual_stream"] | OwnDriver = Field(
        "opencv",
        description="Camera driver: `opencv` a webcam, `stream` a network camera, `folder` pictures and `video` a "
        "film played over and over, `virtual…` simulators.",
    )
    index: int = Field(0, ge=0, description="Number of the webcam.")
    name: str = Field(
        "",
        description="Stable name of the webcam or a part of it, as `kiosk devices list` shows it (Linux); empty "
        "means `index`.",
    )
    url: str = Field(
        "",
        description="Address of the network camera, `rtsp://…` or `http://…` (MJPEG); user and password stand in "
        "the file `secrets/camera.login` of the data folder (`user:password`), never here.",
    )
    path: Path | None = Field(None, description="The folder of pictures or the video file.")
    picture_seconds: float = Field(2.0, ge=0.04, le=600, description="How long each picture of a folder is shown.")
    width: int = Field(1920, ge=640, description="Width of a still in pixels, before the mounting is righted.")
    height: int = Field(1440, ge=480, description="Height of a still in pixels, before the mounting is righted.")
    preview_width: int = Field(1280, ge=320, description="Width of the preview in pixels at most.")
    fps: int = Field(30, ge=5, le=60, description="Frames a second asked of the camera.")
    exposure: Literal["auto", "lock"] | float = Field(
        "auto",
        description="Exposure: `auto`, `lock` (what the automatic found after 3 seconds is held), or a value in "
        "the camera's own unit (V4L2: 0.1 ms).",
    )
    white_balance: Literal["auto", "lock"] | float = Field(
        "auto", description="White balance: `auto`, `lock`, or kelvins."
    )
    focus: Literal["auto", "lock"] | float = Field(
        "auto", description="Focus: `auto`, `lock`, or a value in the camera's own unit."
    )
    latency_ms: int = Field(
        0,
        ge=0,
        le=2000,
        description="Milliseconds by which every frame comes late, as measured; a shot is taken that much later.",
    )
    mounting: Literal[0, 90, 180, 270] = Field(0, description="Degrees by which the sensor is turned clockwise.")
    calibration_days: int = Field(
        30, ge=0, description="Days after which the calibration with the empty wall is asked for again; 0: never."
    )
    portrait: str = Field("", description="Picture shown by the virtual camera; empty means its own choice.")

    @field_validator("url")
    @classmethod
    def _no_password(cls, value: str) -> str:
        if "@" in value.partition("://")[2].partition("/")[0]:
            raise ValueError("user and password belong into the file secrets/camera.login")
        return value


class Thermometer(Section):
    driver: Literal["off", "gy_mcu90614", "temper", "virtual"] | OwnDriver = Field(
        "off", description="Thermometer driver; off means staff type it."
    )
    port: str = Field("", description="Serial port of the driver `gy_mcu90614`; none is ever guessed.")
    baud: Literal[9600, 115200] = Field(9600, description="Serial speed of the driver `gy_mcu90614`.")
    hid_devices: list[UsbId] = Field(
        ["413D:2107"], description="HID devices (VID:PID) that the driver `temper` may write to."
    )
    offset_celsius: float = Field(
        0.0, ge=-3, le=3, description="Added to every reading: the difference to a calibrated thermometer."
    )
    above_ambient_celsius: float = Field(
        2.0, ge=0, le=15, description="A person is this much warmer than the sensor; less is taken for the room."
    )


class CodeReader(Section):
    driver: Literal["off", "camera", "scanner", "pcsc", "virtual_scanner"] | OwnDriver = Field(
        "camera", description="What reads collection codes and receipts; `pcsc` reads campus cards instead."
    )


class Scanner(Section):
    keyboard: bool = Field(True, description="Take what a keyboard-wedge scanner types into the kiosk page.")
    writing: Literal["hex", "hex-reversed", "decimal", "decimal-reversed"] = Field(
        "decimal", description="How scanners write a campus card's number; reversed: last byte first."
    )
    digits: int = Field(
        10,
        ge=0,
        le=20,
        description="Characters of a campus card's number with leading zeros; 0: any from 8 to 20.",
    )
    port: str = Field("", description="Serial port of the scanner; empty means one whose chip `usb_ids` lists.")
    usb_ids: list[UsbId] = Field([], description="USB devices (VID:PID) that are serial scanners.")
    baud: Literal[115200, 57600, 38400, 19200, 9600] = Field(9600, description="Serial speed of the scanner.")


class Printer(Section):
    mode: Literal["off", "browser", "system"] = Field(
        "browser",
        description="What the check before opening prints with: `off` leaves the printer out, `browser` shows a "
        "test page in the print dialog of the staff's browser, `system` asks this machine's queue (lp, lpstat).",
    )
    queue: str = Field(
        "",
        pattern=r"^([^\s/#-][^\s/#]*)?$",
        description="Name of the system's queue; empty means its default one.",
    )


class Devices(Section):
    reader: Reader = Field(default_factory=Reader, description="The ID card reader.")
    camera: Camera = Field(default_factory=Camera, description="The camera.")
    thermometer: Thermometer = Field(default_factory=Thermometer, description="The thermometer.")
    codes: CodeReader = Field(default_factory=CodeReader, description="The reader of collection codes.")
    scanner: Scanner = Field(default_factory=Scanner, description="Scanners of codes and campus cards.")
    printer: Printer = Field(default_factory=Printer, description="The printer.")


class Capture(Section):
    hold_ms: int = Field(600, ge=0, description="How long every check must hold before the shutter fires.")
    read_ms: int = Field(1000, ge=0, description="How long a hint of the coaching stands at least.")
    burst_frames: int = Field(5, ge=1, le=20, description="Frames taken after the trigger; the best is kept.")
    shots: int = Field(3, ge=1, le=10, description="Shots a student may take unless staff allow more.")
    analysis_fps: int = Field(15, ge=1, le=60, description="Frames a second that are judged while coaching.")


class Settings(BaseSettings):
    """The whole configuration of one station."""

    model_config = SettingsConfigDict(env_prefix="KIOSK_", env_nested_delimiter="__", extra="forbid", frozen=True)

    demo: bool = Field(False, description="Demonstration: simulators are allowed, data is synthetic.")
    demo_students: bool = Field(
        True, description="The demonstration brings its own campaigns' students; false: its records begin empty."
    )
    data_dir: Path = Field(Path("var/kiosk"), description="Folder of everything this station keeps.")
    assets_dir: Path = Field(
        Path("var/assets"), description="Folder of installed browser libraries and face models."
    )
    portraits_dir: Path = Field(
        Path("../shared/portraits"),
        description="Portraits for the demo camera and the tests, where they exist.",
    )
    config_dir: Path = Field(Path("config"), description="Folder of photo profiles, screening rules, campaigns.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Detail of the logs.")
    server: Server = Field(default_factory=Server, description="The web process.")
    database: Database = Field(default_factory=Database, description="The records.")
    station: Station = Field(default_factory=Station, description="This kiosk.")
    visit: Visit = Field(default_factory=Visit, description="Times of a visit.")
    temperature: Temperature = Field(default_factory=Temperature, description="Temperature screening.")
    site: SiteRules = Field(default_factory=SiteRules, description="The place where photos are taken.")
    opening: Opening = Field(default_factory=Opening, description="Opening a session.")
    observation: Observation = Field(default_factory=Observation, description="The observation room.")
    day_report: DayReport = Field(default_factory=DayReport, description="The signed report of a day.")
    queue: Queue = Field(default_factory=Queue, description="The queue.")
    collection: Collection = Field(default_factory=Collection, description="Photos that come in otherwise.")
    board: Board = Field(default_factory=Board, description="The public board.")
    smtp: Smtp = Field(default_factory=Smtp, description="Sending e-mail.")
    bridge: Bridge = Field(default_factory=Bridge, description="The device process.")
    devices: Devices = Field(default_factory=Devices, description="The devices.")
    capture: Capture = Field(default_factory=Capture, description="Taking the photo.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment wins over what `load` read from the files."""
        return env_settings, init_settings

    def path(self, value: Path) -> Path:
        """`value` made absolute against the project's folder."""
        return value if value.is_absolute() else (ROOT / value).resolve()

    @property
    def data(self) -> Path:
        """Absolute data folder."""
        return self.path(self.data_dir)

    @property
    def assets(self) -> Path:
        """Absolute folder of installed third-party assets (`browser/`, `models/`, `demo/`)."""
        return self.path(self.assets_dir)

    @property
    def config(self) -> Path:
        """Absolute folder of photo profiles, screening rules and campaigns."""
        return self.path(self.config_dir)

    @property
    def portraits(self) -> Path:
        """Absolute folder of portraits; may be missing. `KIOSK_PORTRAITS` overrides it."""
        override = os.environ.get("KIOSK_PORTRAITS")
        return Path(override) if override else self.path(self.portraits_dir)

    @property
    def database_url(self) -> str:
        """SQLAlchemy address of the records."""
        return self.database.url or f"sqlite:///{self.data / 'kiosk.sqlite3'}"

    @property
    def scheme(self) -> str:
        """`https` where a certificate is configured."""
        return "https" if self.server.tls_certificate else "http"

    @property
    def web_url(self) -> str:
        """Where processes of this machine reach the web process."""
        return self.bridge.web_url or f"{self.scheme}://127.0.0.1:{self.server.port}"

    @property
    def public_url(self) -> str:
        """Where phones and tablets reach the web process."""
        return (self.server.public_url or f"{self.scheme}://{self.server.host}:{self.server.port}").rstrip("/")


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def load(*files: Path) -> Settings:
    """Read the settings.

    `files` default to `config/kiosk.toml` and those of `KIOSK_CONFIG`. Raises `pydantic.ValidationError`
    for a value outside its range or an unknown key, `tomllib.TOMLDecodeError` for a broken file.
    """
    named = os.environ.get("KIOSK_CONFIG", "")
    paths = list(files) or [
        ROOT / "config" / "kiosk.toml",
        *(Path(item) for item in named.split(os.pathsep) if item),
    ]
    values: dict[str, Any] = {}
    for path in paths:
        if path.exists() or files or path != paths[0]:
            values = _merge(values, tomllib.loads(path.read_text("utf-8")))
    found = Settings(**values)
    queue.use_zone(found.site.time_zone)
    return found
