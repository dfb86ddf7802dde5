"""Streams that others test with: the standard, LaunchDarkly's sse-contract-tests, web-platform-tests, others.

The names are theirs, so that a missing one is easy to see; the tables are ours.
"""

from __future__ import annotations

from wire import standard as s
from wire.cases_packages import PACKAGES
from wire.standard import Case, msg

# "9.2.6 Interpreting an event stream" closes with four streams; "9.2.1 Introduction" shows two more.
EXAMPLES = [
    Case(
        "standard: stock ticker",
        s.DATA,
        b"data: YHOO\ndata: +2\ndata: 10\n\n",
        [msg("YHOO\n+2\n10")],
    ),
    Case(
        "standard: four blocks",
        s.NOT_ENOUGH,
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        [msg("first event", "1"), msg("second event"), msg(" third event")],
        comments=1,
    ),
    Case("standard: two events", s.END_OF_FILE, b"data\n\ndata\ndata\n\ndata:\n", [msg(""), msg("\n")]),
    Case("standard: two identical events", s.ONE_SPACE, b"data:test\n\ndata: test\n\n", [msg("test")] * 2),
    Case(
        "standard: three messages",
        s.LAST_LF,
        b"data: This is the first message.\n\ndata: This is the second message, it\ndata: has two lines.\n\n"
        b"data: This is the third message.\n\n",
        [
            msg("This is the first message."),
            msg("This is the second message, it\nhas two lines."),
            msg("This is the third message."),
        ],
    ),
    Case(
        "standard: add and remove",
        s.TYPE,
        b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n",
        [("add", "73857293", ""), ("remove", "2153", ""), ("add", "113411", "")],
    ),
]

_HELLO = b"data: Hello\n\n"

LAUNCHDARKLY_BASIC = [
    Case("one-line message in one chunk", s.BLANK, _HELLO, [msg("Hello")]),
    Case("one-line message in two chunks", s.BLANK, _HELLO, [msg("Hello")]),
    Case(
        "two messages spanning 3 chunks with shared chunk",
        s.BLANK,
        b"data: wordword\n\ndata:word\n\n",
        [msg("wordword"), msg("word")],
    ),
    Case(
        "two one-line messages in one chunk",
        s.BLANK,
        b"data: Hello\n\ndata: World\n\n",
        [msg("Hello"), msg("World")],
    ),
    Case("one two-line message in one chunk", s.DATA, b"data: Hello\ndata:World\n\n", [msg("Hello\nWorld")]),
    Case("empty data", s.LAST_LF, b"data:\n\n", [msg("")]),
    Case(
        "event with specific type", s.TYPE, b"event: greeting\ndata: Hello\n\n", [("greeting", "Hello", "")]
    ),
    Case("default event type", s.TYPE, _HELLO, [msg("Hello")]),
    Case("event with ID", s.ID, b"id: abc\ndata: Hello\n\n", [msg("Hello", "abc")], "abc"),
    Case(
        "event with type and ID",
        s.ID,
        b"event: greeting\nid: abc\ndata: Hello\n\n",
        [("greeting", "Hello", "abc")],
        "abc",
    ),
    Case("ID field is ignored if it contains a null", s.ID, b"id: a\x00bc\ndata: Hello\n\n", [msg("Hello")]),
    Case(
        "last ID persists if not overridden by later event",
        s.STICKY,
        b"id: abc\ndata: first\n\ndata: second\n\n",
        [msg("first", "abc"), msg("second", "abc")],
        "abc",
    ),
    Case(
        "last ID can be overridden by an empty value",
        s.ID,
        b"id: abc\ndata: first\n\nid: \ndata: second\n\n",
        [msg("first", "abc"), msg("second")],
    ),
    Case(
        "fields in reverse order",
        s.LINE_ENDS,
        b"data: Hello\nid: abc\nevent: greeting\n\n",
        [("greeting", "Hello", "abc")],
        "abc",
    ),
    Case(
        "unknown field is ignored",
        s.UNKNOWN,
        b"event: greeting\ncolor: blue\ndata: Hello\n\n",
        [("greeting", "Hello", "")],
    ),
    Case(
        "fields without leading space",
        s.FIELD,
        b"event:greeting\ndata:Hello\n\n",
        [("greeting", "Hello", "")],
    ),
    Case(
        "fields with extra leading space",
        s.ONE_SPACE,
        b"event:  greeting\ndata:  Hello\n\n",
        [(" greeting", " Hello", "")],
    ),
    Case("field with no colon", s.NO_COLON, b"data\n\ndata\ndata\n\n", [msg(""), msg("\n")]),
    Case("multi-byte characters", s.UTF8, "data: €豆腐\n\n".encode(), [msg("€豆腐")]),
    Case(
        "many messages in rapid succession",
        s.LINE_ENDS,
        b"".join(b"data: message %d\n\n" % n for n in range(100)),
        [msg(f"message {n}") for n in range(100)],
    ),
    Case(
        "multi-byte characters sent in single-byte pieces",
        s.UTF8,
        "data: €豆腐\n\n".encode(),
        [msg("€豆腐")],
    ),
]

