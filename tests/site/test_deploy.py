"""The files of deploy/: checked by the programs they are for, and run as they are."""

from __future__ import annotations

import logging
import re
import shlex
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any, NamedTuple

import dj_database_url
import pytest
import yaml
from django.urls import reverse

from sla_site.logs import FeedKeysHidden

from ..support.parts import program
from ..support.processes import (
    Server,
    Site,
    components_in,
    free_port,
    make_site,
    sample_components,
    until,
)

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNIT = (DEPLOY / "service-windows.service").read_text()
CONTAINER = (DEPLOY / "Containerfile").read_text().replace("\\\n", "")
TOKEN = "a-token-of-the-tests-" * 2
SETTINGS = "deploy.settings"
FEEDS = (
    "/calendar/no-token/all.ics",
    "//calendar/no-token/all.ics",
    "/%63alendar/no-token/all.ics",
    "/Calendar/no-token/all.ics",
)
BEHIND_NGINX = {
    "DJANGO_ALLOWED_HOSTS": "windows.example.com,localhost,127.0.0.1",
    "DJANGO_PROXY_SSL_HEADER": "X-Forwarded-Proto",
    "DJANGO_PUBLIC_METRICS": "",
    "DJANGO_SSL_REDIRECT": "1",
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The site as deploy/ runs it, with the sample catalogue."""
    directory = tmp_path_factory.mktemp("deploy")
    site = make_site(directory, DJANGO_SETTINGS_MODULE=SETTINGS).load_sample()
    tokens = site.write("metrics-tokens", f"{TOKEN}\n")
    return site.having(DJANGO_METRICS_TOKEN_FILE=str(tokens))


def started_by_the_unit() -> list[str]:
    """The unit's command, with this environment's gunicorn and a free port."""
    line = re.search(r"^ExecStart=(.*)$", UNIT, re.MULTILINE)
    assert line
    _, *arguments = shlex.split(line[1])
    assert "127.0.0.1:8000" in arguments
    arguments[arguments.index("127.0.0.1:8000")] = "127.0.0.1:{port}"
    return [sys.executable, "-m", "gunicorn", *arguments]


def documents() -> dict[str, dict[str, Any]]:
    """The documents of the Kubernetes manifest by kind."""
    text = (DEPLOY / "kubernetes.yaml").read_text()
    return {one["kind"]: one for one in yaml.safe_load_all(text)}


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} +(.*)$", CONTAINER, re.MULTILINE)


def variables_read() -> set[str]:
    """The variables that the site and its configuration file read."""
    files = [*ROOT.glob("sla_site/*.py"), DEPLOY / "settings.py"]
    names = re.findall(r'"([A-Z][A-Z_]+)"', "".join(one.read_text() for one in files))
    file = (ROOT / "otel-config.yaml").read_text()
    elsewhere = {dj_database_url.DEFAULT_ENV, "OTEL_METRICS_EXPORTER"}
    return {*names, *re.findall(r"\$\{(\w+)", file), *elsewhere}


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    analyze = program("systemd-analyze")
    unit = tmp_path / "service-windows.service"
    gunicorn = Path(sys.executable).parent / "gunicorn"
    unit.write_text(
        re.sub(r"/opt/service-windows/\.venv/bin/gunicorn", str(gunicorn), UNIT)
    )
    done = subprocess.run(
        [analyze, "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [one for one in done.stderr.splitlines() if unit.name in one]
    assert (done.returncode, ours) == (0, [])


def test_the_unit_s_server_ends_in_peace_when_it_is_told_to(loaded: Site) -> None:
    with loaded.serving(*started_by_the_unit(), path="/healthz") as server:
        assert server.get("/readyz").text == "ok\n"
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(10) == 0
    assert "Traceback" not in server.output


def test_the_unit_allows_gunicorn_its_own_time_to_end() -> None:
    command = started_by_the_unit()
    own = int(command[command.index("--graceful-timeout") + 1])
    allowed = re.search(r"^TimeoutStopSec=(\d+)$", UNIT, re.MULTILINE)
    assert allowed
    assert int(allowed[1]) > own


@contextmanager
def nginx(directory: Path, gunicorn: int) -> Iterator[Front]:
    """A real nginx with the configuration file, its ports and paths the test's."""
    command = program("nginx")
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    subprocess.run(
        [
            *(program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes"),
            *("-subj", "/CN=windows.example.com", "-days", "2"),
            *("-addext", "subjectAltName=DNS:windows.example.com"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    text = (DEPLOY / "nginx.conf").read_text()
    plain, tls = free_port(), free_port()
    for of_the_file, of_the_test in {
        "127.0.0.1:8000": f"127.0.0.1:{gunicorn}",
        "listen 80": f"listen 127.0.0.1:{plain}",
        "listen 443 ssl": f"listen 127.0.0.1:{tls} ssl",
        "/etc/ssl/certs/windows.example.com.pem": str(certificate),
        "/etc/ssl/private/windows.example.com.key": str(key),
        "/var/log/nginx/service-windows.log": str(directory / "access.log"),
    }.items():
        assert of_the_file in text
        text = text.replace(of_the_file, of_the_test)
    file = directory / "nginx.conf"
    temporary = "".join(
        f"{one}_temp_path {directory / one};"
        for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file.write_text(
        f"pid {directory / 'nginx.pid'}; daemon off; error_log stderr;\n"
        f"events {{}}\nhttp {{ access_log {directory / 'all.log'}; {temporary}\n"
        f"{text} }}\n"
    )
    checked = subprocess.run(
        [command, "-t", "-c", str(file)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr.replace('the "user" directive', "")

    log = directory / "nginx.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [command, "-c", str(file)], stdout=output, stderr=subprocess.STDOUT
        )
    server = Server(process, plain, log)
    try:
        until(lambda: _answers(server), "nginx")
        yield Front(plain, tls, log)
    finally:
        process.terminate()
        process.wait(10)


class Front(NamedTuple):
    """The ports of an nginx, for HTTP and for HTTPS, and what it says of errors."""

    plain: int
    port: int
    errors: Path


def _answers(server: Server) -> bool:
    try:
        # Over plain HTTP, all it says is where to go.
        return server.get("/").status == 301
    except OSError:
        return False


def over_http(port: int, path: str) -> int:
    """Ask windows.example.com over plain HTTP, for the path to the letter."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, headers={"Host": "windows.example.com"})
        return connection.getresponse().status
    finally:
        connection.close()


def through_tls(
    port: int, directory: Path, path: str, **headers: str
) -> tuple[int, str]:
    """Ask windows.example.com, which is at the port of this machine."""
    context = ssl.create_default_context(cafile=str(directory / "certificate.pem"))
    context.check_hostname = False
    connection = HTTPSConnection("127.0.0.1", port, context=context, timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(
            "GET", path, headers={"Host": "windows.example.com", **named}
        )
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def test_nginx_in_front_passes_scrapes_and_keeps_feeds_out_of_its_log(
    loaded: Site, tmp_path: Path
) -> None:
    site = loaded.having(**BEHIND_NGINX)
    command = started_by_the_unit()
    with (
        site.serving(*command, path="/healthz") as server,
        nginx(tmp_path, server.port) as front,
    ):
        bearer = f"Bearer {TOKEN}"
        status, text = through_tls(
            front.port, tmp_path, "/metrics", Authorization=bearer
        )
        assert status == 200
        assert components_in(text) == sample_components()
        assert through_tls(front.port, tmp_path, "/metrics")[0] == 401
        assert through_tls(front.port, tmp_path, "/healthz")[0] == 404
        for path in FEEDS:
            assert through_tls(front.port, tmp_path, path)[0] == 404
            assert over_http(front.plain, path) == 404
        # Probes ask gunicorn itself, over plain HTTP, which others are sent away from.
        assert server.get("/readyz").status == 200
        assert server.get("/metrics", Authorization=bearer).status == 301
        # Past nginx, an address that is not that of a feed is Django's to log.
        assert server.get("//calendar/no-token/all.ics").status in (301, 404)
        server.process.kill()
        server.process.wait()
        for path in FEEDS:
            assert through_tls(front.port, tmp_path, path)[0] in (404, 502)
        logged = (tmp_path / "access.log").read_text()
        said = front.errors.read_text() + server.output
    assert "GET /metrics" in logged
    assert "no-token" not in logged + said + (tmp_path / "all.log").read_text()


@pytest.mark.parametrize("login", ["/accounts/login/", "/admin/login/"])
def test_nginx_lets_nobody_guess_logins_without_end(
    login: str, loaded: Site, tmp_path: Path
) -> None:
    with (
        loaded.having(**BEHIND_NGINX).serving(
            *started_by_the_unit(), path="/healthz"
        ) as server,
        nginx(tmp_path, server.port) as front,
    ):
        asked = (through_tls(front.port, tmp_path, login) for _ in range(50))
        statuses = [status for status, _ in asked]
        assert statuses[:20] == [200] * 20
        assert 429 in statuses
        assert through_tls(front.port, tmp_path, "/healthz")[0] == 404


def test_prometheus_takes_its_configuration(loaded: Site, tmp_path: Path) -> None:
    promtool = program("promtool")
    rules = tmp_path / "service-windows.rules.yml"
    rules.write_text(loaded.manage("prometheus_rules"))
    token = tmp_path / "service-windows.token"
    token.write_text(TOKEN)
    text = (DEPLOY / "prometheus.yml").read_text()
    for one in (rules, token):
        assert f"/etc/prometheus/{one.name}" in text
        text = text.replace(f"/etc/prometheus/{one.name}", str(one))
    file = tmp_path / "prometheus.yml"
    file.write_text(text)
    done = subprocess.run(
        [promtool, "check", "config", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    (job,) = yaml.safe_load(text)["scrape_configs"]
    assert job["metrics_path"] == reverse("otel_sla:metrics")


def test_what_is_logged_is_a_line_with_its_moment_level_logger_and_pid(
    loaded: Site,
) -> None:
    gone = loaded.having(DATABASE_URL="postgresql://127.0.0.1:1/none")
    with gone.serving(*started_by_the_unit(), path="/healthz") as server:
        assert server.get("/readyz").status == 503
        line = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=WARNING "
        line += r"logger=otel_sla\.web\.health pid=\d+ not ready: "
        until(lambda: re.search(line, server.output, re.MULTILINE), "a line of the log")


def test_the_log_hides_keys_and_lets_what_can_not_be_said_pass() -> None:
    hidden = FeedKeysHidden()
    for message, args in {
        "Not Found: %s": ("//calendar/a-key/all.ics",),
        "GET /Calendar/a-key/all.ics?x=1": (),
        "%d items": ("no number",),
    }.items():
        record = logging.LogRecord("x", logging.ERROR, "", 0, message, args, None)
        assert hidden.filter(record)
        assert "a-key" not in f"{record.msg} {record.args}"


def test_the_environment_chooses_a_replica_and_a_part_of_the_catalogue(
    loaded: Site, tmp_path: Path
) -> None:
    replica = f"sqlite:///{tmp_path / 'replica.sqlite3'}"
    make_site(tmp_path, DATABASE_URL=replica).load_sample()
    nowhere = f"sqlite:///{tmp_path / 'not-migrated.sqlite3'}"
    part = loaded.having(
        DATABASE_URL=nowhere, REPLICA_URL=replica, DJANGO_SELECT="team:payments, tier:2"
    )
    with part.serving(*started_by_the_unit(), path="/healthz") as server:
        text = server.get("/metrics", Authorization=f"Bearer {TOKEN}").text
    labels = re.findall(r"^service_window_in_window\{(.*)\}", text, re.MULTILINE)
    assert labels
    assert all('team="payments"' in one and 'tier="2"' in one for one in labels)


def test_the_image_has_what_its_command_needs() -> None:
    for sources in instructions("COPY"):
        if not sources.startswith("--from"):
            for one in sources.split()[:-1]:
                assert (ROOT / one).exists(), one
    (command,) = instructions("CMD")
    program_, *arguments = yaml.safe_load(command)
    assert program_ == "gunicorn"
    (port,) = instructions("EXPOSE")
    assert f"0.0.0.0:{port}" in arguments
    assert f"DJANGO_SETTINGS_MODULE={SETTINGS}" in instructions("ENV")[0]
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--check-config", *arguments],
        cwd=ROOT,
        env=dict(make_site(ROOT).environment, DJANGO_SETTINGS_MODULE=SETTINGS),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_manifest_agrees_with_the_image_and_with_the_code() -> None:
    found = documents()
    deployment = found["Deployment"]["spec"]
    pod = deployment["template"]["spec"]
    (container,) = pod["containers"]
    (port,) = container["ports"]
    assert [str(port["containerPort"])] == instructions("EXPOSE")
    (service,) = found["Service"]["spec"]["ports"]
    assert service["targetPort"] == port["name"]
    labels = deployment["template"]["metadata"]["labels"]
    assert found["Service"]["spec"]["selector"] == labels
    assert deployment["selector"]["matchLabels"] == labels
    for probe, view in {
        "startupProbe": "readyz",
        "readinessProbe": "readyz",
        "livenessProbe": "healthz",
    }.items():
        asked = container[probe]["httpGet"]
        assert asked["path"] == reverse(f"otel_sla:{view}")
        assert asked["port"] == port["name"]
        assert asked["httpHeaders"] == [{"name": "Host", "value": "localhost"}]
    uid = str(pod["securityContext"]["runAsUser"])
    assert instructions("USER") == [f"{uid}:{uid}"]
    (job,) = found["Job"]["spec"]["template"]["spec"]["containers"]
    assert job["image"] == container["image"]


def test_the_manifest_s_variables_are_read_and_their_secrets_there() -> None:
    found = documents()
    pod = found["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    (job,) = found["Job"]["spec"]["template"]["spec"]["containers"]
    variables = [*container["env"], *job["env"]]
    names = {one["name"] for one in variables} | set(found["ConfigMap"]["data"])
    assert names - {"POD_IP"} <= variables_read()
    assert {"DATABASE_URL", "DJANGO_SECRET_KEY", "DJANGO_ALLOWED_HOSTS"} <= names
    secret = found["Secret"]["stringData"]
    for one in variables:
        reference = one.get("valueFrom", {}).get("secretKeyRef")
        assert reference is None or reference["key"] in secret
    (hosts,) = (one for one in variables if one["name"] == "DJANGO_ALLOWED_HOSTS")
    assert {"localhost", "$(POD_IP)"} <= set(hosts["value"].split(","))
    (mount,) = (one for one in container["volumeMounts"] if one["name"] == "tokens")
    (volume,) = (one for one in pod["volumes"] if one["name"] == "tokens")
    (item,) = volume["secret"]["items"]
    assert item["key"] in secret
    file = found["ConfigMap"]["data"]["DJANGO_METRICS_TOKEN_FILE"]
    assert file == f"{mount['mountPath']}/{item['path']}"


def test_a_pod_has_the_time_to_end_that_its_parts_take() -> None:
    pod = documents()["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    (command,) = instructions("CMD")
    arguments = yaml.safe_load(command)
    graceful = int(arguments[arguments.index("--graceful-timeout") + 1])
    sleep = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] > sleep + graceful
