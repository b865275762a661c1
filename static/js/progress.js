// Work in many Regions: a script sends the form, and the page shows the results as they come.
// Without this file the form is sent by the browser, and its answer is the page of the results.
// Loaded after console.js, whose setBusy, flashes and announce it uses.

const content = document.getElementById("main");
const FIRST = 400;
const EVERY = 1000;

const byScript = { "HX-Request": "true" };

function pause(milliseconds) {
  return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
}

// The heading has the focus, so it stays while the rest is exchanged.
function exchange(shown, fresh) {
  const current = shown.firstElementChild;
  const heading = fresh.querySelector("h1").textContent;
  if (current?.querySelector("h1").textContent !== heading) {
    shown.replaceChildren(fresh);
    fresh.querySelector("h1").focus();
    return;
  }
  current.dataset.url = fresh.dataset.url;
  while (current.childElementCount > 1) current.lastElementChild.remove();
  fresh.firstElementChild.remove();
  current.append(...fresh.childNodes);
}

// A form in a dialog is exchanged for what it does.
const closeDialog = () => document.querySelector("dialog[open]")?.close();

// The page of the form stays below what is shown, in case that the form is refused.
function showProgress(html) {
  let shown = content.querySelector(":scope > .live-progress");
  const isNew = !shown;
  if (isNew) {
    closeDialog();
    for (const each of content.children) each.hidden = true;
    shown = document.createElement("div");
    shown.className = "live-progress";
    content.append(shown);
  }
  const template = document.createElement("template");
  template.innerHTML = html;
  exchange(shown, template.content.firstElementChild);
  const { url } = shown.firstElementChild.dataset;
  // From the first change on, Reload shows what was done.
  if (url) history.replaceState(null, "", url);
  const text = shown.querySelector("[data-said]").textContent.trim().replace(/\s+/g, " ");
  if (shown.dataset.said !== text) announce(shown.dataset.said = text);
  if (isNew) scrollTo(0, 0);
}

function hideProgress() {
  content.querySelector(":scope > .live-progress")?.remove();
  for (const each of content.children) each.hidden = false;
}

async function poll(url, work) {
  await pause(FIRST);
  while (!work.isDone) {
    const answer = await fetch(url, { headers: byScript, redirect: "manual" }).catch(() => null);
    const html = answer?.ok ? await answer.text() : "";
    if (html && !work.isDone) showProgress(html);
    await pause(EVERY);
  }
}

function goTo(url) {
  const wanted = new URL(url, location);
  if (wanted.pathname + wanted.search !== location.pathname + location.search) return location.replace(wanted);
  history.replaceState(null, "", wanted);
  history.scrollRestoration = "manual";
  return location.reload();
}

// The answer is where the results are, a page with errors of the form, or an error.
async function arrive(form, answer) {
  const elsewhere = answer.headers.get("HX-Redirect");
  if (elsewhere) return goTo(elsewhere);
  // Something was begun: the page at this address says what.
  if (content.querySelector(".live-progress [data-url]:not([data-url=''])")) return location.reload();
  const html = await answer.text();
  const page = new DOMParser().parseFromString(html, "text/html").getElementById("main");
  hideProgress();
  closeDialog();
  setBusy(form, form.querySelector("[data-pressed]"), false);
  if (page) content.innerHTML = page.innerHTML;
  else if (/<html/i.test(html)) sayUnreachable();
  else flashes.innerHTML = html;
  (page ? content.querySelector("[data-focus]") : flashes)?.scrollIntoView({ block: "center" });
  content.querySelector(".error-summary")?.focus();
  return null;
}

async function follow(form) {
  const work = { isDone: false };
  poll(form.dataset.progress, work);
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: byScript, redirect: "manual" });
    work.isDone = true;
    await arrive(form, answer);
  } catch {
    work.isDone = true;
    await pause(FIRST);
    // The connection was lost. This address leads to what was done.
    if (!isLeaving) location.replace(form.dataset.progress);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.dataset.progress || event.submitter?.hasAttribute("formaction")) return;
  event.preventDefault();
  follow(form);
});

// Leaving the page ends its request for the browser, but not for the console.
let isLeaving = false;
window.addEventListener("beforeunload", () => { isLeaving = true; });

// A page that Back takes out of the cache shows what was so when it was left.
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted && content?.querySelector(":scope > .live-progress")) location.reload();
});

// After Reload, entries of the history that differ in their fragments share this document, although
// the address of one of them was replaced.
const { pathname } = location;
window.addEventListener("popstate", () => { if (location.pathname !== pathname && !content.querySelector(".live-progress")) location.reload(); });
