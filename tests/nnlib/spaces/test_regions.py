"""Linear regions: exact against the network, a pixel grid, and what is known of arrangements."""

import numpy as np
import pytest

from nnlib.activations import activation
from nnlib.config import RunConfig
from nnlib.features import phi
from nnlib.network import MLP
from nnlib.run import Run
from nnlib.spaces import regions as module
from nnlib.spaces.piecewise import (
    affine_formula,
    linear_inputs,
    most_regions,
    original_extent,
    problem,
)
from nnlib.spaces.regions import HELD, TooManyRegionsError, hinges, regions

VIEW = np.array([[-6.0, 6.0], [-6.0, 6.0]])


def network(widths, hidden="relu", output="sigmoid", *, k=1, m=2, seed=1, bias=1.0) -> MLP:
    """A float64 network with random biases of that standard deviation."""
    net = MLP(
        (m, *widths, k),
        [hidden] * len(widths) + [output],
        initializer="he_normal",
        rng=np.random.default_rng(seed),
        dtype=np.float64,
    )
    rng = np.random.default_rng([seed, 1])
    for b in net.biases:
        b[:] = rng.normal(0, bias, b.shape)
    return net


def lines(*rows: tuple[float, float, float]) -> MLP:
    """One ReLU layer whose hinges are the lines w1 x1 + w2 x2 + b = 0."""
    net = network((len(rows),))
    w1, w2, b = np.array(rows).T
    net.weights[0][:] = [w1, w2]
    net.biases[0][:] = b
    return net


def inside(polygon, rng, n=8) -> np.ndarray:
    """Random points of a convex polygon, (n, 2)."""
    return rng.dirichlet(np.ones(len(polygon)), n) @ polygon


def on_a_grid(n: int) -> np.ndarray:
    """Centres of n x n cells of VIEW, (n * n, 2)."""
    at = -6 + 12 * (np.arange(n) + 0.5) / n
    return np.stack(np.meshgrid(at, at), axis=2).reshape(-1, 2)


def signs(net: MLP, X) -> np.ndarray:
    """(n, hidden units): 1 where z >= 0, from the forward pass."""
    return np.concatenate([Z >= 0 for Z in net.forward(X).Z[1:-1]], axis=1).astype(np.int8)


NETWORKS = {
    "no hidden layer": network(()),
    "one layer": network((6,)),
    "two layers": network((8, 8)),
    "hinges through one point": network((8, 8), bias=0),
    "four layers": network((6, 6, 6, 6), output="softmax", k=3),
    "leaky": network((7, 5), activation("leaky_relu", leaky_slope=0.2), "linear"),
    "linear": network((5, 4), "linear", "linear"),
    "narrow": network((1, 5, 2)),
}


# --- What a region is ---------------------------------------------------------------------------


@pytest.mark.parametrize("net", NETWORKS.values(), ids=NETWORKS)
def test_the_areas_sum_to_the_view(net):
    found = regions(net, VIEW)
    assert (found.areas > 0).all()
    assert found.areas.sum() == pytest.approx(144, rel=1e-12)


@pytest.mark.parametrize("net", NETWORKS.values(), ids=NETWORKS)
def test_inside_a_polygon_the_network_is_its_affine_map(net, rng):
    found = regions(net, VIEW)
    for polygon, A, c in zip(found.polygons, found.A, found.c, strict=True):
        points = inside(polygon, rng)
        np.testing.assert_allclose(points @ A.T + c, net.forward(points).Z[-1], atol=1e-9, rtol=0)


def test_a_linear_output_is_the_affine_map_itself(rng):
    net = network((6, 4), output="linear", k=2)
    found = regions(net, VIEW)
    points = inside(found.polygons[3], rng)
    np.testing.assert_allclose(points @ found.A[3].T + found.c[3], net.predict(points), atol=1e-9)


@pytest.mark.parametrize("name", ["one layer", "two layers", "four layers", "narrow"])
def test_a_pattern_says_which_units_are_on(name, rng):
    net = NETWORKS[name]
    found = regions(net, VIEW)
    for polygon, pattern in zip(found.polygons, found.patterns, strict=True):
        middle = polygon.mean(axis=0, keepdims=True)
        assert np.array_equal(signs(net, middle)[0], pattern)


@pytest.mark.parametrize("name", ["one layer", "two layers", "four layers"])
def test_no_two_polygons_have_the_same_pattern(name):
    patterns = regions(NETWORKS[name], VIEW).patterns
    assert len(np.unique(patterns, axis=0)) == len(patterns)


