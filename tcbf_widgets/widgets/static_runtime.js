// The page without a kernel: gives every widget in the document a model of its own and calls its view.
//
// A widget in a page is an element .tcbf-static (with data-assets="../_static/tcbf/" where assets are files) holding
//   img.tcbf-poster   seen until the view has painted
//   div.tcbf-live     the view's element
//   script[type="application/tcbf+json"]   {state, esm: [the view's module, those that it imports], css, buffers, assets}
//                    and, if it is linked to others of the page, links: [names of traits that have one value in all]
//
// Assets (the views' code, their style sheet, binary arrays) are named by the hash of their content. They stand in
// the JSON itself, or each in a file <id>.js that says `(window.TCBFQ ??= []).push([id, asset])`: a classic script,
// because from file:// a browser neither fetches nor imports anything else.
//
// This file is a classic script too, may run any number of times, and follows the front-end module specification
// of anywidget: a module exports {initialize?, render?}, or a function that returns them; both may return a cleanup.

globalThis.TCBF ??= (() => {
  const assets = new Map(); // id -> asset that has arrived
  const waiting = new Map(); // id -> {promise, resolve, reject} of one that has not
  const addresses = new Map(); // id -> promise of the address of a module
  const modules = new Map(); // id -> promise of the widget definition
  const bytes = new Map(); // id -> promise of a Uint8Array
  const running = new WeakMap(); // host element -> {controller, cleanups}
  const linked = new Map(); // name of a trait -> set of models in which it has one value
  let queue = Promise.resolve();

  // ---- assets

  function put(id, asset) {
    if (assets.has(id)) return;
    assets.set(id, asset);
    waiting.get(id)?.resolve(asset);
    waiting.delete(id);
  }

  function need(id, base) {
    if (assets.has(id)) return Promise.resolve(assets.get(id));
    if (waiting.has(id)) return waiting.get(id).promise;
    const entry = {};
    entry.promise = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
    entry.promise.catch(() => {}); // whoever awaits it reports it
    waiting.set(id, entry);
    if (base === undefined) {
      entry.reject(new Error(`the page lacks the asset ${id}`));
      return entry.promise;
    }
    const script = document.createElement("script");
    script.async = true;
    script.src = `${base}${id}.js`;
    script.onerror = () => entry.reject(new Error(`${script.src} could not be loaded`));
    // of no effect where the script has brought the asset
    script.onload = () => entry.reject(new Error(`${script.src} does not hold what its name says`));
    document.head.append(script);
    return entry.promise;
  }

  function decodeBase64(text) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const binary = atob(text);
    const out = new Uint8Array(binary.length);
    // a loop, since Uint8Array.from(binary, f) is twenty times slower
    for (let i = 0; i < binary.length; i++) out[i] = binary.charCodeAt(i);
    return out;
  }

  async function inflate(data) {
    const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  async function decode(id, asset) {
    let data = decodeBase64(asset.text);
    if (asset.encoding === "zlib") data = await inflate(data);
    if (data.byteLength !== asset.bytes) {
      throw new Error(`asset ${id} has ${data.byteLength} bytes instead of ${asset.bytes}`);
    }
    asset.text = null; // decoded once, for every widget that shows it
    return data;
  }

  const binary = (id, base) => once(bytes, id, () => need(id, base).then((asset) => decode(id, asset)));

  // The address of a module's text, in which the names of other modules are addresses, too. Addresses stay valid:
  // a view that comes later shares the modules of those before it.
  async function makeAddress(asset, base) {
    let { text } = asset;
    for (const [name, id] of Object.entries(asset.imports ?? {})) {
      text = text.replaceAll(`"${name}"`, `"${await address(id, base)}"`);
    }
    return URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  }

  function address(id, base) {
    return once(addresses, id, () => need(id, base).then((asset) => makeAddress(asset, base)));
  }

  async function define(id, base) {
    const module = await import(await address(id, base));
    const definition = module.default ?? module;
    return typeof definition === "function" ? await definition() : definition;
  }

  const widgetModule = (id, base) => once(modules, id, () => define(id, base));

  function once(results, id, work) {
    if (!results.has(id)) results.set(id, work());
    return results.get(id);
  }

  function addStyle(name, text) {
    if (document.querySelector(`style[data-tcbf="${name}"]`)) return;
    const style = document.createElement("style");
    style.dataset.tcbf = name;
    style.textContent = text;
    document.head.append(style);
  }

  // ---- the model

  const isPlain = (value) => value !== null && Object.getPrototypeOf(value) === Object.prototype;

  function equal(a, b) {
    if (Object.is(a, b)) return true;
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
    if (!(Array.isArray(a) && Array.isArray(b)) && !(isPlain(a) && isPlain(b))) return false;
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => key in b && equal(a[key], b[key]));
  }

  class Model {
    #state;
    #listeners = []; // {event, callback, context, once}

    constructor(state) {
      this.#state = state;
      this.widget_manager = undefined; // there is none, as there is no kernel
    }

    get(name) {
      return this.#state[name];
    }

    // set(name, value) or set({name: value, ...}); tells listeners only what really changed
    set(name, value, options = {}) {
      const isMany = typeof name === "object";
      const values = isMany ? name : { [name]: value };
      const settings = (isMany ? value : options) ?? {};
      const changed = Object.keys(values).filter((key) => !equal(this.#state[key], values[key]));
      for (const key of changed) this.#state[key] = values[key];
      if (settings.silent) return this;
      for (const key of changed) this.trigger(`change:${key}`, this, this.#state[key], settings);
      if (changed.length) this.trigger("change", this, settings);
      return this;
    }

    on(events, callback, context) {
      return this.#listen(events, callback, context, false);
    }

    once(events, callback, context) {
      return this.#listen(events, callback, context, true);
    }

    // off() forgets all; each argument given narrows it down
    off(events, callback, context) {
      const names = events ? events.split(/\s+/) : null;
      this.#listeners = this.#listeners.filter(
        (entry) =>
          (names && !names.includes(entry.event)) ||
          (callback && callback !== entry.callback) ||
          (context && context !== entry.context),
      );
      return this;
    }

    trigger(event, ...values) {
      for (const entry of [...this.#listeners]) {
        if (entry.event !== event && entry.event !== "all") continue;
        if (!this.#listeners.includes(entry)) continue; // an earlier listener removed it
        if (entry.once) this.#listeners = this.#listeners.filter((other) => other !== entry);
        const given = entry.event === "all" ? [event, ...values] : values;
        entry.callback.apply(entry.context ?? this, given);
      }
      return this;
    }

    // The page's own state is the truth; nobody waits for a change or a message.
    save_changes() {}
    send() {}

    #listen(events, callback, context, once) {
      for (const event of events.split(/\s+/)) this.#listeners.push({ event, callback, context, once });
      return this;
    }
  }

  // What the model is told of these traits, all others of the page are told that are linked by them.
  function link(model, names, signal) {
    for (const name of names) {
      const models = linked.get(name) ?? new Set();
      linked.set(name, models.add(model));
      model.on(`change:${name}`, () => models.forEach((other) => other.set(name, model.get(name))));
      signal.addEventListener("abort", () => models.delete(model));
    }
  }

  const experimental = {
    invoke: () => Promise.reject(new Error("this page has no kernel to ask")),
  };

  // ---- from element to living figure

  const layout = `
    .tcbf-static { display: grid; grid-template-columns: minmax(0, 1fr); }
    .tcbf-static > .tcbf-poster, .tcbf-static > .tcbf-live { grid-area: 1 / 1; }
    .tcbf-static > .tcbf-poster { width: 100%; height: auto; }
    .tcbf-static[data-state="loading"] > .tcbf-live { visibility: hidden; }
    .tcbf-static[data-state="ready"] > .tcbf-poster { display: none; }
    .tcbf-static[data-state="error"] > .tcbf-live { grid-area: 2 / 1; }
  `;

  function read(host) {
    const spec = JSON.parse(host.querySelector('script[type="application/tcbf+json"]').textContent);
    for (const [id, asset] of Object.entries(spec.assets ?? {})) put(id, asset);
    return spec;
  }

  // Start all downloads of a widget before its turn to be drawn comes.
  function request(spec, base) {
    return Promise.all([
      ...spec.esm.map((id) => need(id, base)),
      spec.css ? need(spec.css, base) : null,
      ...spec.buffers.map(({ id }) => need(id, base)),
    ]);
  }

  async function restoreBuffers(spec, base) {
    for (const { path, id } of spec.buffers) {
      const data = await binary(id, base);
      const parent = path.slice(0, -1).reduce((node, key) => node[key], spec.state);
      parent[path.at(-1)] = new DataView(data.buffer, data.byteOffset, data.byteLength);
    }
  }

  // Resolves once the view's root says so (it leaves the state "building"), or after a frame for other views.
  function painted(live) {
    const settled = (root) => root.dataset.state !== undefined && root.dataset.state !== "building";
    const root = live.querySelector(".tcbf-widget[data-view]");
    if (!root) return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    if (settled(root)) return Promise.resolve();
    return new Promise((resolve) => {
      const observer = new MutationObserver(() => {
        if (!settled(root)) return;
        observer.disconnect();
        resolve();
      });
      observer.observe(root, { attributes: true, attributeFilter: ["data-state"] });
    });
  }

  function report(host, error) {
    host.dataset.state = "error";
    const note = document.createElement("p");
    note.setAttribute("role", "alert");
    note.textContent = `The interactive figure could not start: ${error?.message ?? error}`;
    console.error(error);
    // a page that was edited may lack it; the queue of the other widgets must go on
    (host.querySelector(".tcbf-live") ?? host).replaceChildren(note);
  }

  async function render(host, spec, base, life) {
    const { controller } = life;
    if (controller.signal.aborted) return;
    const [widget, style] = await Promise.all([
      widgetModule(spec.esm[0], base),
      spec.css ? need(spec.css, base) : null,
      restoreBuffers(spec, base),
    ]);
    if (controller.signal.aborted) return;
    if (style) addStyle(spec.css, style.text);
    const context = { model: new Model(spec.state), signal: controller.signal, experimental };
    link(context.model, spec.links ?? [], controller.signal);
    life.cleanups.push(await widget.initialize?.(context));
    if (controller.signal.aborted) return runCleanups(life);
    life.cleanups.push(await widget.render?.({ ...context, el: host.querySelector(".tcbf-live") }));
    if (controller.signal.aborted) return runCleanups(life);
    // not awaited: a view that paints late does not hold up the next one
    painted(host.querySelector(".tcbf-live")).then(() => {
      if (!controller.signal.aborted) host.dataset.state = "ready";
    });
  }

  function runCleanups(life) {
    for (const cleanup of life.cleanups.splice(0).reverse()) {
      if (typeof cleanup === "function") cleanup();
    }
  }

  // End a widget before its element leaves the page.
  function dispose(host) {
    const life = running.get(host);
    running.delete(host);
    life?.controller.abort();
    if (life) runCleanups(life);
  }

  // Bring every widget to life that is not yet alive, the first in the document first.
  function start(root = document) {
    addStyle("layout", layout);
    for (const host of root.querySelectorAll(".tcbf-static:not([data-state])")) {
      host.dataset.state = "loading";
      const base = host.dataset.assets;
      try {
        const spec = read(host);
        request(spec, base).catch(() => {}); // reported when its turn comes
        // from now on, so that dispose also reaches a widget whose turn has not come
        const life = { controller: new AbortController(), cleanups: [] };
        running.set(host, life);
        queue = queue
          .then(() => render(host, spec, base, life))
          .catch((error) => report(host, error))
          .catch(console.error); // whatever happens to one, the next has its turn
      } catch (error) {
        report(host, error);
      }
    }
    return queue;
  }

  const early = globalThis.TCBFQ ?? [];
  globalThis.TCBFQ = { push: ([id, asset]) => put(id, asset) };
  for (const [id, asset] of early) put(id, asset);

  return { put, start, dispose, Model };
})();

globalThis.TCBF.start();
