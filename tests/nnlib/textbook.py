"""The formulas of the activations, written down a second time for autograd to differentiate."""

import math

import autograd.numpy as anp

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805

# z (..., k) -> a; a row's units are along the last axis.
TEXTBOOK = {
    "linear": lambda z: 1.0 * z,
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "tanh": lambda z: (anp.exp(z) - anp.exp(-z)) / (anp.exp(z) + anp.exp(-z)),
    "relu": lambda z: anp.where(z > 0, z, 0 * z),
    "leaky_relu": lambda z: anp.where(z > 0, z, 0.01 * z),
    "elu": lambda z: anp.where(z > 0, z, anp.exp(z) - 1),
    "selu": lambda z: SELU_SCALE * anp.where(z > 0, z, SELU_ALPHA * (anp.exp(z) - 1)),
    "gelu": lambda z: 0.5 * z * (1 + anp.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))),
    "silu": lambda z: z / (1 + anp.exp(-z)),
    "mish": lambda z: z * anp.tanh(anp.log(1 + anp.exp(z))),
    "softplus": lambda z: anp.log(1 + anp.exp(z)),
    "sine": anp.sin,
    "softmax": lambda z: anp.exp(z) / anp.sum(anp.exp(z), axis=-1, keepdims=True),
}
