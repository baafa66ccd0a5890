"""The Playground as a person has it: what is on the screen, and what hands do to it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Locator, Page, expect

from pages.ui.drawing.fields import PAUSED_RESOLUTION

PATIENCE = 30_000  # ms until what should come is given up
PICTURE = ".imagelayer image"  # the pointer's numbers are an image, too
KNOB = 16  # px, the width of a range input's knob
expect.set_options(timeout=PATIENCE)


@dataclass
class Playground:
    """The Playground in one page of a browser."""

    page: Page

    @property
    def live(self) -> Locator:
        """The live view's root, with the hooks."""
        return self.page.get_by_test_id("live")

    @property
    def epoch(self) -> int:
        return int(self.live.get_attribute("data-epoch"))

    @property
    def frames(self) -> int:
        return int(self.live.get_attribute("data-frames"))

    @property
    def config(self) -> str:
        """The hash of the config on screen."""
        return self.live.get_attribute("data-config")

    @property
    def picture(self) -> str:
        """The output field's picture that is on screen."""
        return self.page.locator(f".pg-field {PICTURE}").get_attribute("href")

    @property
    def address(self) -> dict[str, str]:
        """What the address bar's query says."""
        return dict(parse_qsl(urlsplit(self.page.url).query))

    @property
    def message(self) -> Locator:
        """What the live view has to say."""
        return self.live.locator(".pg-message")

    # -------------------------------------------------------------- waiting

    def wait(self, condition: str, arg: object = None) -> None:
        """Return when a condition (JavaScript) holds.

        It may speak of the hooks epoch, frames and config, of the picture on screen, of whether
        that one is fine (a paused view gets it a moment later), and of arg.
        """
        self.page.wait_for_function(
            f"""(arg) => {{
              const live = document.querySelector("[data-testid=live]");
              if (!live) return false;
              const epoch = Number(live.dataset.epoch || -1);
              const frames = Number(live.dataset.frames);
              const {{ config }} = live.dataset;
              const picture = live.querySelector(".pg-field {PICTURE}")?.getAttribute("href");
              const head = picture ? atob(picture.split(",")[1].slice(0, 32)) : "";
              const fine = head.charCodeAt(19) === {PAUSED_RESOLUTION};  // a PNG's width
              return {condition};
            }}""",
            arg=arg,
        )

    def wait_for_address(self, **query: str) -> None:
        """Return when the address bar says this."""
        self.page.wait_for_function(
            """(query) => {
              const now = new URLSearchParams(location.search);
              return Object.entries(query).every(([name, value]) => now.get(name) === value);
            }""",
            arg=query,
        )

    def settle(self) -> None:
        """Return when Streamlit's script has ended."""
        self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()

    # -------------------------------------------------------------- hands

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def press(self, name: str) -> None:
        self.button(name).click()

    def play_until(self, epoch: int) -> None:
        """Press Play, and return when this epoch is on screen."""
        self.press("Play")
        self.wait("epoch >= arg", epoch)

    def pause(self) -> None:
        """Press Pause, and return when that is on screen."""
        self.press("Pause")
        self.button("Play").wait_for()

    def choose(self, label: str, option: str) -> None:
        """Choose in a Streamlit selectbox."""
        self.page.get_by_role("combobox", name=label).click()
        self.page.get_by_role("option", name=option, exact=True).click()

    def slider(self, field: str) -> Locator:
        """The live view's slider of a setting."""
        return self.live.locator(f"input[type=range][name={field}]")

    def hold(self, slider: Locator, share: float) -> None:
        """Take a slider's knob, drag it to a share of its track, and keep it held."""
        box = slider.bounding_box()
        now, low, high = (
            float(slider.evaluate(f"input => input.{name}")) for name in ("value", "min", "max")
        )
        left, length = box["x"] + KNOB / 2, box["width"] - KNOB
        start = left + length * (now - low) / (high - low)
        end, y = left + length * share, box["y"] + box["height"] / 2
        mouse = self.page.mouse
        mouse.move(start, y)
        mouse.down()
        mouse.move(end, y, steps=max(2, math.ceil(abs(end - start) / 10)))

    def let_go(self) -> None:
        self.page.mouse.up()

    def drag_across(self, locator: Locator, start: tuple, end: tuple) -> None:
        """Drag the mouse between two places of an element, given as shares of its sides."""
        box = locator.bounding_box()
        (x0, y0), (x1, y1) = (
            (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)
        )
        self.page.mouse.move(x0, y0)
        self.page.mouse.down()
        self.page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2, steps=4)
        self.page.mouse.move(x1, y1, steps=4)
        self.page.mouse.up()

    def open_own_data(self) -> Locator:
        """Open the panel for own data, once; its file input."""
        chooser = self.page.locator("[data-testid=stFileUploader] input[type=file]")
        if not chooser.count():
            self.page.get_by_role("button", name="Own data").click()
            chooser.wait_for(state="attached")
        return chooser

    def upload(self, content: bytes, name: str = "data.csv") -> None:
        """Give a file to the uploader."""
        file = {"name": name, "mimeType": "text/csv", "buffer": content}
        self.open_own_data().set_input_files(file)
