// The runtime of pages without a kernel: the model that a view gets, and how a widget starts and ends.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { deflateSync } from "node:zlib";
import { addWidget, binaryAsset, esmAsset, newPage, RECORDER, run, until } from "./fake_page.mjs";

let page;

beforeEach(() => {
  globalThis.seen = [];
  page = newPage();
  mock.method(console, "error", () => {});
});

async function newModel(state) {
  await run();
  return new globalThis.TCBF.Model(state);
}

const given = (event) => globalThis.seen.filter(([name]) => name === event).map(([, value]) => value);

// ---- the model

test("set tells each name's listeners first, then those of all changes", async () => {
  const model = await newModel({ radius: 1, level: 2 });
  const calls = [];
  model.on("change", () => calls.push("change"));
  model.on("change:radius", (changed, value) => calls.push(["radius", changed === model, value, model.get("level")]));
  model.set({ radius: 5, level: 3 });
  assert.deepEqual(calls, [["radius", true, 5, 3], "change"]);
});

test("set says nothing when nothing changes, nor when asked to be silent", async () => {
  const model = await newModel({ contrast: [1, 99], meta: { a: [1] }, level: 2 });
  const heard = mock.fn();
  model.on("all", heard);
  model.set("contrast", [1, 99]);
  model.set("meta", { a: [1] });
  model.set("level", 2);
  model.set("level", 3, { silent: true });
  assert.equal(heard.mock.callCount(), 0);
  assert.equal(model.get("level"), 3);
  model.set("contrast", [2, 99]);
  assert.deepEqual(heard.mock.calls.map((call) => call.arguments[0]), ["change:contrast", "change"]);
});

test("on takes several events and a context, once ends by itself", async () => {
  const model = await newModel({ a: 1, b: 1 });
  const context = {};
  const contexts = [];
  model.on("change:a change:b", function () { contexts.push(this); }, context);
  const single = mock.fn();
  model.once("change:a", single);
  model.set("a", 2);
  model.set("b", 2);
  model.set("a", 3);
  assert.deepEqual(contexts.map((value) => value === context), [true, true, true]);
  assert.equal(single.mock.callCount(), 1);
});

test("off forgets by event, by callback, by context, or everything", async () => {
  const model = await newModel({ a: 1 });
  const [first, second, third] = [mock.fn(), mock.fn(), mock.fn()];
  const context = {};
  model.on("change:a", first);
  model.on("change:a", second);
  model.on("change:a", third, context);
  model.off("change:a", first);
  model.set("a", 2);
  model.off(null, null, context);
  model.set("a", 3);
  model.off();
  model.set("a", 4);
  assert.deepEqual([first, second, third].map((heard) => heard.mock.callCount()), [0, 2, 1]);
});

test("a listener removed while others are told is not told", async () => {
  const model = await newModel({ a: 1 });
  const late = mock.fn();
  model.on("change:a", () => model.off("change:a", late));
  model.on("change:a", late);
  model.set("a", 2);
  assert.equal(late.mock.callCount(), 0);
});

test("save_changes and send do no harm without a kernel", async () => {
  const model = await newModel({ a: 1 });
  model.set("a", 2);
  model.save_changes();
  model.send({ any: "thing" });
  assert.equal(model.get("a"), 2);
});

// ---- from element to figure

test("a widget is initialized, then rendered, with the same model and signal", async () => {
  const host = addWidget(page, { esm: ["e"], state: { level: 7 }, assets: { e: esmAsset() } });
  await run();
  const [[first], [second]] = [given("initialize"), given("render")];
  assert.equal(first.model.get("level"), 7);
  assert.equal(second.model, first.model);
  assert.equal(second.signal, first.signal);
  assert.equal(second.el, host.live);
  await assert.rejects(second.experimental.invoke("anything"), /no kernel/);
  assert.equal(host.dataset.state, "ready");
});

test("a module may export a function that returns the widget", async () => {
  const text = `export default async () => ({ render() { globalThis.seen.push(["render", {}]); } });`;
  addWidget(page, { esm: ["f"], assets: { f: esmAsset(text) } });
  await run();
  assert.equal(given("render").length, 1);
});

