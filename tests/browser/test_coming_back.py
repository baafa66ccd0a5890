"""A page that was offline for long, and a full server; on servers whose minutes are short."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, WebSocket, expect

from tests.browser.cable import Cable, cable
from tests.browser.hasty import hasty
from tests.browser.playground import Playground
from tests.browser.server import HOST, Server

NewContext = Callable[..., BrowserContext]
CONNECTION = "data-test-connection-state"  # of Streamlit's own socket


@pytest.fixture(scope="module")
def forgetful() -> Iterator[Server]:
    """Streamlit forgets whoever is away at once; what is ours is kept."""
    with hasty(STREAMLIT=0, SWEEP=0.2) as server:
        yield server


@pytest.fixture
def lead(forgetful: Server) -> Iterator[Cable]:
    with cable(forgetful.port) as made:
        yield made


def opened(new_context: NewContext, port: int, link: str = "noise=0.1&epoch=20") -> Playground:
    playground = Playground(new_context().new_page())
    playground.page.goto(f"http://{HOST}:{port}/?{link}", wait_until="commit")
    playground.wait("frames >= 1")
    return playground


def go_offline(playground: Playground, lead: Cable) -> None:
    """The cable is out, and in again once the page has seen it; both its sockets are back."""
    app = playground.page.get_by_test_id("stApp")
    lead.pull()
    expect(playground.message).to_contain_text("connection was lost")
    expect(app).not_to_have_attribute(CONNECTION, "CONNECTED")
    lead.plug_in()
    expect(playground.message).to_be_hidden()
    expect(app).to_have_attribute(CONNECTION, "CONNECTED")


def rested(playground: Playground) -> int:
    """The epoch at which it stands still once it has trained for a while, written to its link."""
    playground.play_until(60)
    playground.pause()
    epoch = playground.epoch
    playground.wait_for_address(epoch=str(epoch))
    playground.settle()
    return epoch


def test_a_page_that_streamlit_has_forgotten_goes_on_with_its_network(
    lead: Cable, new_context: NewContext
):
    playground = opened(new_context, lead.port)
    epoch = rested(playground)
    go_offline(playground, lead)
    playground.choose("Optimizer", "Optimizer: Adam")  # of a page that the server does not know
    playground.press("Step")
    playground.wait("epoch === arg", epoch + 1)
    playground.wait_for_address(noise="0.1", epoch=str(epoch + 1))


def test_a_page_that_is_back_for_a_moment_loses_no_touch(lead: Cable, new_context: NewContext):
    playground = opened(new_context, lead.port)
    epoch = rested(playground)
    viewer = playground.page.evaluate("playgroundViewer").encode()
    asked: list[bool] = []

    def listen(socket: WebSocket) -> None:
        socket.on(
            "framesent",
            lambda frame: (
                viewer in (frame if isinstance(frame, bytes) else frame.encode())
                and asked.append(True)
            ),
        )

    playground.page.on("websocket", listen)
    go_offline(playground, lead)
    while len(asked) < 2:  # by itself: as a newcomer, and when it is taken for one
        playground.page.wait_for_timeout(50)
    playground.page.wait_for_timeout(1500)  # the page runs for the last question, too
    playground.settle()
    playground.choose("Optimizer", "Optimizer: Adam")
    playground.wait_for_address(noise="0.1", changes=f"{epoch}.optimizer.adam", epoch=str(epoch))


def test_another_page_goes_on_with_the_network_from_before(lead: Cable, new_context: NewContext):
    playground = opened(new_context, lead.port)
    epoch = rested(playground)
    go_offline(playground, lead)
    playground.page.get_by_role("link", name="Backprop").click()
    playground.page.locator("[data-testid=backprop][data-frames]").wait_for()
    playground.page.get_by_role("link", name="Playground").click()
    playground.wait("epoch === arg", epoch)
    playground.wait_for_address(noise="0.1", epoch=str(epoch))


def test_what_is_lost_is_said_before_anything_is_replaced(new_context: NewContext):
    with (
        hasty(STREAMLIT=0, GRACE=0, REST=0, KEEP=0, SWEEP=0.05) as server,
        cable(server.port) as lead,
    ):
        playground = opened(new_context, lead.port)
        before = rested(playground), playground.picture
        lead.pull()
        expect(playground.message).to_contain_text("connection was lost")
        lead.plug_in()
        expect(playground.message).to_contain_text("no longer kept")
        playground.page.wait_for_timeout(500)  # would it be replaced, it would be soon
        assert (playground.epoch, playground.picture) == before
        playground.press("Begin anew from the address")
        playground.page.wait_for_load_state("commit")
        playground.wait("epoch === arg", before[0])
        expect(playground.message).to_be_hidden()


def test_a_full_server_says_so_and_lets_in_when_somebody_leaves(new_context: NewContext):
    with hasty(MAX_PRESENT=1, GRACE=0, SWEEP=0.2) as server:
        first = opened(new_context, server.port)
        second = Playground(new_context().new_page())
        second.page.goto(f"{server.url}/?noise=0.5&epoch=3")
        full = second.page.get_by_text("This server is full: 1 person is using it.")
        expect(full).to_be_visible()
        expect(second.live).to_have_count(0)
        first.press("Step")
        first.wait("epoch === 21")
        first.page.close()
        second.wait("epoch === 3")
        second.wait_for_address(noise="0.5", epoch="3")
