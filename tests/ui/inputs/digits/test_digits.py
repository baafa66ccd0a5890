"""The digits board: it trains in front of a person, is attacked, drawn for, and asked."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from nnlib.attacks import pgd
from nnlib.inputs.digits import BOUNDS, LOSS, DigitsTraining, load_digits, mistakes
from nnlib.inputs.robustness import transfer, universal
from pages.ui.drawing import palette
from pages.ui.inputs.digits import ascent as digits_ascent
from pages.ui.inputs.digits import attack as digits_attack
from pages.ui.inputs.digits import digits as digits_board
from pages.ui.inputs.digits import pictures as digits_pictures
from pages.ui.inputs.digits import survey as digits_survey
from pages.ui.inputs.digits.attack import UNTARGETED, attack_digit
from pages.ui.inputs.digits.digits import GOAL, LAST_EPOCH, N_TEST, PAD, DigitsBoard, Look
from pages.ui.shell import link_text
from tests.nnlib.inputs.curves import accuracy_curve
from tests.ui.clock import Clock, drive
from tests.ui.taken_apart import Frame, colours, take_apart


class Viewer:
    """A client that keeps every frame and says when it has drawn one."""

    def __init__(self, board: DigitsBoard, clock: Clock) -> None:
        self.board, self.clock = board, clock
        self.frames: list[Frame] = []
        board.attach(lambda frame: self.frames.append(take_apart(frame)))
        self.turn()

    @property
    def last(self) -> Frame:
        return self.frames[-1]

    @property
    def training(self) -> dict:
        return self.last.header["training"]

    def turn(self, seconds: float = 0.0) -> None:
        """The clock moves, and the board gets turns while something is due."""
        self.clock.now += seconds
        for _ in range(2_000):
            if self.board.due(self.clock.now) != 0:
                return
            self.board.turn(1.0)
        raise AssertionError("it does not come to rest")

    def draw(self, seconds: float = 0.0) -> Frame:
        self.board.drawn()
        self.turn(seconds)
        return self.last

    def set(self, **changes: object) -> Frame:
        self.board.set(changes)
        return self.draw()

    def until_it_rests(self) -> None:
        """Play on until nothing moves by itself any more."""
        for _ in range(5_000):
            self.board.drawn()
            if self.board.due(self.clock.now) is None:
                return
            self.turn(0.05)
        raise AssertionError("it does not come to rest")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    drive(monkeypatch, clock, digits_board, digits_survey)
    return clock


@pytest.fixture
def viewer(clock: Clock) -> Viewer:
    return Viewer(DigitsBoard(Look()), clock)


@pytest.fixture
def rested(clock: Clock) -> Viewer:
    """A viewer of a network that has learned a few epochs and is paused."""
    board = DigitsBoard(Look(speed=20))
    viewer = Viewer(board, clock)
    for _ in range(6):
        board.step()
    viewer.draw()
    return viewer


@pytest.fixture(scope="module")
def learned() -> DigitsTraining:
    training = DigitsTraining()
    training.advance(15)
    return training


# ------------------------------------------------------------------------ training


def test_it_trains_by_itself_and_the_first_frame_shows_what_there_is(viewer: Viewer):
    assert {"weights", "judged", "mistakes", "history"} == set(viewer.last.kinds)
    assert viewer.training["playing"] is True
    assert viewer.training["epoch"] == 0


def test_it_reaches_the_goal_within_five_seconds(viewer: Viewer):
    seconds = 0.0
    while viewer.draw(0.05).header["training"]["test"] < GOAL:
        seconds += 0.05
        assert seconds < 5


def test_what_it_trains_is_the_core_s_network_to_the_bit(viewer: Viewer):
    while viewer.training["epoch"] < 2:
        viewer.draw(0.03)
    viewer.board.pause()
    viewer.draw()
    viewer.board.step()  # to the end of the third epoch
    viewer.draw()
    alone = DigitsTraining()
    alone.advance(3)
    np.testing.assert_array_equal(
        viewer.board.training.network.parameters, alone.network.parameters
    )
    history = viewer.last.numbers("history").reshape(2, -1)
    np.testing.assert_allclose(history, alone.history[:, 2:].T, rtol=1e-6)


def test_it_rests_after_the_last_epoch_with_everything_counted(viewer: Viewer):
    viewer.set(speed=20)
    viewer.until_it_rests()
    assert viewer.training == {**viewer.training, "playing": False, "epoch": LAST_EPOCH}
    judged = [frame for frame in viewer.frames if "judged" in frame.kinds][-1].json("judged")
    digits, network = load_digits(), viewer.board.training.network
    truth, said = digits.y_test.argmax(axis=1), network.predict(digits.X_test).argmax(axis=1)
    np.testing.assert_array_equal(judged["counts"], confusion_matrix(truth, said))
    assert judged["wrong"] == (truth != said).sum()
    assert len(digits.X_test) == N_TEST


def test_the_first_digit_of_a_cell_is_one_that_is_counted_there(rested: Viewer):
    judged = [frame for frame in rested.frames if "judged" in frame.kinds][-1].json("judged")
    digits, network = load_digits(), rested.board.training.network
    said = network.predict(digits.X_test).argmax(axis=1)
    for truth, call in np.ndindex(10, 10):
        row = judged["firsts"][truth][call]
        assert (row == -1) == (judged["counts"][truth][call] == 0)
        assert row == -1 or (digits.y_test[row].argmax(), said[row]) == (truth, call)


def test_reset_is_the_beginning_to_the_bit_and_rests(viewer: Viewer):
    start = viewer.board.training.network.parameters.copy()
    for _ in range(10):
        viewer.draw(0.1)
    viewer.board.reset()
    viewer.draw()
    viewer.draw(1.0)
    assert viewer.training["playing"] is False
    np.testing.assert_array_equal(viewer.board.training.network.parameters, start)


def test_nothing_is_trained_where_nobody_looks(clock: Clock):
    board = DigitsBoard(Look())
    board.play()
    board.turn(0.01)
    clock.now += 10
    assert board.due(clock.now) is None
    assert board.training.epoch == 0


@pytest.mark.parametrize("change", [{"units": 16}, {"activation": "tanh"}, {"seed": 7}])
def test_another_network_begins_anew_and_trains(rested: Viewer, change: dict):
    rested.set(**change)
    assert (rested.training["epoch"], rested.training["playing"]) == (0, True)
    network = rested.board.training.network
    assert network.sizes[1] == change.get("units", 64)
    assert network.activations[0].name == change.get("activation", "relu")


@pytest.mark.parametrize("change", [{"view": "ascent"}, {"view": "survey"}, {"units": 8}])
def test_a_wish_that_comes_within_a_turn_is_drawn(
    rested: Viewer, change: dict, monkeypatch: pytest.MonkeyPatch
):
    once, work = iter([change]), rested.board.work

    def work_and_wish(seconds: float) -> None:
        work(seconds)
        for each in once:
            rested.board.set(each)

    monkeypatch.setattr(rested.board, "work", work_and_wish)
    rested.set(view="attack")
    header = rested.draw().header
    assert header["problem"] == ""
    assert header["settings"] == {**header["settings"], **change}


def test_after_a_fault_it_rests_and_can_go_on(viewer: Viewer):
    viewer.board.give_up()
    viewer.draw(0.1)
    assert viewer.training["playing"] is False
    assert "Something went wrong" in viewer.last.header["problem"]
    assert viewer.set(seed=1).header["problem"] == ""


# ------------------------------------------------------------------------ one attack


@pytest.mark.parametrize("method", list(digits_attack.ATTACKS))
def test_every_attack_says_what_the_network_says_before_and_after(
    learned: DigitsTraining, method: str
):
    x = learned.digits.X_test[0]
    found = attack_digit(learned.network, x, 4, method, "inf", 0.2)
    np.testing.assert_array_equal(found.before, learned.network.predict(x[None])[0])
    np.testing.assert_array_equal(found.after, learned.network.predict(found.moved[None])[0])
    r = found.moved.astype(float) - x
    assert found.size_inf == pytest.approx(np.abs(r).max())
    assert found.size_2 == pytest.approx(np.linalg.norm(r))
    assert found.fooled and found.after.argmax() != 4


@pytest.mark.parametrize(("norm", "epsilon"), [("inf", 0.15), ("2", 1.2)])
def test_a_target_is_reached_within_epsilon(learned: DigitsTraining, norm: str, epsilon: float):
    x = learned.digits.X_test[0]
    found = attack_digit(learned.network, x, 4, "pgd", norm, epsilon, target=9)
    assert (found.size_inf if norm == "inf" else found.size_2) <= epsilon * (1 + 1e-5)
    assert found.after[9] > found.before[9]
    assert found.moved.min() >= 0 and found.moved.max() <= 1


def test_a_smallest_r_is_shorter_than_that_of_a_ball(learned: DigitsTraining):
    x = learned.digits.X_test[0]
    ball = attack_digit(learned.network, x, 4, "pgd", "2", 2.0, target=9)
    least = attack_digit(learned.network, x, 4, "lbfgs", "2", 2.0, target=9)
    assert ball.fooled and least.fooled
    assert least.size_2 < ball.size_2


def test_a_drawing_counts_as_what_the_network_says(learned: DigitsTraining):
    x = learned.digits.X_test[0]
    found = attack_digit(learned.network, x, None, "pgd", "inf", 0.2)
    assert found.was_right and found.fooled


@pytest.fixture(scope="module")
def mistake(learned: DigitsTraining) -> tuple[np.ndarray, int, int]:
    """The most confident mistake on the test digits: the picture, what it is, what it is called."""
    digits = learned.digits
    worst = mistakes(learned.network, digits.X_test, digits.y_test, 1)
    return digits.X_test[worst.rows[0]], int(worst.truth[0]), int(worst.said[0])


@pytest.mark.parametrize("method", list(digits_attack.ATTACKS))
def test_who_is_wrong_already_is_not_fooled(learned: DigitsTraining, mistake: tuple, method: str):
    x, truth, called = mistake
    found = attack_digit(learned.network, x, truth, method, "inf", 0.12)
    assert not found.fooled
    words = digits_attack.words(found)
    assert f"said {called}" in words and f"wrong already, this is {truth}" in words
    assert "ooled" not in words


@pytest.mark.parametrize("method", ["fgsm", "pgd", "lbfgs"])
def test_an_attack_leads_away_from_what_the_network_says(
    learned: DigitsTraining, mistake: tuple, method: str
):
    x, truth, called = mistake
    found = attack_digit(learned.network, x, truth, method, "inf", 0.12)
    assert found.after[called] < found.before[called]


def test_a_mistake_can_be_led_to_what_it_is(learned: DigitsTraining, mistake: tuple):
    x, truth, _ = mistake
    found = attack_digit(learned.network, x, truth, "pgd", "inf", 0.2, target=truth)
    assert found.said == truth
    assert f"it is now rightly {truth} with" in digits_attack.words(found)


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({}, "Fooled: now it is"),
        ({"epsilon": 0.01}, "Not fooled: now it is 4"),
        ({"epsilon": 0.01, "target": 9}, "not 9 yet, now it is 4"),
        ({"truth": 5, "epsilon": 0.0}, "wrong already, this is 5. After the attack it is still 4"),
    ],
)
def test_the_words_say_whether_it_was_fooled(learned: DigitsTraining, changes: dict, part: str):
    arguments = {"truth": 4, "method": "pgd", "norm": "inf", "epsilon": 0.2} | changes
    found = attack_digit(learned.network, learned.digits.X_test[0], **arguments)
    assert part in digits_attack.words(found)


def test_shares_are_never_rounded_to_a_certainty():
    assert [digits_attack.percent(p) for p in (0.0, 1e-5, 0.5, 0.99996, 1.0)] == [
        "< 0.1 %",
        "< 0.1 %",
        "50.0 %",
        "> 99.9 %",
        "> 99.9 %",
    ]


def test_the_attack_on_screen_is_that_of_the_settings(rested: Viewer):
    frame = rested.set(view="attack", row=3, epsilon=0.1)
    digits, network = load_digits(), rested.board.training.network
    X, y = digits.X_test[[3]], digits.y_test[[3]]
    moved = pgd(network, X, y, LOSS, 0.1, bounds=BOUNDS)
    np.testing.assert_allclose(frame.json("attack")["after"], network.predict(moved)[0], rtol=1e-6)
    assert frame.one("moved") == digits_pictures.digit(moved[0], "light")
    assert frame.json("attack")["truth"] == y[0].argmax()


def test_epsilon_0_changes_nothing(rested: Viewer):
    frame = rested.set(view="attack", epsilon=0.0)
    assert frame.one("x") == frame.one("moved")
    assert frame.json("attack")["before"] == frame.json("attack")["after"]


def test_the_true_class_as_target_gets_a_message_and_x_stays_to_be_seen(rested: Viewer):
    truth = int(load_digits().y_test[0].argmax())
    frame = rested.set(view="attack", target=truth)
    attack = frame.json("attack")
    assert f"{truth} is what it is already" in attack["problem"]
    assert attack["before"][truth] == max(attack["before"])
    assert "x" in frame.kinds
    assert rested.set(target=UNTARGETED).json("attack")["problem"] == ""


@pytest.mark.parametrize(
    ("changes", "part"),
    [({"epsilon": -0.1}, "from 0 to 0.5"), ({"target": 10}, "from -1 to 9")],
)
def test_a_bad_setting_gets_a_message_with_its_range(rested: Viewer, changes: dict, part: str):
    before = rested.board.settings
    frame = rested.set(**changes)
    assert part in frame.header["problem"]
    assert rested.board.settings == before


def test_a_digit_s_next_test_picture_comes_and_the_first_again_after_the_last(rested: Viewer):
    labels = load_digits().y_test.argmax(axis=1)
    rows = np.flatnonzero(labels == 3)
    seen = []
    for _ in range(len(rows) + 1):
        rested.board.another(3)
        rested.draw()
        seen.append(rested.board.settings.row)
    np.testing.assert_array_equal(seen, [*rows, rows[0]])


def test_lbfgs_waits_while_the_network_trains(viewer: Viewer):
    frame = viewer.set(view="attack", attack="lbfgs", target=9)
    assert "waits until training rests" in frame.json("attack")["problem"]
    assert set(frame.kinds).isdisjoint({"r", "moved"})  # what is not computed is not shown
    assert frame.json("attack").keys().isdisjoint({"after", "words", "size_inf"})
    viewer.board.pause()
    assert viewer.draw().json("attack")["problem"] == ""


# ------------------------------------------------------------------------ a person's own digit


def drawing(cells: np.ndarray) -> str:
    """A drawing as the page sends it."""
    return "".join(f"{level:x}" for level in cells.ravel())


def test_a_drawing_is_seen_and_attacked_and_is_in_the_link(rested: Viewer):
    cells = np.zeros((PAD, PAD), int)
    cells[6:42, 21:27] = 15  # a bar: 1
    rested.board.set({"view": "attack"})
    rested.board.draw_own(drawing(cells))
    attack = rested.draw().json("attack")
    assert attack["truth"] is None
    assert attack["before"][1] == max(attack["before"])
    assert attack["size_inf"] > 0
    text = link_text.write(rested.board.settings, Look())
    again, problems = link_text.read(text, Look())
    assert problems == []
    assert again == rested.board.settings


def test_the_pad_of_another_client_gets_what_was_drawn_once(rested: Viewer, clock: Clock):
    cells = np.random.default_rng(5).integers(0, 16, (PAD, PAD))
    rested.board.draw_own(drawing(cells))
    rested.set(view="attack")
    reopened = Viewer(rested.board, clock)
    assert reopened.last.one("ink").decode() == drawing(cells)
    assert "ink" not in reopened.set(epsilon=0.2).kinds


def test_the_pad_of_a_link_shows_its_picture(clock: Clock):
    picture = load_digits().X_test[5]
    look = Look(view="attack", source="own", drawn=digits_attack.pixels_text(picture))
    viewer = Viewer(DigitsBoard(look), clock)
    cells = digits_attack.ink(viewer.last.one("ink").decode(), PAD)
    blocks = cells.reshape(8, PAD // 8, 8, PAD // 8)
    np.testing.assert_array_equal(blocks.min(axis=(1, 3)), blocks.max(axis=(1, 3)))
    np.testing.assert_allclose(blocks.mean(axis=(1, 3)).ravel(), picture, atol=0.04)


def test_an_empty_drawing_asks_for_ink(rested: Viewer):
    rested.board.set({"view": "attack"})
    rested.board.draw_own("0" * PAD * PAD)
    assert "Draw a digit" in rested.draw().json("attack")["empty"]


@pytest.mark.parametrize("text", ["", "f" * (PAD * PAD - 1), "g" * PAD * PAD, None, 7, "-" * 2304])
def test_a_drawing_that_is_none_gets_a_message(rested: Viewer, text: object):
    rested.board.draw_own(text)
    assert "drawing: 48 × 48 levels of ink" in rested.draw().header["problem"]


def test_a_picture_s_text_gives_the_picture_again():
    picture = load_digits().X_test[5]
    np.testing.assert_array_equal(digits_attack.read(digits_attack.pixels_text(picture)), picture)


# ------------------------------------------------------------------------ pictures


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_digit_runs_from_paper_to_ink(theme: str):
    pixels = colours(digits_pictures.digit(np.linspace(0, 1, 64), theme))
    assert tuple(pixels[0, 0, :3]) == palette.ZERO[theme]
    assert tuple(pixels[7, 7, :3]) == palette.rgb(palette.INK[theme])


def test_what_is_added_is_blue_and_what_is_taken_away_orange():
    r = np.zeros(64)
    r[[0, 63]] = 0.1, -0.1
    pixels = colours(digits_pictures.difference(r, 0.1, "light"))
    assert tuple(pixels[0, 0, :3]) == palette.POSITIVE
    assert tuple(pixels[7, 7, :3]) == palette.NEGATIVE
    assert tuple(pixels[3, 3, :3]) == palette.ZERO["light"]


def test_a_sheet_has_every_picture_in_its_place():
    index = np.arange(5, dtype=np.uint8)[:, None, None] * np.ones((1, 8, 8), np.uint8)
    sheet = digits_pictures.sheet(index, 3)
    assert sheet.shape == (17, 26)
    for place in range(5):
        top, left = 9 * (place // 3), 9 * (place % 3)
        assert (sheet[top : top + 8, left : left + 8] == place).all()
    assert (sheet[8] == digits_pictures.CLEAR).all()


# ------------------------------------------------------------------------ the most 3-like image


@pytest.mark.parametrize("start", ["noise", "mean", "class"])
def test_every_picture_climbs_and_comes_to_rest(rested: Viewer, start: str):
    first = rested.set(view="ascent", start=start, pull=0.0, smooth=0.0).json("ascent")
    rested.until_it_rests()
    last = rested.last.json("ascent")
    assert last["steps"] == digits_ascent.STEPS
    assert (np.array(last["logit"]) > first["logit"]).all()
    assert min(last["probability"]) > 0.99


def test_smoother_pictures_vary_less_and_pulled_ones_have_less_ink(rested: Viewer):
    def reached(**changes: object) -> np.ndarray:
        rested.set(view="ascent", **changes)
        rested.until_it_rests()
        return rested.board.ascent.flow.X

    free = reached(pull=0.0, smooth=0.0)
    smooth = reached(smooth=2.0)
    pulled = reached(pull=5.0, smooth=0.0)

    def variation(X: np.ndarray) -> float:
        return float(np.square(np.diff(X.reshape(-1, 8, 8), axis=1)).sum())

    assert variation(smooth) < 0.5 * variation(free)
    assert np.linalg.norm(pulled) < 0.5 * np.linalg.norm(free)


def test_another_pull_goes_on_from_there_and_again_begins_from_other_noise(rested: Viewer):
    rested.set(view="ascent")
    noise = rested.board.ascent.flow.X.copy()
    for _ in range(10):
        rested.draw(0.1)
    steps = rested.last.json("ascent")["steps"]
    assert steps > 30
    assert rested.set(pull=2.0).json("ascent")["steps"] == steps
    rested.board.again()
    assert rested.draw().json("ascent")["steps"] == 0
    assert np.abs(rested.board.ascent.flow.X - noise).max() > 0.1


def test_the_pictures_go_on_while_the_network_trains(viewer: Viewer):
    viewer.set(view="ascent")
    for _ in range(10):
        viewer.draw(0.1)
    assert viewer.last.json("ascent")["steps"] == pytest.approx(60, abs=10)
    assert viewer.training["epoch"] >= 1


# ------------------------------------------------------------------------ all test digits


def test_the_survey_waits_while_the_network_trains(viewer: Viewer):
    viewer.set(view="survey")
    survey = viewer.draw(0.2).json("survey")
    assert "transfer" not in survey and survey["tried"] == 0


@pytest.mark.parametrize(("norm", "size"), [("inf", 0.1), ("2", 0.7)])
def test_the_survey_slice_by_slice_is_that_of_the_whole(rested: Viewer, norm: str, size: float):
    rested.set(
        view="survey", norm=norm, **{"inf": {"epsilon": size}, "2": {"epsilon_2": size}}[norm]
    )
    rested.until_it_rests()
    found, board = rested.last.json("survey"), rested.board
    digits, network = load_digits(), board.training.network
    X, y = digits.X_test, digits.y_test
    for attack in ("fgsm", "pgd"):
        curve = accuracy_curve(network, X, y, LOSS, found["epsilons"], attack, norm, BOUNDS)
        np.testing.assert_allclose(found["curves"][attack], curve.accuracy, atol=0.005)
    networks = [network, *(rival.network for rival in board.survey._rivals.values())]
    whole = transfer(networks, X, y, LOSS, lambda each: pgd(each, X, y, LOSS, size, norm, BOUNDS))
    np.testing.assert_allclose(found["transfer"][1:], whole, atol=0.005)
    assert min(found["transfer"][0]) > 0.9
    r = universal(
        *(network, digits.X_train[: digits_survey.TEACHERS]),
        *(digits.y_train[: digits_survey.TEACHERS], LOSS, size, norm, BOUNDS),
        steps=digits_survey.UNIVERSAL_STEPS,
    )
    said = network.predict(np.clip(X + r, 0, 1)).argmax(axis=1)
    assert found["universal"]["accuracy"] == (said == y.argmax(axis=1)).mean()
    assert found["universal"]["accuracy"] < found["universal"]["clean"]


def test_another_epsilon_keeps_the_curve_and_the_other_networks(rested: Viewer):
    rested.set(view="survey")
    rested.until_it_rests()
    before = rested.last.json("survey")
    rested.set(epsilon=0.05)
    assert rested.last.json("survey")["curves"] == before["curves"]
    rested.until_it_rests()
    after = rested.last.json("survey")
    assert after["curves"] == before["curves"]
    assert after["transfer"][1][1] > before["transfer"][1][1]


# ------------------------------------------------------------------------ link


def test_who_opens_a_link_gets_the_sender_s_network_to_the_bit(rested: Viewer, clock: Clock):
    settings, problems = link_text.read(link_text.write(rested.board.linked, Look()), Look())
    assert (problems, settings.epoch) == ([], 6)
    receiver = Viewer(DigitsBoard(settings), clock)
    receiver.until_it_rests()
    assert receiver.training == {**receiver.training, "epoch": 6, "playing": False}
    np.testing.assert_array_equal(
        receiver.board.training.network.parameters, rested.board.training.network.parameters
    )


def test_a_link_s_epoch_is_reached_ahead_of_the_pace(clock: Clock):
    viewer = Viewer(DigitsBoard(Look(epoch=8, speed=1)), clock)
    for _ in range(20):
        viewer.draw()  # no time passes
    assert viewer.training["epoch"] == 8


def test_a_link_that_is_passed_on_before_its_epoch_is_reached_keeps_it(clock: Clock):
    board = DigitsBoard(Look(epoch=8))
    assert board.linked.epoch == 8
    Viewer(board, clock)
    assert board.training.epoch < 8
    assert board.linked.epoch == 8


@pytest.mark.parametrize("change", [{"units": 16}, {"seed": 3}])
def test_the_epoch_of_a_link_is_that_of_its_network_only(clock: Clock, change: dict):
    viewer = Viewer(DigitsBoard(Look(epoch=2)), clock)
    viewer.until_it_rests()
    viewer.set(**change)
    assert viewer.training["epoch"] == 0
    assert viewer.board.linked.epoch == 0


def test_reset_leaves_the_epoch_of_a_link(clock: Clock):
    viewer = Viewer(DigitsBoard(Look(epoch=5)), clock)
    viewer.board.reset()
    viewer.draw(1.0)
    assert viewer.training == {**viewer.training, "epoch": 0, "playing": False}
    assert viewer.board.linked.epoch == 0


def test_a_default_board_has_no_part_in_the_link():
    assert link_text.write(Look(theme="dark"), Look()) == ""


@pytest.mark.parametrize(
    "text",
    [
        "units:7",
        "view:all",
        "row:449",
        "epsilon:nan",
        "drawn:xyz",
        "drawn:0",
        "target:-2",
        "epoch:31",
    ],
)
def test_a_bad_link_names_its_setting_and_gives_the_default(text: str):
    settings, (problem,) = link_text.read(text, Look())
    assert settings == Look()
    assert text.split(":")[0] in problem
