// The Playground's sliders: places of a knob <-> values of a setting.

import assert from "node:assert/strict";
import { test } from "node:test";

import { SLIDERS } from "../../pages/ui/playground/playground.js";

const places = ({ max }) => Array.from({ length: max + 1 }, (_, place) => place);

for (const [name, slider] of Object.entries(SLIDERS)) {
  const values = places(slider).map(slider.value);

  test(`${name}: a value has a place, and that place has the value`, () => {
    for (const value of values) assert.equal(slider.value(slider.place(value)), value);
  });

  test(`${name}: further right is never less`, () => {
    values.slice(1).forEach((value, i) => assert.ok(value >= values[i], `${values[i]}, then ${value}`));
  });

  test(`${name}: every place is on the track`, () => {
    for (const value of values) assert.ok(slider.place(value) >= 0 && slider.place(value) <= slider.max);
  });

  test(`${name}: its words are no longer than seven characters`, () => {
    for (const value of values) assert.ok((slider.text ?? String)(value).length <= 7, (slider.text ?? String)(value));
  });
}

const ENDS = {
  learning_rate: [0.00001, 10],
  batch_size: [1, 2000],
  l2: [0, 0.1],
  n_classes: [2, 6],
  noise: [0, 2],
  n_samples: [20, 2000],
  test_share: [0.1, 0.9],
};
for (const [name, ends] of Object.entries(ENDS)) {
  test(`${name} goes from ${ends[0]} to ${ends[1]}`, () => {
    const { value, max } = SLIDERS[name];
    assert.deepEqual([value(0), value(max)], ends);
  });
}

test("a value between two stops is shown at the nearer one", () => {
  const { place, value } = SLIDERS.batch_size;
  assert.deepEqual([9, 11, 110, 5000].map((n) => value(place(n))), [8, 10, 100, 2000]);
});

test("a rate between two stops is shown near by", () => {
  const { place, value } = SLIDERS.learning_rate;
  for (const rate of [0.03, 0.0123, 0.5, 7.77]) assert.ok(Math.abs(Math.log(value(place(rate)) / rate)) < 0.08);
});

test("no penalty is the first place alone", () => {
  const { place, value } = SLIDERS.l2;
  assert.equal(place(0), 0);
  assert.equal(place(1e-9), 1);
  assert.ok(value(1) > 0);
});
