"""What several seeds allow to be said: bands, the paired test, the sentences."""

import itertools

import numpy as np
import pytest
from scipy.stats import PermutationMethod, wilcoxon

from nnlib.comparing.conclusions import (
    ALPHA,
    FEWEST_SEEDS,
    band,
    compare_pairs,
    conclusion,
    holm,
    seeds_needed,
    signed_rank,
    smallest_p,
)

inf = float("inf")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def rows(rng: np.random.Generator, *lifts: float, n: int = 8) -> np.ndarray:
    """Losses (v, n): all seeds vary alike within 1, and each value lies higher by its lift."""
    return np.array([lift + rng.random(n) for lift in lifts])


# --- bands ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 5, 8, 32])
def test_a_band_is_numpys_median_and_quartiles(rng, n):
    values = rng.normal(size=n)
    expected = np.quantile(values, [0.5, 0.25, 0.75])
    np.testing.assert_allclose(band(values), expected, rtol=1e-12)


def test_curves_have_a_band_at_every_epoch(rng):
    curves = rng.normal(size=(9, 20))
    np.testing.assert_allclose(band(curves), np.quantile(curves, [0.5, 0.25, 0.75], axis=0))


def test_a_diverged_run_counts_as_the_worst():
    assert band(np.array([1.0, inf, 2.0, 3.0, 4.0])) == (3.0, 2.0, 4.0)
    assert band(np.array([1.0, 2.0, inf, inf])) == (inf, 1.75, inf)
    assert band(np.array([inf, inf])) == (inf, inf, inf)


@pytest.mark.parametrize("values", [[], [1.0, float("nan")]])
def test_no_seed_and_nan_have_no_band(values):
    with pytest.raises(ValueError, match="values: one or more seeds, and no NaN"):
        band(np.array(values))


# --- Wilcoxon's test -----------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 5, 6, 8, 15, 32])
@pytest.mark.parametrize("lift", [0.0, 0.3, 2.0])
def test_p_is_scipys_exact_one(rng, n, lift):
    first, second = rows(rng, 0, lift, n=n)
    expected = wilcoxon(first, second, method="exact").pvalue
    assert signed_rank(first, second)[0] == pytest.approx(expected, rel=1e-12)


def test_p_is_the_share_of_signs_as_extreme_where_differences_are_equal():
    differences = np.array([1.0, 1.0, -1.0, 2.0, 2.0, 3.0, 3.0, -3.0, 5.0])
    expected = wilcoxon(differences, method=PermutationMethod(n_resamples=np.inf)).pvalue
    assert signed_rank(differences, np.zeros(9))[0] == pytest.approx(expected, rel=1e-12)


def test_pairs_without_a_difference_are_left_out(rng):
    first, second = rows(rng, 0, 0.5)
    expected = signed_rank(first, second)
    same = np.array([3.0, inf])
    assert signed_rank([*first, *same], [*second, *same]) == expected


def test_a_diverged_run_ranks_above_every_number(rng):
    first, second = rows(rng, 0, 0.2)
    far, second_far = second.copy(), second.copy()
    far[[2, 5]] = inf
    second_far[[2, 5]] = [1000.0, 1000.0] + first[[2, 5]]  # equal differences, too
    assert signed_rank(first, far) == signed_rank(first, second_far)


def test_who_is_lower_goes_by_the_ranks():
    # more seeds are for the second, the larger differences for the first
    first = np.array([0.0] * 4 + [0.1, 0.2, 0.3, 0.4, 0.5])
    second = np.array([5.0, 6.0, 7.0, 8.0] + [0.0] * 5)
    p, lower = signed_rank(first, second)
    assert lower == -1
    assert signed_rank(second, first) == (p, 1)
    assert signed_rank(first, first) == (1.0, 0)


@pytest.mark.parametrize("n", range(1, 9))
def test_the_smallest_p_is_that_of_all_signs_alike(n):
    best = signed_rank(np.zeros(n), np.arange(1, n + 1))[0]
    assert best == smallest_p(n) == min(1, 2 / 2**n)


# --- several pairs -------------------------------------------------------------------------------


