// Makes pages pleasant; each of them works without this file.

const announcer = document.getElementById("announcer");

function announce(text) {
  announcer.textContent = "";
  requestAnimationFrame(() => { announcer.textContent = text; });
}

// Copy buttons. Without the clipboard API (plain http), a selected text is copied.
async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const box = document.createElement("textarea");
  box.value = text;
  document.body.append(box);
  box.select();
  document.execCommand("copy");
  box.remove();
}

async function copy(button) {
  await copyText(button.dataset.copy || document.getElementById(button.dataset.copyOf).textContent);
  const label = button.querySelector("[data-copy-label]");
  if (label.dataset.before) return;
  label.dataset.before = label.textContent;
  label.textContent = button.dataset.copied;
  const hidden = label.classList.replace("visually-hidden", "shown-for-now");
  announce(button.dataset.copied);
  setTimeout(() => {
    label.textContent = label.dataset.before;
    delete label.dataset.before;
    if (hidden) label.classList.replace("shown-for-now", "visually-hidden");
  }, 2000);
}

function toggleReveal(button) {
  const input = document.getElementById(button.dataset.reveal);
  const reveal = input.type === "password";
  input.type = reveal ? "text" : "password";
  button.setAttribute("aria-pressed", String(reveal));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.querySelector("[data-copy-label]")) copy(button);
  if (button?.dataset.reveal) toggleReveal(button);
  if (button?.dataset.dismiss) button.closest(button.dataset.dismiss).remove();
});

// A token that was shown is hidden before it leaves: browsers keep what stood in a text field.
function hideTokens(form) {
  for (const button of form.querySelectorAll("[data-reveal][aria-pressed=true]")) toggleReveal(button);
}

// A form is sent once, however often its button is pressed; the pressed button shows that. If its answer is a file or another tab, the page stays, and so does the button.
function setBusy(form, button, busy) {
  form.toggleAttribute("data-sent", busy);
  if (button) setPressed(button, busy);
}

function setPressed(button, busy) {
  button.toggleAttribute("data-pressed", busy);
  if (busy) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const stays = (event.submitter ?? form).closest("[data-stays]");
  if (form.method !== "post" || form.hasAttribute("hx-post") || stays) return;
  if (form.hasAttribute("data-sent")) {
    event.preventDefault();
    return;
  }
  const pressed = event.submitter?.hasAttribute("data-default") ? form.querySelector(".button-primary") : event.submitter;
  setBusy(form, pressed, true);
  hideTokens(form); // guard: S4
  if (form.dataset.busy) announce(form.dataset.busy);
});

function readyAgain() {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    setBusy(form, form.querySelector("[data-pressed]"), false);
  }
}

// A page restored by Back is ready again, and one whose answer is waited for no longer.
window.addEventListener("pageshow", readyAgain);
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") readyAgain();
});

// An answer that is not the row asked for is an error: its alert goes where the flashes are.
const flashes = document.querySelector(".flashes");

function sayUnreachable() {
  flashes.textContent = flashes.dataset.unreachable;
  announce(flashes.dataset.unreachable);
}

document.addEventListener("htmx:responseError", (event) => {
  const html = event.detail.xhr.responseText;
  if (/<html/i.test(html)) sayUnreachable();
  else flashes.innerHTML = html;
  flashes.scrollIntoView({ block: "center" });
});

// A request that leaving the page cuts off fails too; by then there is nobody to tell.
document.addEventListener("htmx:sendError", () => setTimeout(sayUnreachable, 300));

// What a swap has to say; `data-announce-new` only when it differs from what it said last.
let said = "";

document.addEventListener("htmx:afterSettle", (event) => {
  const { announce: text, announceNew: change } = event.detail.elt.dataset;
  if (text) announce(text.trim());
  if (change !== undefined && change.trim() !== said) announce(said = change.trim());
});

// A list that is loaded again keeps what is chosen in it; a search keeps it also if it does not match.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target } = event.detail;
  const control = target.matches("[data-keep]") && target.querySelector("select, input");
  if (!control) return;
  const { id, value } = control;
  const isSearch = event.detail.requestConfig?.elt.id === "search-choices";
  const chosen = isSearch && value ? control.selectedOptions?.[0]?.cloneNode(true) : null;
  document.addEventListener("htmx:afterSwap", () => {
    const renewed = document.getElementById(id);
    const offers = () => renewed?.options ? [...renewed.options].some((option) => option.value === value) : renewed;
    if (chosen && renewed && !offers()) renewed.add(chosen);
    if (offers()) renewed.value = value;
  }, { once: true });
});

// A new page is read from its error summary, the heading that its address names, or its own heading on.
const named = location.hash && document.getElementById(location.hash.slice(1));
const start = document.querySelector(".error-summary[data-focus]") ?? (named?.tabIndex === -1 && named.matches("h2, h3") ? named : null);
document.querySelector('[data-focus="first"]')?.scrollIntoView({ block: "center" });
(start ?? document.querySelector('[data-focus="first"]') ?? document.querySelector("[data-focus]"))?.focus({ preventScroll: true });
