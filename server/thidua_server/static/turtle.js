// The desk without reloading: text and token stay where they are, and a line that is spoken of can be gone to.

const form = document.querySelector(".desk");
const unanswered = document.querySelector("#unanswered");

// A finding's place is a button to its line.
function link() {
  for (const place of document.querySelectorAll("span.where")) {
    const line = /^Turtle:(\d+)$/.exec(place.textContent)?.[1];
    if (!line) continue;
    const button = Object.assign(document.createElement("button"), {
      type: "button", className: "where", textContent: place.textContent,
    });
    button.addEventListener("click", () => select(Number(line)));
    place.replaceWith(button);
  }
}

function select(line) {
  const area = form.elements.turtle, lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  area.scrollTop = (line - 4) * (area.scrollHeight / lines.length);
}

// The answer is the same page; what differs in it is put in its place here.
async function submit(event) {
  event.preventDefault();
  const data = new FormData(form, event.submitter), headers = { Accept: "text/html" };
  // In a header it is known before the text is read.
  if (/^[!-~]+$/.test(data.get("token") ?? "")) {
    headers.Authorization = `Bearer ${data.get("token")}`;
    data.delete("token");
  }
  form.setAttribute("aria-busy", "true");
  unanswered.hidden = true;
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  try {
    const response = await fetch(form.getAttribute("action"), { method: "POST", body: data, headers });
    if (response.redirected) return location.assign(response.url);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (!page.querySelector("main")) throw new Error("not a page of ours"); // but of a proxy in between
    replace(page, response.status === 401 || response.status === 403);
  } catch {
    for (const button of form.querySelectorAll("button")) button.disabled = false;
    unanswered.hidden = false;
    unanswered.scrollIntoView({ block: "nearest" });
  } finally {
    form.removeAttribute("aria-busy");
  }
}

// Of whom it does not know the service reads nothing: what was written is here alone.
function replace(page, unread) {
  const token = form.elements.token?.value;
  const main = document.querySelector("main"), scroll = window.scrollY;
  const fresh = page.querySelector(".desk");
  if (!fresh) return main.replaceWith(page.querySelector("main"));
  document.querySelector(".problem")?.remove();
  const problem = page.querySelector("main > .problem");
  if (problem) form.before(problem);
  document.querySelector("#outcome").replaceWith(page.querySelector("#outcome"));
  if (!unread) {
    for (const name of ["turtle", "graph", "parent"]) form.elements[name].value = fresh.elements[name].value;
    form.elements.file.value = "";
    // The word that lets statements be withdrawn is said anew for each preview.
    form.querySelector(".deliberate")?.remove();
    const word = fresh.querySelector(".deliberate");
    if (word) form.elements.parent.before(word);
  }
  const buttons = [...fresh.querySelectorAll("button")];
  for (const button of form.querySelectorAll("button")) button.remove();
  form.querySelector("a").before(...buttons);
  if (token !== undefined) form.elements.token.value = token;
  link();
  window.scrollTo(0, scroll);
  (document.querySelector("main > .problem") ?? document.querySelector("#withdrawn, #verdict"))?.scrollIntoView({ block: "nearest" });
  document.querySelector("#withdrawn, #verdict")?.focus({ preventScroll: true });
}

form.addEventListener("submit", submit);
link();
