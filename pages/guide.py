"""The Guide: how to read the Playground, and the formulas exactly as the core computes them."""

import streamlit as st

from nnlib.activations import ACTIVATIONS
from nnlib.losses import LOSSES
from nnlib.optimizers import OPTIMIZERS
from pages.ui.shell import state

state.begin_page()
state.write_link()

st.title("Guide")
st.markdown(
    """
**Press Play** and the network on the Playground learns: it changes its weights, a small batch
of points at a time, so that its output (the large picture) agrees with the colours of the
points. Every small square is one neuron; its picture shows what that neuron answers at each
place of the input plane. Blue is positive, orange negative, and the neutral colour in between
is zero. Lines between neurons are weights: thicker is larger, and the colour is the sign. The small
square at a neuron's lower left corner is its bias.

- **Step** trains one epoch (every training point once), **Reset** goes back to the *same*
  initial weights, **New weights** draws others for the same data.
- The sliders answer while you drag them. Learning rate, batch size, L2 and the optimizer act on
  the network as it runs, from its next epoch on; noise, samples, layers and inputs train it
  again from the same initial weights up to the epoch where it was.
- Filled points are for training, hollow ones for testing. Rest the pointer on a paused picture
  to read its numbers; drag in it to zoom, double-click to zoom back.
- **Copy link** gives an address that opens this network, trained to this epoch.

**Look closer.** Point at a line, a small square (a bias) or a neuron for its numbers, and click it
for more. A weight or a bias can be set, dragged, frozen or made 0 while you watch what it does; a
neuron shows its sum term by term for the point under the pointer (click a point to keep it), and
can be held at 0 and brought back. *Undo* takes back the last of these edits, *Reset* all of them.
*Wrong* rings the points that the network gets wrong.

**Go back in time.** The timeline below the charts holds every epoch so far. Drag it to an earlier
one and press Play: training goes on from there. Change something there, whatever it is, and
a second future begins beside the first: up to four branches, their losses in one chart, and what
tells them apart in words. *Stop at …* in the same row ends training at a loss, after epochs without
progress, or at an epoch. *Step* can be a batch instead of an epoch, or one example after the other,
with what each asks of every weight: an arrow up on a line wants it larger, down smaller. Press
**?** for the keys.

**Compare fairly.** *Compare* trains up to six networks that differ in one setting, with the same
data, the same batches and the same base weights. One seed is an anecdote: give each value 8 seeds
or more, and the page says which differences the seeds bear out and which they do not (Wilcoxon's
signed-rank test, paired by seed, corrected for the number of pairs). *Grid* varies two settings
at once; a cell opens its network on the Playground.

**Take the functions in your hand.** *Functions* has every activation with its derivative, one
neuron with its hinge, the gradient on its way through up to 20 layers, softmax with its Jacobian,
and the losses over the logit beside two networks that start confidently wrong. Drag in the
pictures.

**Look inside.** *Layers*, *Backprop* and *Inputs* show the network that you train on the
Playground; they can train it and wind it back, too. *Layers* draws what each layer does to the
cloud of points, where every ReLU has its hinge, and which units are dead. *Backprop* takes one
point forward and its gradient back, number by number. *Inputs* holds the weights and moves the
point instead: what does the network look for, and how little does it take to fool it?
"""
)

st.header("What the network computes")
st.markdown(
    "A layer is a linear map and then a fixed function, element by element; "
    "the batch axis comes first in our arrays."
)
st.latex(r"A^0 = X, \qquad Z^l = A^{l-1} W^l + b^l, \qquad A^l = f^l(Z^l)")
st.markdown("It learns by descending the gradient of the objective, the mean loss plus penalties:")
st.latex(
    r"J = \frac1n \sum_{i=1}^n L(g_i, y_i) + \frac{\lambda_2}{2} \sum w^2 + \lambda_1 \sum |w|"
    r"\qquad W \leftarrow W - \eta \, \frac{\partial J}{\partial W}"
)


def entries(things: dict, formulas: dict[str, str]) -> None:
    """One bordered row per function: name, its formulas (attribute: left side), what it is for."""
    for name, thing in things.items():
        with st.container(border=True):
            st.markdown(f"**{name.replace('_', ' ')}** · {thing.note}")
            for attribute, left in formulas.items():
                formula = getattr(thing, attribute)
                named = formula.startswith(("a_i", r"\frac{\partial"))  # its own left side
                st.latex(formula if named or not left else f"{left} = {formula}")
            st.caption(thing.source)


activations, losses, optimizers = st.tabs(["Activation functions", "Losses", "Optimizers"])
with activations:
    entries(ACTIVATIONS, {"formula": "f(z)", "derivative_formula": "f'(z)"})
with losses:
    entries(LOSSES, {"formula": "L", "gradient_formula": r"\partial L / \partial g_k"})
with optimizers:
    entries(OPTIMIZERS, {"formula": ""})
