"""The table of cases: every rule of the wire, each with the standard's sentence that decides it.

The tests read each stream whole, at every split and byte by byte, with the decoder and with the oracle.
"""

from __future__ import annotations

import math

from wire import standard as s
from wire.cases_public import PUBLIC
from wire.standard import Case, msg

_BOM = b"\xef\xbb\xbf"
_R = "\ufffd"  # the replacement character

BYTE_ORDER_MARK = [
    Case("bom: a whole one", s.BOM, _BOM + b"data: x\n\n", [msg("x")]),
    Case("bom: alone is nothing", s.BOM, _BOM, []),
    Case("bom: an empty stream is nothing", s.STREAM, b"", []),
    Case("bom: before a blank line", s.BOM, _BOM + b"\ndata: x\n\n", [msg("x")]),
    Case("bom: before CR LF", s.BOM, _BOM + b"\r\ndata: x\r\n\r\n", [msg("x")]),
    Case("bom: doubled, the second is part of the name", s.BOM, _BOM * 2 + b"data: x\n\n", []),
    Case(
        "bom: doubled before a comment makes it a field",
        s.BOM,
        _BOM * 2 + b": x\ndata: y\n\n",
        [msg("y")],
    ),
    Case("bom: after a line end is part of the name", s.BOM, b"\n" + _BOM + b"data: x\n\n", []),
    Case("bom: in front of a second block", s.BOM, b"data: x\n\n" + _BOM + b"data: y\n\n", [msg("x")]),
    Case("bom: in a value stays", s.BOM, b"data: a" + _BOM + b"b\n\n", [msg("a\ufeffb")]),
    Case("bom: in an id stays", s.BOM, b"id:" + _BOM + b"\ndata\n\n", [msg("", "\ufeff")], "\ufeff"),
    Case("bom: two bytes of it are not one", s.BOM, b"\xef\xbbdata: x\n\n", []),
    Case("bom: two bytes of it, then a block", s.BOM, b"\xef\xbb\n\ndata: x\n\n", [msg("x")]),
    Case("bom: one byte of it, then a block", s.BOM, b"\xef\n\ndata: x\n\n", [msg("x")]),
    Case("bom: UTF-16's is no mark", s.UTF8, b"\xff\xfedata: x\n\ndata: y\n\n", [msg("y")]),
]

LINE_ENDS = [
    Case("line end: LF", s.LINES, b"data: a\ndata: b\n\n", [msg("a\nb")]),
    Case("line end: CR", s.LINES, b"data: a\rdata: b\r\r", [msg("a\nb")]),
    Case("line end: CR LF", s.LINES, b"data: a\r\ndata: b\r\n\r\n", [msg("a\nb")]),
    Case("line end: each in turn", s.LINE_ENDS, b"data: a\rdata: b\ndata: c\r\n\r", [msg("a\nb\nc")]),
    Case(
        "line end: CR CR LF ends two lines",
        s.LINE_ENDS,
        b"data: a\r\r\ndata: b\n\n",
        [msg("a"), msg("b")],
    ),
    Case(
        "line end: LF CR ends two lines",
        s.LINE_ENDS,
        b"data: a\n\rdata: b\r\n\r\n",
        [msg("a"), msg("b")],
    ),
    Case("line end: CR LF CR LF is one blank line", s.LINE_ENDS, b"data\r\n\r\ndata\r\n\r\n", [msg("")] * 2),
    Case("line end: CR LF is never a blank line", s.LINE_ENDS, b"data: a\r\ndata: b\r\n", []),
    Case(
        "line end: LF LF after CR LF",
        s.LINE_ENDS,
        b"data: a\r\n\n\ndata: b\n\r\n",
        [msg("a"), msg("b")],
    ),
    Case("line end: a last CR dispatches at once", s.LINE_ENDS, b"id: 1\rdata: a\r\r", [msg("a", "1")], "1"),
    Case("line end: an LF after it is part of it", s.LINE_ENDS, b"data: a\r\r\n", [msg("a")]),
    Case("line end: blank lines before the first block", s.BLANK, b"\n\r\r\n\ndata: a\n\n", [msg("a")]),
    Case("line end: only blank lines", s.EMPTY_DATA, b"\n\n\r\n\r\r\n", []),
    Case("line end: none in a literal backslash n", s.ANY_CHAR, b"data: a\\n\\r\n\n", [msg("a\\n\\r")]),
    Case(
        "line end: not LINE SEPARATOR, not PARAGRAPH SEPARATOR, not NEXT LINE",
        s.LINE_ENDS,
        "data: a\u2028b\u2029c\u0085d\n\n".encode(),
        [msg("a\u2028b\u2029c\u0085d")],
    ),
    Case(
        "line end: not VT, not FF, not the separators of ASCII",
        s.LINE_ENDS,
        b"data: a\x0bb\x0cc\x1cd\x1de\x1ef\n\n",
        [msg("a\x0bb\x0cc\x1cd\x1de\x1ef")],
    ),
    Case(
        "line end: none of these ends an id or a name",
        s.ANY_CHAR,
        "event: a\u2028b\nid: c\u0085d\ndata\n\n".encode(),
        [("a\u2028b", "", "c\u0085d")],
        "c\u0085d",
    ),
    Case("line end: LF inside UTF-16 is an LF", s.UTF8, b"d\0a\0t\0a\0\n\0\n\0data\n\n", []),
]