def test_holm_by_hand():
    # sorted .005 .01 .03 .04: times 4, 3, 2, 1 is .02 .03 .06 .04, and the last may not be less
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([0.03]) == [0.03]


def test_holm_finds_what_testing_every_intersection_finds(rng):
    """Its closed form: a hypothesis falls when each set with it has a p of at most alpha / size."""
    for _ in range(20):
        p = rng.random(4) * 0.1
        for alpha in (0.02, 0.05, 0.1):
            for i, corrected in enumerate(holm(p)):
                sets = [
                    set_
                    for size in range(1, 5)
                    for set_ in itertools.combinations(range(4), size)
                    if i in set_
                ]
                falls = all(min(p[list(set_)]) <= alpha / len(set_) for set_ in sets)
                assert (corrected <= alpha) == falls


@pytest.mark.parametrize(("values", "seeds"), [(2, 6), (3, 7), (4, 8), (5, 9), (6, 10)])
def test_more_values_need_more_seeds(values, seeds):
    pairs = values * (values - 1) / 2
    assert seeds_needed(values) == seeds
    assert pairs * smallest_p(seeds) <= ALPHA < pairs * smallest_p(seeds - 1)


def test_pairs_count_who_is_better_in_how_many_seeds():
    losses = np.array([[1, 1, 1, 1], [2, 0, 1, inf], [inf, 3, 3, inf]])
    a_b, a_c, b_c = compare_pairs(["a", "b", "c"], losses)
    assert (a_b.first, a_b.second, a_b.wins, a_b.losses, a_b.ties) == ("a", "b", 2, 1, 1)
    assert (a_c.wins, a_c.losses, a_c.ties, a_c.better) == (4, 0, 0, "a")
    assert (b_c.first, b_c.second, b_c.wins, b_c.losses, b_c.ties) == ("b", "c", 3, 0, 1)
    assert a_c.p == 2 / 2**4
    assert [p.p_corrected for p in (a_b, a_c, b_c)] == holm([p.p for p in (a_b, a_c, b_c)])


def test_pairs_that_differ_in_all_of_enough_seeds_can_be_told_apart(rng):
    pairs = compare_pairs(["a", "b"], rows(rng, 0, 2, n=FEWEST_SEEDS))
    assert [pair.distinguishable for pair in pairs] == [True]
    pairs = compare_pairs(["a", "b"], rows(rng, 0, 2, n=FEWEST_SEEDS - 1))
    assert [pair.distinguishable for pair in pairs] == [False]


def test_chance_alone_tells_values_apart_in_less_than_one_comparison_of_twenty(rng):
    """Four values that are the same: the share of comparisons in which any pair seems to differ."""
    wrong = sum(
        any(pair.distinguishable for pair in compare_pairs("abcd", rng.random((4, 12))))
        for _ in range(300)
    )
    assert wrong / 300 < ALPHA


@pytest.mark.parametrize("losses", [np.zeros((3, 4)), np.zeros(2), np.zeros((2, 0))])
def test_losses_of_another_shape_are_refused(losses):
    with pytest.raises(ValueError, match="losses: a row for each of 2 labels"):
        compare_pairs(["a", "b"], losses)


def test_nan_is_no_loss():
    with pytest.raises(ValueError, match="losses: no NaN"):
        conclusion(["a", "b"], np.array([[1.0, float("nan")], [1.0, 2.0]]))


# --- in words ------------------------------------------------------------------------------------

TEST_OF_3 = (
    "Test: Wilcoxon signed-rank on the differences seed by seed, exact, two-sided, "
    "Holm-corrected for 3 pairs, at 5%."
)
THREE = ["tanh", "ReLU", "sigmoid"]


def test_two_alike_and_one_worse(rng):
    sentences = conclusion(THREE, rows(rng, 0, 0, 2))
    assert sentences == [
        "With 8 seeds tanh and ReLU can't be told apart; sigmoid has a higher final test loss "
        "than all others in 8 of 8.",
        # All signs alike: p = 2 / 2^8, times 3 for the smallest of three pairs.
        f"{TEST_OF_3[:-1]}; p = 0.023 at most.",
    ]


