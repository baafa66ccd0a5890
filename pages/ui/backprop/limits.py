"""What may be typed on the Backprop board depends on the viewer's network and data."""

from __future__ import annotations

from typing import Any

from nnlib.run import Run
from pages.ui.backprop.subject import OF_NETWORK, Backprop

TYPED = {"x1": "x₁", "x2": "x₂", "y": "y"}


def check(changes: dict, settings: Backprop, run: Run) -> None:
    """ValueError with a sentence about the first change that this network or data do not have."""
    if "y" in changes and run.data.kind != "regression":
        _check_class(changes["y"], run)
    if "layer" in changes:
        _check_whole("Layer", changes["layer"], run.network.depth, "this network's layers")
    if "unit" in changes:
        of = f"the units of layer {_layer(changes, settings, run)}"
        if settings.level == "network":
            of = "the units of this network's widest layer"
        _check_whole("Neuron", changes["unit"], most_units(settings, run, changes), of)


def fitted(settings: Backprop, run: Run) -> Backprop:
    """The settings with what this network or data do not have replaced by the nearest that is."""
    if settings.level not in OF_NETWORK:
        return settings
    layer = min(settings.layer, run.network.depth)
    example = min(settings.example, len(run.data.points.train) - 1)
    changes: dict[str, Any] = {"layer": layer, "example": example}
    changes["unit"] = min(settings.unit, most_units(settings, run, changes))
    if settings.example < 0 and run.data.kind != "regression":
        changes["y"] = float(min(max(round(settings.y), 0), run.data.points.n_classes - 1))
    return settings.replace(changes)


def refit(settings: Backprop, fit: Backprop) -> str:
    """What became of settings that came from a link or from another network, in a sentence."""
    words = {"layer": "Layer", "unit": "Neuron", "example": "Training point", **TYPED}
    parts = [
        f"{word}: {_shown(name, settings)} is not there now; {_shown(name, fit)} is shown"
        for name, word in words.items()
        if getattr(settings, name) != getattr(fit, name)
    ]
    return f"{'; '.join(parts)}." if parts else ""


def most_units(settings: Backprop, run: Run, changes: dict | None = None) -> int:
    """The largest number of a neuron that can be asked for."""
    widths = run.network.sizes[1:]
    if settings.level == "network":
        return max(widths)  # in a layer with fewer units its last one is shown
    return widths[_layer(changes or {}, settings, run) - 1]


def _layer(changes: dict, settings: Backprop, run: Run) -> int:
    return min(changes.get("layer", settings.layer), run.network.depth)


def _check_class(value: float, run: Run) -> None:
    classes = run.data.points.class_names
    if value not in range(len(classes)):
        known = (f"{k} ({name})" if name != str(k) else name for k, name in enumerate(classes))
        raise ValueError(f"y: {_typed(value)} is no class; this data has {', '.join(known)}.")


def _check_whole(word: str, value: int, most: int, of: str) -> None:
    if value > most:
        allowed = f"1 to {most}" if most > 1 else "1"
        raise ValueError(f"{word}: {_typed(value)} is not possible; allowed: {allowed}, {of}.")


def _typed(value: float) -> str:
    """What stood in the field."""
    return f"{value:.10g}".replace("-", "−")


def _shown(name: str, settings: Backprop) -> str:
    value = getattr(settings, name)
    return f"{value + (name == 'example'):.10g}".replace("-", "−")
