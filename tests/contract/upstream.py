"""Whose tests these are, by name, and where each of them is found here. `test_upstream` keeps it true.

    cases      a stream of tests/wire: read at every cut there, and over a socket in `test_cases`
    here       a test of this folder that carries the name as its id
    tests/…    that test
    no: …      it does not apply, and why
    unlike: …  this client does something else, on purpose; `here`, with what it does

To find one: `grep -rn "caller can trigger a restart" tests`.
"""

# ruff: noqa: E501 - their names are as long as they are
from __future__ import annotations

_CASES = "cases"
_HERE = "here"
_JS = "no: about JavaScript's event handlers; here is one listener, see `Listener`"


def _all(where: str, names: str) -> dict[str, str]:
    """These names, a line each, all found there."""
    return dict.fromkeys(filter(None, (line.strip() for line in names.splitlines())), where)


_LINE_FEEDS = [
    "one-line event",
    "one-line event + two-line event",
    "3-line event with empty line at beginning",
    "3-line event with empty line in middle",
    "ignores 1 extra empty line",
    "ignores 2 extra empty lines",
]

_SIZES = [1, 128, 512, 1023, 1024, 1025, 2048, 3999, 4094, 4096, 4098, 6144, 8189, 8192, 8195, 12288, 16384]
_SIZES += [32768, 65536, 262144, 1048576]

# github.com/launchdarkly/sse-contract-tests, ssetests/*.go
LAUNCHDARKLY = {
    # basic parsing
    **_all(
        _CASES,
        """
        one-line message in one chunk
        two messages spanning 3 chunks with shared chunk
        one-line message in two chunks
        two one-line messages in one chunk
        one two-line message in one chunk
        empty data
        event with specific type
        default event type
        event with ID
        event with type and ID
        ID field is ignored if it contains a null
        last ID persists if not overridden by later event
        last ID can be overridden by an empty value
        fields in reverse order
        unknown field is ignored
        fields without leading space
        fields with extra leading space
        field with no colon
        multi-byte characters
        many messages in rapid succession
        multi-byte characters sent in single-byte pieces
        """,
    ),
    "large message in one chunk": _HERE,
    "large message in two chunks": _HERE,
    # BOM
    **_all(
        _CASES,
        """
        BOM at start of stream is stripped
        BOM stripped before first event with type and ID
        BOM stripped with multiple messages
        BOM only stripped at stream start, not from later data
        BOM split across first two chunks
        BOM split byte by byte across chunks
        only first BOM at start is stripped
        no BOM - baseline test
        BOM with multi-line data
        BOM with comment at start
        BOM does not affect empty data field
        """,
    ),
    # comments: they are counted, not handed on
    **_all(
        _CASES,
        """
        single comment
        two comments in a row
        comment before event
        comment after event
        """,
    ),
    # linefeeds; each in one chunk, in 1-character and in 2-character chunks, as in `test_cases`
    **{f"{end} separator: {name}": _CASES for end in ("LF", "CRLF", "CR") for name in _LINE_FEEDS},
    "CRLF where CR is end of 1 chunk": _CASES,
    # payload sizes
    **{f"payload of {size} bytes is delivered promptly": _HERE for size in _SIZES},
    # HTTP behavior
    **_all(
        _HERE,
        """
        default method and headers
        204 halts re-connection attempts
        client follows 301 redirect
        client follows 307 redirect
        client handles empty Location header with 301 status
        client handles missing Location header with 301 status
        client handles empty Location header with 307 status
        client handles missing Location header with 307 status
        custom headers
        sends Last-Event-Id in initial request if set
        """,
    ),
    "POST request": 'no: optional there ("post"); an EventSource asks by GET, as the standard\'s does',
    "REPORT request": 'no: optional there ("report"); as POST',
    # reconnection
    **_all(
        _HERE,
        """
        caller can trigger a restart
        sends ID of last received event
        sends ID of last received event that had an ID if later events did not
        last event ID can be explicitly overridden with an empty value
        can set read timeout
        discards partial messages on retry
        new connection established after breaking previous is functional
        """,
    ),
    "resends request body if any when reconnecting": "no: a GET has no body",
}

_PAGE = "no: about pages and workers of a browser"
_CORS = "no: about a browser's same-origin policy"