_BOM = b"\xef\xbb\xbf"

LAUNCHDARKLY_BOM = [
    Case("BOM at start of stream is stripped", s.BOM, _BOM + _HELLO, [msg("Hello")]),
    Case(
        "BOM stripped before first event with type and ID",
        s.BOM,
        _BOM + b"event: greeting\nid: abc\ndata: Hello\n\n",
        [("greeting", "Hello", "abc")],
        "abc",
    ),
    Case(
        "BOM stripped with multiple messages",
        s.BOM,
        _BOM + b"data: First\n\ndata: Second\n\n",
        [msg("First"), msg("Second")],
    ),
    Case(
        "BOM only stripped at stream start, not from later data",
        s.BOM,
        b"data: First\n\ndata: " + _BOM + b"Second\n\n",
        [msg("First"), msg("\ufeffSecond")],
    ),
    Case("BOM split across first two chunks", s.BOM, _BOM + _HELLO, [msg("Hello")]),
    Case("BOM split byte by byte across chunks", s.BOM, _BOM + _HELLO, [msg("Hello")]),
    Case(
        "only first BOM at start is stripped",
        s.BOM,
        _BOM + b"data: " + _BOM + b"Hello\n\n",
        [msg("\ufeffHello")],
    ),
    Case("no BOM - baseline test", s.BOM, _HELLO, [msg("Hello")]),
    Case("BOM with multi-line data", s.BOM, _BOM + b"data: Line1\ndata: Line2\n\n", [msg("Line1\nLine2")]),
    Case(
        "BOM with comment at start",
        s.BOM,
        _BOM + b":comment\ndata: Hello\n\n",
        [msg("Hello")],
        comments=1,
    ),
    Case("BOM does not affect empty data field", s.BOM, _BOM + b"data:\n\n", [msg("")]),
]

LAUNCHDARKLY_COMMENTS = [
    Case("single comment", s.COLON_FIRST, b":Hello\n", [], comments=1),
    Case("two comments in a row", s.COLON_FIRST, b":Hello\n:World\n", [], comments=2),
    Case("comment before event", s.COLON_FIRST, b":Hello\n" + _HELLO, [msg("Hello")], comments=1),
    Case("comment after event", s.COLON_FIRST, _HELLO + b":Hello\n", [msg("Hello")], comments=1),
]


