// Opens a cell's evidence beside the table, and lets arrow keys go from cell to cell. Without it, links lead there.

const table = document.querySelector("#table table");
const dialog = document.querySelector("dialog");
const language = document.documentElement.lang;
/** What the sources of the table are called in the reader's language. */
const names = JSON.parse(dialog?.dataset.names ?? "{}");
const t = (vi, en) => (language === "vi" ? vi : en);

if (table) {
  document.querySelector("[data-keys]")?.removeAttribute("hidden");
  lastYears(table.parentElement);
  for (const cell of table.querySelectorAll("td")) cell.tabIndex = -1;
  table.addEventListener("click", open);
  table.addEventListener("keydown", move);
  if (dialog) {
    dialog.addEventListener("close", leave);
    window.addEventListener("popstate", follow);
    queueMicrotask(follow); // when all below is defined
  }
}

/** The last years first, from a whole column on: those before are a gesture away, and no word is cut in two. */
function lastYears(region) {
  const far = region.scrollWidth - region.clientWidth;
  if (far <= 0) return;
  const heads = [...table.tHead.rows[0].cells];
  const frozen = heads[0].offsetWidth;
  const begins = heads.slice(1).map((head) => head.offsetLeft - frozen).find((left) => left >= far) ?? far;
  table.style.marginRight = `${begins - far}px`;
  region.scrollLeft = begins;
}

function open(event) {
  const link = event.target.closest("td a[href*='/questions/who-led']");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  history.pushState({ opened: true }, "", `#${link.closest("td").id}`);
  show(link);
}

/** The evidence that the address names, if any: an address can be shared, and Back closes what a click opened. */
function follow() {
  const named = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const link = named && table.contains(named) && named.querySelector("a[href*='/questions/who-led']");
  if (link) show(link);
  else if (dialog.open) dialog.close();
}

/** Closed by the reader: the address is the table's again. */
function leave() {
  if (!location.hash) return;
  if (history.state?.opened) history.back();
  else history.replaceState(null, "", location.pathname + location.search);
}

async function show(link) {
  const cell = link.closest("td");
  const answer = dialog.querySelector("[data-answer]");
  dialog.querySelector("h2").textContent = `${cell.parentElement.cells[0].textContent}, ${heading(cell)}`;
  answer.replaceChildren(paragraph(t("Đang lấy…", "Fetching…")));
  if (!dialog.open) dialog.showModal();
  try {
    const address = new URL(link.href);
    address.pathname += ".json";
    const response = await fetch(address);
    if (!response.ok) throw new Error(`${response.status}`);
    const { rows, version } = await response.json();
    const page = make("a", t("Cả bảng chứng cứ", "The whole table of evidence"), { href: link.href });
    const note = paragraph(t(`Phiên bản ${version}. `, `Version ${version}. `), page);
    note.className = "note";
    const { against } = cell.dataset;
    answer.replaceChildren(...(against ? [make("p", `≠ ${against}`, { className: "against" })] : []), ...leaders(rows), note);
    await quote(answer, link.href);
  } catch (error) {
    const page = make("a", t("Mở trang chứng cứ", "Open the page of evidence"), { href: link.href });
    answer.replaceChildren(paragraph(t("Chưa lấy được", "That could not be fetched"), ` (${error.message}). `, page));
  }
}

/** The words of the passages, and their articles, as the page of evidence has them. */
async function quote(answer, address) {
  const response = await fetch(address, { headers: { Accept: "text/html" } });
  if (!response.ok) return; // where each passage stands is told already
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const quoted = new Map([...page.querySelectorAll("[data-evidence]")].map((each) => [each.dataset.evidence, each]));
  for (const item of answer.querySelectorAll("li[data-passage]")) {
    const found = quoted.get(item.dataset.passage);
    found?.querySelector(".which")?.remove(); // the source stands above
    if (found) item.replaceChildren(...[...found.cloneNode(true).children].map((each) => document.adoptNode(each)));
  }
}

