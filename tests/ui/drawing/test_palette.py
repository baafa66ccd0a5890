"""Colours and markers: told apart by everybody, also by eyes that see fewer colours."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from nnlib.data import MAX_CLASSES
from pages.ui.drawing import palette
from pages.ui.drawing.palette import (
    CLASS_LEVELS,
    CLASSES,
    LEVELS,
    NEGATIVE,
    POSITIVE,
    SYMBOLS,
    ZERO,
)

THEMES = ("light", "dark")
BACKGROUND = {"light": "#ffffff", "dark": "#0e1117"}  # Streamlit's own

# How complete colour blindness sees linear RGB: Machado, Oliveira and Fernandes (2009), severity 1.
EYES = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
# RGB -> XYZ of sRGB, and its white.
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = TO_XYZ.sum(axis=1)


def linear(colour: tuple[int, int, int]) -> np.ndarray:
    """8-bit sRGB -> linear RGB in 0-1."""
    c = np.array(colour) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(colour: tuple[int, int, int], eye: str) -> np.ndarray:
    """CIE L*a*b* of a colour as an eye sees it."""
    t = TO_XYZ @ np.clip(EYES[eye] @ linear(colour), 0, 1) / WHITE
    f = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(first: tuple, second: tuple, eye: str) -> float:
    """CIE76: 2.3 is just noticed, 10 is plain, black to white is 100."""
    return float(np.linalg.norm(lab(first, eye) - lab(second, eye)))


def contrast(first: tuple, second: tuple) -> float:
    """The contrast ratio of WCAG, 1 to 21."""
    light, dark = sorted((TO_XYZ[1] @ linear(colour) for colour in (first, second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_distance_of_black_and_white_is_100():
    assert distance((0, 0, 0), (255, 255, 255), "normal") == pytest.approx(100, abs=0.1)


@pytest.mark.parametrize("eye", EYES)
def test_negative_and_positive_are_far_apart(eye: str):
    assert distance(NEGATIVE, POSITIVE, eye) > 50


@pytest.mark.parametrize(("eye", "theme"), list(product(EYES, THEMES)))
def test_both_signs_are_far_from_zero(eye: str, theme: str):
    for side in (NEGATIVE, POSITIVE):
        assert distance(side, ZERO[theme], eye) > 25


def test_every_class_that_data_may_have_has_a_colour_and_a_marker():
    assert len(CLASSES) >= MAX_CLASSES
    assert len(SYMBOLS) >= MAX_CLASSES
    assert len(palette.SYMBOL_SIGNS) >= MAX_CLASSES


def test_no_two_classes_share_a_colour_or_a_marker():
    assert len(set(CLASSES)) == len(CLASSES)
    assert len(set(SYMBOLS)) == len(SYMBOLS)
    assert len(set(palette.SYMBOL_SIGNS)) == len(palette.SYMBOL_SIGNS)


def test_no_two_class_colours_are_close_to_a_normal_eye():
    for first, second in combinations(CLASSES, 2):
        assert distance(palette.rgb(first), palette.rgb(second), "normal") > 20, (first, second)


@pytest.mark.parametrize("eye", ["protanopia", "deuteranopia"])
def test_class_colours_differ_for_colour_blind_eyes(eye: str):
    close = [
        (first, second)
        for first, second in combinations(CLASSES, 2)
        if distance(palette.rgb(first), palette.rgb(second), eye) < 5
    ]
    assert close == []


def test_the_first_two_classes_are_the_fields_two_sides():
    assert [palette.rgb(colour) for colour in CLASSES[:2]] == [NEGATIVE, POSITIVE]


@pytest.mark.parametrize("theme", THEMES)
def test_the_field_runs_from_negative_through_zero_to_positive(theme: str):
    colours = np.frombuffer(palette.field_palette(theme), np.uint8).reshape(-1, 3)
    assert len(colours) == 256
    assert tuple(colours[0]) == NEGATIVE
    assert tuple(colours[LEVELS // 2]) == ZERO[theme]
    assert tuple(colours[LEVELS - 1]) == POSITIVE


@pytest.mark.parametrize("theme", THEMES)
def test_the_field_changes_evenly(theme: str):
    colours = np.frombuffer(palette.field_palette(theme), np.uint8).reshape(-1, 3)[:LEVELS]
    assert np.abs(np.diff(colours.astype(int), axis=0)).max() <= 3


@pytest.mark.parametrize("theme", THEMES)
def test_the_class_palette_gets_stronger_with_confidence(theme: str):
    colours = np.frombuffer(palette.class_palette(theme), np.uint8).reshape(-1, 3).astype(int)
    assert len(colours) == 256
    zero = np.array(ZERO[theme])
    for index in range(len(CLASSES)):
        own = colours[index * CLASS_LEVELS : (index + 1) * CLASS_LEVELS]
        strength = np.linalg.norm(own - zero, axis=1)
        assert (np.diff(strength) > 0).all()


@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read_on_the_page(theme: str):
    background = palette.rgb(BACKGROUND[theme])
    assert contrast(palette.rgb(palette.INK[theme]), background) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_the_loss_curves_can_be_seen_on_the_page(theme: str):
    background = palette.rgb(BACKGROUND[theme])
    for colours in (palette.TRAIN, palette.TEST):
        assert contrast(palette.rgb(colours[theme]), background) >= 3


@pytest.mark.parametrize("eye", EYES)
def test_the_two_loss_curves_are_told_apart(eye: str):
    for theme in THEMES:
        train, test = palette.rgb(palette.TRAIN[theme]), palette.rgb(palette.TEST[theme])
        assert distance(train, test, eye) > 15


def test_rgb_and_hex_are_inverses():
    assert palette.hex_colour(palette.rgb("#E67E14")) == "#E67E14"
