"""Hand-made features: the data lifted to φ(x), the plane that cuts them there, and a learned φ."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, field_validator
from pydantic_core.core_schema import ValidationInfo

from nnlib.config import RunConfig
from nnlib.data import MAX_ROWS, Points
from nnlib.geometry import OutputField, axes
from nnlib.network import MLP
from nnlib.run import Run
from nnlib.spaces.lifting import LIFTS, RADIUS, fit_plane, lift
from nnlib.spaces.projections import DRAWN, Basis, border_basis, pca_basis, plain_basis, project
from nnlib.spaces.separability import Separator, separators
from nnlib.spaces.stages import Stage, grid_lines, stages, warped_grid
from nnlib.task import prepare
from pages.ui.drawing import palette
from pages.ui.drawing.fields import Prebuilt, png, state_of
from pages.ui.drawing.palette import Theme
from pages.ui.layers import cloud_words
from pages.ui.layers.boxes import ROOM, Box, steady
from pages.ui.layers.cloud import attach_scene
from pages.ui.layers.cloud_stages import LINES, SAMPLES, first_name, pieces
from pages.ui.layers.protocol import FEATURE_SPACE
from pages.ui.live.packing import Packet
from pages.ui.live.wishes import Verbs
from pages.ui.sandbox import sandbox
from pages.ui.sandbox.network_link import TRAINING
from pages.ui.sandbox.sandbox import Sandbox, Settings
from pages.ui.session.session import Session

RESOLUTION = 192  # of the pictures of the input plane
TINT = 0.4  # of a class's colour, behind the points
UNIT = Box(np.zeros(3), 1.0)  # lifted data are drawn with a scale for each feature


Name = Literal[tuple(LIFTS)]


class Lift(Settings):
    """Three hand-made features, a point (from 1; 0 for none), the camera in degrees."""

    first: Name = "x1"
    second: Name = "x2"
    third: Name = RADIUS
    point: Annotated[int, Field(ge=0, le=MAX_ROWS)] = 0
    turn: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] = 30.0
    tilt: Annotated[float, Field(ge=0, le=180, allow_inf_nan=False)] = 75.0
    theme: Theme = "light"

    @field_validator("first", "second", "third")
    @classmethod
    def _different(cls, value: str, info: ValidationInfo) -> str:
        if value in [info.data.get(name) for name in ("first", "second")]:
            raise ValueError("allowed: three different features")
        return value

    @property
    def names(self) -> tuple[str, str, str]:
        return self.first, self.second, self.third


class Lifted(Sandbox[Lift]):
    """One viewer's lifted data; a frame holds what its client does not have yet."""

    protocol = FEATURE_SPACE

    def __init__(self, session: Session) -> None:
        super().__init__(Lift(), session=session)
        self._basis: Basis | None = None
        self._field = Prebuilt(RESOLUTION, OutputField)

    def rest(self) -> None:
        self._field.forget()

    def picture(self, packet: Packet) -> None:
        run, lifting, sent = self.run, self.settings, self.delivered
        why = unsuitable(run)
        points = prepare(RunConfig()).points if why else run.data.points
        packet.header["words"] = why
        if sent.get("points") is not points:
            sent.forget()
            sent.put("points", points)
            attach_scene(points, False, packet)
            packet.attach("plane", points.train)
            packet.header["plane"] = plane_box(points)
        if sent.note("made", (lifting.names, lifting.theme)):
            attach_made(points, lifting, packet)
        if not why and sent.note("learned", (state_of(run), lifting.theme)):
            self._attach_learned(run, lifting.theme, packet)

    def _attach_learned(self, run: Run, theme: Theme, packet: Packet) -> None:
        """The last hidden layer of the viewer's network, and the border that it leads to."""
        network, data = run.network, run.data
        with np.errstate(all="ignore"):
            found = stages(network, data.X_train, first_name(run))[-3]
            lines = warped_grid(network, data.points, data.features, LINES, SAMPLES)[-3]
        if not np.isfinite(found.values).all():
            packet.header["learned"] = None
            return
        if found.width <= DRAWN:
            self._basis = plain_basis(found.width)
        else:
            known, W = self._basis, network.weights[-1]
            self._basis = border_basis(found.values, W, known, DRAWN)
            self._basis = self._basis or pca_basis(found.values, known, DRAWN)
        drawn = project(found.values, self._basis)
        box = steady(drawn)
        cuts = pieces(separators(network, self._basis, data.threshold), box)
        packet.header["learned"] = {
            **learned_words(run, found, self._basis),
            "dimensions": drawn.shape[1],
            "box": box.to_json(),
            "cuts": [piece.tolist() for piece in cuts],
        }
        packet.attach("learned", drawn)
        packet.attach("learnedGrid", project(lines, self._basis))
        output = np.moveaxis(self._field.of(run).output, 0, -1)
        packet.attach("border", picture(decided(output, data.threshold), theme))


# ------------------------------------------------------------------------ by hand


def unsuitable(run: Run) -> str:
    """Why a run's own data are not lifted here, in a sentence; '' where they are."""
    if run.data.kind == "regression":
        return (
            "Your data have a number as target, and no plane separates numbers: here is the circle "
            "instead."
        )
    if run.data.points.train.shape[1] == 1:
        return "Your data have one input only, and these features need two: here is the circle."
    return ""