test("arrays arrive as DataViews, inflated where need be, and shared between widgets", async () => {
  const raw = Uint8Array.from({ length: 300 }, (_, i) => i % 7);
  const assets = {
    e: esmAsset(),
    z: binaryAsset(deflateSync(raw), "zlib", 300),
    r: binaryAsset(raw, "raw", 300),
  };
  const spec = {
    esm: ["e"],
    state: { arrays: { a: { shape: [300] }, b: { shape: [300] } } },
    buffers: [{ path: ["arrays", "a", "data"], id: "z" }, { path: ["arrays", "b", "data"], id: "r" }],
  };
  addWidget(page, { ...spec, assets });
  addWidget(page, spec);
  await run();
  const [first, second] = given("render").map(({ model }) => model.get("arrays"));
  for (const packed of [first.a, first.b]) {
    assert.ok(packed.data instanceof DataView);
    assert.deepEqual(new Uint8Array(packed.data.buffer), raw);
    assert.deepEqual(packed.shape, [300]);
  }
  assert.equal(first.a.data.buffer, second.a.data.buffer);
});

test("the poster waits until the view says that it has painted", async () => {
  const host = addWidget(page, { esm: ["e"], assets: { e: esmAsset() } });
  host.live.root = { dataset: { state: "building" } };
  await run();
  assert.equal(host.dataset.state, "loading");
  host.live.root.dataset.state = "ready";
  host.live.root.observer.callback();
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(host.dataset.state, "ready");
});

test("views share the modules that they import", async () => {
  const shared = { kind: "esm", text: "export const life = { views: 0 };" };
  const view = (name) => ({
    kind: "esm",
    text: `import { life } from "./shared.js";
      export default { render() { globalThis.seen.push(["${name}", ++life.views]); } };`,
    imports: { "./shared.js": "s" },
  });
  addWidget(page, { esm: ["a", "s"], assets: { a: view("a"), s: shared } });
  addWidget(page, { esm: ["b", "s"], assets: { b: view("b"), s: shared } });
  await run();
  assert.deepEqual(globalThis.seen, [["a", 1], ["b", 2]]);
});

test("a module that is missing, or a file with other content, is reported where the figure would be", async () => {
  const view = { kind: "esm", text: `import "./shared.js";`, imports: { "./shared.js": "s" } };
  const host = addWidget(page, { esm: ["a", "s"], assets: { a: view } }, "./");
  const fine = addWidget(page, { esm: ["e"], assets: { e: esmAsset() } });
  const running = run();
  await until(() => page.scripts().length);
  page.scripts()[0].onload(); // it came, and brought nothing
  await running;
  assert.equal(host.dataset.state, "error");
  assert.match(host.live.children[0].textContent, /s\.js does not hold what its name says/);
  assert.equal(fine.dataset.state, "ready");
});

test("styles of views are added once, however many widgets have them", async () => {
  const assets = { e: esmAsset(), c: { kind: "css", text: "b {}" } };
  addWidget(page, { esm: ["e"], css: "c", assets });
  addWidget(page, { esm: ["e"], css: "c" });
  await run();
  const styles = page.head.children.filter((child) => child.localName === "style" && child.dataset.tcbf === "c");
  assert.deepEqual(styles.map((style) => style.textContent), ["b {}"]);
});

// ---- assets in files

test("assets in files are asked for by script, once, and may arrive before the runtime", async () => {
  globalThis.TCBFQ = [["early", esmAsset()]];
  addWidget(page, { esm: ["early"] }, "../_static/tcbf/");
  const spec = { esm: ["late"], buffers: [{ path: ["data"], id: "late-too" }] };
  addWidget(page, spec, "../_static/tcbf/");
  addWidget(page, spec, "../_static/tcbf/");
  const running = run();
  await until(() => page.scripts().length);
  assert.deepEqual(
    page.scripts().map((script) => script.src),
    ["../_static/tcbf/late.js", "../_static/tcbf/late-too.js"],
  );
  globalThis.TCBFQ.push(["late", esmAsset()]);
  globalThis.TCBFQ.push(["late-too", binaryAsset([1, 2, 3], "raw", 3)]);
  await running;
  assert.equal(given("render").length, 3);
});

test("a file that cannot be loaded is reported where the figure would be, and harms no other", async () => {
  const lost = addWidget(page, { esm: ["lost"] }, "./");
  const fine = addWidget(page, { esm: ["e"], assets: { e: esmAsset() } });
  const running = run();
  await until(() => page.scripts().length);
  page.scripts()[0].onerror();
  await running;
  assert.equal(lost.dataset.state, "error");
  const [note] = lost.live.children;
  assert.equal(note.attributes.role, "alert");
  assert.match(note.textContent, /could not start: \.\/lost\.js could not be loaded/);
  assert.equal(fine.dataset.state, "ready");
});

