"""Every setting of the program, once: flags, environment and documentation follow from this model."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from engine.owner import LOCAL

PROJECT = Path(__file__).resolve().parent.parent

_HOST = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*|[0-9a-f:.]+")


def _listed(text: object) -> object:
    return [name.strip() for name in text.split(",") if name.strip()] if isinstance(text, str) else text


def _host_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Raises ValueError."""
    for name in names:
        if not _HOST.fullmatch(name.lower()):
            raise PydanticCustomError("no_host_name", "{name} is no name of a host", {"name": name[:100]})
    return tuple(name.lower() for name in names)


def _hosts_and_networks(names: tuple[str, ...]) -> tuple[str, ...]:
    """Raises ValueError."""
    return tuple(_network(name) or _host_names((name,))[0] for name in names)


def _network(name: str) -> str | None:
    """An address or a network as it is written; None for what is none."""
    try:
        return str(ip_network(name, strict=False))
    except ValueError:
        return None


HostNames = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed), AfterValidator(_host_names)]
HostsAndNetworks = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed), AfterValidator(_hosts_and_networks)]


class Settings(BaseSettings):
    """Read from flags first, then from the environment (`AUDIOCRAFT_WEBUI_PORT=8080`), then the defaults."""

    model_config = SettingsConfigDict(env_prefix="AUDIOCRAFT_WEBUI_", frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="Address to listen on; only this computer can reach the default.")
    port: int = Field(5000, ge=0, le=65535, description="First port to try; a taken one is skipped, 0 picks any.")
    allowed_hosts: HostNames = Field(
        (),
        description="Names, with commas between, under which proxies offer this server: music.example.org, or "
        "*.example.org for all below a domain.",
    )
    proxy_hops: int = Field(
        0, ge=0, le=10, description="Proxies in front of the server whose X-Forwarded headers are believed."
    )
    url_prefix: str = Field(
        "",
        max_length=100,
        pattern=r"^(/[A-Za-z0-9_~][A-Za-z0-9_~.-]*)*$",
        description="Path below which a proxy offers this server, /sound for example; by default its root.",
    )
    browser: bool = Field(True, description="Open the page in the browser when the server is ready.")
    output: Path = Field(PROJECT / "static", description="Folder for tracks, stems and uploads.")
    models: Path = Field(PROJECT / "models", description="Folder for downloaded models and your own checkpoints.")
    database_url: str | None = Field(
        None, description="SQLAlchemy URL of the index, SQLite or PostgreSQL; by default a file in the settings folder."
    )
    storage_url: str | None = Field(
        None,
        pattern=r"^s3://",
        description="Bucket for tracks, stems and uploads, s3://BUCKET/PREFIX?endpoint=URL&region=NAME; by default "
        "they lie in the output folder. See docs/s3.md.",
    )
    storage_key: str = Field(
        "", description="Access key for the bucket; by default what AWS's own variables and files say."
    )
    storage_secret: str = Field("", description="The secret for it.", repr=False)
    storage_encryption: str | None = Field(
        None,
        pattern=r"^(AES256|aws:kms(:.{1,2048})?)$",
        description="Encryption that the bucket is asked for: AES256 or aws:kms:KEY; by default its own.",
    )
    storage_redirect: bool = Field(
        False,
        description="Send browsers to the bucket for sounds and pictures; by default the server passes them on.",
    )
    storage_link_s: int = Field(3600, ge=60, le=604800, description="Seconds for which a link into the bucket is good.")
    storage_cache_gb: float = Field(
        10, ge=0, le=100_000, description="GiB of objects from the bucket kept here for the next time."
    )
    cluster: bool = Field(
        False,
        description="Leave jobs to nodes, ./run.sh node; takes a database_url of PostgreSQL, a broker_url and storage "
        "that all share.",
    )
    broker_url: str | None = Field(
        None,
        pattern=r"^(amqps?|rediss?)://",
        description="URL of the broker of a cluster, RabbitMQ or Redis.",
        repr=False,
    )
    sticky_sessions: bool = Field(
        False,
        description="In a cluster: the proxy brings each browser back to the same server, so that pages may do without "
        "a WebSocket.",
    )
    accounts: bool = Field(
        False,
        description="Have everybody log in; users are added with ./run.sh users add. Once there are some, it is on.",
    )
    signed_url_s: int = Field(
        3600,
        ge=60,
        le=7 * 86400,
        description="Seconds for which the addresses of files in answers of the API are good without a login, with "
        "accounts.",
    )
    rate_limit_storage: str = Field(
        "memory://",
        pattern=r"^(memory://$|(redis|rediss|redis\+sentinel|redis\+cluster|valkey|valkeys|memcached|mongodb)://)",
        repr=False,
        description="Where it is counted how often somebody asks, with accounts: in memory, or at the URL of a Redis "
        "that several servers share.",
    )
    oidc_issuer: str | None = Field(
        None,
        pattern=r"^(https://|http://(localhost|127\.0\.0\.1|\[::1\])(:|/|$))",
        description="Issuer of an OpenID provider that users may log in by, with accounts; none by default. It sends "
        "them back to /api/session/oidc/callback.",
    )
    oidc_client_id: str = Field("", description="What that provider knows this server as.")
    oidc_client_secret: str = Field("", description="The secret for it, if it has one.", repr=False)
    oidc_domains: str = Field("", description="Whose email addresses may come so: domains with commas; all by default.")
    oidc_sign_up: bool = Field(False, description="Let everybody in whom that provider knows, not only who is invited.")
    async_mode: Literal["auto", "eventlet", "threading"] = Field(
        "auto",
        description="How the server waits: eventlet (green threads) or threading; auto: threading in a cluster, else "
        "eventlet.",
    )
    unload_after_gen: bool = Field(False, description="Give a model's memory back after each job.")
    device: str = Field(
        "auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$", description="Where models run: auto, cpu, mps, cuda or cuda:N."
    )
    vram_gb: float | None = Field(
        None,
        gt=0,
        le=1024,
        description="Split long audio as for a device with this many GiB free; measured by default.",
    )
    worker_silence_s: float = Field(
        20, ge=0.5, le=3600, description="Seconds without an answer after which a worker process is restarted."
    )
    language_model_url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="Address of a language model with OpenAI's interface (Ollama, llama.cpp) that may tell /drama who "
        "speaks; none by default. The script is sent there.",
    )
    language_model: str = Field("", description="Name of that language model.")
    language_model_key: str = Field("", description="Its key, if it wants one.", repr=False)
    megatts3_url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="Address of a MegaTTS3 service of your own, whose voices /drama may use.",
    )
    webhook_hosts: HostsAndNetworks = Field(
        (),
        description="Hosts and networks, with commas between, that webhooks may go to although they are not in the "
        "public internet: nas.local, *.home.example, 192.168.1.0/24.",
    )
    metrics: bool = Field(False, description="Answer /metrics, for Prometheus; see docs/monitoring.md.")
    metrics_token: str = Field(
        "",
        description="Token with which Prometheus may read them from elsewhere, through a proxy, or where there are "
        "accounts.",
        repr=False,
    )
    otel_endpoint: str | None = Field(
        None,
        pattern=r"^https?://",
        description="Address of an OpenTelemetry collector (OTLP over HTTP) that traces are sent to; none by default.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What goes into the log.")
    language: Literal["en", "ru", "zh"] = Field(
        "en", description="Language of the terminal, and of the page until one is chosen there."
    )
    debug: bool = Field(False, description="Offer the debug command, which needs no model and fails on request.")

    @property
    def state_dir(self) -> Path:
        """`settings/`: last run, index, logs. It goes with the output folder when that is moved."""
        return PROJECT / "settings" if self.output == PROJECT / "static" else self.output / "settings"

    @property
    def users_dir(self) -> Path:
        return self.state_dir / "users"

    def state_of(self, user: str) -> Path:
        """What is kept for one user in files; the local user's lies where it lay before there were others."""
        return self.state_dir if user == LOCAL else self.users_dir / user

    @property
    def chosen_async_mode(self) -> Literal["eventlet", "threading"]:
        """With eventlet a query of PostgreSQL holds every client of the process up, so clusters have threads."""
        if self.async_mode == "auto":
            return "threading" if self.cluster else "eventlet"
        return self.async_mode

    @property
    def websocket_only(self) -> bool:
        """Requests of one page may come to different servers: a WebSocket alone stays with one."""
        return self.cluster and not self.sticky_sessions

    @property
    def index_url(self) -> str:
        return self.database_url or f"sqlite:///{self.state_dir / 'library.db'}"

    @property
    def audio_dir(self) -> Path:
        return self.output / "audio"

    @property
    def uploads_dir(self) -> Path:
        return self.output / "uploads"

    @property
    def incoming_dir(self) -> Path:
        """Uploads that are not complete yet."""
        return self.output / ".incoming"

    @property
    def jobs_dir(self) -> Path:
        """Unfinished work, one folder a job; empty when nothing runs."""
        return self.output / ".jobs"

    @property
    def cache_dir(self) -> Path:
        """What can be made again."""
        return self.output / ".cache"

    @property
    def peaks_dir(self) -> Path:
        """Waveform peaks by track id; made again when missing."""
        return self.cache_dir / "peaks"

    @property
    def sounds_dir(self) -> Path:
        """The user's own sounds for dramas."""
        return self.output / "sounds"

    @property
    def voices_dir(self) -> Path:
        """The user's own voices for dramas, a clip each."""
        return self.output / "voices"

    @property
    def logs_dir(self) -> Path:
        return self.state_dir / "logs"