/** A heading for each unit in each role, and below it each source with what it says and how sure it is. */
function leaders(rows) {
  const groups = groupBy(rows, unitOf);
  return [...groups.values()].flatMap((group) => {
    const [{ role, province, provinceLabel, rank }] = group;
    const name = linked(province, provinceLabel, { lang: "vi" });
    const title = make("h3", role === "head" ? t("Cụm trưởng: ", "Head: ") : t("Cụm phó: ", "Deputy: "));
    title.append(name);
    if (rank === "deprecated") title.append(t(" (đã bác)", " (rejected)"));
    if (rank === "preferred") title.append(t(" (được chọn)", " (preferred)"));
    const people = new Map(group.filter((row) => row.official).map((row) => [row.official, row.officialLabel]));
    const acting = [...people].map(([iri, label]) => linked(iri, label, { lang: "vi" }));
    const list = make("ul");
    const told = groupBy(group, (row) => [row.source, row.confidence, ...said.map((name) => row[name])].join(" "));
    list.append(...[...told.values()].map(([row]) => statement(row)));
    return [title, ...(acting.length ? [paragraph(t("Đại diện: ", "Acting for it: "), ...separated(acting))] : []), list];
  });
}

/** The columns that say how sure a row is; docs/certainty.md has the words. */
const said = ["support", "reading", "basis", "time", "certainty"];

function inWords(column, code) {
  const words = JSON.parse(dialog.querySelector("[data-words]").dataset.words);
  return words[column]?.[code] ?? code;
}

function statement({ source, confidence, evidence, ...row }) {
  const item = make("li");
  item.append(linked(source, names[source] ?? evidence[0]?.title ?? t("nguồn", "source")));
  const number = confidence === null ? null : confidence.toLocaleString(language, { maximumFractionDigits: 20 });
  item.append("; ", number === null ? t("không kèm độ tin cậy", "no confidence given") : t(`độ tin cậy ${number}`, `confidence ${number}`));
  for (const name of said) if (row[name]) item.append(name === "time" ? t("; thời điểm ", "; time ") : "; ", inWords(name, row[name]));
  const passages = make("ul");
  for (const each of evidence) passages.append(passage(each));
  item.append(passages);
  return item;
}

function passage({ id, how, url, start, end }) {
  const item = make("li", inWords("support", how));
  item.dataset.passage = id;
  if (start !== null) item.append(t(`, ký tự ${start}–${end}`, `, characters ${start}–${end}`));
  if (/^https?:\/\/[^[\s]/.test(url ?? "")) item.append(": ", make("a", t("bài viết", "the article"), { href: url, rel: "nofollow noopener" }));
  return item;
}

/** Arrow keys, Home and End go to a cell's link, or to the cell. */
function move(event) {
  const cell = event.target.closest("td");
  if (!cell || event.altKey || event.metaKey) return;
  const rows = [...table.tBodies[0].rows];
  const [row, column, last] = [rows.indexOf(cell.parentElement), cell.cellIndex, cell.parentElement.cells.length - 1];
  const to = {
    ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1], ArrowUp: [row - 1, column], ArrowDown: [row + 1, column],
    Home: [event.ctrlKey ? 0 : row, 1], End: [event.ctrlKey ? rows.length - 1 : row, last],
  }[event.key];
  if (!to) return;
  event.preventDefault();
  const next = to[1] > 0 ? rows[to[0]]?.cells[to[1]] : null;
  (next?.querySelector("a") ?? next)?.focus();
}

const heading = (cell) => table.tHead.rows[0].cells[cell.cellIndex].textContent;
const unitOf = (row) => `${row.role} ${row.province} ${row.rank}`;

/** A thing as a link to its page here; what has none as its name. */
function linked(iri, text, attributes = {}) {
  const { ids, pages } = dialog.dataset;
  const kept = new URLSearchParams(location.search);
  const query = new URLSearchParams(["lang", "version"].filter((name) => kept.has(name)).map((name) => [name, kept.get(name)]));
  if (!iri.startsWith(ids)) return text;
  return make("a", text, { ...attributes, href: pages + iri.slice(ids.length) + (query.size ? `?${query}` : "") });
}

function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

function make(name, text = "", attributes = {}) {
  const element = Object.assign(document.createElement(name), attributes);
  element.textContent = text;
  return element;
}

function paragraph(...parts) {
  const element = make("p");
  element.append(...parts);
  return element;
}

const separated = (elements) => elements.flatMap((each, index) => (index ? [", ", each] : [each]));
