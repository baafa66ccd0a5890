"""What an entry says once is what schema, links and texts say everywhere."""

import pytest

from nnlib.activations import ACTIVATIONS, HIDDEN_ACTIVATIONS, activation
from nnlib.basics.registry import Interval, shown
from nnlib.changes import LIVE_FIELDS
from nnlib.config import LIMITS, RunConfig
from nnlib.initializers import INITIALIZERS
from nnlib.losses import LOSSES, loss
from nnlib.names import written
from nnlib.optimizers import OPTIMIZERS, optimizer
from nnlib.task import PAIRS

REGISTRIES = {"activation": ACTIVATIONS, "loss": LOSSES, "optimizer": OPTIMIZERS}
ENTRIES = [entry for registry in REGISTRIES.values() for entry in registry.values()]
SETTINGS = [field for entry in ENTRIES for field in entry.fields]


def named(each) -> str:
    return each.name


@pytest.mark.parametrize("setting", SETTINGS, ids=named)
def test_a_setting_is_a_field_of_the_config_with_the_same_range_and_default(setting):
    assert LIMITS[setting.name] == (setting.low, setting.high)
    assert getattr(RunConfig(), setting.name) == setting.default
    for end in LIMITS[setting.name]:
        assert getattr(RunConfig(**{setting.name: end}), setting.name) == end
        assert setting.checked(end) == end  # what a page offers, the mathematics can do


@pytest.mark.parametrize("setting", SETTINGS, ids=named)
def test_entries_that_share_a_setting_mean_the_same_one(setting):
    assert all(each is setting for each in SETTINGS if each.name == setting.name)


@pytest.mark.parametrize("entry", [each for each in ENTRIES if each.fields], ids=named)
def test_an_entry_stands_in_its_registry_as_its_defaults_make_it(entry):
    again = entry.make(**{field.name: field.default for field in entry.fields})
    assert again.settings == entry.settings
    assert (again.name, again.title, again.fields) == (entry.name, entry.title, entry.fields)


def test_a_change_of_a_loss_s_or_an_optimizers_number_acts_on_the_running_network():
    live = {
        field.name for each in (*LOSSES.values(), *OPTIMIZERS.values()) for field in each.fields
    }
    assert live <= LIVE_FIELDS
    assert not LIVE_FIELDS & {field.name for f in ACTIVATIONS.values() for field in f.fields}


@pytest.mark.parametrize(
    "entry",
    [*ENTRIES, *INITIALIZERS.values()],
    ids=lambda each: f"{type(each).__name__} {each.name}",
)
def test_an_entry_says_what_a_page_shows_of_it(entry):
    assert all((entry.title, entry.formula, entry.note, entry.source))
    assert written(entry.name) == entry.title


def test_equal_numbers_give_the_same_object_so_that_neighbours_share_their_calls():
    assert activation("leaky_relu", leaky_slope=0.01) is ACTIVATIONS["leaky_relu"]
    assert activation("elu", elu_alpha=2) is activation("elu", elu_alpha=2.0)
    assert loss("huber", huber_delta=0.3) is loss("huber", huber_delta=0.3)


@pytest.mark.parametrize("choose", [activation, loss, optimizer])
def test_a_setting_that_nothing_has_is_refused(choose):
    name = next(iter(REGISTRIES[choose.__name__]))
    with pytest.raises(TypeError, match="slope_of_hope"):
        choose(name, slope_of_hope=1.0)


def test_no_two_curves_look_alike():
    looks = [ACTIVATIONS[name].look for name in HIDDEN_ACTIVATIONS]
    assert None not in looks
    assert len(set(looks)) == len(looks)


def test_every_place_among_the_pairs_is_taken_once():
    for kind, pairs in PAIRS.items():
        places = [
            place
            for each in LOSSES.values()
            for suits in each.suits
            if suits.kind == kind
            for _, place in suits.places
        ]
        assert sorted(places) == list(range(len(pairs)))


# --- Intervals and numbers ----------------------------------------------------------------------


def test_an_interval_holds_its_ends_unless_they_are_open():
    assert 0 in Interval(0, 1)
    assert 1 in Interval(0, 1)
    assert 0 not in Interval(0, 1, low_open=True)
    assert 1 not in Interval(0, 1, high_open=True)
    assert float("nan") not in Interval()
    assert str(Interval(0, 1, high_open=True)) == "[0, 1)"


@pytest.mark.parametrize(("x", "text"), [(1.0, "1"), (0.01, "0.01"), (1e-5, "0.00001")])
def test_a_number_is_shown_as_a_formula_wants_it(x, text):
    assert shown(x) == text
