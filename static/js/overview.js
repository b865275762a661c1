// All Regions: the list is filtered while a person types. The page is read as a whole, because the
// Regions stand in a shadow root that only the parser of a page makes.
{
  const filter = document.querySelector("form[data-whole-page]");
  const PAUSE = 500;
  const REPLACED = [".regions", "#list-tools", "#list-end"];
  let waiting;
  let asked;

  async function read(address) {
    asked?.abort();
    asked = new AbortController();
    const answer = await fetch(address, { signal: asked.signal });
    if (!answer.ok) throw new Error(answer.statusText);
    return Document.parseHTMLUnsafe(await answer.text());
  }

  async function find() {
    clearTimeout(waiting);
    const address = `${location.pathname}?${new URLSearchParams(new FormData(filter))}`;
    let found;
    try {
      found = await read(address);
    } catch (error) {
      if (error.name !== "AbortError") location.assign(address);
      return;
    }
    const parts = REPLACED.map((part) => [document.querySelector(part), found.querySelector(part)]);
    // The matrix has other tools, and an ended session another page.
    if (parts.some(([old, fresh]) => !old || !fresh)) return location.assign(address);
    history.replaceState(history.state, "", address);
    for (const [old, fresh] of parts) {
      old.replaceWith(fresh);
      enhance(fresh);
    }
    announce(document.querySelector(".summary")?.innerText.trim() ?? "");
    document.dispatchEvent(new Event("list:replaced"));
  }

  if (filter && !("parseHTMLUnsafe" in Document)) {
    filter.querySelector('[type="submit"]').classList.remove("script-less");
  } else if (filter) {
    filter.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(find, PAUSE);
    });
    filter.addEventListener("change", find);
    filter.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      find();
    }, true);
  }
}
