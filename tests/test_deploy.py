"""What `deploy/` hands to operators works: the unit, the settings, the image's steps, and nginx before a service."""

import http.client
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import pytest

from bench.services import free_port
from tests.support.http import DIRECT, ENDLESS, Reply
from tests.support.paths import ROOT
from tests.support.service import running, said, until
from tests.support.stores import copied
from thidua.base.limits import Limits
from thidua.base.settings import PREFIX, SETTINGS, read_settings
from thidua.base.terms import GRAPH
from thidua.base.tokens import TokenFile
from thidua.workers.control import queries

DEPLOY: Final = ROOT / "deploy"


class TestUnit:
    """thidua.service."""

    UNIT: Final = dict(
        line.split("=", 1)
        for line in (DEPLOY / "thidua.service").read_text(encoding="utf-8").splitlines()
        if re.match(r"\w+=", line)
    )

    @pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
    def test_systemd_understands_it(self, tmp_path: Path) -> None:
        text = (DEPLOY / "thidua.service").read_text(encoding="utf-8").replace("/opt/thidua/bin/thidua", "/bin/true")
        (tmp_path / "thidua.service").write_text(text, encoding="utf-8")
        command = ["systemd-analyze", "verify", str(tmp_path / "thidua.service")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")

    def test_what_runs_may_end(self) -> None:
        # Were the workers told as well, their queries would be lost; were one killed for memory, so would the service.
        assert (self.UNIT["KillMode"], self.UNIT["OOMPolicy"]) == ("mixed", "continue")
        assert int(self.UNIT["TimeoutStopSec"]) > max(Limits().write_timeout, Limits().timeout) + 2

    def test_workers_can_cut_themselves_off(self) -> None:
        assert {"user", "net"} <= set(self.UNIT["RestrictNamespaces"].split())
        assert self.UNIT["SystemCallFilter"] == "@system-service"
        assert "AF_UNIX" in self.UNIT["RestrictAddressFamilies"].split()


@pytest.mark.parametrize(
    ("forbidden", "expected"), [(False, ("namespace", "seccomp")), (True, ("seccomp",))], ids=["allowed", "forbidden"]
)
def test_the_network_is_cut_where_namespaces_are_forbidden_too(forbidden: bool, expected: tuple[str, ...]) -> None:
    """Containers, and units stricter than ours, forbid namespaces: the kernel refuses, and a filter takes over."""
    text = """
import socket, sys
from thidua.base import sandbox
if sys.argv[1] == "True":
    sandbox._CLONE_NEWNET = 1  # which the kernel refuses as well
print(sandbox.cut_network())
socket.socketpair()
try:
    socket.create_connection(("127.0.0.1", 9), timeout=5)
except ConnectionRefusedError:
    print("reached the network")
except OSError as error:
    print(type(error).__name__)
"""
    command = [sys.executable, "-c", text, str(forbidden)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    isolation, outcome = done.stdout.split("\n", 1)
    assert isolation in expected and outcome.strip() in ("OSError", "PermissionError")


def test_the_file_of_settings_has_all_of_them_with_their_defaults() -> None:
    lines = (DEPLOY / "thidua.env").read_text(encoding="utf-8").splitlines()
    given = dict(line.removeprefix("#").split("=", 1) for line in lines if re.match(r"#?THIDUA_", line))
    limits = {each.name.upper(): each.default for each in fields(Limits)}
    assert set(given) == {PREFIX + each.name for each in SETTINGS} | {PREFIX + name for name in limits}
    read = read_settings(given)
    assert {each.name: read[each.name] for each in SETTINGS} == {each.name: each.default for each in SETTINGS}
    of_machine = {"FAST_SLOTS", "SLOW_SLOTS"}
    assert {name: float(given[PREFIX + name]) for name in limits if name not in of_machine} == {
        name: value for name, value in limits.items() if name not in of_machine
    }
    assert not [line for line in lines if line and not line.startswith("#")], "nothing is set that nobody chose"


class TestContainerfile:
    """The image, as far as it can be judged without an engine: tests/test_wheel.py does what its steps do."""

    TEXT: Final = (DEPLOY / "Containerfile").read_text(encoding="utf-8")

    def test_everything_that_is_installed_is_copied(self) -> None:
        present = set(" ".join(re.findall(r"^COPY (?!--)(.+) \S+$", self.TEXT, re.MULTILINE)).split())
        assert all((ROOT / name).exists() for name in present)
        import tomllib

        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
        needed = {
            *(Path(package).parts[0] for package in wheel["packages"]),
            *wheel["force-include"],
            *project["project"]["license-files"],
        }
        assert needed | {"pyproject.toml", "requirements.lock", project["project"]["readme"]} == present

    def test_it_installs_by_hash_and_runs_as_nobody_special(self) -> None:
        installs = re.findall(r"pip install .*", self.TEXT)
        assert len(installs) == 2 and "--require-hashes" in installs[0] and "--no-deps" in installs[1]
        assert re.search(r"^USER \d+$", self.TEXT, re.MULTILINE)
        assert "://" not in self.TEXT.replace("http://127.0.0.1:8000/health/ready", "")


@dataclass
class Front:
    """nginx with our configuration, before a service; clients reach it from addresses of their own."""

    port: int
    store: Path
    service: running
    token: str

    def call(self, method: str, path: str, body: bytes | None = None, me: str = "127.0.0.1", **headers: str) -> Reply:
        connection = self.connection(me)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    def connection(self, me: str = "127.0.0.1") -> http.client.HTTPSConnection:
        trusting = ssl._create_unverified_context()  # the certificate was made for this test
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=trusting, source_address=(me, 0))


@pytest.fixture(scope="module")
def front(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    if not shutil.which("nginx") or not shutil.which("openssl"):
        pytest.skip("nginx or openssl is not installed")
    folder = tmp_path_factory.mktemp("nginx")
    mine = copied(store, folder / "store")
    token = TokenFile(mine / "tokens.json").create("a writer", "write")
    settings = {"THIDUA_TRUSTED_PROXIES": "1", "THIDUA_BUDGET": "2", "THIDUA_TIMEOUT": "600"}
    service = running(mine, env=settings)
    with service as started:
        port, plain = free_port(), free_port()
        configure(folder, {"8000": str(urlsplit(started.url).port), "443": str(port), "80": str(plain)})
        command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
        tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert tested.returncode == 0, tested.stderr
        assert "warn" not in tested.stderr
        nginx = subprocess.Popen([*command, "-g", "daemon off;"], stderr=subprocess.DEVNULL)
        try:
            found = Front(port, mine, service, token)
            until(lambda: answers(found))
            yield found
        finally:
            nginx.terminate()
            nginx.wait(60)


def configure(folder: Path, ports: Mapping[str, str]) -> None:
    """Our file, at free ports and with a certificate of its own, within the smallest configuration there is."""
    made = folder / "made.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", made, "-out", made, "-days", "1",
         "-subj", "/CN=graph.example.org"],
        check=True, capture_output=True,
    )  # fmt: skip
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"listen (\d+)", lambda found: f"listen 127.0.0.1:{ports[found[1]]}", text)
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{ports['8000']}")
    text = re.sub(r"/etc/ssl/\S+?(;)", rf"{made}\1", text)
    (folder / "thidua.conf").write_text(text, encoding="utf-8")
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}pid {folder}/nginx.pid;\nevents {{}}\n"
        f"http {{\naccess_log {folder}/access.log;\n{temporary}include {folder}/thidua.conf;\n}}\n",
        encoding="utf-8",
    )


