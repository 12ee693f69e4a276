"""Check where and how an OTLP exporter of the file sends: address, TLS, headers."""

import logging
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from opentelemetry.util.re import parse_env_headers

from .reader_options import Protocol
from .section import Section

_HEADER_NAME = re.compile(r"[a-zA-Z0-9_.-]+")
_PATH = "/v1/metrics"
_DEFAULT_ENDPOINTS: Mapping[Protocol, str] = {
    "http/protobuf": f"http://localhost:4318{_PATH}",
    "grpc": "http://localhost:4317",
}


def endpoint_of(written: str | None, protocol: Protocol, section: Section) -> str:
    """Return the URL to push to, the default where none is given.

    Raises InvalidConfiguration, as all of these do.
    """
    default = _DEFAULT_ENDPOINTS[protocol]
    endpoint = default if written in (None, "", _PATH) else str(written)
    if endpoint.rstrip("/").endswith(2 * _PATH):
        section.refuse(f"{endpoint!r} has {_PATH} twice: leave it out of the base URL")
    # A base URL from the environment may end in the slash that a path begins with.
    scheme, separator, rest = endpoint.partition("://")
    address = urlsplit(f"{scheme}://{rest.replace('//', '/')}")
    try:
        usable = separator and address.hostname and (address.port or True)
    except ValueError:
        usable = False
    if scheme not in ("http", "https") or not usable:
        section.refuse(f"{endpoint!r} is not a URL such as {default}")
    if "@" in address.netloc:
        # Not quoted: gRPC can't use it, and it would be in every log line.
        section.refuse("must hold no user and password: send them in a header")
    return address.geturl()


def tls_files(
    section: Section, endpoint: str
) -> tuple[str | None, str | None, str | None]:
    """Return the files of the authorities, of a client certificate and of its key."""
    options = section.options
    if options.get("insecure") and endpoint.startswith("https:"):
        section.below("insecure").refuse("contradicts the https of the endpoint")
    ca_file, cert_file, key_file = (
        options.get(name) or None for name in ("ca_file", "cert_file", "key_file")
    )
    if bool(cert_file) != bool(key_file):
        section.refuse("a client certificate needs both cert_file and key_file")
    return ca_file, cert_file, key_file


def headers_of(section: Section) -> Mapping[str, str]:
    """Return the headers of `headers_list`, and of `headers`, which override those."""
    listed = section.options.get("headers_list") or ""
    written = [one for one in listed.split(",") if one.strip()]
    headers: dict[str, str] = {}
    for position, one in enumerate(written, 1):
        found = _parsed_header(one)
        if len(found) != 1:
            # Not quoted: it may be the secret itself.
            section.below("headers_list").refuse(
                f"entry {position} of {len(written)} is not of the form name=value and "
                "would be ignored: URL-encode it"
            )
        headers |= found
    pairs = section.options.get("headers") or []
    single = {one["name"]: one["value"] or "" for one in pairs}
    headers |= single
    for name, value in headers.items():
        place = section.below("headers" if name in single else "headers_list")
        if not _HEADER_NAME.fullmatch(name) or name.lower().endswith("-bin"):
            place.refuse(f"{name!r} can't be the name of a header")
        if not (value.isascii() and value.isprintable() and value == value.strip()):
            place.refuse(f"the value of {name!r} can't be sent: use printable ASCII")
    return headers


def _parsed_header(written: str) -> dict[str, str]:
    """Parse a header without the package's log line, which would show it."""
    parser = logging.getLogger("opentelemetry.util.re")
    before, parser.disabled = parser.disabled, True
    try:
        return dict(parse_env_headers(written, liberal=True))
    finally:
        parser.disabled = before