@pytest.mark.parametrize("name", ["one layer", "two layers", "four layers", "narrow"])
def test_a_fine_grid_of_pixels_finds_the_same_regions(name):
    net = NETWORKS[name]
    found = regions(net, VIEW)
    pixels, counts = np.unique(signs(net, on_a_grid(700)), axis=0, return_counts=True)
    exact = {
        tuple(pattern): area for pattern, area in zip(found.patterns, found.areas, strict=True)
    }
    assert {tuple(pattern) for pattern in pixels} <= set(exact)
    cell = (12 / 700) ** 2
    for pattern, count in zip(pixels, counts, strict=True):
        # a polygon's pixels are wrong along its edges only
        assert count * cell == pytest.approx(exact[tuple(pattern)], abs=0.4)
    seen = {tuple(pattern) for pattern in pixels}
    assert all(area < 0.05 for pattern, area in exact.items() if pattern not in seen)


def test_polygons_are_convex_and_counter_clockwise():
    for polygon in regions(NETWORKS["two layers"], VIEW).polygons:
        edge = np.roll(polygon, -1, axis=0) - polygon
        following = np.roll(edge, -1, axis=0)
        turn = edge[:, 0] * following[:, 1] - edge[:, 1] * following[:, 0]
        assert (turn > -1e-9).all()


# --- How many there are -------------------------------------------------------------------------


def test_no_hidden_layer_is_one_region():
    found = regions(network(()), VIEW)
    assert len(found) == 1
    assert found.polygons[0].tolist() == [[-6, -6], [6, -6], [6, 6], [-6, 6]]


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 12])
def test_lines_in_general_position_make_1_plus_n_plus_n_choose_2(n):
    # Tangents of a circle of radius 1, no two parallel: they all meet well inside the view.
    angles = np.linspace(0.1, 2.2, n)
    net = lines(*((np.cos(a), np.sin(a), 1.0) for a in angles))
    view = np.array([[-1e3, 1e3], [-1e3, 1e3]])
    assert len(regions(net, view)) == 1 + n + n * (n - 1) // 2


def test_lines_that_meet_outside_the_view_do_not_cut_each_other():
    net = lines((1, 0.01, 1), (1, -0.01, -1))  # they meet at x2 = -100
    assert len(regions(net, VIEW)) == 3


def test_parallel_lines_make_stripes():
    net = lines((1, 1, 0), (1, 1, 2), (-2, -2, 3), (1, 1, -4))
    assert len(regions(net, VIEW)) == 5


@pytest.mark.parametrize("n", [3, 7, 16])
def test_lines_through_one_point_make_2_n_sectors(n):
    angles = np.pi * (np.arange(n) + 0.3) / n
    net = lines(*((np.cos(a), np.sin(a), -np.cos(a) * 1.1 - np.sin(a) * 0.7) for a in angles))
    found = regions(net, VIEW)
    assert len(found) == 2 * n
    assert found.areas.sum() == pytest.approx(144, rel=1e-12)


def test_a_tiny_region_is_not_overlooked():
    found = regions(lines((1, 0, 0), (0, 1, 0), (1, 1, -1e-4)), VIEW)
    assert len(found) == 7
    assert found.areas.min() == pytest.approx(5e-9, rel=1e-6)


def test_the_same_line_twice_cuts_once():
    assert len(regions(lines((1, 2, 0.3), (3, 6, 0.9), (-1, -2, -0.3)), VIEW)) == 2


def test_a_line_through_corners_of_the_view_cuts_it_once():
    found = regions(lines((1, 1, 0), (1, -1, 0)), VIEW)
    assert len(found) == 4
    np.testing.assert_allclose(found.areas, 36)


def test_a_line_along_the_edge_of_the_view_cuts_nothing():
    assert len(regions(lines((1, 0, 6), (0, 1, -6)), VIEW)) == 1


@pytest.mark.parametrize(("b", "piece"), [(-0.5, 0), (0.0, 1), (0.5, 1)])
def test_a_unit_without_weights_is_on_one_side_everywhere(b, piece):
    found = regions(lines((0, 0, b)), VIEW)
    assert found.patterns.tolist() == [[piece]]  # z = 0 counts as on: ReLU'(0) = 1


def test_a_network_of_zeros_is_one_region():
    net = network((4, 4))
    net.parameters[:] = 0
    assert len(regions(net, VIEW)) == 1


