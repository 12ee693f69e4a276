"""The sentences about availability that can't be measured. Pure."""

from ..language import gettext_noop as _

MESSAGES = {
    # What is missing
    "requests_missing_for_reports": _(
        "Reports from Prometheus need the package requests: pip install "
        "'otel-sla[reports]'. %(reason)s"
    ),
    "secret_unreadable": _(
        'OTEL_SLA["PROMETHEUS"]["%(key)s"]: %(path)s can\'t be read: %(reason)s.'
    ),
    "secret_missing": _(
        'OTEL_SLA["PROMETHEUS"]["%(key)s"]: %(path)s is empty. Write the secret into '
        "its first line."
    ),
    "secret_unsendable": _(
        'OTEL_SLA["PROMETHEUS"]["%(key)s"]: %(path)s has characters that no '
        "Authorization header can carry. Write a token of ASCII characters without "
        "spaces into its first line."
    ),
    "samples_unreadable": _(
        'OTEL_SLA["PROMETHEUS"]["SAMPLES_FILE"]: %(path)s can\'t be read: %(reason)s.'
    ),
    "samples_invalid": _(
        'OTEL_SLA["PROMETHEUS"]["SAMPLES_FILE"]: %(path)s is not a file of samples: '
        "%(reason)s. The package has an example, sample_availability.yaml."
    ),
    # Unreachable
    "prometheus_unreachable": _(
        "%(server)s can't be reached: %(reason)s. Check the URL in "
        'OTEL_SLA["PROMETHEUS"], and that the server runs.'
    ),
    "prometheus_too_slow": _(
        "%(server)s did not answer within %(most)s s. If it is only slow, raise "
        'TIMEOUT in OTEL_SLA["PROMETHEUS"].'
    ),
    "prometheus_unavailable": _(
        "%(server)s is not available: %(said)s. Try again later."
    ),
    # Refused
    "prometheus_access_refused": _(
        "%(server)s refused access: %(said)s. Check TOKEN_FILE, USER and "
        'PASSWORD_FILE, or HEADERS, in OTEL_SLA["PROMETHEUS"].'
    ),
    "prometheus_redirects": _(
        "%(server)s redirects to %(to)s. Redirects are not followed: give the URL of "
        'the API in OTEL_SLA["PROMETHEUS"].'
    ),
    "prometheus_api_missing": _(
        "%(server)s has no Prometheus API at that URL: %(said)s. Give "
        'the URL that /api/v1/query is added to in OTEL_SLA["PROMETHEUS"].'
    ),
    "prometheus_refused": _("%(server)s can't evaluate a query: %(said)s"),
    # Other answers
    "prometheus_not_json": _(
        "%(server)s answered with %(kind)s instead of JSON. Give the URL that "
        '/api/v1/query is added to in OTEL_SLA["PROMETHEUS"].'
    ),
    "prometheus_unexpected": _(
        "%(server)s answered with JSON that is not that of the Prometheus API: "
        "%(reason)s."
    ),
    "prometheus_partial": _(
        "%(server)s returned only some of the samples: %(said)s. A report needs all of "
        "them. Try again once all of its storage is available."
    ),
    "answer_too_large": _(
        "%(server)s sent an answer of more than %(most)s MB. Select fewer components."
    ),
    "query_too_heavy": _("%(server)s can't answer so much at once: %(said)s"),
    "prometheus_too_much": _(
        "Even %(hours)s h of one component, %(component)r, are too much for a query: "
        "%(said)s Raise the limit, which in Prometheus is --query.max-samples."
    ),
    # Samples
    "invalid_availability": _("Component %(component)r: %(reason)s"),
    "samples_too_dense": _(
        "%(expression)s has about %(count)s samples an hour, and INTERVAL is "
        '%(interval)s s. Set INTERVAL in OTEL_SLA["PROMETHEUS"] to %(meant)s.'
    ),
}