for (const [what, spec, message] of [
  ["a missing asset", { esm: ["absent"] }, /lacks the asset absent/],
  ["a view that fails", { esm: ["t"], assets: { t: esmAsset("export default { render() { throw Error('broken view'); } }") } }, /broken view/],
  [
    "an array cut short",
    { esm: ["e"], buffers: [{ path: ["d"], id: "b" }], assets: { e: esmAsset(), b: binaryAsset([1, 2], "raw", 3) } },
    /asset b has 2 bytes instead of 3/,
  ],
]) {
  test(`${what} is reported in the page and on the console`, async () => {
    const host = addWidget(page, spec);
    await run();
    assert.equal(host.dataset.state, "error");
    assert.match(host.live.children[0].textContent, message);
    assert.equal(console.error.mock.callCount(), 1);
  });
}

// ---- the end, and a second beginning

test("dispose aborts the signal and runs the cleanups, the last first, once", async () => {
  const host = addWidget(page, { esm: ["e"], assets: { e: esmAsset() } });
  await run();
  const { signal } = given("render")[0];
  assert.equal(signal.aborted, false);
  globalThis.TCBF.dispose(host);
  globalThis.TCBF.dispose(host);
  assert.equal(signal.aborted, true);
  assert.deepEqual(globalThis.seen.slice(2).map(([name]) => name), ["render ends", "initialize ends"]);
});

test("a widget disposed of while it starts is cleaned up as soon as it has started", async () => {
  globalThis.disposeEarly = () => globalThis.TCBF.dispose(page.hosts[0]);
  const text = RECORDER.replace(`globalThis.seen.push(["initialize", given]);`, "globalThis.disposeEarly();");
  addWidget(page, { esm: ["d"], assets: { d: esmAsset(text) } });
  await run();
  assert.deepEqual(globalThis.seen, [["initialize ends"]]);
});

test("linked widgets have one value of a trait, as long as they live", async () => {
  const hosts = [["iteration"], ["iteration", "cmap"], undefined].map((links) =>
    addWidget(page, { esm: ["e"], assets: { e: esmAsset() }, state: { iteration: 1, cmap: "gray" }, links }),
  );
  await run();
  const [first, second, alone] = given("render").map(({ model }) => model);
  const heard = mock.fn();
  first.on("change:iteration", heard);
  second.set({ iteration: 4, cmap: "magma" });
  assert.deepEqual([first, second, alone].map((model) => model.get("iteration")), [4, 4, 1]);
  assert.equal(first.get("cmap"), "gray");
  assert.equal(heard.mock.callCount(), 1);
  globalThis.TCBF.dispose(hosts[0]);
  second.set("iteration", 5);
  assert.equal(first.get("iteration"), 4);
});

test("running the runtime again starts only what is new", async () => {
  addWidget(page, { esm: ["e"], assets: { e: esmAsset() } });
  await run();
  addWidget(page, { esm: ["e"] });
  await run();
  assert.equal(given("render").length, 2);
});

test("a widget disposed of before its code has arrived is never drawn", async () => {
  const host = addWidget(page, { esm: ["slow"] }, "./");
  const running = run();
  await until(() => page.scripts().length);
  globalThis.TCBF.dispose(host);
  globalThis.TCBFQ.push(["slow", esmAsset()]);
  await running;
  assert.deepEqual(globalThis.seen, []);
});

test("a widget disposed of while others are drawn before it is never drawn", async () => {
  globalThis.disposeNext = () => globalThis.TCBF.dispose(page.hosts[1]);
  const text = "export default { render() { globalThis.disposeNext(); } }";
  addWidget(page, { esm: ["first"], assets: { first: esmAsset(text) } });
  addWidget(page, { esm: ["e"], assets: { e: esmAsset() } });
  await run();
  assert.deepEqual(globalThis.seen, []);
});

test("an error that cannot be shown where the figure would be holds up no other widget", async () => {
  const text = "export default { render() { throw undefined; } }";
  const lost = addWidget(page, { esm: ["t"], assets: { t: esmAsset(text) } });
  const find = lost.querySelector;
  lost.querySelector = (selector) => (selector === ".tcbf-live" ? null : find(selector));
  const fine = addWidget(page, { esm: ["e"], assets: { e: esmAsset() } });
  await run();
  assert.equal(lost.dataset.state, "error");
  assert.equal(fine.dataset.state, "ready");
});