ENCODING = [
    Case("utf-8: two, three and four bytes", s.UTF8, "data: é€𝄞\n\n".encode(), [msg("é€𝄞")]),
    Case("utf-8: a non-character is a character", s.UTF8, "data: \uffff\U0010ffff\n\n".encode(),
         [msg("\uffff\U0010ffff")]),
    Case("utf-8: cut after two of three bytes", s.OUT_OF_BOUNDS, b"data: \xe2\x82x\n\n", [msg(_R + "x")]),
    Case("utf-8: cut after three of four bytes", s.OUT_OF_BOUNDS, b"data: \xf0\x9d\x84x\n\n",
         [msg(_R + "x")]),
    Case("utf-8: cut by the line end", s.OUT_OF_BOUNDS, b"data: \xe2\x82\ndata: \xac\n\n",
         [msg(_R + "\n" + _R)]),
    Case("utf-8: cut by CR LF", s.OUT_OF_BOUNDS, b"data: \xf0\x9d\x84\r\n\r\n", [msg(_R)]),
    Case("utf-8: cut by another lead byte", s.OUT_OF_BOUNDS, b"data: \xe2\x82\xe2\x82\xac\n\n",
         [msg(_R + "€")]),
    Case("utf-8: a lone continuation", s.NO_LEAD, b"data: \x80x\xbf\xbf\n\n", [msg(_R + "x" + _R * 2)]),
    Case("utf-8: overlong, two bytes", s.NO_LEAD, b"data: \xc0\xaf\n\n", [msg(_R * 2)]),
    Case("utf-8: overlong, three bytes", s.OUT_OF_BOUNDS, b"data: \xe0\x80\xaf\n\n", [msg(_R * 3)]),
    Case("utf-8: overlong, four bytes", s.OUT_OF_BOUNDS, b"data: \xf0\x80\x80\xaf\n\n", [msg(_R * 4)]),
    Case("utf-8: an overlong LF is no line end", s.NO_LEAD, b"data: \xc0\x8a\n\n", [msg(_R * 2)]),
    Case("utf-8: an overlong NUL is not NUL", s.NO_LEAD, b"id: \xc0\x80\ndata\n\n", [msg("", _R * 2)],
         _R * 2),
    Case("utf-8: an encoded surrogate", s.OUT_OF_BOUNDS, b"data: \xed\xa0\x80\n\n", [msg(_R * 3)]),
    Case("utf-8: an encoded pair of them", s.OUT_OF_BOUNDS, b"data: \xed\xa0\xbd\xed\xb8\x80\n\n",
         [msg(_R * 6)]),
    Case("utf-8: beyond U+10FFFF", s.OUT_OF_BOUNDS, b"data: \xf4\x90\x80\x80\n\n", [msg(_R * 4)]),
    Case("utf-8: lead bytes that cannot be", s.NO_LEAD, b"data: \xf5\xf8\xfe\xff\n\n", [msg(_R * 4)]),
    Case("utf-8: Latin-1", s.OUT_OF_BOUNDS, "data: schön\n\n".encode("latin-1"), [msg(f"sch{_R}n")]),
    Case("utf-8: in a field name, it is unknown", s.LITERALLY, b"data\xff: x\n\ndata: y\n\n", [msg("y")]),
    Case("utf-8: in an event name", s.EVENT, b"event: \xff\ndata\n\n", [(_R, "", "")]),
    Case("utf-8: half a character in front of the colon", s.OUT_OF_BOUNDS, b"\xe2\x82:x\ndata\n\n",
         [msg("")]),
    Case("utf-8: a no-break space is no space", s.ONE_SPACE, "data:\u00a0x\n\n".encode(), [msg("\u00a0x")]),
]  # fmt: skip