def _line_feeds(name: str, end: bytes) -> list[Case]:
    """Their line feed tests for one line end."""
    bodies: list[tuple[str, bytes, list[str]]] = [
        ("one-line event", b"data: event 1||", ["event 1"]),
        (
            "one-line event + two-line event",
            b"data: event 1||data: event 2 line 1|data: event 2 line 2||",
            ["event 1", "event 2 line 1\nevent 2 line 2"],
        ),
        ("3-line event with empty line at beginning", b"data:|data: line2|data: line3||", ["\nline2\nline3"]),
        ("3-line event with empty line in middle", b"data: line1|data:|data: line3||", ["line1\n\nline3"]),
        ("ignores 1 extra empty line", b"data: event 1|||data: event 2||", ["event 1", "event 2"]),
        ("ignores 2 extra empty lines", b"data: event 1||||data: event 2||", ["event 1", "event 2"]),
    ]
    return [
        Case(f"{name} separator: {title}", s.LINE_ENDS, body.replace(b"|", end), [msg(d) for d in data])
        for title, body, data in bodies
    ]


LAUNCHDARKLY_LINE_FEEDS = [
    *_line_feeds("LF", b"\n"),
    *_line_feeds("CRLF", b"\r\n"),
    *_line_feeds("CR", b"\r"),
    Case(
        "CRLF where CR is end of 1 chunk",
        s.LINE_ENDS,
        b"data: Hello\r\ndata: World\r\n\r\ndata: OK\r\n\r\n",
        [msg("Hello\nWorld"), msg("OK")],
    ),
]

LAUNCHDARKLY = [
    case._replace(name=f"launchdarkly: {case.name}")
    for case in LAUNCHDARKLY_BASIC + LAUNCHDARKLY_BOM + LAUNCHDARKLY_COMMENTS + LAUNCHDARKLY_LINE_FEEDS
]

_LONG = b"x" * 2048