# github.com/web-platform-tests/wpt, eventsource/
WPT = {
    **_all(
        _CASES,
        """
        event-data
        format-bom
        format-bom-2
        format-comments
        format-data-before-final-empty-line
        format-field-data
        format-field-event
        format-field-event-empty
        format-field-id
        format-field-id-3: persists
        format-field-id-3: changes and persists
        format-field-id-3: resets
        format-field-id-null
        format-field-parsing
        format-field-retry
        format-field-retry-bogus
        format-field-retry-empty
        format-field-unknown
        format-leading-space
        format-newlines
        format-null-character
        format-utf-8
        submissions/MOSQUITO/field-name-event
        eventsource-from-readable-stream: receives a message event
        eventsource-from-readable-stream: handles multi-line data fields
        eventsource-from-readable-stream: receives multiple message events
        eventsource-from-readable-stream: handles custom event types
        eventsource-from-readable-stream: ignores comments
        eventsource-from-readable-stream: handles data split across chunks
        eventsource-from-readable-stream: id field updates lastEventId
        eventsource-from-readable-stream: retry field updates reconnectionTime
        eventsource-from-readable-stream: retry field with non-digit value is ignored
        eventsource-from-readable-stream: handles CR, LF, and CRLF line endings
        eventsource-from-readable-stream: strips leading UTF-8 BOM
        """,
    ),
    **_all(
        _HERE,
        """
        eventsource-close
        eventsource-close: test events
        eventsource-constructor-non-same-origin
        eventsource-constructor-url-bogus
        eventsource-cross-origin-preflight: safe
        eventsource-cross-origin-preflight: too long
        eventsource-cross-origin-preflight: unsafe characters
        eventsource-eventtarget
        eventsource-onmessage
        eventsource-onopen
        eventsource-readyState
        eventsource-reconnect
        eventsource-reconnect: test reconnection events
        eventsource-request-cancellation
        eventsource-url
        eventsource-from-readable-stream: lastEventId initially returns the empty string
        eventsource-from-readable-stream: lastEventId persists across reconnections via TransformStream
        eventsource-from-readable-stream: reconnectionTime persists across reconnections via TransformStream
        format-field-id-2
        format-mime-bogus
        format-mime-trailing-semicolon
        format-mime-valid-bogus
        request-accept
        request-cache-control
        request-redirect (301)
        request-redirect (302)
        request-redirect (303)
        request-redirect (307)
        request-status-error (204)
        request-status-error (205)
        request-status-error (210)
        request-status-error (299)
        request-status-error (404)
        request-status-error (410)
        submissions/MOSQUITO/accept-header-include-text-event-stream
        submissions/MOSQUITO/user-agent-announce-connection
        """,
    ),
    "request-status-error (503)": "unlike: a 5xx may pass, and is tried again",
    "eventsource-constructor-empty-url": "unlike: there is no page whose URL an empty one could be",
    "eventsource-cross-origin": _CORS,
    "request-credentials": _CORS + "; a cookie is sent where it is given, in `headers=`",
    **_all(
        _PAGE,
        """
        dedicated-worker/*
        eventsource-bfcache
        eventsource-constructor-document-domain
        eventsource-constructor-url-multi-window
        eventsource-onmessage-realm
        shared-worker/*
        """,
    ),
    **_all(
        "no: about JavaScript",
        """
        eventsource-constructor-stringify
        eventsource-onmessage-trusted
        eventsource-prototype
        interfaces
        """,
    ),
    "eventsource-from-readable-stream: the rest": "no: `wire.Decoder` reads bytes from anywhere, without states",
    "eventsource-from-readable-stream-fetch": "no: as the rest of eventsource-from-readable-stream",
}

_LARGE = "tests/wire/test_decoder.py::test_large_messages"
_LIMITS = "tests/wire/test_decoder_limits.py::test_max_buffer_size"
_CUTS = "tests/wire/test_decoder_limits.py::test_the_limit_does_not_depend_on_the_cuts"