def answers(front: Front) -> bool:
    try:
        return front.call("GET", "/health/ready").status == 200
    except OSError:
        return False


class TestNginx:
    """nginx.conf."""

    def test_a_query_and_a_write_go_through(self, front: Front) -> None:
        reply = front.call("POST", "/sparql", b"ASK { ?s ?p ?o }", **DIRECT)
        assert (reply.status, reply.json["boolean"]) == (200, True)
        assert reply.headers["Strict-Transport-Security"]
        turtle = "<https://w3id.org/thidua/id/province/ha-nam> <http://www.w3.org/2004/02/skos/core#altLabel> 'x'@vi ."
        write = {"Content_Type": "text/turtle", "Authorization": f"Bearer {front.token}"}
        reply = front.call("POST", f"/data?graph={GRAPH}provinces", turtle.encode(), Accept="application/json", **write)
        assert (reply.status, reply.json["published"]) == (200, True)

    def test_links_name_the_outside(self, front: Front) -> None:
        forged = {"X_Forwarded_Prefix": "/elsewhere", "X_Forwarded_Proto": "gopher", "Script_Name": "/elsewhere"}
        links = front.call(
            "GET", "/versions", Accept="application/link-format", Host=f"graph.example.org:{front.port}", **forged
        ).text
        assert f"<https://graph.example.org:{front.port}/sparql>" in links
        assert "elsewhere" not in links

    def test_each_client_counts_for_itself_whatever_it_claims(self, front: Front) -> None:
        slow = "/sparql?timeout=3&query=" + quote(ENDLESS)
        assert front.call("GET", slow, me="127.0.0.7").status == 503
        spent = front.call("GET", "/sparql?query=ASK%7B%7D", me="127.0.0.7")
        assert (spent.status, spent.json["code"]) == (429, "too-many-requests")
        claims = {"X_Forwarded_For": "127.0.0.8", "Forwarded": "for=127.0.0.8", "X_Real_Ip": "127.0.0.8"}
        assert front.call("GET", "/sparql?query=ASK%7B%7D", me="127.0.0.7", **claims).status == 429
        other = front.call("GET", "/sparql?query=ASK%7B%7D", me="127.0.0.8")
        assert other.status == 200
        told = until(lambda: [line for line in said(front.service) if other.headers["X-Request-Id"] in line])
        logged = list(map(json.loads, told))
        assert [line["client"] for line in logged] == ["127.0.0.8"]

    def test_a_client_that_leaves_takes_its_query_along(self, front: Front) -> None:
        """Long before its time is up."""
        connection = front.connection("127.0.0.9")
        connection.request("POST", "/sparql", ENDLESS, DIRECT)
        until(lambda: queries(front.store))
        connection.close()
        until(lambda: not queries(front.store))

    def test_what_is_too_large_is_told_by_the_service(self, front: Front) -> None:
        write = {"Content_Type": "text/turtle", "Authorization": f"Bearer {front.token}"}
        reply = front.call("POST", f"/data?graph={GRAPH}provinces", b" " * 10_500_000, **write)
        assert (reply.status, reply.json["code"]) == (413, "too-large")
        reply = front.call("GET", "/sparql?query=" + "a" * 9000)
        assert (reply.status, reply.json["code"]) == (414, "address-too-long")

    def test_one_address_has_so_many_requests_on_their_way(self, front: Front) -> None:
        lines = [front.connection("127.0.0.30") for _ in range(40)]
        try:
            for line in lines:  # none of which is ever whole
                line.putrequest("POST", "/sparql")
                line.putheader("Content-Length", "100")
                line.endheaders(b"query=")
            until(lambda: front.call("GET", "/health/live", me="127.0.0.30").status == 429)
            assert front.call("GET", "/health/live", me="127.0.0.31").status == 200
        finally:
            for line in lines:
                line.close()

    def test_figures_are_for_the_operator(self, front: Front) -> None:
        assert front.call("GET", "/metrics").status == 200
        assert front.call("GET", "/metrics", me="127.0.0.7").status == 403
