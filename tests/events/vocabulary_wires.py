"""What each server of the built-in vocabularies puts on the wire (fixtures/), and the rows it must give."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

FIXTURES = Path(__file__).parent / "fixtures"


class Row(NamedTuple):
    """What a row says. A time is ISO text; None: that of its arrival."""

    type: str
    id: str | None = None
    time: str | None = None
    resource: tuple[str | None, str | None] = (None, None)
    message: str | None = None
    severity: str = "info"
    status: str | None = None
    priority: int | None = None


class Wire(NamedTuple):
    """What a fixture gives: rows and the names of control messages, in order; how many are discarded."""

    rows: list[Row]
    control: tuple[str, ...] = ()
    discarded: int = 0


def bytes_of(name: str) -> bytes:
    """What the server of this vocabulary sends."""
    return (FIXTURES / f"{name}.sse").read_bytes()


_CODFW = '{"topic":"codfw.mediawiki.recentchange","partition":0,"offset":-1}'
_UUID = "urn:uuid:bb3de268-05b0-4c65-b44e-8f9acefc29d6"
_ACCOUNT = ("account", "GBIA4FH6TV64KSPDAJCNUQSM7PFL4ILGUVJDPCLUOPJ7ONMKBBVUQHRO")
_STATUS = ("status", "109348677773283527")
_POST = ("posts", "thuyt3db34ey5ud")
_ENTITY = ("entity", "sensor.door")

WIRES: dict[str, Wire] = {
    "wikimedia": Wire(
        [
            Row(
                "edit",
                f'[{{"topic":"eqiad.mediawiki.recentchange","partition":0,"timestamp":1596207527001}},{_CODFW}]',
                "2020-07-31T14:58:47+00:00",
                (
                    None,
                    "https://he.wikipedia.org/wiki/%D7%AA%D7%91%D7%A0%D7%99%D7%AA:%D7%A0%D7%AA%D7%95%D7%A0%D7%99"
                    "_%D7%9E%D7%93%D7%99%D7%A0%D7%95%D7%AA/%D7%A1%D7%9C%D7%95%D7%91%D7%A7%D7%99%D7%94",
                ),
                "תבנית:נתוני מדינות/סלובקיה: bot",
            ),
            Row(
                "mediawiki.revision-create",
                '[{"topic":"eqiad.mediawiki.revision-create","partition":0,"timestamp":1670732822123}]',
                "2022-12-11T04:27:02.123000+00:00",
                (None, "https://commons.wikimedia.org/wiki/File:Example.jpg"),
                "File:Example.jpg",
            ),
        ],
        discarded=1,
    ),
    "mastodon": Wire(
        [
            Row(
                "update",
                time="2022-11-15T16:06:48.410000+00:00",
                resource=_STATUS,
                message="first & second\nthird\nline",
            ),
            Row(
                "status.update",
                time="2022-11-15T16:07:29.023000+00:00",
                resource=_STATUS,
                message="edited",
            ),
            Row(
                "update",
                time="2022-11-15T16:08:00+00:00",
                resource=("status", "109348700000000001"),
                message="a warning",
            ),
            Row(
                "notification",
                time="2022-08-30T23:09:54.070000+00:00",
                resource=("status", "108914343542683797"),
                message="mention by a@pl.nulled.red: @trwnh test",
            ),
            Row(
                "notification",
                time="2022-08-30T23:10:00+00:00",
                resource=("account", "108892712797543112"),
                message="follow by a@pl.nulled.red",
            ),
            Row("delete", resource=_STATUS, message="109348677773283527"),
            Row("filters_changed", message="filters changed"),
            Row(
                "conversation",
                time="2019-11-25T04:08:24+00:00",
                resource=("conversation", "418450"),
                message="hello",
            ),
            Row(
                "announcement",
                time="2022-11-15T15:55:22.452000+00:00",
                resource=("announcement", "1"),
                message="test",
            ),
            Row("announcement.reaction", resource=("announcement", "1")),
            Row("announcement.delete", resource=("announcement", "1"), message="1"),
        ]
    ),
    "ntfy": Wire(
        [
            Row(
                "message",
                "p0M5y6gcCY",
                "2021-10-29T17:35:09+00:00",
                ("topic", "mytopic"),
                "Hi!",
                priority=3,
            ),
            Row(
                "message",
                "wze9zgqK41",
                "2021-12-03T14:35:10+00:00",
                ("topic", "phil_alerts"),
                "Remote access to phils-laptop detected. Act right away.",
                severity="error",
                priority=1,
            ),
            Row(
                "message",
                "hwQ2YpKdmg",
                "2021-12-03T14:35:20+00:00",
                ("topic", "phil_alerts"),
                "Disk full",
                severity="warning",
                priority=2,
            ),
            Row(
                "message",
                "DGUDShMCsc",
                "2021-12-03T14:35:30+00:00",
                ("topic", "phil_alerts"),
                "All is well",
                priority=5,
            ),
            Row(
                "message_clear",
                "371sevb0pD",
                "2021-12-03T14:37:55+00:00",
                ("topic", "phil_alerts"),
                priority=3,
            ),
        ],
        control=("open", "keepalive", "poll_request", "keepalive"),
    ),
    "mercure": Wire(
        [
            Row("message", "urn:uuid:5e94c686-2c0b-4f9b-958c-92ccc3bbb4eb", resource=(None, "/books/foo")),
            Row(
                "updated",
                "urn:uuid:b1a5f0a8-1f5e-4f0f-9d4e-8a0c4f0d5b11",
                resource=("Book", "https://example.com/books/1"),
                message="a second edition",
            ),
            Row(
                "Subscription",
                "urn:uuid:e1ee88e2-532a-4d6f-ba70-f0f8bd584022",
                resource=(
                    "Subscription",
                    "/.well-known/mercure/subscriptions/URLPattern/https%3A%2F%2Fexample.com%2F%3Aselector/"
                    + _UUID.replace(":", "%3A"),
                ),
            ),
            Row(
                "message",
                "urn:uuid:0bd3f0a2-6a0b-4d5b-9d21-8b7c0c9e7f10",
                message="not JSON, and no resource in it",
            ),
        ]
    ),
    "home_assistant": Wire(
        [
            Row(
                "state_changed",
                time="2016-11-26T01:37:24.265429+00:00",
                resource=("entity", "light.bed_light"),
                message="Bed Light: off → on",
                status="on",
            ),
            Row(
                "state_changed",
                time="2016-11-26T01:37:25+00:00",
                resource=_ENTITY,
                message="sensor.door: unknown",
                status="unknown",
            ),
            Row(
                "state_changed",
                time="2016-11-26T01:37:26+00:00",
                resource=_ENTITY,
                message="sensor.door: unknown → removed",
            ),
            Row("call_service", time="2016-11-26T01:37:27+00:00", message="light.turn_on"),
            Row(
                "system_log_event",
                time="2016-11-26T01:37:28+00:00",
                message="Timer got out of sync",
                severity="error",
            ),
        ],
        control=("ping", "ping"),
    ),
    "horizon": Wire(
        [
            Row("create_account", "77309415424", "2015-07-16T23:49:00+00:00", _ACCOUNT, "1000.0000000 XLM"),
            Row(
                "payment",
                "463856472064",
                "2015-07-20T15:51:52+00:00",
                _ACCOUNT,
                "10.0000000 XLM",
                severity="error",
            ),
            Row("payment", "463856472065", "2015-07-20T15:51:53+00:00", _ACCOUNT, "2.5000000 USD"),
            Row("ledger", "300042120331264", "2015-07-20T15:51:52+00:00", ("ledger", "69859")),
            Row("transaction", "300042120331265", "2015-07-20T15:51:52+00:00", _ACCOUNT),
            Row("trade", "3697472920621057-0", "2015-11-18T03:47:47+00:00", _ACCOUNT),
            Row("error", message="problem: timeout", severity="error"),
        ],
        control=("open", "close"),
    ),
    "cloudevents": Wire(
        [
            Row("com.example.someevent", "A234-1234-1234", "2018-04-05T17:31:00+00:00"),
            Row(
                "com.example.someevent",
                "B234-1234-1234",
                "2018-04-05T17:31:00+00:00",
                ("/mycontext", "123"),
                '<much wow="xml"/>',
            ),
            Row("com.example.someevent", "C234-1234-1234", "2018-04-05T17:31:00+00:00", severity="error"),
            Row(
                "com.example.someevent",
                "D234-1234-1234",
                resource=("/mycontext", "mynewfile.jpg"),
                message="I'm just a string",
                severity="warning",
            ),
            Row(
                "workload.status",
                "E234-1234-1234",
                "2018-04-05T17:31:00+00:00",
                ("workload", "wl-1"),
                "crashed",
                severity="warning",
                status="failed",
            ),
        ]
    ),
    "pocketbase": Wire(
        [
            Row(
                "create",
                "thuyt3db34ey5ud",
                "2026-11-24T18:57:06.793000+00:00",
                _POST,
                "create posts/thuyt3db34ey5ud",
            ),
            Row(
                "update",
                "thuyt3db34ey5ud",
                "2026-11-24T18:57:07.897000+00:00",
                _POST,
                "update posts/thuyt3db34ey5ud",
            ),
            Row("delete", "thuyt3db34ey5ud", None, _POST, "delete posts/thuyt3db34ey5ud"),
            Row(
                "create",
                "tdinsa5finscgkv",
                None,
                ("events", "tdinsa5finscgkv"),
                "create events/tdinsa5finscgkv",
            ),
            Row("example", "r4X7T5YiPVbJxyXm1sjjjh2FA88mVdmUrX4j9kk0"),
        ],
        control=("PB_CONNECT",),
    ),
    "nchan": Wire(
        [
            Row("quake", "1795546623:0", "2026-11-24T18:57:03+00:00"),
            Row("message", "1795546623:1", "2026-11-24T18:57:03+00:00", message="no JSON, two\nlines"),
            Row(
                "deploy",
                "1795546625:0",
                "2026-11-24T18:57:05+00:00",
                ("workload", "wl-1"),
                "up",
                severity="success",
                status="running",
            ),
            Row("message", "1795546625:1", "2026-01-02T03:04:05+00:00"),
            Row("message", "1795546630:[0],-", "2026-11-24T18:57:10+00:00"),
        ],
        control=("ping",),
    ),
}
