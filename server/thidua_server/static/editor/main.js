// The page: write, run, look, share. What each part does is in the module of its name.

import { t, el, fold, lang, number } from './text.js';
import { load, shorten } from './terms.js';
import { read, shown } from './answer.js';
import { ask, advice, hints, Problem } from './run.js';
import { editorFor, mark } from './writing.js';
import { prepare } from './completion.js';
import { show } from './views.js';

const KEPT = 'thidua-editor-query';
/** Addresses longer than this keep the query behind `#`, which is not sent. */
const LONGEST = 1800;
const ANSWERS = 'application/sparql-results+json, application/n-triples;q=0.9';

const find = id => document.getElementById(id);
const form = document.querySelector('form.editor');
const endpoint = form.getAttribute('action');
const given = new URLSearchParams(location.hash.includes('query=') ? location.hash.slice(1) : location.search);
const plain = !form.dataset.search;
let view = given.get('view') ?? '';
let running = null;
let answered = false;

const textarea = find('query');
textarea.value = textarea.defaultValue;
if (given.get('query')) textarea.value = given.get('query');
else if (!given.has('example')) textarea.value = kept() ?? textarea.value;
if (given.has('version')) find('version').value = given.get('version');
for (const id of ['keys', 'share']) find(id).hidden = false;
form.classList.add('scripted');

const loaded = load(form);
prepare(form.dataset.search, loaded);
const yasqe = editorFor(textarea, { run, leave: () => find('run').focus() });

form.addEventListener('submit', event => { event.preventDefault(); run(); });
find('cancel').addEventListener('click', () => running?.abort());
find('share').addEventListener('click', share);
filterExamples();
if (view) run(); // a link from "copy link", which is to show the same again

async function run() {
  running?.abort();
  const mine = running = new AbortController();
  const asked = { query: yasqe.getValue(), version: find('version').value, timeout: find('timeout').value };
  keep(asked.query);
  find('answer').hidden = true;
  find('problem').replaceChildren();
  busy(true, t('Đang chạy…', 'Running…'));
  const started = performance.now();
  try {
    const response = await ask(endpoint, { ...asked, lang }, ANSWERS, mine.signal);
    const answer = await read(response, asked.query);
    const seconds = (performance.now() - started) / 1000;
    await loaded;
    Object.assign(answer, { asked, hints: hints(response), shorten, pinned: asked.version, version: response.headers.get('X-Graph-Version') });
    answer.labels = await labels(answer, mine.signal);
    if (running !== mine) return;
    busy(false, told(answer, seconds));
    await present(answer);
  } catch (error) {
    if (running !== mine) return; // a newer run has taken over
    if (error.name === 'AbortError') busy(false, t('Đã dừng; dịch vụ cũng thôi chạy câu này.', 'Cancelled; the service has stopped working on it, too.'));
    else tell(error);
  }
}

function busy(is, text) {
  const cancel = find('cancel');
  if (!is && document.activeElement === cancel) find('run').focus();
  cancel.hidden = !is;
  form.setAttribute('aria-busy', is);
  find('outcome').textContent = text;
}

function told(answer, seconds) {
  const count = answer.rows.length;
  const what = answer.form === 'ASK' ? (answer.boolean ? t('Có', 'Yes') : t('Không', 'No'))
    : answer.form === 'GRAPH' ? `${number(count)} ${t('bộ ba', count === 1 ? 'triple' : 'triples')}`
      : `${number(count)} ${t('dòng', count === 1 ? 'row' : 'rows')}`;
  return `${what} · ${number(+seconds.toFixed(2))} ${t('giây', 's')} · ${t('phiên bản', 'version')} ${answer.version}`;
}

async function present(answer) {
  const target = find('answer');
  target.replaceChildren();
  target.hidden = false;
  answered = true;
  target.append(downloads(answer));
  if (answer.form === 'ASK') {
    target.append(el('p', { class: 'lead' }, answer.boolean ? t('Có: mẫu này có trong đồ thị.', 'Yes: the graph has this pattern.') : t('Không: đồ thị không có mẫu này.', 'No: the graph does not have this pattern.')));
    address();
  } else if (!answer.rows.length) {
    target.append(el('p', {}, answer.hints.length ? t('Không có dòng nào. Có thể vì:', 'No rows. Perhaps because:')
      : t('Không có dòng nào: các nguồn hiện có không nói gì về điều này.', 'No rows: the sources at hand say nothing about this.')));
    address();
  }
  if (answer.hints.length) target.append(el('ul', { class: 'hints', role: 'note' }, ...answer.hints.map(hint => el('li', {}, hint))));
  if (answer.form !== 'ASK' && answer.rows.length) {
    await show(answer, target, { borders: form.dataset.borders, view, plain, chose: id => { view = id; address(); } });
  }
}

function tell(error) {
  const problem = error instanceof Problem ? error
    : Object.assign(new Error(t('Dịch vụ không trả lời.', 'The service does not answer.')), { code: 'offline', status: 0, cause: error });
  busy(false, '');
  const parts = [
    el('p', {}, el('strong', {}, t('Chưa trả lời được', 'That could not be answered')), ' ', el('code', {}, problem.code)),
    el('p', { class: 'detail' }, brief(problem.message)),
    el('p', { class: 'next' }, advice(problem)),
  ];
  if (problem.line) {
    const goThere = mark(yasqe, problem.line, problem.column ?? 1, problem.message);
    parts.push(el('p', {}, el('button', { type: 'button', class: 'quiet', onclick: goThere }, t(`Tới dòng ${problem.line}, cột ${problem.column}`, `Go to line ${problem.line}, column ${problem.column}`))));
  }
  find('problem').replaceChildren(el('div', { class: 'problem' }, ...parts));
}