@pytest.mark.parametrize("widths", [(3,), (8,), (1, 6), (4, 4), (3, 2, 5), (2, 8, 8)])
@pytest.mark.parametrize("seed", range(3))
def test_there_are_no_more_than_the_bound(widths, seed):
    assert 1 <= len(regions(network(widths, seed=seed), VIEW)) <= most_regions(widths)


def test_the_bound_of_one_layer_is_zaslavskys():
    assert most_regions((5,)) == 1 + 5 + 10
    assert most_regions((5,), n_inputs=1) == 6
    assert most_regions(()) == 1


def test_the_bound_multiplies_and_a_narrow_layer_leaves_one_dimension():
    assert most_regions((4, 3)) == (1 + 4 + 6) * (1 + 3 + 3)
    assert most_regions((1, 5)) == 2 * 6


def test_too_many_regions_are_refused_in_a_sentence(monkeypatch):
    monkeypatch.setattr(module, "MAX_REGIONS", 100)
    with pytest.raises(TooManyRegionsError, match=r"more than 100 linear regions .* fewer"):
        regions(network((16, 16)), VIEW)


# --- Activations and held units -----------------------------------------------------------------


def test_the_pieces_of_the_activations():
    relu, leaky = activation("relu").pieces, activation("leaky_relu", leaky_slope=0.3).pieces
    assert (relu.kinks.tolist(), relu.slopes.tolist(), relu.offsets.tolist()) == (
        [0],
        [0, 1],
        [0, 0],
    )
    assert leaky.slopes.tolist() == [0.3, 1]
    assert activation("linear").pieces.slopes.tolist() == [1]
    assert activation("tanh").pieces is None


def test_leaky_relu_of_slope_1_does_not_bend():
    assert len(regions(network((5,), activation("leaky_relu", leaky_slope=1.0)), VIEW)) == 1


def test_a_unit_held_at_0_bends_nothing(rng):
    net = network((6, 5))
    net.killed = frozenset({(1, 2), (2, 5)})
    found = regions(net, VIEW)
    assert (found.patterns[:, [1, 10]] == HELD).all()
    assert {(1, 2), (2, 5)}.isdisjoint((each.layer, each.unit) for each in found.hinges)
    for polygon, A, c in zip(found.polygons, found.A, found.c, strict=True):
        points = inside(polygon, rng)
        np.testing.assert_allclose(points @ A.T + c, net.forward(points).Z[-1], atol=1e-9)


# --- Hinges -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["one layer", "two layers", "four layers", "leaky", "narrow"])
def test_along_a_hinge_the_units_z_is_0(name):
    net = NETWORKS[name]
    found = hinges(net, VIEW)
    assert found
    for hinge in found:
        for share in (0, 0.3, 1):
            points = hinge.segments[:, 0] + share * (hinge.segments[:, 1] - hinge.segments[:, 0])
            z = net.forward(points).Z[hinge.layer][:, hinge.unit - 1]
            np.testing.assert_allclose(z, 0, atol=1e-9)


@pytest.mark.parametrize("name", ["one layer", "two layers", "four layers"])
def test_wherever_a_unit_changes_sign_between_pixels_its_hinge_passes(name):
    net, n = NETWORKS[name], 60
    z = np.concatenate(net.forward(on_a_grid(n)).Z[1:-1], axis=1).reshape(n, n, -1) >= 0
    places = [(layer, j + 1) for layer, w in enumerate(net.sizes[1:-1], 1) for j in range(w)]
    bending = {(hinge.layer, hinge.unit) for hinge in hinges(net, VIEW)}
    for field, place in zip(np.moveaxis(z, 2, 0), places, strict=True):
        if field.any() and not field.all():
            assert place in bending


def test_a_hinge_of_the_first_layer_is_an_exact_line():
    (hinge,) = hinges(lines((2, -1, 0.5)), VIEW)
    np.testing.assert_allclose([*hinge.normal, hinge.offset], [2, -1, 0.5], atol=1e-12)
    ends = sorted(hinge.segments[0].tolist())
    np.testing.assert_allclose(ends, [[-3.25, -6], [2.75, 6]], atol=1e-12)


def test_a_hinge_outside_the_view_is_not_there():
    assert hinges(lines((1, 0, 7)), VIEW) == []