WPT = [
    Case("wpt: event-data", s.NO_COLON,
         b"data:msg\ndata: msg\n\n:\nfalsefield:msg\n\nfalsefield:msg\nData:data\n\n"
         b"data\n\ndata:end\n\n", [msg("msg\nmsg"), msg(""), msg("end")], comments=1),
    Case("wpt: format-bom", s.BOM, _BOM + b"data:1\n\n" + _BOM + b"data:2\n\ndata:3\n\n",
         [msg("1"), msg("3")]),
    Case("wpt: format-bom-2", s.BOM, _BOM * 2 + b"data:1\n\ndata:2\n\ndata:3\n\n", [msg("2"), msg("3")]),
    Case("wpt: format-comments", s.COLON_FIRST,
         b"data:1\r:\0\n:\r\ndata:2\n:" + _LONG + b"\rdata:3\n:data:fail\r:"
         + _LONG + b"\ndata:4\n\n", [msg("1\n2\n3\n4")], comments=5),
    Case("wpt: format-data-before-final-empty-line", s.END_OF_FILE,
         b"retry:1000\ndata:test1\n\nid:test\ndata:test2",
         [msg("test1")], reconnection_time=1.0),
    Case("wpt: format-field-data", s.NO_COLON, b"data:\n\ndata\ndata\n\ndata:test\n\n",
         [msg(""), msg("\n"), msg("test")]),
    Case("wpt: format-field-event", s.CLEAR, b"event:test\ndata:x\n\ndata:x\n\n",
         [("test", "x", ""), msg("x")]),
    Case("wpt: format-field-event-empty", s.TYPE, b"event: \ndata:data\n\n", [msg("data")]),
    Case("wpt: format-field-id", s.ID, "id: …\ndata: hello\n\n".encode(), [msg("hello", "…")], "…"),
    Case("wpt: format-field-id-null", s.ID, b"id: \0\0\ndata: hello\n\n", [msg("hello")]),
    Case("wpt: format-field-parsing", s.LITERALLY,
         b"data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\r"
         b"data_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n", [msg("\0\n 2\n1\n3\n\n4")]),
    Case("wpt: format-field-retry", s.RETRY, b"retry:3000\ndata:x\n\n", [msg("x")], reconnection_time=3.0),
    Case("wpt: format-field-retry-bogus", s.RETRY, b"retry:3000\nretry:1000x\ndata:x\n\n", [msg("x")],
         reconnection_time=3.0),
    Case("wpt: format-field-retry-empty", s.RETRY, b"retry\ndata:test\n\n", [msg("test")]),
    Case("wpt: format-field-unknown", s.UNKNOWN,
         b"data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\ndata:test\n\n",
         [msg("test\n\ntest")], comments=1),
    Case("wpt: format-leading-space", s.ONE_SPACE, b"data:\ttest\rdata: \ndata:test\n\n",
         [msg("\ttest\n\ntest")]),
    Case("wpt: format-newlines", s.LINE_ENDS, b"data:test\r\ndata\ndata:test\r\n\r", [msg("test\n\ntest")]),
    Case("wpt: format-null-character", s.ANY_CHAR, b"data:\0\n\n\n\n", [msg("\0")]),
    Case("wpt: format-utf-8", s.UTF8, "data:ok…\n\n".encode(), [msg("ok…")]),
    Case("wpt: format-field-id-3: persists", s.STICKY, b"id: 1\ndata: a\n\ndata:b\n\n",
         [msg("a", "1"), msg("b", "1")], "1"),
    Case("wpt: format-field-id-3: changes and persists", s.STICKY,
         b"id: 1\ndata: a\n\nid: 2\ndata:b\n\ndata:c\n\n",
         [msg("a", "1"), msg("b", "2"), msg("c", "2")], "2"),
    Case("wpt: format-field-id-3: resets", s.ID, b"id: 1\ndata: a\n\nid:\ndata:b\n\ndata:c\n\n",
         [msg("a", "1"), msg("b"), msg("c")]),
    Case("wpt: submissions/MOSQUITO/field-name-event", s.EVENT, b"event: probe\ndata: x\n\n",
         [("probe", "x", "")]),
    *(
        case._replace(name=f"wpt: eventsource-from-readable-stream: {case.name}")
        for case in (
            Case("receives a message event", s.BLANK, b"data: a\n\n", [msg("a")]),
            Case("handles multi-line data fields", s.DATA, b"data: a\ndata: b\n\n", [msg("a\nb")]),
            Case("receives multiple message events", s.BLANK, b"data: a\n\ndata: b\n\n",
                 [msg("a"), msg("b")]),
            Case("handles custom event types", s.TYPE, b"event: own\ndata: a\n\n", [("own", "a", "")]),
            Case("ignores comments", s.COLON_FIRST, b": word\ndata: a\n\n", [msg("a")], comments=1),
            Case("handles data split across chunks", s.DATA, b"data: hail\n\n", [msg("hail")]),
            Case("id field updates lastEventId", s.ID, b"id: 7\ndata: a\n\n", [msg("a", "7")], "7"),
            Case("retry field updates reconnectionTime", s.RETRY, b"retry: 4000\ndata: a\n\n", [msg("a")],
                 reconnection_time=4.0),
            Case("retry field with non-digit value is ignored", s.RETRY, b"retry: soon\ndata: a\n\n",
                 [msg("a")]),
            Case("handles CR, LF, and CRLF line endings", s.LINE_ENDS,
                 b"data: 1\r\rdata: 2\n\ndata: 3\r\n\r\n", [msg("1"), msg("2"), msg("3")]),
            Case("strips leading UTF-8 BOM", s.BOM, _BOM + b"data: a\n\n", [msg("a")]),
        )
    ),
]  # fmt: skip

# LaunchDarkly's payload size sweep: lengths of the data, around the buffer sizes of several runtimes.
LAUNCHDARKLY_PAYLOAD_SIZES = [
    1, 128, 512, 1023, 1024, 1025, 2048, 3999, 4094, 4096, 4098, 6144, 8189, 8192, 8195, 12288, 16384, 32768,
    65536, 262144, 1048576,
]  # fmt: skip

PUBLIC = EXAMPLES + LAUNCHDARKLY + WPT + PACKAGES
