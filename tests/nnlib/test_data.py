"""The data sets: what they look like, what noise and seed move, how they are split and scaled."""

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from nnlib.data import DATASETS, DataError, Points, load

CLASSIFICATION = [name for name, row in DATASETS.items() if row.task == "classification"]
REGRESSION = [name for name, row in DATASETS.items() if row.task == "regression"]
REAL = [name for name, row in DATASETS.items() if row.columns]
MADE = [name for name in DATASETS if name not in REAL]
MADE_CLASSES = [name for name in MADE if name in CLASSIFICATION]
FREE_CLASSES = [name for name, row in DATASETS.items() if row.classes is None]


def get(dataset: str, **changes) -> Points:
    """Points with the Playground's defaults, except for the changes."""
    settings = {"n_samples": 500, "test_share": 0.5, "noise": 0.0, "seed": 0, **changes}
    return load(dataset, **settings)


def positions(points: Points) -> np.ndarray:
    return np.concatenate([points.train, points.test])


def targets(points: Points) -> np.ndarray:
    return np.concatenate([points.train_target, points.test_target])


def same(a: Points, b: Points) -> bool:
    return all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for name in ("train", "test", "train_target", "test_target", "center", "scale", "extent")
    )


def rows_as_set(array: np.ndarray) -> set[bytes]:
    return {row.tobytes() for row in array}


# --- the registry ---


def test_registry_has_the_sets_in_the_order_that_people_see():
    names = (
        "circle xor gauss spiral moons checkerboard blobs arms rings "
        "plane bumps sine step cubic iris wine breast_cancer"
    )
    assert " ".join(DATASETS) == names


@pytest.mark.parametrize("name", DATASETS)
def test_a_row_of_the_registry_says_what_load_gives(name):
    row, points = DATASETS[name], get(name, n_classes=4)
    assert row.name == name
    assert row.title
    assert row.about.endswith(".")
    assert points.task == row.task
    assert points.train.shape[1] == row.n_inputs == len(points.input_names)
    assert (
        points.n_classes == len(points.class_names) == (4 if row.classes is None else row.classes)
    )


def test_importing_the_data_does_not_import_scikit_learn():
    code = "import sys, nnlib.data; sys.exit('sklearn' in sys.modules or 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_set_is_refused_with_the_names_that_exist():
    with pytest.raises(DataError, match=r"'donut' does not exist.*circle, xor"):
        get("donut")


# --- every set ---


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("n_samples", [20, 2000])
@pytest.mark.parametrize("test_share", [0.1, 0.9])
def test_every_set_loads_at_the_ends_of_the_ranges(name, n_samples, test_share):
    for n_classes in range(2, 7) if name in FREE_CLASSES else [3]:
        points = get(name, n_samples=n_samples, test_share=test_share, n_classes=n_classes, noise=2)
        assert points.train.dtype == points.test.dtype == np.float64
        assert points.train.shape[0] == points.train_target.shape[0] >= 1
        assert points.test.shape[0] == points.test_target.shape[0] >= 1
        assert np.isfinite(positions(points)).all()
        assert np.isfinite(targets(points)).all()
        assert points.extent.shape == (DATASETS[name].n_inputs, 2)
        assert (points.extent[:, 0] < points.extent[:, 1]).all()
        assert name in REAL or len(positions(points)) == n_samples


@pytest.mark.parametrize("name", DATASETS)
def test_the_same_seed_gives_the_same_bits(name):
    assert same(get(name, seed=7, noise=0.5), get(name, seed=7, noise=0.5))


@pytest.mark.parametrize("name", DATASETS)
def test_another_seed_gives_other_points(name):
    assert not same(get(name, seed=7), get(name, seed=8))


@pytest.mark.parametrize("name", DATASETS)
def test_the_largest_seed_is_fine(name):
    assert np.isfinite(positions(get(name, seed=2**32 - 1, noise=1))).all()


