// ConvNetJS under Node: its Trainer, sample by sample, an update after each batch. The requests
// and answers are those of worker.py.

import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import convnetjs from "convnetjs";

const ACTIVATIONS = {
  tanh: convnetjs.TanhLayer,
  relu: convnetjs.ReluLayer,
  sigmoid: convnetjs.SigmoidLayer,
};

class Cannot extends Error {}

// A fully connected layer for every W and b, the activation's layer behind it, the loss at the end.
function network({ weights, biases, activations }) {
  const net = new convnetjs.Net();
  const shape = (depth) => ({ in_sx: 1, in_sy: 1, in_depth: depth });
  net.layers = [new convnetjs.InputLayer({ out_sx: 1, out_sy: 1, out_depth: weights[0].length })];
  weights.forEach((W, l) => {
    const units = biases[l].length;
    const dense = new convnetjs.FullyConnLayer({ ...shape(W.length), num_neurons: units });
    dense.filters.forEach((filter, unit) => filter.w.set(W.map((row) => row[unit])));
    dense.biases.w.set(biases[l]);
    net.layers.push(dense);
    const Activation = ACTIVATIONS[activations[l]];
    if (Activation) net.layers.push(new Activation(shape(units)));
  });
  net.layers.push(new convnetjs.RegressionLayer(shape(biases.at(-1).length)));
  return net;
}

function parameters(net) {
  const dense = net.layers.filter((layer) => layer.layer_type === "fc");
  return {
    weights: dense.map(({ filters, num_inputs }) =>
      Array.from({ length: num_inputs }, (_, i) => filters.map((filter) => filter.w[i]))),
    biases: dense.map((layer) => Array.from(layer.biases.w)),
  };
}

class Training {
  constructor(work) {
    if (work.optimizer !== "sgd") throw new Cannot(`cannot: it has no ${work.optimizer}`);
    this.work = work;
    this.X = work.X.map((row) => new convnetjs.Vol(row));
  }

  reset() {
    const { networks, learning_rate, batch_size } = this.work;
    this.net = network(networks[0]);
    this.trainer = new convnetjs.Trainer(this.net, {
      method: "sgd",
      momentum: 0,
      batch_size,
      learning_rate: 2 * learning_rate, // its squared loss has a factor 1/2, ours has none
    });
  }

  run(count) {
    const { X, work: { y } } = this;
    for (let epoch = 0; epoch < count; epoch++) {
      for (const i of convnetjs.randperm(X.length)) this.trainer.train(X[i], y[i]);
    }
  }

  result() {
    return { networks: [parameters(this.net)] };
  }
}

const made = {};

function answer({ work, count, result }) {
  try {
    made[work] ??= new Training(JSON.parse(readFileSync(work, "utf8")));
  } catch (error) {
    if (error instanceof Cannot) return { cannot: error.message };
    throw error;
  }
  const training = made[work];
  training.reset();
  const start = performance.now();
  training.run(count);
  const seconds = (performance.now() - start) / 1000;
  return { seconds, ...(result ? training.result() : {}) };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(answer(JSON.parse(line))));
}