# github.com/rexxars/eventsource-parser, test/*.test.ts
EVENTSOURCE_PARSER = {
    **_all(
        _CASES,
        """
        basic unnamed events stream
        stream of `time` event name
        stream of `time` event names, unbalanced chunks
        stream of identified messanges + retry interval
        stream of "heartbeat" comments, unnamed events
        stream of multi-line data events
        stream of multi-byte events
        stream of multi-byte events with some empty lines thrown in
        stream of leading bom
        stream containing decoded U+FEFF byte-order marks (multiple places)
        stream containing byte-order mark (multiple places)
        UTF-8 BOM is stripped when bytes are decoded with a default `TextDecoder`
        a decoded U+FEFF (from an `ignoreBOM` decoder) is stripped like the raw 3-byte BOM
        stream using carriage returns
        stream using line feeds
        stream using carriage returns and line feeds
        stream with varying odd uses of comments
        stream with even more odd uses of comments
        stream with empty `event` field
        stream with empty `retry` field
        stream with oddly shaped data field
        stream with cr separating chunks of same event
        stream with partially incorrect retry fields
        stream with `id` field containing a NULL character
        reports an `id` from a block without data when the block is dispatched
        reports an `id` before dispatching an event from the same block
        reports an `id` from a block using CR line endings
        reports an `id` from a block using CRLF line endings
        stream with incorrect retry fields
        stream with unknown fields in the stream
        skips onError when the stream is invalid but not newline-terminated (through `reset()`)
        calls onError when the stream is invalid (through newline)
        calls onError when the stream is invalid (no field separator)
        maxBufferSize: preserves split valid fields while discarding invalid lines
        discarded unterminated comments consume crlf as one line terminator
        discarded lines consume a crlf split across chunks as one line terminator
        discarded lines terminated by a bare cr resume parsing on the next chunk
        discarded lines arriving with their own bare cr terminator do not swallow the next line
        discarded lines arriving with a trailing cr consume a following lf as one terminator
        bare field lines terminated by a cr at a chunk boundary are processed, not discarded
        unknown field lines completed by a cr at a chunk boundary still emit unknown-field errors
        a blank cr line ending a chunk dispatches the pending event exactly once
        can use `EventSourceParserStream`
        """,
    ),
    "stream with huge data chunks": _LARGE,
    "maxBufferSize: undefined option means unbounded (default behavior)": _LARGE,
    "maxBufferSize: triggers on pending fragment overflow (no terminator)": _LIMITS,
    "maxBufferSize: discards unterminated comments when no onComment callback exists": _LIMITS,
    "maxBufferSize: preserves unterminated comments when onComment callback exists": _LIMITS,
    "maxBufferSize: triggers on data buffer overflow (no blank line)": _LIMITS,
    "maxBufferSize: feed throws after overflow, until reset": _LIMITS,
    "maxBufferSize: not triggered when events dispatch within the limit": _LIMITS,
    # An unknown line that is longer than the limit makes its event too large, wherever it is cut.
    "maxBufferSize: discards unterminated unknown fields without buffering": _CUTS,
    "maxBufferSize: discards invalid lines as soon as their field name cannot become valid": _CUTS,
    "skips onError when an invalid line was discarded before reset({consume: true})": "no: `reset` discards",
    "passing a function to `createParser` will throw with helpful error": "no: about JavaScript",
}

_TRANSPORT = "tests/source/test_transport.py"

