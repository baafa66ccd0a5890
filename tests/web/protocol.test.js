// Every board reads what its table names (pages/ui/live/protocol.py), all of it and nothing else.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, normalize } from "node:path/posix";
import { test } from "node:test";

const ROOT = new URL("../../", import.meta.url);
const TABLES = JSON.parse(
  execFileSync(process.env.PYTHON ?? "python3", ["-m", "tests.ui.protocol_tables", "--json"], { cwd: ROOT }),
);
const RAW = ["blobs", "fault", "heard"]; // of every frame: the wire and the shell see to them

// The text of a module below pages/ui and of all that it imports.
function textOf(module, seen = new Set()) {
  if (seen.has(module)) return "";
  seen.add(module);
  const text = readFileSync(new URL(`pages/ui/${module}`, ROOT), "utf8");
  const imports = [...text.matchAll(/from "(\.{1,2}\/[^"]+)"/g)];
  return text + imports.map(([, path]) => textOf(normalize(`${dirname(module)}/${path}`), seen)).join("");
}

// Names that a text reads of `blobs` or `header`: blobs.NAME, { NAME, ... } = blobs, ({ blobs: { NAME } }).
function readOf(object, text) {
  const names = [...text.matchAll(new RegExp(`\\b${object}\\??\\.(\\w+)`, "g"))].map(([, name]) => name);
  const lists = [`\\{([^{}]*)\\} = (?:frame\\.)?${object}\\b`, `\\b${object}: \\{([^{}]*)\\}`];
  for (const list of lists)
    for (const [, inside] of text.matchAll(new RegExp(list, "g")))
      names.push(...inside.split(",").map((part) => part.trim().match(/^\w+/)?.[0]).filter(Boolean));
  return new Set(names);
}

for (const [board, [module, { keys, forms }]] of Object.entries(TABLES)) {
  const text = textOf(module);

  test(`${board}: no blob is read that the table does not name`, () => {
    assert.deepEqual([...readOf("blobs", text)].filter((name) => !(name in forms)), []);
  });

  test(`${board}: every blob and every key of the table is read`, () => {
    const unread = [...Object.keys(forms), ...keys].filter(
      (name) => !RAW.includes(name) && !new RegExp(`\\b${name}\\b`).test(text),
    );
    assert.deepEqual(unread, []);
  });
}
