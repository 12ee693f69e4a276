"""Options of the readers that a configuration can choose: to scrape, and to push."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from ..errors import InvalidConfiguration
from ..versions import installed

Protocol = Literal["grpc", "http/protobuf"]

_ENCODER = "opentelemetry-exporter-otlp-proto-common"
_ENCODER_MODULE = "opentelemetry.exporter.otlp.proto.common"
# The packages that each protocol needs, and a module of each.
_NEEDED: Mapping[Protocol, Mapping[str, str]] = {
    "http/protobuf": {_ENCODER: _ENCODER_MODULE, "requests": "requests"},
    "grpc": {_ENCODER: _ENCODER_MODULE, "grpcio": "grpc"},
}


@dataclass(frozen=True, slots=True)
class Pull:
    """The pull reader as the file declares it."""

    target_info: bool
    scope_info: bool
    cardinality_limits: Mapping[type, int]


@dataclass(frozen=True, slots=True)
class Push:
    """An OTLP reader as the file declares it. Times are seconds.

    `timeout` bounds a request, `reading` the reading of rows. `endpoint` is a URL;
    over HTTP the whole one, over gRPC its path means nothing. `key` is the exporter's
    in the file.
    """

    protocol: Protocol
    endpoint: str
    headers: Mapping[str, str]
    compression: str
    ca_file: str | None
    cert_file: str | None
    key_file: str | None
    interval: float
    reading: float
    timeout: float
    max_points: int
    cardinality_limits: Mapping[type, int]
    key: str = ""

    def check_packages(self, source: str) -> None:
        """Raise InvalidConfiguration if a package that pushing needs is missing.

        `source` is what has chosen otlp; empty for a command that does nothing else.
        """
        needed = _NEEDED[self.protocol].items()
        missing = [_pinned(name) for name, module in needed if not _is_there(module)]
        if missing:
            raise InvalidConfiguration(
                source,
                f"otlp over {self.protocol} needs packages that are not installed: "
                f"pip install {' '.join(missing)}",
            )

    def check_files(self, path: Path) -> None:
        """Raise InvalidConfiguration if a file of a certificate or key is missing.

        `path` is the file that names them. While one is missing, pushes fail.
        """
        for name in ("ca_file", "cert_file", "key_file"):
            file = getattr(self, name)
            if file and not Path(file).is_file():
                raise InvalidConfiguration(
                    str(path), f"{file!r} is not a file", f"{self.key}.tls.{name}"
                )


def _pinned(name: str) -> str:
    # A newer encoder can't be imported beside the installed SDK.
    return f"{name}=={installed('opentelemetry-sdk')}" if name == _ENCODER else name


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
