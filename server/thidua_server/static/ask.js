// Names offered while one types in a question's boxes, and an answer that turns without a new page. Without it, the
// boxes take names as plain text and the links lead to the same pages.

import { about, combobox, dates, element } from './combobox.js';

const form = document.querySelector('form.ask');
const words = JSON.parse(form?.dataset.words ?? '{}');
let made = 0;

for (const label of form?.querySelectorAll('label.finder') ?? []) offer(label);
form?.addEventListener('submit', () => {
  // Boxes left empty say nothing; an address is easier to read without them.
  for (const box of form.elements) if (box.name && !box.value) box.disabled = true;
});
window.addEventListener('pageshow', () => {
  for (const box of form?.elements ?? []) box.disabled = false;
});

// The query, as it stands in its box, is run in the editor, which can draw what comes of it; behind `#` it may be long.
const query = document.querySelector('form.query[data-editor]');
query?.addEventListener('submit', event => {
  event.preventDefault();
  location.href = `${query.dataset.editor}#${new URLSearchParams({ query: query.elements.query.value, view: 'any' })}`;
});

function offer(label) {
  const input = label.querySelector('input');
  // What is sent is the id of what was chosen; what is seen is its name.
  const sent = element('input', { type: 'hidden', value: input.value });
  const { name } = input;
  const parts = combobox(input, { name: `offer-${made++}`, words, address, option, choose });
  // Beside the label, not in it: what is offered is no name of the box.
  const around = element('div', { className: 'finder' });
  label.replaceWith(around);
  label.classList.remove('finder');
  around.append(label, ...parts);
  if (input.dataset.shown) take(input.dataset.shown, input.value);
  input.addEventListener('input', () => {
    sent.remove();
    input.name = name;
  });

  function take(shown, id) {
    input.value = shown;
    input.removeAttribute('name');
    Object.assign(sent, { name, value: id });
    around.append(sent);
  }

  function address() {
    const query = new URLSearchParams({ q: input.value, limit: 8 });
    for (const kind of label.dataset.kinds.split(' ')) query.append('kind', kind);
    const version = new URLSearchParams(location.search).get('version');
    if (version) query.set('version', version);
    return `${form.dataset.search}?${query}`;
  }

  function option(found, data) {
    const when = [dates(found, words), about(found, words)].filter(Boolean).join(' · ');
    Object.assign(data, { iri: found.iri, shown: when ? `${found.label} (${when})` : found.label });
    const textContent = [words.kinds[found.kind], when].filter(Boolean).join(' · ');
    return [element('b', { textContent: found.label }), ' ', element('span', { textContent })];
  }

  function choose({ iri, shown }) {
    take(shown, label.dataset.kinds.includes(' ') ? iri : iri.split('/').at(-1)); // an id may be of several kinds
  }
}

// Sorting, narrowing and turning pages change the answer alone.
document.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-turn]');
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  turn(link.href).then((turned) => {
    if (turned) history.pushState(null, '', link.href);
    else location.assign(link.href);
  });
});
window.addEventListener('popstate', () => turn(location.href).then((turned) => turned || location.reload()));

async function turn(address) {
  try {
    const reply = await fetch(address, { headers: { Accept: 'text/html' } });
    if (!reply.ok) return false;
    const page = new DOMParser().parseFromString(await reply.text(), 'text/html');
    const [old, fresh] = [document.querySelector('main'), page.querySelector('main')];
    // Another question's parameters change the sentence and the form as well; then the page is opened anew.
    if (old.querySelector('.said')?.textContent !== fresh.querySelector('.said')?.textContent) return false;
    const open = document.querySelector('.facets')?.open;
    document.querySelector('#answer').replaceWith(page.querySelector('#answer'));
    if (open) document.querySelector('.facets')?.setAttribute('open', '');
    return true;
  } catch {
    return false;
  }
}