def attach_made(points: Points, lifting: Lift, packet: Packet) -> None:
    """The data lifted by three features, the fitted plane, and its trace in the input plane."""
    Phi = lift(points.train, lifting.names)
    fitted = fit_plane(Phi, points.train_target)
    low, high = Phi.min(axis=0), Phi.max(axis=0)
    center, half = (low + high) / 2, np.maximum(ROOM * (high - low) / 2, 1e-6)
    scaled = [rescaled(each, center, half) for each in separators(fitted, plain_basis(3))]
    flat = grid_lines(points, LINES, SAMPLES)
    lines = (lift(flat.reshape(-1, 2), lifting.names) - center) / half
    lines[(np.abs(lines) > 1).any(axis=1)] = np.nan  # outside of the cube
    right = decided(fitted.predict(Phi)) == points.train_target
    packet.header["made"] = {
        "axes": [LIFTS[name] for name in lifting.names],
        "ranges": [
            f"{cloud_words.number(c - h, 1)}…{cloud_words.number(c + h, 1)}"
            for c, h in zip(center, half, strict=True)
        ],
        "dimensions": 3,
        "box": UNIT.to_json(),
        "cuts": [piece.tolist() for piece in pieces(scaled, UNIT)],
        "share": float(right.mean()),
        "formula": plane_formula(fitted, lifting.names),
    }
    packet.attach("made", (Phi - center) / half)
    packet.attach("madeGrid", lines)
    packet.attach("trace", picture(decided(over_plane(fitted, points, lifting)), lifting.theme))


def rescaled(separator: Separator, center: np.ndarray, half: np.ndarray) -> Separator:
    """The same plane in the coordinates (phi - center) / half."""
    offset = separator.offset + float(separator.normal @ center)
    return Separator(separator.normal * half, offset, separator.classes)


def over_plane(fitted: MLP, points: Points, lifting: Lift) -> np.ndarray:
    """What a model on lifted data says over the view: (RESOLUTION, RESOLUTION, k), row 0 below."""
    x1, x2 = np.meshgrid(*axes(points.extent, RESOLUTION))
    inputs = np.stack([x1.ravel(), x2.ravel()], axis=1)
    return fitted.predict(lift(inputs, lifting.names)).reshape(*x1.shape, -1)


def plane_formula(fitted: MLP, names: tuple[str, ...]) -> str:
    """The fitted plane in numbers, z = 11.23 − 1.20 (x₁² + x₂²); for more classes their count."""
    W, b = fitted.weights[0], fitted.biases[0]
    if W.shape[1] > 1:
        return f"{W.shape[1]} classes: a plane between every two that meet"
    terms = [
        f"{'−' if w < 0 else '+'} {cloud_words.number(abs(w))} "
        + (f"({LIFTS[name]})" if name == RADIUS else LIFTS[name])
        for w, name in zip(W[:, 0], names, strict=True)
    ]
    return f"z = {cloud_words.number(b[0])} {' '.join(terms)}; plane: z = 0"


# ------------------------------------------------------------------------ learned


def learned_words(run: Run, stage: Stage, basis: Basis) -> dict[str, object]:
    """Name, axes and accuracy of the viewer's network at its last hidden layer."""
    name = cloud_words.title(stage, run.network.depth)
    units = cloud_words.unit_names(stage, run.data.features)
    no_layer = "no hidden layer: the output layer cuts the inputs themselves"
    _, _, _, share, _ = run.measure()
    return {
        "title": name,
        "drawn": cloud_words.basis_words(basis, stage.width) if stage.layer else no_layer,
        "axes": cloud_words.axis_names(basis, units),
        "share": share,
        "partly": basis.kind == "pca",
    }


# ------------------------------------------------------------------------ pictures


def plane_box(points: Points) -> dict[str, object]:
    """The input plane's view as a box, and the extent that pictures of it fill."""
    low, high = points.extent.T
    box = Box((low + high) / 2, float((high - low).max()) / 2)
    return {"box": box.to_json(), "extent": points.extent.tolist()}


def decided(output: np.ndarray, threshold: float = 0.5) -> np.ndarray:
    """Class index of outputs (..., k): the largest unit, or the threshold for one."""
    if output.shape[-1] == 1:
        return (output[..., 0] >= threshold).astype(np.uint8)
    return output.argmax(axis=-1).astype(np.uint8)


def picture(label: np.ndarray, theme: Theme) -> bytes:
    """Classes (ny, nx), row 0 below, as a PNG: pale in the class's colour, ink at the borders."""
    index = label.copy()
    for axis in (0, 1):
        beside = np.diff(label.astype(int), axis=axis) != 0
        pad = [(0, 0), (0, 0)]
        pad[axis] = (0, 1)
        index[np.pad(beside, pad)] = len(palette.CLASSES)
        pad[axis] = (1, 0)
        index[np.pad(beside, pad)] = len(palette.CLASSES)
    zero = np.array(palette.ZERO[theme], float)
    colours = [zero + TINT * (np.array(palette.rgb(c), float) - zero) for c in palette.CLASSES]
    colours.append(np.array(palette.rgb(palette.INK[theme]), float))
    return png(index[::-1], np.array(colours).round().astype(np.uint8).tobytes())


# ------------------------------------------------------------------------ on the page


VERBS: Verbs = {**sandbox.verbs(Lift), **TRAINING}
