import assert from "node:assert/strict";
import test from "node:test";
import { createMenu } from "../../tcbf_widgets/widgets/shared/menu.js";

// Just enough of an element for a menu to be built and to hear keys; whether an event would go on is in the event.
class FakeElement extends EventTarget {
  attributes = new Map();
  dataset = {};
  append() {}
  setAttribute(name, value) {
    this.attributes.set(name, String(value));
  }
  getAttribute(name) {
    return this.attributes.get(name) ?? null;
  }
  get hidden() {
    return this.attributes.has("hidden");
  }
  set hidden(on) {
    if (on) this.attributes.set("hidden", "");
    else this.attributes.delete("hidden");
  }
  focus() {
    document.activeElement = this;
  }
}

function newMenu() {
  globalThis.document = { createElement: () => new FakeElement(), activeElement: null };
  const root = new FakeElement();
  root.dataset.view = "VirtualBrightField";
  const frame = { root, get: () => null, set() {}, meta: {}, reset() {} };
  return createMenu(frame, () => []);
}

function press(part, key) {
  const event = Object.assign(new Event("keydown", { bubbles: true, cancelable: true }), { key });
  part.dispatchEvent(event);
  return { ended: event.cancelBubble && event.defaultPrevented };
}

for (const from of ["button", "sheet"])
  test(`Escape on the ${from} closes an open menu, and no notebook hears of it`, () => {
    const menu = newMenu();
    menu.button.dispatchEvent(new Event("click"));
    assert.equal(menu.sheet.hidden, false);
    assert.deepEqual(press(menu[from], "a"), { ended: false });
    assert.deepEqual(press(menu[from], "Escape"), { ended: true });
    assert.equal(menu.sheet.hidden, true);
    assert.equal(menu.button.getAttribute("aria-expanded"), "false");
    assert.equal(document.activeElement, menu.button);
  });

test("Escape beside a closed menu is the notebook's", () => {
  const menu = newMenu();
  assert.deepEqual(press(menu.button, "Escape"), { ended: false });
  assert.equal(document.activeElement, null);
});