@pytest.mark.parametrize("name", DATASETS)
def test_at_noise_0_every_point_is_in_view(name):
    for seed in range(5):
        points = get(name, seed=seed, n_samples=2000, n_classes=6)
        low, high = points.extent.T
        assert (positions(points) >= low).all()
        assert (positions(points) <= high).all()


@pytest.mark.parametrize("name", MADE)
def test_made_sets_lie_on_the_plane_from_minus_6_to_6(name):
    points = get(name)
    assert (points.extent == [-6, 6]).all()
    assert (points.center == 0).all()
    assert (points.scale == 1).all()
    assert (points.target_center, points.target_scale, points.note) == (0, 1, "")


# --- noise ---


@pytest.mark.parametrize("name", DATASETS)
def test_noise_moves_every_point_along_a_straight_line(name):
    clean, one, two = (get(name, noise=noise) for noise in (0, 1, 2))
    for field in ("train", "test", "train_target", "test_target"):
        a, b, c = (np.asarray(getattr(points, field), float) for points in (clean, one, two))
        np.testing.assert_allclose(c - a, 2 * (b - a), atol=1e-12)


@pytest.mark.parametrize("name", CLASSIFICATION)
def test_noise_leaves_labels_and_split_alone(name):
    clean, noisy = get(name), get(name, noise=1)
    assert np.array_equal(clean.train_target, noisy.train_target)
    assert np.array_equal(clean.test_target, noisy.test_target)
    assert (clean.train != noisy.train).all()


@pytest.mark.parametrize("name", REGRESSION)
def test_noise_on_made_regression_moves_the_targets_only(name):
    clean, noisy = get(name), get(name, noise=1)
    assert np.array_equal(clean.train, noisy.train)
    assert np.array_equal(clean.test, noisy.test)
    assert (clean.train_target != noisy.train_target).all()


@pytest.mark.parametrize("name", ["circle", "iris"])
def test_noise_is_a_standard_deviation_in_units_of_the_plane(name):
    moved = positions(get(name, n_samples=2000, noise=2)) - positions(get(name, n_samples=2000))
    assert moved.std() == pytest.approx(2, rel=0.1)
    assert moved.mean() == pytest.approx(0, abs=0.3)


def test_noise_2_on_a_made_target_has_standard_deviation_one_half():
    moved = targets(get("plane", n_samples=2000, noise=2)) - targets(get("plane", n_samples=2000))
    assert moved.std() == pytest.approx(0.5, rel=0.1)


@pytest.mark.parametrize("name", DATASETS)
def test_noise_leaves_view_and_units_alone(name):
    clean, noisy = get(name), get(name, noise=2)
    for field in ("center", "scale", "extent"):
        assert np.array_equal(getattr(clean, field), getattr(noisy, field))


# --- the split ---


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.9])
def test_the_test_set_has_its_share(name, share):
    points = get(name, test_share=share, n_samples=400)
    assert len(points.test) == round(share * 400)


@pytest.mark.parametrize("name", CLASSIFICATION)
@pytest.mark.parametrize("share", [0.1, 0.4, 0.9])
def test_every_class_is_split_in_the_same_proportion(name, share):
    points = get(name, test_share=share, n_classes=5)
    for k in range(points.n_classes):
        in_test, in_all = (points.test_target == k).sum(), (targets(points) == k).sum()
        assert abs(in_test - share * in_all) <= 1


@pytest.mark.parametrize("name", CLASSIFICATION)
@pytest.mark.parametrize("share", [0.1, 0.9])
def test_even_few_points_have_every_class_on_both_sides(name, share):
    points = get(name, n_samples=20, test_share=share, n_classes=6)
    assert set(points.train_target) == set(points.test_target) == set(range(points.n_classes))


@pytest.mark.parametrize("name", MADE)
def test_a_larger_test_share_keeps_the_test_points_that_there_were(name):
    small, large = get(name, test_share=0.2), get(name, test_share=0.7)
    assert rows_as_set(small.test) < rows_as_set(large.test)
    assert rows_as_set(positions(small)) == rows_as_set(positions(large))


