// Warns before the session ends and says when it has ended. Loaded after questions.js, whose keepTyped it uses.

const sessionDialog = document.getElementById("session-dialog");
const ASK_AGAIN_MS = 10_000;
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;
let sessionEnds = 0;
let sessionTimer = 0;
let sessionCountdown = 0;
let closedState = "";

// The question is no activity of the session. Whoever is asked while it ends is asked again soon.
async function askForTimeLeft(options) {
  clearTimeout(sessionTimer);
  try {
    const answer = await fetch(sessionDialog.dataset.url, { redirect: "manual", ...options });
    if (answer.ok) return showTimeLeft(await answer.json());
  } catch { /* no connection */ }
  askLater(ASK_AGAIN_MS);
}

function askLater(milliseconds) {
  clearTimeout(sessionTimer);
  sessionTimer = setTimeout(askForTimeLeft, Math.min(milliseconds, LONGEST_TIMEOUT_MS));
}

// Another tab may have prolonged the session, ended it, or signed in somebody else.
function showTimeLeft({ seconds, is_final: isFinal, person, csrf_token: token }) {
  const { warnedBefore, person: own } = sessionDialog.dataset;
  if (!seconds || String(person) !== own) return showState("ended");
  sessionEnds = Date.now() + seconds * 1000;
  // A sign-in in another tab has changed the token against forged requests.
  for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = token;
  if (seconds > warnedBefore) {
    sessionDialog.dataset.state = closedState = "";
    sessionDialog.close();
    return askLater((seconds - warnedBefore) * 1000);
  }
  showState(isFinal ? "final" : "warning");
  askLater(Math.min(ASK_AGAIN_MS, seconds * 1000));
}

function showState(state) {
  if (state === closedState || (sessionDialog.open && sessionDialog.dataset.state === state)) return;
  sessionDialog.dataset.state = state;
  for (const part of sessionDialog.querySelectorAll("[data-state]")) part.hidden = part.dataset.state !== state;
  const shown = sessionDialog.querySelector(`[data-state="${state}"]`);
  nameDialog("aria-labelledby", shown.querySelector("[data-session-title]"));
  nameDialog("aria-describedby", shown.querySelector(".question-body"));
  clearInterval(sessionCountdown);
  if (state !== "ended") sessionCountdown = setInterval(showSeconds, 1000);
  showSeconds();
  if (sessionDialog.open) shown.querySelector("[autofocus]").focus();
  else sessionDialog.showModal();
}

function nameDialog(attribute, element) {
  element.id = `session-${attribute}-${sessionDialog.dataset.state}`;
  sessionDialog.setAttribute(attribute, element.id);
}

// The time is shown each second and said once, when a minute is left.
function showSeconds() {
  const seconds = Math.max(0, Math.ceil((sessionEnds - Date.now()) / 1000));
  const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  for (const place of sessionDialog.querySelectorAll("[data-session-left]")) place.textContent = text;
  const announcer = sessionDialog.querySelector("[data-session-announcer]");
  announcer.textContent = sessionDialog.dataset.state !== "ended" && seconds <= 60 ? announcer.dataset.minute : "";
}

const inWizard = document.querySelector("#step") !== null;
for (const text of sessionDialog?.querySelectorAll("[data-session-kept]") ?? []) {
  text.hidden = (text.dataset.sessionKept === "wizard") !== inWizard;
}

// What was typed in a step is kept before the sign-in, also if the session has ended by then.
const keepStep = () => (step?.hasAttribute("data-keeps") ? keepTyped().catch(() => {}) : undefined);
const addressNow = () => location.pathname + location.search;

sessionDialog?.addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopPropagation();
  const form = event.target;
  if (form.dataset.state === "warning") return askForTimeLeft({ method: "POST", body: new FormData(form) });
  await keepStep();
  unsaved = false;
  form.elements.next.value = `/sign-in/?next=${encodeURIComponent(addressNow())}`;
  form.submit();
});

sessionDialog?.addEventListener("click", async (event) => {
  if (event.target.closest("[data-session-close]")) sessionDialog.close();
  const link = event.target.closest("[data-session-sign-in]");
  if (!link) return;
  event.preventDefault();
  await keepStep();
  unsaved = false;
  location.assign(addressNow());
});

// A warning that was closed is not shown again; the end is.
sessionDialog?.addEventListener("close", () => {
  clearInterval(sessionCountdown);
  closedState = sessionDialog.dataset.state;
});

if (sessionDialog) {
  askLater((sessionDialog.dataset.seconds - sessionDialog.dataset.warnedBefore) * 1000);
  // Timers stop while a computer sleeps and while a page waits for Back.
  document.addEventListener("visibilitychange", () => { if (!document.hidden) askForTimeLeft(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) askForTimeLeft(); });
}
