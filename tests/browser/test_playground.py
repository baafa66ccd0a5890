"""The Playground in a browser: what a person sees, and what comes of what a person does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from pages.ui.drawing.palette import INK
from pages.ui.session.session import INTRO_EPOCHS
from tests.browser.playground import Playground
from tests.browser.server import Server
from tests.ui.taken_apart import take_apart

Opened = Callable[..., Playground]
MARK = """
for (const selector of ["[data-testid=live]", ".pg-field", ".pg-field .main-svg", ".pg-loss"])
  document.querySelector(selector).marked = true;
"""
MARKED = """
["[data-testid=live]", ".pg-field", ".pg-field .main-svg", ".pg-loss"]
  .every((selector) => document.querySelector(selector).marked)
"""
RANGES = """
() => ["xaxis", "yaxis"].flatMap((axis) => document.querySelector(".pg-field").layout[axis].range)
"""
CLASSES = "height,width,kind\n" + "".join(
    f"{i % 13},{i * i % 7},{'oak' if i % 13 > 6 else 'elm'}\n" for i in range(60)
)


# ------------------------------------------------------------------------ opening


def test_the_page_opens_with_a_field_and_its_points(opened: Opened):
    playground = opened("epoch=0")
    assert playground.picture.startswith("data:image/png;base64,")
    points = playground.page.locator(".pg-field .scatterlayer path.point")
    expect(points).to_have_count(500)


def test_a_first_visit_trains_and_then_waits_with_play_in_sight(opened: Opened):
    playground = opened()
    playground.wait("epoch === arg", INTRO_EPOCHS)
    expect(playground.button("Play")).to_be_in_viewport()
    assert playground.frames > 1  # it was seen on its way


@pytest.mark.parametrize("epoch", [0, 37])
def test_a_link_with_an_epoch_opens_paused_exactly_there(opened: Opened, epoch: int):
    playground = opened(f"dataset=xor&epoch={epoch}")
    playground.wait("epoch === arg", epoch)
    expect(playground.button("Play")).to_be_visible()
    playground.press("Step")
    playground.wait("epoch === arg", epoch + 1)


def test_a_bad_link_is_explained(opened: Opened):
    playground = opened("noise=5&epoch=0")
    alert = playground.page.get_by_role("alert").filter(has_text="noise")
    expect(alert).to_contain_text("'5'")
    expect(alert).to_contain_text("0 to 2")


# ------------------------------------------------------------------------ play, pause, step, reset


def test_play_draws_one_picture_after_another(opened: Opened):
    playground = opened("dataset=spiral&hidden=8.tanh,8.tanh&epoch=0")
    playground.press("Play")
    pictures, epochs = [playground.picture], [playground.epoch]
    for _ in range(5):
        playground.wait(
            "frames >= arg[0] && picture !== arg[1]", [playground.frames + 2, pictures[-1]]
        )
        pictures.append(playground.picture)
        epochs.append(playground.epoch)
    assert len(set(pictures)) == 6
    assert epochs == sorted(epochs)
    assert epochs[-1] > epochs[0]


def test_pause_stops_and_step_adds_exactly_one(opened: Opened):
    playground = opened("epoch=0")
    playground.play_until(10)
    playground.pause()
    epoch = playground.epoch
    for count in (1, 2, 3):
        playground.press("Step")
        playground.wait("epoch >= arg", epoch + count)
        assert playground.epoch == epoch + count


def test_reset_gives_epoch_0_and_its_picture_back(opened: Opened):
    playground = opened("epoch=0")
    playground.wait("fine")
    first = playground.picture
    playground.play_until(20)
    assert playground.picture != first
    playground.press("Reset")
    playground.wait("epoch === 0 && picture === arg", first)
    expect(playground.button("Play")).to_be_visible()


def test_new_weights_change_the_picture_and_reset_keeps_them(opened: Opened):
    playground = opened("epoch=0")
    playground.wait("fine")
    old = playground.picture
    playground.press("New weights")
    playground.wait("fine && picture !== arg", old)
    new = playground.picture
    playground.press("Step")
    playground.wait("epoch === 1")
    playground.press("Reset")
    playground.wait("epoch === 0 && picture === arg", new)


def test_divergence_stops_with_a_message_that_names_the_epoch(opened: Opened):
    playground = opened("output=linear&loss=squared&learning_rate=10&epoch=0")
    playground.press("Play")
    expect(playground.message).to_contain_text("epoch")
    expect(playground.button("Play")).to_be_visible()
    named = int(re.search(r"finite in epoch (\d+)", playground.message.inner_text()).group(1))
    assert playground.epoch == named - 1


# ------------------------------------------------------------------------ what stays


def test_the_charts_survive_play_and_a_change_of_a_streamlit_widget(opened: Opened):
    # Not as fast as it goes: beyond epoch 10,000 a link leaves changes out.
    playground = opened("dataset=spiral&hidden=8.tanh,8.tanh&epoch=0&speed=100")
    playground.play_until(1)
    playground.page.evaluate(MARK)
    start = playground.page.evaluate("performance.now()")
    playground.choose("Optimizer", "Optimizer: Adam")
    playground.wait("location.search.includes('.optimizer.adam')")  # changed on its way
    playground.wait("performance.now() > arg", start + 5_000)
    before = playground.frames
    playground.wait("frames > arg", before)
    assert playground.page.evaluate(MARKED)


def test_a_visit_to_the_guide_keeps_the_run(opened: Opened):
    playground = opened("noise=0.3&epoch=0")
    playground.play_until(20)
    epoch, config = playground.epoch, playground.config
    playground.page.get_by_role("link", name="Guide").click()
    expect(playground.page.get_by_role("heading", name="Guide")).to_be_visible()
    playground.page.get_by_role("link", name="Playground").click()
    playground.wait("frames >= 1")
    assert playground.epoch >= epoch
    assert playground.config == config


def test_play_goes_on_after_a_visit_to_the_guide(opened: Opened):
    playground = opened("epoch=0")
    playground.play_until(20)
    playground.page.get_by_role("link", name="Guide").click()
    expect(playground.page.get_by_role("heading", name="Guide")).to_be_visible()
    playground.page.get_by_role("link", name="Playground").click()
    playground.wait("frames >= 1")
    playground.wait("epoch > arg", playground.epoch)


def test_a_click_on_the_guide_soon_after_play_or_pause_is_not_taken_back(opened: Opened):
    playground = opened("epoch=0")
    for delay in (60, 100, 120, 140, 150, 560, 580):
        playground.settle()
        playground.page.evaluate(
            """(delay) => {
              const guide = [...document.querySelectorAll("a")].find((a) => /guide/.test(a.href));
              document.querySelector(".pg-play").click();
              setTimeout(() => {  // the address bar follows about now
                guide.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
                setTimeout(() => guide.click(), 60);  // no finger is faster
              }, delay);
            }""",
            delay,
        )
        expect(playground.page.get_by_role("heading", name="Guide")).to_be_visible()
        playground.settle()
        assert urlsplit(playground.page.url).path == "/guide"
        playground.page.get_by_role("link", name="Playground").click()
        playground.wait("frames >= 1")


def test_a_zoom_survives_frames(opened: Opened):
    playground = opened("epoch=0")
    playground.play_until(1)
    before = playground.page.evaluate(RANGES)
    field = playground.page.locator(".pg-field .nsewdrag")
    playground.drag_across(field, (0.3, 0.3), (0.7, 0.7))
    playground.page.wait_for_function(f"(old) => String(({RANGES})()) !== String(old)", arg=before)
    zoomed = playground.page.evaluate(RANGES)
    assert zoomed[1] - zoomed[0] < 0.7 * (before[1] - before[0])
    playground.wait("frames >= arg", playground.frames + 20)
    assert playground.page.evaluate(RANGES) == zoomed
    playground.pause()
    before_step = playground.epoch
    playground.press("Step")
    playground.wait("epoch > arg", before_step)
    assert playground.page.evaluate(RANGES) == zoomed


# ------------------------------------------------------------------------ sliders


@pytest.mark.parametrize(
    ("slider", "share"),
    [
        (".pg-slider [name=noise]", 0.4),
        (".pg-slider [name=test_share]", 0.8),
        (".pg-layer input", 0.5),  # the width of the first hidden layer
    ],
    ids=["noise", "test share", "width"],
)
def test_a_paused_network_follows_a_slider_while_it_is_held(
    opened: Opened, slider: str, share: float
):
    playground = opened("epoch=15")
    playground.wait("fine && epoch === 15")
    config, picture = playground.config, playground.picture
    playground.hold(playground.live.locator(slider).first, share)
    playground.wait("config !== arg[0] && fine && picture !== arg[1]", [config, picture])
    assert playground.epoch == 15  # trained again, up to where it was
    playground.let_go()


def test_a_playing_network_follows_the_learning_rate_while_it_is_held(opened: Opened):
    playground = opened("epoch=0")
    playground.play_until(5)
    config = playground.config
    playground.hold(playground.slider("learning_rate"), 0.75)
    playground.wait("config !== arg", config)
    epoch, picture = playground.epoch, playground.picture
    playground.wait("epoch > arg[0] && picture !== arg[1]", [epoch, picture])
    playground.let_go()


def test_the_last_value_of_a_drag_is_what_counts(opened: Opened):
    playground = opened("epoch=0")
    noise = playground.slider("noise")
    playground.hold(noise, 0.8)
    playground.let_go()
    playground.hold(noise, 0.25)
    playground.let_go()
    playground.wait_for_address(noise="0.5")
    config = opened("epoch=0&noise=0.5").config
    playground.wait("config === arg", config)


def test_the_speed_slows_play_down(opened: Opened):
    playground = opened("epoch=0&speed=0.2")  # an epoch in five seconds
    playground.press("Play")
    playground.wait("frames >= 3")  # batch by batch
    assert playground.epoch <= 1
    expect(playground.slider("speed")).to_have_value("0")


# ------------------------------------------------------------------------ other edits


def test_another_data_set(opened: Opened):
    playground = opened("epoch=3")
    playground.wait("fine && epoch === 3")
    picture = playground.picture
    playground.press("Data: Spiral")
    playground.wait("fine && epoch === 3 && picture !== arg", picture)
    playground.wait_for_address(dataset="spiral")
    expect(playground.button("Data: Spiral")).to_have_attribute("aria-pressed", "true")


def test_data_on_the_line_are_curves(opened: Opened):
    playground = opened("epoch=3")
    playground.press("Data: Sine")
    curve = playground.page.locator(".pg-field .cartesianlayer path.js-line")
    expect(curve).to_have_count(1)
    before = playground.frames
    playground.press("Step")
    playground.wait("frames > arg", before)


def test_layers_inputs_and_activations(opened: Opened):
    playground = opened("epoch=0")
    page = playground.page
    playground.press("Add a hidden layer")
    expect(page.get_by_text("3 hidden layers")).to_be_visible()
    page.get_by_label("Activation of hidden layer 3").select_option("relu")
    playground.press("x₁²")
    playground.wait_for_address(hidden="4.tanh,2.tanh,2.relu", features="x1,x2,x1^2")
    playground.press("Remove the last hidden layer")
    playground.wait_for_address(hidden=None)
    expect(page.get_by_text("2 hidden layers")).to_be_visible()


def test_the_last_input_cannot_be_switched_off(opened: Opened):
    playground = opened("features=x1&epoch=0")
    playground.press("x₁")
    expect(playground.message).to_contain_text("at least one input")


def test_a_change_that_does_not_fit_is_explained_and_the_page_stays(opened: Opened):
    playground = opened("dataset=rings&n_classes=2&output=linear&loss=hinge&epoch=2")
    playground.wait("epoch === 2")
    config = playground.config
    classes = playground.slider("n_classes")
    classes.focus()
    classes.press("ArrowRight")
    expect(playground.page.get_by_text("is for two classes").first).to_be_visible()
    playground.settle()
    expect(playground.page.get_by_test_id("stException")).to_have_count(0)
    assert playground.config == config
    playground.press("Step")
    playground.wait("epoch === 3")


# ------------------------------------------------------------------------ the address bar


def test_the_address_bar_follows_what_is_done(opened: Opened):
    playground = opened("epoch=0")
    playground.choose("Optimizer", "Optimizer: Momentum")
    playground.wait_for_address(optimizer="momentum", epoch="0")
    playground.hold(playground.slider("noise"), 0.25)
    playground.let_go()
    playground.wait_for_address(noise="0.5", optimizer="momentum")
    playground.press("Step")
    playground.wait_for_address(epoch="1")


def test_the_address_opened_again_shows_the_same(opened: Opened):
    first = opened("dataset=xor&noise=0.2&hidden=6.tanh&epoch=0&speed=100")
    first.play_until(20)
    first.pause()
    first.wait_for_address(epoch=str(first.epoch))
    first.wait("fine")
    second = opened(urlsplit(first.page.url).query)
    second.wait("epoch === arg", first.epoch)
    assert second.config == first.config
    second.wait("fine && picture === arg", first.picture)


def test_a_copied_link_opens_the_same(opened: Opened, server: Server):
    permissions = ["clipboard-read", "clipboard-write"]
    playground = opened("noise=0.2&epoch=3", permissions=permissions)
    playground.wait("epoch === 3")
    playground.press("Copy link")
    expect(playground.live.get_by_text("Copied")).to_be_visible()
    link = playground.page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(server.url)
    assert urlsplit(link).query == urlencode({"noise": "0.2", "epoch": "3"})


# ------------------------------------------------------------------------ own data


def test_a_file_is_trained_on(opened: Opened):
    playground = opened("epoch=0")
    config = playground.config
    playground.upload(CLASSES.encode())
    playground.wait("config !== arg && epoch > 5", config)
    expect(playground.page.locator(".pg-field .legend")).to_contain_text("oak")
    expect(playground.page.locator(".pg-field .xtitle")).to_contain_text("height")


BAD_FILES = {
    "empty": b"",
    "nothing below": b"a,b,kind\n",
    "one class": b"a,b,kind\n" + b"1,2,x\n3,4,x\n" * 20,
    "holds 'much'": CLASSES.replace("\n3,2", "\nmuch,little", 1).encode(),
    "holds 'nan'": CLASSES.replace("\n3,2", "\nnan,inf", 1).encode(),
    "not UTF-8": CLASSES.replace("oak", "grün").encode("latin-1"),
    "binary": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(200),
    "500 columns": (",".join(f"c{i}" for i in range(500)) + "\n" + "1," * 499 + "1\n").encode(),
    "the limit is 1,000 kB": b"a,b,kind\n" + b"1.25,2.5,x\n" * 100_000,
}


def test_every_bad_file_is_explained_and_the_network_stays(opened: Opened):
    playground = opened("noise=0.2&epoch=4")
    playground.wait("fine && epoch === 4")
    config, picture = playground.config, playground.picture
    for words, content in BAD_FILES.items():
        playground.upload(content)
        complaint = playground.page.get_by_role("alert").filter(has_text=words)
        expect(complaint).to_be_visible()
        assert (playground.config, playground.epoch) == (config, 4)
        assert playground.picture == picture
    playground.page.keyboard.press("Escape")
    playground.press("Step")
    playground.wait("epoch === 5")


# ------------------------------------------------------------------------ sockets


def test_two_browsers_do_not_see_each_others_run(opened: Opened):
    one, other = opened("epoch=0"), opened("epoch=0")
    config = other.config
    one.hold(one.slider("noise"), 0.5)
    one.let_go()
    one.wait("config !== arg", config)
    one.play_until(10)
    other.press("Step")
    other.wait("epoch >= 1")
    assert (other.epoch, other.config) == (1, config)


def test_a_pages_token_opens_a_socket_from_its_own_origin_only(
    server: Server, new_page: Callable[..., Page]
):
    playground = Playground(new_page())
    playground.page.add_init_script("""
    window.opened = [];
    window.WebSocket = class extends WebSocket {
      constructor(url, offered) {
        super(url, offered);
        opened.push([String(url), offered]);
      }
    };
    """)
    playground.page.goto(f"{server.url}/?epoch=0")
    playground.wait("frames >= 1")
    ((address, offered),) = (
        each for each in playground.page.evaluate("opened") if each[0].endswith("/live")
    )
    with connect(address, subprotocols=offered, origin="http://evil.example") as socket:
        with pytest.raises(ConnectionClosed):
            socket.recv(30)
        assert socket.close_code == 4401
    with connect(address, subprotocols=offered, origin=server.url) as socket:
        assert take_apart(socket.recv(30)).header["epoch"] == 0


def test_a_lost_connection_comes_back_and_frames_go_on(
    server: Server, new_page: Callable[..., Page]
):
    playground = Playground(new_page())
    sockets: list[WebSocketRoute] = []

    def pass_through(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    playground.page.route_web_socket(re.compile(r"/live$"), pass_through)
    playground.page.goto(f"{server.url}/?epoch=0")
    playground.wait("frames >= 1")
    playground.play_until(5)
    sockets[0].close(code=1011, reason="lost")
    expect(playground.message).to_contain_text("lost")
    expect(playground.message).to_be_hidden()
    playground.wait("epoch > arg", playground.epoch)
    assert len(sockets) > 1


def test_nonsense_on_the_socket_is_said_and_frames_go_on(
    server: Server, new_page: Callable[..., Page]
):
    playground = Playground(new_page())
    servers: list[WebSocketRoute] = []
    playground.page.route_web_socket(
        re.compile(r"/live$"),
        lambda socket: servers.append(socket.connect_to_server()),
    )
    playground.page.goto(f"{server.url}/?epoch=0")
    playground.wait("frames >= 1")
    servers[0].send(json.dumps({"set": {"noise": "much"}}))
    expect(playground.message).to_contain_text("noise: 'much' is not possible")
    playground.press("Step")
    playground.wait("epoch === 1")


# ------------------------------------------------------------------------ layout and access


@pytest.mark.parametrize("query", ["epoch=0", "hidden=8.tanh,8.tanh,8.tanh&dataset=blobs&epoch=0"])
def test_field_network_and_loss_fit_on_a_projector(opened: Opened, query: str):
    playground = opened(query)
    for part in (".pg-field", ".pg-net", ".pg-loss"):
        box = playground.page.locator(part).bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 720
        assert box["x"] + box["width"] <= 1280
    for name in ("Play", "Pause", "Step", "Reset"):
        if playground.button(name).count():
            expect(playground.button(name)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("width", [800, 1280])
def test_nothing_has_to_be_scrolled_sideways(opened: Opened, width: int):
    playground = opened("epoch=0", viewport={"width": width, "height": 900})
    wider = """() => [document.documentElement, document.querySelector("[data-testid=stMain]")]
      .filter((box) => box.scrollWidth > box.clientWidth).length"""
    assert playground.page.evaluate(wider) == 0


def test_nothing_is_taller_than_the_projector(opened: Opened):
    playground = opened("epoch=0")
    main = playground.page.get_by_test_id("stMain")
    playground.settle()
    assert main.evaluate("box => box.scrollHeight - box.clientHeight") <= 0


def test_nothing_moves_when_numbers_change(opened: Opened):
    playground = opened("epoch=0")
    parts = (".pg-field", ".pg-net", ".pg-loss", ".pg-play", ".pg-step", ".pg-epoch")
    before = [playground.page.locator(part).bounding_box() for part in parts]
    playground.play_until(1_000)
    assert [playground.page.locator(part).bounding_box() for part in parts] == before


def test_tab_reaches_play_and_the_keyboard_works_it(opened: Opened):
    playground = opened("epoch=0")
    page = playground.page
    on_play = "document.activeElement.matches('.pg-play')"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(on_play):
            break
    assert page.evaluate(on_play)
    page.keyboard.press("Enter")
    playground.wait("epoch >= 3")
    page.keyboard.press("Space")
    expect(playground.button("Play")).to_be_focused()


def test_arrow_keys_move_a_slider(opened: Opened):
    playground = opened("epoch=0")
    config = playground.config
    noise = playground.slider("noise")
    noise.focus()
    for _ in range(5):
        noise.press("ArrowRight")
    playground.wait("config !== arg", config)
    playground.wait_for_address(noise="0.1")


def test_every_control_has_a_name(opened: Opened):
    playground = opened("epoch=0")
    nameless = playground.live.evaluate(
        """live => [...live.querySelectorAll("button, input, select")]
          .filter((control) => !control.ariaLabel && !control.innerText?.trim()
            && ![...(control.labels ?? [])].some((label) => label.innerText.trim()))
          .map((control) => control.outerHTML.slice(0, 80))"""
    )
    assert nameless == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_is_the_persons(opened: Opened, theme: str):
    playground = opened("epoch=0", color_scheme=theme)
    background = playground.page.get_by_test_id("stApp").evaluate(
        "app => getComputedStyle(app).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
    )
    assert (sum(background) < 3 * 128) == (theme == "dark")
    ink = "document.querySelector('.pg-field').layout.font.color"
    playground.page.wait_for_function(f"(ink) => {ink} === ink", arg=INK[theme])


# ------------------------------------------------------------------------ a quick hand


@pytest.mark.parametrize("pause", [0, 60, 120])
def test_of_two_quick_clicks_on_data_sets_the_last_one_counts(opened: Opened, pause: int):
    playground = opened("epoch=10")
    playground.page.evaluate(
        """(pause) => {
          const set = (name) => document.querySelector(`.pg-sets button[name=${name}]`).click();
          set("sine");
          setTimeout(() => set("xor"), pause);
        }""",
        pause,
    )
    playground.wait("location.search.includes('dataset=xor')")
    playground.settle()
    assert "output=" not in playground.page.url  # the line's linear output did not stick
    expect(playground.page.locator(".pg-sets [aria-pressed=true]")).to_have_attribute("name", "xor")


def test_quick_clicks_add_as_many_layers(opened: Opened):
    playground = opened("epoch=10")
    playground.page.evaluate(
        """() => {
          const more = () => document.querySelector(".pg-more").click();
          for (let i = 0; i < 4; i++) setTimeout(more, 50 * i);
        }"""
    )
    expect(playground.page.locator(".pg-depth")).to_contain_text("6 hidden layers")
    playground.settle()
    expect(playground.page.locator(".pg-layer")).to_have_count(6)


def test_the_address_of_a_run_that_was_changed_on_its_way_shows_the_same_numbers(opened: Opened):
    playground = opened("epoch=50")
    playground.choose("Optimizer", "Optimizer: AdamW")
    playground.wait("location.search.includes('50.optimizer.adamw')")
    playground.page.get_by_role("button", name="Step", exact=True).click()
    playground.wait("epoch === 51")
    playground.wait("location.search.includes('epoch=51')")
    again = opened(urlsplit(playground.page.url).query)
    losses = [
        each.page.locator("output[name=train_loss]").inner_text() for each in (playground, again)
    ]
    assert losses[0] == losses[1]


def test_the_pointer_on_a_choice_without_a_label_gets_its_sentence(opened: Opened):
    playground = opened("epoch=5")
    playground.page.get_by_role("combobox", name="Optimizer").hover()
    box = playground.page.locator(".st-key-about_optimizer")
    sentence = box.evaluate("box => getComputedStyle(box, '::after').content")
    assert "η" in sentence