FIELDS = [
    Case("field: data, without a colon", s.NO_COLON, b"data\n\n", [msg("")]),
    Case("field: data, with nothing behind the colon", s.LAST_LF, b"data:\n\n", [msg("")]),
    Case("field: data, with one space behind the colon", s.ONE_SPACE, b"data: \n\n", [msg("")]),
    Case("field: data, with two spaces behind the colon", s.ONE_SPACE, b"data:  \n\n", [msg(" ")]),
    Case("field: only one leading space goes", s.ONE_SPACE, b"data:   x\n\n", [msg("  x")]),
    Case("field: trailing spaces stay", s.AFTER_COLON, b"data: x  \n\n", [msg("x  ")]),
    Case("field: a tab is no space", s.ONE_SPACE, b"data:\tx\n\n", [msg("\tx")]),
    Case("field: a value keeps its colons", s.BEFORE_COLON, b"data: a:b: c\n\n", [msg("a:b: c")]),
    Case("field: a value may start with a colon", s.AFTER_COLON, b"data::x\ndata: :y\n\n", [msg(":x\n:y")]),
    Case("field: a space before the colon belongs to the name", s.BEFORE_COLON, b"data : x\n\n", []),
    Case("field: a space before the name belongs to it", s.LITERALLY, b" data: x\n\n", []),
    Case("field: a line of one space is not blank", s.BLANK, b"data: x\n \ndata: y\n\n", [msg("x\ny")]),
    Case("field: names keep their case", s.LITERALLY, b"Data: x\nDATA: y\nEvent: z\nID: 1\nRetry: 5\n\n", []),
    Case(
        "field: names are not shortened", s.LITERALLY, b"dat: x\ndatas: y\nda: z\nevents: e\nids: 1\n\n", []
    ),
    Case("field: unknown ones are ignored", s.UNKNOWN, b"foo: 1\nbar\ndata: x\nversion: 2\n\n", [msg("x")]),
    Case("field: unknown ones alone dispatch nothing", s.EMPTY_DATA, b"foo: 1\nbar\n\n", []),
    Case("field: NUL in data stays", s.ANY_CHAR, b"data: a\0b\n\n", [msg("a\0b")]),
    Case("field: NUL in a name makes it unknown", s.LITERALLY, b"data\0: x\n\0data: y\n\n", []),
    Case("field: data lines join by LF", s.DATA, b"data: a\ndata\ndata:\ndata: b\n\n", [msg("a\n\n\nb")]),
    Case("field: only the last LF goes", s.LAST_LF, b"data: a\ndata:\ndata:\n\n", [msg("a\n\n")]),
    Case("field: a very long line", s.ANY_CHAR, b"data: " + b"abc" * 700 + b"\n\n", [msg("abc" * 700)]),
    Case("field: a very long unknown line", s.UNKNOWN, b"x" * 2000 + b"\ndata: y\n\n", [msg("y")]),
    Case("field: very many lines", s.DATA, b"data\n" * 300 + b"\n", [msg("\n" * 299)]),
    Case("field: HTML instead of a stream", s.UNKNOWN, b"<!doctype html>\n<html>\n\n<p>data: x\n\n", []),
]