def test_regions_come_with_the_same_hinges():
    net = NETWORKS["two layers"]
    for one, other in zip(regions(net, VIEW).hinges, hinges(net, VIEW), strict=True):
        assert (one.layer, one.unit) == (other.layer, other.unit)
        assert np.array_equal(one.segments, other.segments)


def test_the_edges_inside_the_view_are_the_hinges():
    # Every inner edge belongs to two polygons and to one hinge.
    found = regions(NETWORKS["two layers"], VIEW)
    around = sum(
        np.linalg.norm(np.roll(polygon, -1, axis=0) - polygon, axis=1).sum()
        for polygon in found.polygons
    )
    along = sum(
        np.linalg.norm(h.segments[:, 1] - h.segments[:, 0], axis=1).sum() for h in found.hinges
    )
    assert around == pytest.approx(4 * 12 + 2 * along, rel=1e-9)


# --- Original units -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dataset", "features"),
    [("circle", ("x1", "x2")), ("iris", ("x1", "x2")), ("iris", ("x2",)), ("wine", ("x1",))],
)
def test_with_real_data_polygons_and_maps_are_in_original_units(dataset, features, rng):
    run = Run(
        RunConfig(dataset=dataset, features=features, hidden=((6, "relu"), (4, "relu"))),
        dtype=np.float64,
    )
    run.advance(3)
    points = run.data.points
    extent = original_extent(points)
    found = regions(run.network, extent, linear_inputs(points, run.data.features))
    assert found.areas.sum() == pytest.approx(np.prod(extent[:, 1] - extent[:, 0]), rel=1e-12)
    for polygon, A, c in zip(found.polygons, found.A, found.c, strict=True):
        x = inside(polygon, rng)
        seen = phi((x - points.center) / points.scale, run.data.features)
        np.testing.assert_allclose(x @ A.T + c, run.network.forward(seen).Z[-1], atol=1e-9)


def test_a_network_in_float32_is_computed_in_float64():
    run = Run(RunConfig(hidden=((5, "relu"),)))
    assert regions(run.network, VIEW).A.dtype == np.float64


# --- A clicked place ----------------------------------------------------------------------------


def test_the_region_of_a_point_has_its_pattern(rng):
    net = NETWORKS["two layers"]
    found = regions(net, VIEW)
    for x in rng.uniform(-6, 6, (50, 2)):
        assert np.array_equal(found.patterns[found.find(x)], signs(net, x[None])[0])


def test_a_point_outside_the_view_has_no_region():
    assert regions(NETWORKS["one layer"], VIEW).find([6.1, 0]) is None


def test_the_affine_formula_has_a_line_for_each_output():
    A, c = np.array([[1.25, -0.5], [-2.0, 0.0]]), np.array([3.0, -0.25])
    assert affine_formula(A, c, digits=2) == [
        r"1.25\,x_1 - 0.50\,x_2 + 3.00",
        r"-2.00\,x_1 + 0.00\,x_2 - 0.25",
    ]


# --- What has no regions ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("net", "features", "n_inputs", "words"),
    [
        (network((3,)), ("x1", "x2"), 2, ""),
        (network(()), ("x2",), 2, ""),
        (network((3,), "tanh"), ("x1", "x2"), 2, "tanh bends everywhere"),
        (network((3,)), ("x1", "x1^2"), 2, "x₁² is no linear input"),
        (network((3,)), ("x1*x2", "sin(x1)"), 2, "x₁x₂, sin(x₁) are no linear inputs"),
        (network((3,), m=1), ("x1",), 1, "one input"),
    ],
)
def test_a_sentence_says_why_there_are_none(net, features, n_inputs, words):
    found = problem(net, features, n_inputs)
    assert words in found
    assert bool(found) == bool(words)


@pytest.mark.parametrize(
    ("net", "view", "inputs", "message"),
    [
        (network((3,), "gelu"), VIEW, None, "GELU bends everywhere"),
        (network((3,), m=3), VIEW, None, r"inputs: a \(2, 3\) matrix"),
        (network((3,)), VIEW[:1], None, "extent"),
        (network((3,)), VIEW[:, ::-1], None, "extent"),
    ],
)
def test_what_cannot_be_cut_is_refused(net, view, inputs, message):
    with pytest.raises(ValueError, match=message):
        regions(net, view, inputs)


def test_curved_features_are_no_linear_inputs():
    points = Run(RunConfig(n_samples=20)).data.points
    with pytest.raises(ValueError, match=r"features x1, x2. Got x1, sin\(x2\)"):
        linear_inputs(points, ("x1", "sin(x2)"))
