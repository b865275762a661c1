// The search over any page (a combobox whose results are a listbox), and the keys that pages have.
// Without this file, the search is a page of its own, and so is the list of keys.

const palette = document.getElementById("palette");
const paletteText = document.getElementById("palette-text");
const keysDialog = document.getElementById("keys");
const CHOICES = { ArrowDown: 1, ArrowUp: -1 };

function paletteOptions() {
  return [...palette.querySelectorAll("[role=option]")];
}

function chosenOption() {
  return palette.querySelector("[aria-selected=true]");
}

// The focus stays in the field; the chosen option is named to screen readers.
function chooseOption(option) {
  chosenOption()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) paletteText.setAttribute("aria-activedescendant", option.id);
  else paletteText.removeAttribute("aria-activedescendant");
}

function showResults() {
  const options = paletteOptions();
  options.forEach((option, number) => { option.id = `palette-option-${number}`; });
  paletteText.setAttribute("aria-expanded", String(options.length > 0));
  if (options.length) paletteText.setAttribute("aria-controls", "palette-list");
  else paletteText.removeAttribute("aria-controls");
  chooseOption(options[0]);
}

function openPalette() {
  if (palette.open || document.querySelector("dialog[open]")) return;
  palette.showModal();
  paletteText.select();
  withHtmx().then(({ trigger }) => trigger(paletteText, "open")).catch(sayUnreachable);
}

palette?.addEventListener("htmx:afterSwap", showResults);

paletteText?.addEventListener("keydown", (event) => {
  const options = paletteOptions();
  if (event.key in CHOICES && options.length) {
    event.preventDefault();
    const at = options.indexOf(chosenOption()) + CHOICES[event.key];
    chooseOption(options[(at + options.length) % options.length]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    chosenOption()?.click();
  }
});

// The list of keys is a topic of the help, whose title the dialog has already.
async function openKeys() {
  const text = document.getElementById("keys-text");
  if (!text.childElementCount) {
    const answer = await fetch(text.dataset.url, { headers: { "HX-Request": "true" } });
    const elsewhere = answer.headers.get("HX-Redirect");
    if (!answer.ok || elsewhere) return location.assign(elsewhere ?? text.dataset.url);
    const topic = new DOMParser().parseFromString(await answer.text(), "text/html");
    topic.getElementById("help-title")?.remove();
    text.replaceChildren(...topic.body.childNodes);
  }
  keysDialog.showModal();
}

function focusFilter() {
  const filters = [...document.querySelectorAll("main input[type=search]")];
  const filter = filters.find((each) => each.checkVisibility());
  filter?.focus();
  filter?.select();
  return filter !== undefined;
}

for (const dialogOfKeys of [palette, keysDialog]) {
  dialogOfKeys?.addEventListener("click", (event) => {
    if (event.target === dialogOfKeys || event.target.closest(".dialog-close")) dialogOfKeys.close();
    if (event.target.closest("a[role=option]")) dialogOfKeys.close();
  });
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-palette]");
  if (!opener || !palette || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  openPalette();
});

// No key of its own while one types, while a dialog is open, or when the person turned them off.
function hasKeys(target) {
  if (!palette || palette.dataset.keys === "off" || document.querySelector("dialog[open]")) return false;
  return !target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || !hasKeys(event.target)) return;
  const { key } = event;
  const withControl = event.ctrlKey || event.metaKey;
  if (withControl && !event.shiftKey && key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
  } else if (!withControl && key === "/" && focusFilter()) {
    event.preventDefault();
  } else if (!withControl && key === "?") {
    event.preventDefault();
    openKeys().catch(() => {});
  }
});
