"""System checks of the installed releases of OpenTelemetry's packages."""

from collections.abc import Sequence

from django.core.checks import CheckMessage, Error, Warning

from . import sdk_probe, versions
from .config.standard_variables import is_sdk_disabled
from .setup import ASKED_EVERY_SECOND, STOCK_READER


def faults_of_releases() -> Sequence[CheckMessage]:
    """Report releases that don't fit together, and those that may act otherwise."""
    messages: list[CheckMessage] = []
    if conflicts := versions.conflicts():
        fault = f"OpenTelemetry's packages don't fit together: {'; '.join(conflicts)}."
        messages.append(Error(fault, hint=_upgrade(), id="otel_sla.E005"))
    if versions.folds_series():
        fault = (
            f"opentelemetry-sdk {versions.installed('opentelemetry-sdk')} keeps 2,000 "
            "series of an instrument and merges all others into one; no setting "
            'changes that. With OTEL_SLA["DIRECT_EXPOSITION"] = False, and in readers '
            "that the site has added, the merged series can't be told apart."
        )
        messages.append(Warning(fault, hint=_upgrade(), id="otel_sla.W014"))
    install = f"install what was tried: {versions.tried_command()}"
    if untried := versions.untried():
        named = ", ".join(f"{name} {version}" for name, version in untried.items())
        messages.append(
            Warning(
                f"otel_sla has not been tried with {named}.",
                hint=f"Look at /metrics and silence otel_sla.W014, or {install}",
                id="otel_sla.W014",
            )
        )
    # With the SDK disabled nothing is collected, which is what was asked for.
    if not is_sdk_disabled():
        if fault := sdk_probe.translating_fault():
            fault = f"{fault}: {STOCK_READER}."
        elif fault := sdk_probe.counting_fault():
            fault = f"{fault}: {ASKED_EVERY_SECOND}."
        if fault:
            hint = f"Upgrade otel_sla, or {install}"
            messages.append(Warning(fault, hint=hint, id="otel_sla.W014"))
    return messages


def _upgrade() -> str:
    return f"Upgrade them together: {versions.upgrade_command()}"
