// htmx is three fifths of the script and half of its work at the start, and most pages are only read.
// It is loaded when something of the page first needs it.

const HTMX_FILE = document.currentScript.dataset.htmx;
const AT_ONCE = '[hx-trigger*="load"], [hx-trigger*="every"]';
const HELD = ["click", "submit", "change", "input", "toggle"];
let htmxLoad;

// htmx starts at once only in a document that is complete; earlier, it may wait for an event of the past.
function completed() {
  if (document.readyState === "complete") return Promise.resolve();
  return new Promise((resolve) => { addEventListener("load", resolve, { once: true }); });
}

function withHtmx() {
  htmxLoad ??= completed().then(() => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = HTMX_FILE;
    script.addEventListener("load", () => resolve(htmx));
    script.addEventListener("error", () => {
      htmxLoad = undefined;
      script.remove();
      reject(new Error("htmx was not loaded"));
    });
    document.head.append(script);
  }));
  return htmxLoad;
}

// What a script has put on the page does what its attributes say.
function enhance(root) {
  if (window.htmx) htmx.process(root);
  else if (root.querySelector(AT_ONCE)) withHtmx().catch(() => {});
}

// The element whose request this event begins. Links have no trigger: a click, but not into a new tab.
function waitingFor(event) {
  const { type, target } = event;
  if (type === "click") {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return null;
    return target.closest?.("a[hx-get]:not([hx-trigger])");
  }
  const owner = target.closest?.("[hx-get]") ?? target.form;
  const begins = owner?.getAttribute?.("hx-trigger")?.split(/[ ,]+/).includes(type);
  return begins && owner.hasAttribute("hx-get") ? owner : null;
}

// An event that comes before htmx is sent again when htmx is there; a link and a form work without it too.
async function hold(event) {
  const owner = !window.htmx && waitingFor(event);
  if (!owner) return;
  const { type, target, submitter } = event;
  const isWhole = type === "click" || type === "submit";
  if (isWhole) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
  const isLoaded = await withHtmx().then(() => true, () => false);
  if (type === "click") isLoaded ? owner.click() : location.assign(owner.href);
  else if (type === "submit") isLoaded ? owner.requestSubmit(submitter) : owner.submit();
  else if (isLoaded) target.dispatchEvent(new Event(type, { bubbles: event.bubbles }));
  else sayUnreachable();
}

for (const type of HELD) document.addEventListener(type, hold, true);

// Whoever puts the focus there or presses the pointer is about to need it.
for (const type of ["focusin", "pointerdown"]) {
  document.addEventListener(type, ({ target }) => {
    if (!htmxLoad && (target.closest?.("[hx-get]") ?? target.form?.hasAttribute("hx-get"))) withHtmx().catch(() => {});
  });
}

if (document.querySelector(AT_ONCE)) withHtmx().catch(() => {});
