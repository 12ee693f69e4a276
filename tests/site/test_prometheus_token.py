"""A real Prometheus with a token, and a rotation while both go on."""

from __future__ import annotations

from pathlib import Path

from ..support.processes import GUNICORN, WSGI, make_site, sample_components, until
from ..support.prometheus import scraping

OLD, NEW = "the-token-of-yesterday", "the-token-of-tomorrow"
CONFIGURATION = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: site
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
    authorization: {{credentials_file: {file}}}
"""


def test_a_token_is_rotated_without_a_restart_of_either_side(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "site", tmp_path / "prometheus"
    ours.mkdir()
    theirs.mkdir()
    allowed, sent = ours / "metrics-tokens", theirs / "token"
    allowed.write_text(f"# of Prometheus\n{OLD}\n")
    sent.write_text(f"{OLD}\n")
    site = make_site(
        ours, DJANGO_METRICS_TOKEN_FILE=str(allowed), DJANGO_PUBLIC_METRICS=""
    ).load_sample()
    with site.serving(*GUNICORN, "--threads", "2", WSGI) as server:
        configuration = CONFIGURATION.format(port=server.port, file=sent)
        with scraping(theirs, configuration) as prometheus:

            def is_up(value: float) -> bool:
                return prometheus.value('up{job="site"}') == value

            until(lambda: is_up(1), "a scrape with the old token")
            found = prometheus.series("service_window_in_window")
            assert {one["component"] for one in found} == sample_components()
            allowed.write_text(f"{NEW}\n")
            until(lambda: is_up(0), "a scrape that is refused")
            sent.write_text(f"{NEW}\n")
            until(lambda: is_up(1), "a scrape with the new token")
        assert server.get("/metrics").status == 401
    assert "for the metrics from 127.0.0.1: a wrong token" in server.output
    assert OLD not in server.output