EVENT_NAMES = [
    Case("event: named", s.TYPE, b"event: add\ndata: x\n\n", [("add", "x", "")]),
    Case("event: after the data", s.TYPE, b"data: x\nevent: add\n\n", [("add", "x", "")]),
    Case("event: twice, the last holds", s.EVENT, b"event: a\nevent: b\ndata: x\n\n", [("b", "x", "")]),
    Case("event: twice, the last is empty", s.EVENT, b"event: a\nevent:\ndata: x\n\n", [msg("x")]),
    Case("event: without a colon", s.NO_COLON, b"event\ndata: x\n\n", [msg("x")]),
    Case("event: empty", s.TYPE, b"event:\ndata: x\n\n", [msg("x")]),
    Case("event: of two spaces is one space", s.ONE_SPACE, b"event:  \ndata: x\n\n", [(" ", "x", "")]),
    Case("event: the next block has its own", s.CLEAR, b"event: a\ndata: x\n\ndata: y\n\n",
         [("a", "x", ""), msg("y")]),
    Case("event: a block without data loses it", s.EMPTY_DATA, b"event: a\n\ndata: x\n\n", [msg("x")]),
    Case("event: alone dispatches nothing", s.EMPTY_DATA, b"event: a\n\n", []),
    Case("event: message by name", s.TYPE, b"event: message\ndata\n\n", [msg("")]),
    Case("event: NUL is a character", s.EVENT, b"event: \0\ndata\n\n", [("\0", "", "")]),
    *(
        Case(f"event: prototype name {name}", s.TYPE,
             f"event: {name}\nid: {name}\ndata: {name}\n{name}: x\n\n".encode(),
             [(name, name, name)], name)
        for name in ("__proto__", "constructor", "toString", "__class__", "hasOwnProperty", "error", "open")
    ),
]  # fmt: skip

IDS = [
    Case("id: set", s.ID, b"id: 1\ndata: x\n\n", [msg("x", "1")], "1"),
    Case("id: after the data", s.ID, b"data: x\nid: 1\n\n", [msg("x", "1")], "1"),
    Case("id: stays for later blocks", s.STICKY, b"id: 1\ndata: x\n\ndata: y\n\n",
         [msg("x", "1"), msg("y", "1")], "1"),
    Case("id: is text, not a number", s.ID, b"id: 007\ndata\n\nid: 1_0\ndata\n\n",
         [msg("", "007"), msg("", "1_0")], "1_0"),
    Case("id: empty resets", s.ID, b"id: 1\ndata: x\n\nid:\ndata: y\n\n", [msg("x", "1"), msg("y")]),
    Case("id: without a colon resets", s.NO_COLON, b"id: 1\ndata: x\n\nid\ndata: y\n\n",
         [msg("x", "1"), msg("y")]),
    Case("id: twice, the last holds", s.ID, b"id: 1\nid: 2\ndata\n\n", [msg("", "2")], "2"),
    Case("id: with NUL is ignored", s.ID, b"id: 1\ndata\n\nid: 2\x003\ndata\n\n", [msg("", "1")] * 2, "1"),
    Case("id: only NUL is ignored", s.ID, b"id:\0\ndata\n\n", [msg("")]),
    Case("id: with NUL after a good one in one block", s.ID, b"id: 1\nid: \x002\ndata\n\n",
         [msg("", "1")], "1"),
    Case("id: alone is committed", s.SET_LAST_ID, b"id: 1\n\n", [], "1"),
    Case("id: alone holds for the next block", s.SET_LAST_ID, b"id: 1\n\ndata: x\n\n", [msg("x", "1")], "1"),
    Case("id: alone and empty resets", s.SET_LAST_ID, b"id: 1\n\nid\n\ndata: x\n\n", [msg("x")]),
    Case("id: with a name but no data is committed", s.EMPTY_DATA, b"event: a\nid: 1\n\ndata\n\n",
         [msg("", "1")], "1"),
    Case("id: of an unfinished block is not committed", s.END_OF_FILE, b"id: 1\ndata: x\n\nid: 2\ndata: y\n",
         [msg("x", "1")], "1"),
    Case("id: of an unfinished block after an id-only one", s.END_OF_FILE, b"id: 1\n\nid: 2\n", [], "1"),
    Case("id: a JSON array", s.ID, b'id: [{"topic":"a","offset":-1}]\ndata\n\n',
         [msg("", '[{"topic":"a","offset":-1}]')], '[{"topic":"a","offset":-1}]'),
    Case("id: spaces inside and behind stay", s.ONE_SPACE, b"id:  a b \ndata\n\n",
         [msg("", " a b ")], " a b "),
]  # fmt: skip