@pytest.mark.parametrize("name", MADE)
def test_no_point_is_on_both_sides(name):
    points = get(name)
    assert not rows_as_set(points.train) & rows_as_set(points.test)


# --- what the made sets look like ---


@pytest.mark.parametrize("name", MADE_CLASSES)
@pytest.mark.parametrize("n_samples", [20, 23, 500])
def test_classes_differ_by_one_point_at_most(name, n_samples):
    for n_classes in range(2, 7):
        points = get(name, n_samples=n_samples, n_classes=n_classes)
        counts = np.bincount(targets(points), minlength=points.n_classes)
        assert counts.max() - counts.min() <= 1


def test_circle_has_a_positive_disc_inside_a_ring():
    points = get("circle")
    radius, inner = np.linalg.norm(positions(points), axis=1), targets(points) == 1
    assert radius[inner].max() < 2.5
    assert radius[~inner].min() >= 3.5
    assert radius[~inner].max() <= 5


def test_xor_is_positive_where_the_coordinates_have_the_same_sign():
    points = get("xor")
    x1, x2 = positions(points).T
    assert np.array_equal(targets(points) == 1, x1 * x2 >= 0)
    assert np.abs(positions(points)).min() >= 0.3
    assert np.abs(positions(points)).max() <= 5


def test_gauss_has_its_positive_cloud_at_2_2():
    points = get("gauss", n_samples=2000)
    for k, middle in ((1, 2), (0, -2)):
        cloud = positions(points)[targets(points) == k]
        np.testing.assert_allclose(cloud.mean(axis=0), middle, atol=0.1)


def test_spiral_is_the_one_of_tensorflow_playground():
    points = get("spiral")
    x1, x2 = positions(points).T
    t = np.hypot(x1, x2) / 5
    half_turn = np.where(targets(points) == 1, 0, np.pi)
    np.testing.assert_allclose(x1, 5 * t * np.sin(1.75 * 2 * np.pi * t + half_turn), atol=1e-9)
    np.testing.assert_allclose(x2, 5 * t * np.cos(1.75 * 2 * np.pi * t + half_turn), atol=1e-9)


def test_checkerboard_changes_colour_from_square_to_square():
    points = get("checkerboard", n_samples=2000)
    column, row = np.floor(positions(points) / 3).astype(int).T
    assert np.array_equal(targets(points), (column + row + 1) % 2)
    assert len(set(zip(column, row, strict=True))) == 16


def test_rings_are_ordered_from_the_inside_out():
    points = get("rings", n_classes=6)
    radius = np.linalg.norm(positions(points), axis=1)
    ends = [
        (radius[targets(points) == k].min(), radius[targets(points) == k].max()) for k in range(6)
    ]
    assert all(inner[1] < outer[0] for inner, outer in pairwise(ends))


@pytest.mark.parametrize("name", REGRESSION)
def test_made_targets_reach_from_about_minus_1_to_1(name):
    y = targets(get(name, n_samples=2000))
    assert -1 <= y.min() < -0.85
    assert 0.85 < y.max() <= 1


def test_plane_is_the_sum_over_10():
    points = get("plane")
    np.testing.assert_allclose(targets(points), positions(points).sum(axis=1) / 10)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("sine", np.sin),
        ("step", lambda x: np.where(x >= 0, 1, -1)),
        ("cubic", lambda x: 4 * (x / 6) ** 3 - 3 * (x / 6)),
    ],
)
def test_a_curve_on_the_line_is_its_function(name, function):
    points = get(name)
    np.testing.assert_allclose(targets(points), function(positions(points)[:, 0]))


# --- can it be learnt? ---