# github.com/EventSource/eventsource, test/eventsource_test.js and test/client.test.ts
EVENTSOURCE = {
    # Parser
    **_all(
        _CASES,
        """
        parses multibyte characters
        parses empty lines with multibyte characters
        parses one one-line message in one chunk
        ignores byte-order mark
        parses one one-line message in two chunks
        parses two one-line messages in one chunk
        parses one two-line message in one chunk
        parses chopped up unicode data
        parses really chopped up unicode data
        accepts CRLF as separator
        accepts CR as separator
        delivers message with explicit event
        ignores comments
        ignores empty comments
        does not ignore multilines strings
        does not ignore multilines strings even in data beginning
        causes entire event to be ignored for empty event field
        can handle unicode data correctly
        message event `lastEventId` persists when a later event omits the `id` field
        an ID-only chunk sets `lastEventId` on a later message without an ID
        populates message's lastEventId correctly when the last event has an associated id
        populates message's lastEventId correctly when the last event doesn't have an associated id
        """,
    ),
    "parses relatively huge messages efficiently": _LARGE,
    # HTTP, reconnection, states
    **_all(
        _HERE,
        """
        aborts a rejected HTTP 200 response before reporting failure
        aborts a rejected HTTP 403 response before reporting failure
        can connect, receive message, manually disconnect
        can connect using URL string only
        message event contains correct properties
        will reconnect with last received message id if server disconnects
        an ID from a block without data is used for reconnecting and later messages
        will not reconnect after explicit `close()`
        will not reconnect after explicit `close()` in `onError`
        will have correct ready state throughout lifecycle
        will close stream on HTTP 204
        throws if `url` is not a string/url
        redirects: handles 301 to same origin
        redirects: handles 302 to same origin
        redirects: handles 307 to same origin
        redirects: handles 308 to same origin
        [NON-SPEC] message event contains extended properties (failed connection)
        [NON-SPEC] message event contains extended properties (invalid http response)
        has CONNECTING constant
        has OPEN constant
        has CLOSED constant
        sets request headers
        follows http 301 redirect
        follows http 307 redirect
        causes error event when response is 301 with missing location
        causes error event when response is 307 with missing location
        causes error event when response status is 401
        causes error event when response status is 403
        is attempted when server is down
        is attempted when server goes down after connection
        is attempted when the server responds with a 500
        is stopped when server goes down and eventsource is being closed
        is not attempted when server responds with non-200 and non-500
        sends Last-Event-ID http header when it has previously been passed in an event from the server
        sends correct Last-Event-ID http header when an initial Last-Event-ID header was specified in the constructor
        does not send Last-Event-ID http header when it has not been previously sent by the server
        is CONNECTING before connection has been established
        is CONNECTING when server has closed the connection
        is OPEN when connection has been established
        is CLOSED after connection has been closed
        close method exists and can be called to close an eventsource
        url exposes original request url
        calls onopen when connection is established
        emits open event when connection is established
        does not double reconnect when connection is closed by server
        does not emit error when connection is closed by client
        """,
    ),
    "passes `no-store` to `fetch`, avoiding cache": "tests/contract/test_wpt.py::test_cache_control",
    "passes cache-control: no-cache to server": "tests/contract/test_wpt.py::test_cache_control",
    "does not set request headers that don't have a value": "unlike: a header that is None is an ArgumentError",
    **{
        f"redirects: handles {status} to different origin": "unlike: no redirect leaves the origin"
        for status in (301, 302, 307, 308)
    },
    "[NON-SPEC] custom `maxBufferSize` fails connection on parser buffer overflow": "tests/wire"
    "/test_decoder_limits.py::test_an_event_over_the_limit_is_skipped_and_counted",
    "uses https for https urls": f"{_TRANSPORT}::test_tls",
    "proxies http->http requests": f"{_TRANSPORT}::test_a_proxy_of_the_environment",
    "proxies http->https requests": "no: `client=` brings its own proxies",
    "proxies https->http requests": "no: `client=` brings its own proxies",
    "uses client certificate for https urls": "no: `client=` brings its own certificates",
    "can request cross-origin": _CORS,
    "can use the `withCredentials` option to control cookies being sent/not sent cross-origin": _CORS,
    "supplies the correct origin": _CORS,
    **_all(
        _JS,
        """
        `target` on open, message and error events is the EventSource instance
        can use `es.onopen` to listen for open events, nulling it unsubscribes
        can use `es.onerror` to listen for error events, nulling it unsubscribes
        can use `es.onmessage` to listen for explicit `message` events, nulling it unsubscribes
        can use `es.onmessage` to listen for implicit `message` events, nulling it unsubscribes
        `es.onmessage` does not fire for non-`message` events
        can redeclare `es.onopen` after initial assignment
        can redeclare `es.onerror` after initial assignment
        can redeclare `es.onmessage` after initial assignment
        on-handlers fire in registration order relative to `addEventListener`
        allows removal of event listeners
        """,
    ),
    **_all(
        "no: about JavaScript",
        """
        throws on `fetch()` that does not return web-stream
        throws on `fetch()` that does not return a body
        throws on `fetch()` yielding chunks that are not buffers
        [NON-SPEC] unrefs the reconnection timer where supported, so it does not keep the event loop alive
        has non-enumarable `eventsource.supports-fetch-override` symbol
        has readystate constants on instances
        close method is a prototype method
        populates messages with enumerable properties so they can be inspected via console.log().
        """,
    ),
}

UPSTREAM = {
    "launchdarkly": LAUNCHDARKLY,
    "wpt": WPT,
    "eventsource-parser": EVENTSOURCE_PARSER,
    "eventsource": EVENTSOURCE,
}
