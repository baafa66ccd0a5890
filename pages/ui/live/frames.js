// A frame taken apart, by the table that its board packs it by (protocol.py): header and blobs, each blob
// in the form that the table says. A name that the table does not have is a mistake in this program, and
// is said at once; what is only not in this frame is undefined.

// `table`: {keys: [name, ...], forms: {name: form}, several: [name, ...]}.
export function takeApart(buffer, { keys, forms, several }) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const blobs = Object.fromEntries(several.map((name) => [name, []]));
  let start = 4 + length;
  for (const [name, size] of header.blobs) {
    const value = READERS[forms[name]](new Uint8Array(buffer, start, size));
    if (several.includes(name)) blobs[name].push(value);
    else blobs[name] = value;
    start += size;
  }
  return { header: known(header, keys, "key"), blobs: known(blobs, Object.keys(forms), "blob") };
}

const text = (bytes) => new TextDecoder().decode(bytes);

// An array must begin at a multiple of its element's size: it gets bytes of its own.
const READERS = {
  float32: (bytes) => new Float32Array(bytes.slice().buffer),
  uint8: (bytes) => bytes,
  png: (bytes) => bytes,
  json: (bytes) => JSON.parse(text(bytes)),
  text,
};

// An object of which only these names are asked for.
function known(object, names, what) {
  const all = new Set(names);
  return new Proxy(object, {
    get(target, name) {
      if (typeof name === "string" && !all.has(name)) throw new Error(`no frame of this board has the ${what} ${name}`);
      return target[name];
    },
  });
}

export function dataURI(png) {
  let text = "";
  for (let i = 0; i < png.length; i += 8192) text += String.fromCharCode.apply(null, png.subarray(i, i + 8192));
  return `data:image/png;base64,${btoa(text)}`;
}
