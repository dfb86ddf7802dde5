"""The way to the server, a link at a time: its name, a connection to it, TLS.

The law: the same steps as a stream's own, by the same means; each has an end in time. A client of the user's
own goes a way that nobody else can see: then that is said, and its answer tells.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from sse_notebook.checkup.case import Case
from sse_notebook.checkup.words import few, span
from sse_notebook.errors import ConnectionFailed, Unreachable, Untrusted
from sse_notebook.source.background import BackgroundCall
from sse_notebook.source.request import is_loopback
from sse_notebook.source.transport_probe import Road, connected, look_up, road_to, shake_hands
from sse_notebook.words import counted

__all__ = ["UNTRUSTED", "look_at_way"]

STEP_WITHIN: Final = 10.0  # seconds that each link may take, as a stream gives it
TURN: Final = 0.02  # seconds between two looks at whether a name was found
EXPIRES_SOON: Final = 14.0  # days

UNTRUSTED: Final = (
    "if it is an authority of your own (a company's), pass "
    "`client=httpx.Client(verify=ssl.create_default_context(cafile=…))`; if the certificate has ended or is "
    "for another name, only who runs the server can mend it"
)
_LOCAL: Final = (
    "Localhost is the machine that the kernel runs on: on a JupyterHub, in a container or on a remote "
    "server that is not the one in front of you"
)


def look_at_way(case: Case) -> None:
    """Go there.

    Raises:
        Broken: there is no way.
    """
    found = case.found
    if case.client is not None:
        for name in ("name", "connection", "tls"):
            found.skipped(name, f"your own {type(case.client).__name__} makes the connection")
        return
    try:
        road = road_to(case.url)
    except ConnectionFailed as error:
        raise found.breaks("name", error.cause, "see HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY") from None
    addresses = _name(case, road)
    _connection(case, road, addresses)


def _name(case: Case, road: Road) -> list[str]:
    found, clock = case.found, case.clock
    through = f"through the proxy {road.proxy}: " if road.proxy else ""
    began = clock.monotonic()
    looking = BackgroundCall(lambda: look_up(road.host, road.port), began)
    while not looking.wait(TURN):
        if clock.monotonic() - began >= STEP_WITHIN:
            raise found.breaks(
                "name",
                f"{through}nobody has said within {span(STEP_WITHIN)} what address {road.host} has",
                "the machine's name server does not answer: is there a network, or a VPN that is off?",
            )
    try:
        addresses = looking.answer()
    except ConnectionFailed as error:
        raise found.breaks(
            "name",
            f"{through}{error.cause}",
            "look for a typing error in the host; a name of a company's own network may need its VPN"
            if not road.proxy
            else "the proxy that the environment names is not known: see HTTP_PROXY, HTTPS_PROXY, NO_PROXY",
        ) from None
    took = span(clock.monotonic() - began)
    said = "is an address" if addresses == [road.host] else f"is {few(addresses, 3)}, found in {took}"
    found.ok("name", f"{through}{road.host} {said}")
    return addresses


def _connection(case: Case, road: Road, addresses: list[str]) -> None:
    """Connect to the first address that answers, and shake hands there."""
    found, clock = case.found, case.clock
    dead: list[str] = []
    failure: ConnectionFailed = Unreachable("no address")
    for address in addresses:
        began = clock.monotonic()
        try:
            with connected(address, road.port, STEP_WITHIN / len(addresses)) as stream:
                took = span(clock.monotonic() - began)
                seen = f"port {road.port} of {address} answered in {took}"
                if dead:
                    found.warning(
                        "connection",
                        f"{seen}; {few(dead, 3)} did not: {failure.cause}",
                        "each connection loses time there: a firewall, or IPv6 that leads nowhere",
                    )
                else:
                    found.ok("connection", seen)
                _tls(case, road, stream)
                return
        except ConnectionFailed as error:
            failure = error
            dead.append(address)
    where = f"port {road.port} of {few(dead, 3)}"
    raise found.breaks("connection", f"{where}: {failure.cause}", _why_not(failure, road))


def _why_not(failure: ConnectionFailed, road: Road) -> str:
    who = "the proxy" if road.proxy else "the server"
    if "refused" in failure.cause.lower():
        mine = f" {_LOCAL}" if is_loopback(road.host) else ""
        return f"nothing listens there: is {who} running, and is this its port?{mine}"
    return f"nobody answers: a firewall, a VPN that is off, or {who} is down"


def _tls(case: Case, road: Road, stream: Any) -> None:
    found = case.found
    if urlsplit(case.url).scheme != "https":
        found.skipped("tls", "http:// has none")
        return
    if road.proxy:
        found.skipped("tls", "begins behind the proxy: the answer tells")
        return
    try:
        certificate = shake_hands(stream, road.host, STEP_WITHIN)
    except Untrusted as error:
        raise found.breaks("tls", error.cause.partition("; for an authority")[0], UNTRUSTED) from None
    except ConnectionFailed as error:
        raise found.breaks(
            "tls", error.cause, "try http://, or the port that the server speaks TLS on"
        ) from None
    seen = f"{certificate.version}, certificate by {certificate.issuer}"
    if certificate.ends is None:
        found.ok("tls", seen)
        return
    days = (certificate.ends - case.clock.time()) / 86_400
    if days < EXPIRES_SOON:
        found.warning(
            "tls",
            f"{seen}, which ends in {counted(int(days), 'day')}",
            "tell who runs the server to renew it",
        )
    else:
        found.ok("tls", f"{seen}, good for {counted(int(days), 'day')}")
