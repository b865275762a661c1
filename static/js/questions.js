// Questions before something is left or deleted: as pages without this file, as dialogs with it.
// Loaded after console.js, whose setBusy and flashes it uses.

const dialog = document.getElementById("dialog");

function ask(question, title) {
  dialog.querySelector("form")?.remove();
  dialog.append(question);
  enhance(question);
  if (title) document.getElementById("dialog-title").textContent = title;
  const confirm = dialog.querySelector('[data-question="confirm"] .text-input');
  if (!dialog.open) dialog.showModal();
  if (!confirm) return;
  confirm.form.querySelector('[type="submit"]').disabled = true;
  confirm.focus();
}

async function load(url, options) {
  const answer = await fetch(url, { redirect: "manual", headers: { "HX-Request": "true" }, ...options });
  // The session is over, or the console wants to know once more who asks.
  const elsewhere = answer.headers.get("HX-Redirect");
  if (elsewhere) location.assign(elsewhere);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { answer, page, question: page.querySelector("[data-question]") };
}

// What was typed in a step is kept before the question, whatever the answer will be.
function keepTyped() {
  const body = new FormData(step);
  body.set("go", "leave");
  return load(step.action, { method: "POST", body });
}

async function openDialog(url, opener, next, options) {
  if (step?.hasAttribute("data-keeps")) await keepTyped().catch(() => ({}));
  const { answer, page, question } = await load(url, options).catch(() => ({}));
  if (!question) return answer?.headers.has("HX-Redirect") || location.assign(options ? location.href : url);
  if (next) question.elements.next.value = next;
  ask(question, page.querySelector("h1").textContent);
  // The entry of a menu is hidden by now: the menu closed when the focus left it.
  const back = () => (opener.checkVisibility() ? opener : opener.closest("details")?.querySelector("summary"))?.focus();
  dialog.addEventListener("close", back, { once: true });
}

function unreachable() {
  const line = document.createElement("p");
  line.setAttribute("role", "alert");
  line.className = "field-error";
  line.textContent = flashes.dataset.unreachable;
  return line;
}

// A confirmation that is refused is shown in the dialog; what is done leads back to the page.
async function confirmDialog(form, button) {
  const back = form.querySelector("[data-close]").href;
  setBusy(form, button, true);
  const { answer, page, question } = await load(form.action, { method: "POST", body: new FormData(form) }).catch(() => ({}));
  if (answer?.headers.has("HX-Redirect")) return;
  if (answer?.type === "opaqueredirect") return location.assign(back);
  if (question) return ask(question);
  setBusy(form, button, false);
  form.querySelector('[role="alert"]')?.remove();
  form.querySelector(".question-body").prepend(page?.querySelector('[role="alert"]') ?? unreachable());
}

dialog?.addEventListener("submit", (event) => {
  // progress.js sends what takes long.
  if (event.target.dataset.question !== "confirm" || event.target.dataset.progress) return;
  event.preventDefault();
  event.stopPropagation();
  if (!event.target.hasAttribute("data-sent")) confirmDialog(event.target, event.submitter);
});

dialog?.addEventListener("input", ({ target }) => {
  const form = target.closest('[data-question="confirm"]');
  if (form) form.querySelector('[type="submit"]').disabled = target.value.trim().toLowerCase() !== "confirm";
});

// A wizard that was begun asks before it is left. Its own pages (Previous, Edit) keep the draft.
const step = document.querySelector("[data-leave]");
let unsaved = false;

step?.addEventListener("input", () => { unsaved = true; });
document.addEventListener("submit", ({ target }) => {
  if (target === step || dialog?.contains(target)) unsaved = false;
});
window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });

function leavesDraft(link) {
  if (!step || link.origin !== location.origin) return false;
  const isOwn = link.pathname.startsWith(new URL(step.dataset.leave, location).pathname.replace(/[^/]+\/$/, ""));
  const isBegun = step.hasAttribute("data-begun") || document.querySelector(".step-visited") !== null;
  return !isOwn && (unsaved || isBegun);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  const cancel = event.target.closest("button[data-dialog]");
  const close = event.target.closest("#dialog [data-close]");
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (close) {
    event.preventDefault();
    dialog.close();
  } else if (cancel) {
    event.preventDefault();
    openDialog(step.dataset.leave, cancel);
  } else if (link && !link.target && link.dataset.dialog !== undefined) {
    event.preventDefault();
    openDialog(link.href, link);
  } else if (link && !link.target && leavesDraft(link)) {
    event.preventDefault();
    openDialog(step.dataset.leave, link, link.pathname + link.search);
  } else if (link && !link.target && !link.getAttribute("href").startsWith("#")) {
    unsaved = false;
  }
});