/** A parser may list every letter that it would have taken. */
const brief = text => (text.length > 300 ? `${text.slice(0, 300)}…` : text);

/** What the things in an answer are called, where it does not say so itself; empty if that cannot be had. */
async function labels(answer, signal) {
  const found = new Map();
  const wanted = new Set();
  for (const row of answer.rows.slice(0, 1000)) {
    for (const name of shown(answer)) if (row[name]?.type === 'uri' && !row[`${name}Label`] && /^[^\s<>"{}|\\^`]+$/.test(row[name].value)) wanted.add(row[name].value);
  }
  if (!wanted.size) return found;
  const query = `SELECT ?thing ?label { VALUES ?thing { ${[...wanted].slice(0, 500).map(iri => `<${iri}>`).join(' ')} }
    VALUES ?by { <http://www.w3.org/2004/02/skos/core#prefLabel> <http://www.w3.org/2000/01/rdf-schema#label> } ?thing ?by ?label }`;
  try {
    const response = await ask(endpoint, { query, version: answer.pinned, timeout: '2' }, 'application/sparql-results+json', signal);
    for (const { thing, label } of (await response.json()).results.bindings) {
      if (!found.has(thing.value) || label['xml:lang'] === lang) found.set(thing.value, label.value);
    }
  } catch (error) {
    if (error.name === 'AbortError') throw error;
  }
  return found;
}

function downloads(answer) {
  const formats = answer.form === 'GRAPH' ? form.dataset.graphs.split(' ') : [...form.dataset.results.split(' '), 'xlsx'];
  const said = el('span', { role: 'status' });
  return el('p', { class: 'downloads' }, t('Tải về: ', 'Download: '),
    ...formats.map(format => el('button', { type: 'button', class: 'quiet', onclick: () => save(answer, format, said) }, format)), said);
}

const ENDINGS = { turtle: 'ttl', ntriples: 'nt', rdfxml: 'rdf', nquads: 'nq' };

async function save(answer, format, said) {
  said.textContent = '';
  try {
    const response = format === 'xlsx' ? await ask(form.dataset.workbook, answer.asked, '*/*') : await ask(endpoint, { ...answer.asked, format }, '*/*');
    const link = el('a', { href: URL.createObjectURL(await response.blob()), download: `query_v${answer.version}.${ENDINGS[format] ?? format}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (error) {
    said.textContent = error instanceof Problem ? `${error.message} ${advice(error)}` : t('Không tải được.', 'The download failed.');
  }
}

/** The address that shows the same again: the query, how it is looked at, the version. */
function linkFor(language) {
  const fields = new URLSearchParams({ query: yasqe.getValue() });
  if (view || answered) fields.set('view', view || 'any'); // it also says that the query is to be run
  if (find('version').value) fields.set('version', find('version').value);
  const root = new URL(form.dataset.editor, location.href);
  if (language) root.searchParams.set('lang', language);
  if (`${fields}`.length > LONGEST) root.hash = fields;
  else for (const [name, value] of fields) root.searchParams.set(name, value);
  return root.href;
}

/** The page's own address follows what it shows, and so do the links to the other language. */
function address() {
  history.replaceState(null, '', linkFor(new URLSearchParams(location.search).get('lang')));
  for (const link of document.querySelectorAll('header a[hreflang]')) link.href = linkFor(link.hreflang);
}

/** Say something where the outcome stands, which comes back after a while. */
function announce(text) {
  const outcome = find('outcome'), before = outcome.textContent;
  outcome.textContent = text;
  setTimeout(() => { if (outcome.textContent === text) outcome.textContent = before; }, 4000);
}

async function share() {
  const href = linkFor(new URLSearchParams(location.search).get('lang'));
  const field = find('link') ?? el('input', { id: 'link', readonly: true, 'aria-label': t('Liên kết', 'Link') });
  field.value = href;
  find('share').after(field);
  try {
    await navigator.clipboard.writeText(href);
    announce(t('Đã chép liên kết.', 'The link is copied.'));
  } catch {
    field.select();
    find('outcome').textContent = t('Chép liên kết trong ô bên cạnh nút.', 'Copy the link from the field beside the button.');
  }
}

function filterExamples() {
  const filter = find('filter');
  if (!filter) return;
  filter.closest('label').hidden = false;
  const items = [...document.querySelectorAll('.examples li')].map(item => [item, fold(`${item.textContent} ${item.firstElementChild.title}`)]);
  filter.addEventListener('input', () => {
    const words = fold(filter.value).split(/\s+/);
    for (const [item, text] of items) item.hidden = !words.every(word => text.includes(word));
  });
}

function kept() {
  try { return localStorage.getItem(KEPT); } catch { return null; }
}

function keep(query) {
  try { localStorage.setItem(KEPT, query); } catch { /* a private window: nothing is kept */ }
}
