"""Pictures of the front-end without a kernel, for a person to look at: `python js/preview/shoot.py`.

Serves the repository on loopback, opens every scene of the preview in Chromium (Debian's, or what `CHROMIUM`
names) and leaves the pictures in `artefacts/front-end/`. Needs the built bundle (`make js`).
"""

from __future__ import annotations

import functools
import http.server
import os
import pathlib
import sys
import threading

from playwright.sync_api import Page, sync_playwright

ROOT = pathlib.Path(__file__).parents[2]
TO = ROOT / "artefacts" / "front-end"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run"]

#: JupyterLab on a large window, and beside its file list; a phone or a column of a dashboard
FULL, WIDE, NARROW = 1140, 860, 380
#: name of the picture: (parameters, width of the window, what Chromium pretends)
PICTURES: dict[str, tuple[str, int, dict[str, str]]] = (
    {
        f"{scene}-{theme}-{width}": (f"scene={scene}&theme={theme}", width, {})
        for scene in ("states", "toasts", "places", "storm", "hostile", "summary")
        for theme in ("light", "dark")
        for width in (FULL, WIDE, NARROW)
    }
    | {
        f"{scene}-{theme}-{width}": (f"scene={scene}&theme={theme}", width, {})
        for scene in (
            *("feed-live", "feed-empty", "feed-nothing", "feed-error", "feed-warning", "feed-paused"),
            *("feed-flood", "feed-busy", "feed-drawer", "feed-gone", "feed-hostile"),
            *("feed-clauses", "feed-checking", "feed-search", "feed-types", "feed-refused", "feed-relaxed"),
        )
        for theme in ("light", "dark")
        for width in ((WIDE, NARROW) if scene in ("feed-live", "feed-drawer", "feed-refused") else (WIDE,))
    }
    | {
        "feed-rtl": ("scene=feed-live&theme=light&dir=rtl", WIDE, {}),
        "feed-refused-rtl": ("scene=feed-refused&theme=light&dir=rtl", WIDE, {}),
        "feed-refused-forced": (
            "scene=feed-refused",
            WIDE,
            {"forced_colors": "active", "color_scheme": "dark"},
        ),
        "feed-bare-dark": ("scene=feed-live", WIDE, {"color_scheme": "dark"}),
        **{
            f"{scene}-{theme}": (f"scene={scene}&theme={theme}", WIDE, {})
            for scene in (
                *("dashboard-live", "dashboard-hour", "dashboard-empty", "dashboard-unsigned"),
                *("dashboard-flood", "dashboard-error", "dashboard-gone", "dashboard-replay"),
                *("dashboard-hostile", "dashboard-view"),
            )
            for theme in ("light", "dark")
        },
        "dashboard-narrow": ("scene=dashboard-live&theme=light", NARROW, {}),
        "dashboard-rtl": ("scene=dashboard-live&theme=light&dir=rtl", WIDE, {}),
        "dashboard-forced-colors": (
            "scene=dashboard-live",
            WIDE,
            {"forced_colors": "active", "color_scheme": "dark"},
        ),
        "feed-forced-colors": (
            "scene=feed-drawer",
            WIDE,
            {"forced_colors": "active", "color_scheme": "dark"},
        ),
        **{
            f"{scene}-{theme}-{WIDE}": (f"scene={scene}&theme={theme}", WIDE, {})
            for scene in ("muting", "timeline", "calm", "compact", "toasts-alone")
            for theme in ("light", "dark")
        },
        "timeline-narrow": ("scene=timeline&theme=light", NARROW, {}),
        "states-rtl": ("scene=states&theme=light&dir=rtl", WIDE, {}),
        "toasts-rtl": ("scene=toasts&theme=light&dir=rtl", NARROW, {}),
        "toasts-bare-light": ("scene=toasts", WIDE, {"color_scheme": "light"}),
        "toasts-bare-dark": ("scene=toasts", WIDE, {"color_scheme": "dark"}),
        "states-bare-dark": ("scene=states", WIDE, {"color_scheme": "dark"}),
        "states-forced-colors": ("scene=states", WIDE, {"forced_colors": "active", "color_scheme": "dark"}),
        "toasts-forced-colors": ("scene=toasts", WIDE, {"forced_colors": "active", "color_scheme": "dark"}),
    }
)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files, says nothing."""

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def shoot(page: Page, base: str, name: str, query: str, width: int) -> None:
    """Leaves one picture of one scene."""
    page.set_viewport_size({"width": width, "height": 300})
    page.goto(f"{base}/js/preview/?{query}")
    page.wait_for_selector("body[data-ready]")
    page.wait_for_timeout(700)  # the toasts have come in: a picture, not a test
    page.screenshot(path=TO / f"{name}.png", full_page=True)


def main(only: str = "") -> int:
    """Shoots every picture whose name contains `only`."""
    TO.mkdir(parents=True, exist_ok=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(ROOT)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    errors: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        for name, (query, width, pretend) in PICTURES.items():
            if only not in name:
                continue
            context = browser.new_context(device_scale_factor=2, **pretend)  # type: ignore[arg-type]  # its keywords
            page = context.new_page()
            page.on("pageerror", lambda error: errors.append(str(error)))
            shoot(page, base, name, query, width)
            context.close()
        browser.close()
    server.shutdown()
    server.server_close()
    sys.stdout.write(f"{TO.relative_to(ROOT)}/: look at them\n" + "".join(f"error: {e}\n" for e in errors))
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
