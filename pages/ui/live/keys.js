// The keyboard: what each key does, and the list of them. A view listens by its shell (shell.js: useKeys).

export const JUMP = 10; // epochs, with shift

const KEYS = {
  " ": (view) => view.transport(view.playing ? "pause" : "play"),
  s: (view) => view.$(".pg-step").click(),
  r: (view) => view.transport("reset"),
  z: (view) => view.transport("undo"),
  ArrowLeft: (view, event) => view.timeline.move(event.shiftKey ? -JUMP : -1),
  ArrowRight: (view, event) => view.timeline.move(event.shiftKey ? JUMP : 1),
  "?": (view) => showKeys(view),
};
const TYPED =
  "input:not([type=range], [type=checkbox], [type=radio]), textarea, select, [contenteditable=true], " +
  "[role=combobox], [role=listbox]";
const MOVED =
  "input, select, textarea, [role=slider], [role=tab], [role=radio], [role=menuitem], [role=option], .pg-units";
const PRESSED = "button, a, summary, input, [role=button], [role=tab]";

// Whether the control that has the focus needs the key for itself.
function isUsed(event) {
  const target = event.target;
  if (!target.closest || target.closest(TYPED)) return true;
  if (event.key === " ") return Boolean(target.closest(PRESSED));
  return event.key.startsWith("Arrow") && Boolean(target.closest(MOVED));
}

export function showKeys(view) {
  const dialog = view.$(".pg-keys");
  if (dialog.open) dialog.close();
  else dialog.showModal();
}

// Listens before Streamlit does, which knows r and c as keys of its own; a function that ends it.
export function listenToKeys(view, keys = KEYS) {
  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const action = keys[key];
    const elsewhere = document.querySelector("dialog[open], [aria-modal=true]");
    if (!action || isUsed(event) || (elsewhere && key !== "?")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!event.repeat || key.startsWith("Arrow") || key === "s") action(view, event);
  };
  window.addEventListener("keydown", onKey, true);
  return () => window.removeEventListener("keydown", onKey, true);
}
