// Just enough of a browser for static_runtime.js: a document, elements and frames.
import assert from "node:assert/strict";

class FakeElement {
  constructor(tag) {
    this.localName = tag;
    this.dataset = {};
    this.children = [];
    this.attributes = {};
  }
  append(...children) {
    this.children.push(...children);
  }
  replaceChildren(...children) {
    this.children = children;
  }
  setAttribute(name, value) {
    this.attributes[name] = value;
  }
}

// A Blob that remembers its text, since Node imports data: addresses but no blob: ones.
class RememberingBlob extends Blob {
  constructor(parts, options) {
    super(parts, options);
    this.text0 = parts[0];
  }
}

const RUNTIME = "../../tcbf_widgets/widgets/static_runtime.js";
let runs = 0;

// Replace the globals that the runtime uses; returns the page's hosts and scripts.
export function newPage() {
  const hosts = [];
  const head = new FakeElement("head");
  globalThis.document = {
    head,
    createElement: (tag) => new FakeElement(tag),
    querySelector: (selector) => {
      const name = selector.match(/style\[data-tcbf="(.*)"\]/)[1];
      return head.children.find((child) => child.localName === "style" && child.dataset.tcbf === name) ?? null;
    },
    querySelectorAll: () => hosts.filter((host) => host.dataset.state === undefined),
  };
  globalThis.requestAnimationFrame = (callback) => setTimeout(callback, 0);
  globalThis.MutationObserver = class {
    constructor(callback) {
      this.callback = callback;
    }
    observe(target) {
      target.observer = this;
    }
    disconnect() {}
  };
  globalThis.Blob = RememberingBlob;
  URL.createObjectURL = (blob) => `data:text/javascript,${encodeURIComponent(blob.text0)}`;
  URL.revokeObjectURL = () => {};
  delete globalThis.TCBF;
  delete globalThis.TCBFQ;
  return { hosts, head, scripts: () => head.children.filter((child) => child.localName === "script") };
}

// Run the runtime, as a page that loads it does, and wait for all widgets.
export async function run() {
  await import(`${RUNTIME}?run=${runs++}`);
  await globalThis.TCBF.start();
  // a view is ready two frames after it was drawn
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
}

export async function until(condition) {
  const end = performance.now() + 20_000;
  while (!condition()) {
    assert.ok(performance.now() < end, `still not: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

// An element as Python writes it around a payload.
export function addWidget(page, spec, base) {
  const host = new FakeElement("div");
  const live = new FakeElement("div");
  live.querySelector = () => live.root ?? null;
  const payload = { textContent: JSON.stringify({ css: null, buffers: [], state: {}, ...spec }) };
  host.querySelector = (selector) => (selector === ".tcbf-live" ? live : payload);
  host.live = live;
  if (base !== undefined) host.dataset.assets = base;
  page.hosts.push(host);
  return host;
}

// A view that writes down what happens to it, in globalThis.seen.
export const RECORDER = `
export default {
  initialize(given) {
    globalThis.seen.push(["initialize", given]);
    return () => globalThis.seen.push(["initialize ends"]);
  },
  render(given) {
    globalThis.seen.push(["render", given]);
    return () => globalThis.seen.push(["render ends"]);
  },
};`;

export const esmAsset = (text = RECORDER) => ({ kind: "esm", text });

export const binaryAsset = (stored, encoding, bytes) => ({
  kind: "binary",
  encoding,
  bytes,
  text: Buffer.from(stored).toString("base64"),
});
