// A component's own script: it imports the component's module, and hands on what Streamlit says.
// Streamlit makes a blob of it, from which no relative import resolves: the address is in `data`.

// What was said last of each element: browsers do not end imports of one module in their order.
const latest = new WeakMap();

export default async (component) => {
  const { data, parentElement } = component;
  latest.set(parentElement, component);
  const module = await import(new URL(data.module, location.href)).catch(() => null);
  if (!parentElement.isConnected) return; // the page was left meanwhile
  if (module) return module.default(latest.get(parentElement));
  const message = parentElement.querySelector(".pg-message");
  message.hidden = false;
  message.firstElementChild.textContent = "This part of the page could not be loaded. Reload the page.";
};
