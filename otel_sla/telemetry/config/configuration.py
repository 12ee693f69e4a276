"""Choose what a process serves and pushes: by otel-config.yaml and the environment.

The file is an OpenTelemetry declarative configuration file: the one that comes with
otel_sla, or the site's own.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource

from ...conf import CONFIG_FILE_VARIABLES, SHIPPED_CONFIG_FILE, variable
from .. import start
from ..errors import InvalidConfiguration
from . import own_file, readers, shipped_file
from .document import Document
from .reader_options import Protocol, Pull, Push
from .standard_variables import (
    chosen_exporters,
    chosen_protocol,
    is_sdk_disabled,
    refuse_ignored,
)
from .substitution import references

_STEPS = re.compile(r"[^.\[\]]+")


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the file and the environment ask for.

    `push_fault` says why there is no `push` although one is asked for. It has to stop
    no process that would push nothing, and a process does not know that when it starts.
    """

    path: Path
    disabled: bool = False
    pull: Pull | None = None
    push: Push | None = None
    push_fault: InvalidConfiguration | None = None
    _document: Document | None = None

    def create_resource(self) -> Resource:
        """Return the resource that the file declares. Raises InvalidConfiguration."""
        with self._refusing("resource") as document:
            return document.create_resource()

    def create_provider(self, resource: Resource | None = None) -> MeterProvider:
        """Return a new provider with the file's views and no reader.

        `resource` is what create_resource() has returned, if it is needed elsewhere.
        Raises InvalidConfiguration.
        """
        resource = resource or self.create_resource()
        with self._refusing("meter_provider") as document:
            return document.create_provider(resource)

    def check(self, *, pushing: bool = True) -> None:
        """Raise InvalidConfiguration for anything that can't be used.

        Without `pushing`, what concerns nothing else is not looked at.
        """
        if self.disabled:
            return
        self.create_provider().shutdown()
        if pushing and self.push_fault:
            raise self.push_fault
        if pushing and self.push:
            with _naming_variables(self.path):
                self.push.check_files(self.path)

    @contextmanager
    def _refusing(self, key: str) -> Iterator[Document]:
        """Turn whatever goes wrong in making something of a section into a refusal."""
        if self._document is None:
            raise InvalidConfiguration("OTEL_SDK_DISABLED", "is true")
        with _naming_variables(self.path):
            try:
                yield self._document
            except InvalidConfiguration:
                raise
            except Exception as error:
                # The package raises whatever comes up, bare Exception among it.
                raise InvalidConfiguration(str(self.path), str(error), key) from None


def load(path: Path, exporters: Sequence[str] | None = None) -> Configuration:
    """Read the file and choose its readers. Raises InvalidConfiguration.

    `exporters` takes the place of what OTEL_METRICS_EXPORTER chooses.
    """
    if is_sdk_disabled():
        return Configuration(path, disabled=True)
    with _naming_variables(path):
        return _load(path, exporters)


def _load(path: Path, exporters: Sequence[str] | None) -> Configuration:
    document = _read(path)
    if document.is_disabled:
        return Configuration(path, disabled=True)
    pull, pushes = readers.read(document)
    chosen = chosen_exporters() if exporters is None else exporters
    # A provider that is set already has read the variables about it itself.
    ours = not isinstance(start.provider_of_others(), MeterProvider)
    refuse_ignored(
        path, document.named, [one for one in chosen if one != "otlp"], provider=ours
    )
    if "prometheus" in chosen and pull is None:
        raise _undeclared(path, "pull: {exporter: {prometheus/development: {}}}")
    push, push_fault = None, None
    if "otlp" in chosen:
        try:
            with _naming_variables(path):
                push = _chosen_push(document, pushes)
                push.check_packages("" if exporters else "OTEL_METRICS_EXPORTER")
        except InvalidConfiguration as error:
            push, push_fault = None, error
    return Configuration(
        path=path,
        pull=pull() if pull and "prometheus" in chosen else None,
        push=push,
        push_fault=push_fault,
        _document=document,
    )


def _read(path: Path) -> Document:
    """Return what the file says. Raises InvalidConfiguration."""
    try:
        written = path.read_bytes()
        # A copy of it in a site is as good as the original.
        is_shipped = written == SHIPPED_CONFIG_FILE.read_bytes()
        read = shipped_file.read if is_shipped else own_file.read
        return read(written.decode("utf-8-sig"), path)
    except FileNotFoundError:
        raise InvalidConfiguration(
            str(path),
            'does not exist: name another in OTEL_SLA["CONFIG_FILE"], or leave that '
            "out for the one that comes with otel_sla",
        ) from None
    except OSError as error:
        message = f"can't be read: {error.strerror}"
        raise InvalidConfiguration(str(path), message) from None
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise InvalidConfiguration(str(path), f"is not valid YAML: {error}") from None


def _chosen_push(
    document: Document, pushes: Mapping[Protocol, Callable[[], Push]]
) -> Push:
    path = document.path
    refuse_ignored(path, document.named, ["otlp"], provider=False)
    written, name = chosen_protocol()
    for protocol, push in pushes.items():
        if written in ("", protocol):
            return push()
    if written:
        raise _undeclared(path, f"an OTLP reader for {name}={written}")
    raise _undeclared(path, "periodic: {exporter: {otlp_http: {}}}")


def _undeclared(path: Path, what: str) -> InvalidConfiguration:
    return InvalidConfiguration(
        str(path),
        f"is asked to use a reader it lacks: {what}",
        "meter_provider.readers",
    )


@contextmanager
def _naming_variables(path: Path) -> Iterator[None]:
    """Name in a refusal the environment variables that have led to it."""
    try:
        yield
    except InvalidConfiguration as error:
        notes = [f"set by {name}" for name in _variables_at(error.key, path)]
        notes += [
            f"{name} names this file"
            for name in CONFIG_FILE_VARIABLES
            if error.source and variable(name) == error.source
        ]
        if not notes:
            raise
        message = f"{error.message} ({', '.join(notes)})"
        raise InvalidConfiguration(error.source, message, error.key) from None


def _variables_at(key: str, path: Path) -> list[str]:
    """Return the environment variables that a value of the file is made of."""
    if not key:
        return []
    node: Any = yaml.compose(path.read_text("utf-8-sig"))
    for part in _STEPS.findall(key):
        if isinstance(node, yaml.SequenceNode) and part.isdigit():
            node = node.value[int(part)]
        elif isinstance(node, yaml.MappingNode):
            node = next(
                (value for name, value in node.value if name.value == part), None
            )
        else:
            return []
    written = node.value if isinstance(node, yaml.ScalarNode) else ""
    return [name for name in references(written) if variable(name)]