RETRIES = [
    Case("retry: digits", s.RETRY, b"retry: 2500\n\n", [], reconnection_time=2.5),
    Case("retry: holds without a blank line", s.RETRY, b"retry: 10\n", [], reconnection_time=0.01),
    Case("retry: not before its line ends", s.END_OF_FILE, b"retry: 10", []),
    Case("retry: zero", s.RETRY, b"retry: 0\n", [], reconnection_time=0.0),
    Case("retry: leading zeros are base ten", s.RETRY, b"retry: 0010\n", [], reconnection_time=0.01),
    Case("retry: the last holds", s.RETRY, b"retry: 1000\nretry: 2000\n\n", [], reconnection_time=2.0),
    Case("retry: a bad one changes nothing", s.RETRY, b"retry: 1000\n\nretry: x\n\n", [],
         reconnection_time=1.0),
    Case("retry: not clamped", s.RETRY, b"retry: 86400000000\n", [], reconnection_time=86_400_000.0),
    Case("retry: huge", s.RETRY, b"retry: " + b"9" * 400 + b"\n", [], reconnection_time=math.inf),
    Case("retry: more digits than int() takes", s.RETRY, b"retry: " + b"1" * 5000 + b"\n", [],
         reconnection_time=math.inf),
    *(
        Case(f"retry: ignored: {value!r}", s.RETRY, b"retry:" + value.encode() + b"\ndata: x\n\n", [msg("x")])
        for value in (
            "", " ", "  1000", " 1000 ", " 5 5", "+5", "-3", "1_000", "1.5", "1e3", "0x10", "1000ms", "1,000",
            "NaN", "Infinity", "\t1000", "1000\0", "١٢٣", "\uff11\uff12", "²", "१०", "\U0001d7d9",
            "1000\u00a0", "1\u20281",
        )
    ),
]  # fmt: skip

COMMENTS = [
    Case("comment: a bare colon", s.COMMENT, b":\n", [], comments=1),
    Case("comment: without a blank line", s.COLON_FIRST, b": thump\ndata: x\n\n", [msg("x")], comments=1),
    Case("comment: inside a block", s.COLON_FIRST, b"data: x\n: ping\ndata: y\n\n", [msg("x\ny")],
         comments=1),
    Case("comment: a field in it is none", s.COLON_FIRST, b":data: x\n:id: 1\n:retry: 5\n:event: e\n\n", [],
         comments=4),
    Case("comment: alone between blank lines", s.EMPTY_DATA, b"id: 1\ndata: x\n\n: ping\n\n: ping\n\n",
         [msg("x", "1")], "1", comments=2),
    Case("comment: two colons", s.COLON_FIRST, b"::\n:::data\n\n", [], comments=2),
    Case("comment: unfinished is none yet", s.END_OF_FILE, b"data: x\n\n: pin", [msg("x")]),
    Case("comment: with CR and CR LF", s.COLON_FIRST, b":a\r:b\r\n:c\n\r", [], comments=3),
    Case("comment: NUL and broken UTF-8 in it", s.COLON_FIRST, b":\0\xff\xe2\x82\ndata: x\n\n", [msg("x")],
         comments=1),
    Case("comment: not after a space", s.LITERALLY, b" : x\ndata: y\n\n", [msg("y")]),
]  # fmt: skip

UNFINISHED = [
    Case("unfinished: no blank line", s.END_OF_FILE, b"data: x\n", []),
    Case("unfinished: no line end", s.END_OF_FILE, b"data: x", []),
    Case("unfinished: no second line end", s.NOT_ENOUGH, b"data: x\n\ndata: y\ndata: z", [msg("x")]),
    Case("unfinished: one CR LF", s.END_OF_FILE, b"data: x\r\n", []),
    Case("unfinished: half a character", s.END_OF_FILE, b"data: x\n\ndata: \xe2\x82", [msg("x")]),
    Case("unfinished: half a mark", s.END_OF_FILE, b"\xef\xbb", []),
]

OURS = BYTE_ORDER_MARK + LINE_ENDS + ENCODING + FIELDS + EVENT_NAMES + IDS + RETRIES + COMMENTS + UNFINISHED
CASES = OURS + PUBLIC
