// The state of a widget as the Python call that reproduces it.

/** A JSON-like value as a Python literal; arrays become tuples (traits of several values are tuples). */
export function pythonLiteral(value) {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return pythonNumber(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `(${value.map(pythonLiteral).join(", ")}${value.length === 1 ? "," : ""})`;
  const items = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${pythonLiteral(item)}`);
  return `{${items.join(", ")}}`;
}

function pythonNumber(value) {
  if (Number.isNaN(value)) return 'float("nan")';
  if (!Number.isFinite(value)) return value > 0 ? 'float("inf")' : 'float("-inf")';
  return String(value);
}

/** Call with the traits that differ from their defaults, e.g. tcbf.widgets.X(stack, radius=6). */
export function pythonCall({ call, traits = [], defaults = {} }, get) {
  const set = traits
    .filter((name) => !(name in defaults) || !same(get(name), defaults[name]))
    .map((name) => `${name}=${pythonLiteral(get(name))}`);
  const open = call.replace(/\)\s*$/, "");
  const separator = open.endsWith("(") ? "" : ", ";
  return set.length ? `${open}${separator}${set.join(", ")})` : `${open})`;
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