@pytest.mark.parametrize("name", CLASSIFICATION)
def test_an_rbf_machine_solves_every_classification(name):
    from sklearn.svm import SVC

    for n_classes in (3, 6) if name in FREE_CLASSES else (3,):
        points = get(name, n_classes=n_classes)
        model = SVC(C=10, gamma=1.0).fit(points.train, points.train_target)
        assert model.score(points.test, points.test_target) > 0.9


@pytest.mark.parametrize(
    "name", ["circle", "xor", "spiral", "moons", "checkerboard", "arms", "rings"]
)
def test_a_straight_line_does_not_solve_the_nonlinear_sets(name):
    from sklearn.svm import SVC

    points = get(name)
    model = SVC(kernel="linear").fit(points.train, points.train_target)
    assert model.score(points.train, points.train_target) < 0.95


@pytest.mark.parametrize("name", ["gauss", "blobs"])
def test_a_straight_line_solves_the_linear_sets(name):
    from sklearn.svm import SVC

    points = get(name)
    model = SVC(kernel="linear").fit(points.train, points.train_target)
    assert model.score(points.test, points.test_target) > 0.95


# --- real sets ---


def bunch(name):
    from sklearn import datasets

    return getattr(datasets, f"load_{name}")()


@pytest.mark.parametrize("name", REAL)
def test_the_static_columns_are_those_of_scikit_learn(name):
    assert DATASETS[name].columns == tuple(bunch(name).feature_names)
    assert DATASETS[name].classes == len(bunch(name).target_names)
    assert set(DATASETS[name].default_columns) < set(DATASETS[name].columns)


@pytest.mark.parametrize("name", REAL)
def test_plane_coordinates_lead_back_to_the_original_values(name):
    points, original = get(name), bunch(name)
    chosen = [DATASETS[name].columns.index(column) for column in points.input_names]
    back = np.column_stack([positions(points) * points.scale + points.center, targets(points)])
    expected = np.column_stack([original.data[:, chosen], original.target])
    np.testing.assert_allclose(
        back[np.lexsort(back.round(6).T)], expected[np.lexsort(expected.round(6).T)], atol=1e-9
    )


@pytest.mark.parametrize("name", REAL)
def test_the_training_rows_are_standardised(name):
    points = get(name)
    np.testing.assert_allclose(points.train.mean(axis=0), 0, atol=1e-10)
    np.testing.assert_allclose(points.train.std(axis=0), 1)
    assert np.abs(points.test.mean(axis=0)).max() > 1e-6  # by the training rows alone


def test_the_view_of_a_real_set_is_its_range_and_a_tenth_on_each_side():
    points = get("iris")
    low, high = positions(points).min(axis=0), positions(points).max(axis=0)
    np.testing.assert_allclose(points.extent[:, 0], low - 0.1 * (high - low))
    np.testing.assert_allclose(points.extent[:, 1], high + 0.1 * (high - low))


def test_n_samples_does_not_cut_real_sets():
    assert len(positions(get("iris", n_samples=20))) == 150


def test_any_two_columns_of_a_real_set_can_be_chosen_in_any_order():
    points = get("iris", columns=("sepal width (cm)", "sepal length (cm)"))
    assert points.input_names == ("sepal width (cm)", "sepal length (cm)")
    assert points.center[0] < points.center[1]  # sepals are longer than wide
    assert points.class_names == ("setosa", "versicolor", "virginica")


def test_a_column_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(DataError, match=r"columns: 'petals' is not .* 'petal length \(cm\)'"):
        get("iris", columns=("petals", "petal width (cm)"))


@pytest.mark.parametrize("columns", [("hue",), ("hue", "hue"), ("hue", "ash", "alcohol")])
def test_a_real_set_wants_two_different_columns(columns):
    with pytest.raises(DataError, match="Choose two different ones"):
        get("wine", columns=columns)


def test_changing_what_was_loaded_does_not_change_the_next_load():
    first = get("iris")
    first.train[:] = 99
    first.center[:] = 99
    assert np.abs(get("iris").train).max() < 10