def test_two_values_of_which_one_is_better(rng):
    sentences = conclusion(["tanh", "ReLU"], rows(rng, 2, 0), what="final test error")
    assert sentences[0] == "With 8 seeds tanh has a higher final test error than ReLU in 8 of 8."
    assert sentences[-1].endswith("exact, two-sided, at 5%; p = 0.0078.")  # 2 / 2^8


def test_nothing_told_apart_is_no_proof_that_all_are_equal(rng):
    sentences = conclusion(THREE, rows(rng, 0, 0, 0))
    assert sentences == [
        "With 8 seeds tanh, ReLU and sigmoid can't be told apart by their final test loss; that "
        "does not show that the values are equal.",
        TEST_OF_3,
    ]


def test_all_told_apart_stand_in_their_order(rng):
    sentences = conclusion(THREE, rows(rng, 4, 0, 2))
    assert sentences[0] == (
        "With 8 seeds all values can be told apart; from the lowest final test loss to the highest "
        "they are ReLU, sigmoid and tanh, every two of them so in 8 of 8."
    )


def test_a_long_story_takes_two_sentences(rng):
    losses = rows(rng, 0, 0, 0, 3, 3, 6, n=12)
    sentences = conclusion(list("abcdef"), losses)
    first, second = sentences[:2]
    assert first == "With 12 seeds a, b and c can't be told apart; nor can d and e."
    assert second == (
        "But f has a higher final test loss than all others in 12 of 12; "
        "d and e have a higher final test loss than a, b and c in 12 of 12."
    )
    assert len(sentences) == 3


def test_too_few_seeds_allow_no_conclusion_however_clear_they_seem(rng):
    sentences = conclusion(["a", "b"], rows(rng, 0, 9, n=5))
    assert sentences[0] == (
        "With 5 seeds nothing can be concluded: even a difference that shows in every seed could "
        "be chance (p = 0.062, 0.05 is the limit); it takes at least 6 seeds."
    )
    assert "With 1 seed nothing can be concluded" in conclusion(["a", "b"], rows(rng, 0, 9, n=1))[0]


def test_six_values_take_ten_seeds(rng):
    losses = rows(rng, 0, 2, 4, 6, 8, 10, n=10)
    sentence = conclusion(list("abcdef"), losses[:, :9])[0]
    assert "nothing can be concluded" in sentence
    assert "with 15 pairs compared" in sentence
    assert sentence.endswith("it takes at least 10 seeds.")
    assert "all values can be told apart" in conclusion(list("abcdef"), losses)[0]


def test_who_did_not_solve_the_task_and_who_diverged_is_said(rng):
    losses = rows(rng, 0, 0, 2)
    losses[2, :3] = inf
    epochs = [[5] * 8, [5] * 7 + [None], [None] * 8]
    assert conclusion(THREE, losses, epochs)[1] == (
        "Of 8 seeds, sigmoid diverged in 3 (that counts as the worst); "
        "sigmoid solved the task in none, ReLU in 7."
    )


def test_one_value_has_nothing_to_be_compared_with(rng):
    assert conclusion(["tanh"], rows(rng, 0)) == [
        "tanh is the only value: choose another one to compare it with."
    ]


def test_values_that_are_equal_in_every_seed(rng):
    losses = np.repeat(rows(rng, 0), 3, axis=0)
    assert conclusion(THREE, losses) == [
        "All values have the same final test loss in each of 8 seeds: nothing tells them apart."
    ]


def test_nothing_but_diverged_runs():
    assert conclusion(THREE, np.full((3, 8), inf)) == [
        "Every run diverged, so there is no final test loss to compare: try a smaller step."
    ]


def test_no_conclusion_is_longer_than_four_sentences(rng):
    for _ in range(50):
        losses = rows(rng, *rng.choice([0, 0.5, 1, 3, inf], 6), n=12)
        epochs = [[int(loss) if loss < 2 else None for loss in row] for row in losses]
        sentences = conclusion(list("abcdef"), losses, epochs)
        assert 1 <= len(sentences) <= 4
        assert all(sentence.endswith(".") for sentence in sentences)
