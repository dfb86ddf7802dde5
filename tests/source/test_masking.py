"""Lines of HTTP libraries: masked on our threads, left alone on others."""

from __future__ import annotations

import logging
import threading

import pytest

from sse_notebook.source.masking import mask_on_this_thread, masked_here

LOGGERS = ["httpx", "httpx2", "httpcore.http11", "httpcore.http2", "httpcore2.connection", "hpack.hpack"]


@pytest.mark.parametrize("name", LOGGERS)
def test_on_our_threads_only(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """On a thread of ours what a library logs is masked, arguments and all; on others it is as it was."""

    def ours() -> None:
        mask_on_this_thread(lambda text: text.replace("canary", "***"))
        logging.getLogger(name).info("GET %s %r", "http://host/?token=canary", b"canary")

    with caplog.at_level(logging.DEBUG, name):
        thread = threading.Thread(target=ours)
        thread.start()
        thread.join()
        logging.getLogger(name).info("GET %s", "canary")
    assert ["GET http://host/?token=*** b'***'", "GET canary"] == [r.getMessage() for r in caplog.records]
    assert () == caplog.records[0].args


def test_for_a_while(caplog: pytest.LogCaptureFixture) -> None:
    """On a thread that is not ours it lasts while we are at work there; then all is as it was before."""
    logger = logging.getLogger("httpx")
    with caplog.at_level(logging.DEBUG, "httpx"):
        with masked_here(lambda text: text.replace("canary", "1")):
            with masked_here(lambda text: text.replace("canary", "2")):
                logger.info("canary")
            logger.info("canary")
        logger.info("canary")
    assert ["2", "1", "canary"] == [record.getMessage() for record in caplog.records]
