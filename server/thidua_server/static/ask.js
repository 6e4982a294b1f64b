// Names offered while one types in a question's boxes, and an answer that turns without a new page. Without it, the
// boxes take names as plain text and the links lead to the same pages.

const WAIT = 120; // milliseconds of rest after a key
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

function offer(label) {
  const input = label.querySelector('input');
  const list = Object.assign(document.createElement('ul'), { id: `offers-${made++}`, hidden: true });
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', label.firstChild.textContent.trim());
  const said = Object.assign(document.createElement('span'), { className: 'unseen' });
  said.setAttribute('role', 'status');
  // Beside the label, not in it: what is offered is no name of the box.
  const around = Object.assign(document.createElement('div'), { className: 'finder' });
  label.replaceWith(around);
  label.classList.remove('finder');
  around.append(label, list, said);
  for (const [name, value] of Object.entries({
    role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': list.id,
  })) input.setAttribute(name, value);

  // What is sent is the id of what was chosen; what is seen is its name.
  const sent = Object.assign(document.createElement('input'), { type: 'hidden', value: input.value });
  const { name } = input;
  let timer, asking, active = -1;
  if (input.dataset.shown) take(input.dataset.shown, input.value);

  input.addEventListener('input', () => {
    clearTimeout(timer);
    asking?.abort();
    close();
    sent.remove();
    input.name = name;
    if (input.value.trim()) timer = setTimeout(ask, WAIT);
  });
  input.addEventListener('keydown', pressed);
  input.addEventListener('blur', close);
  list.addEventListener('pointerdown', (event) => event.preventDefault());
  list.addEventListener('click', (event) => choose(event.target.closest('[role=option]')));

  function take(shown, id) {
    input.value = shown;
    input.removeAttribute('name');
    Object.assign(sent, { name, value: id });
    around.append(sent);
  }

  async function ask() {
    const mine = asking = new AbortController();
    const query = new URLSearchParams({ q: input.value, limit: 8 });
    for (const kind of label.dataset.kinds.split(' ')) query.append('kind', kind);
    const version = new URLSearchParams(location.search).get('version');
    if (version) query.set('version', version);
    try {
      const reply = await fetch(`${form.dataset.search}?${query}`, { headers: { Accept: 'application/json' }, signal: mine.signal });
      const found = reply.ok ? (await reply.json()).results : [];
      if (!mine.signal.aborted) show(found);
    } catch (problem) {
      if (problem.name !== 'AbortError') close();
    }
  }

  function show(results) {
    list.replaceChildren(...results.map((found, number) => {
      const item = Object.assign(document.createElement('li'), { id: `${list.id}-${number}` });
      item.setAttribute('role', 'option');
      item.setAttribute('aria-selected', 'false');
      const dates = [found.start && `${words.from} ${day(found.start)}`, found.end && `${words.until} ${day(found.end)}`].filter(Boolean).join(' ');
      Object.assign(item.dataset, { iri: found.iri, shown: dates ? `${found.label} (${dates})` : found.label });
      const name = Object.assign(document.createElement('b'), { textContent: found.label });
      const more = Object.assign(document.createElement('span'), { textContent: [words.kinds[found.kind], dates].filter(Boolean).join(' · ') });
      item.append(name, ' ', more);
      return item;
    }));
    said.textContent = results.length ? `${results.length} ${words.offers}` : words.nothing;
    open(results.length > 0);
  }

  function pressed(event) {
    if (event.isComposing) return;
    const options = [...list.children];
    if (event.key === 'Escape' && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === 'Enter' && active >= 0 && !list.hidden) {
      event.preventDefault();
      choose(options[active]);
    } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && options.length) {
      event.preventDefault();
      open(true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      active = ((active + 1 + step + options.length + 1) % (options.length + 1)) - 1;
      mark(options);
    }
  }

  function choose(item) {
    if (!item) return;
    const { iri, shown } = item.dataset;
    take(shown, label.dataset.kinds.includes(' ') ? iri : iri.split('/').at(-1)); // an id may be of several kinds
    close();
  }

  function mark(options) {
    options.forEach((each, number) => each.setAttribute('aria-selected', String(number === active)));
    if (active < 0) return input.removeAttribute('aria-activedescendant');
    input.setAttribute('aria-activedescendant', options[active].id);
    options[active].scrollIntoView({ block: 'nearest' });
  }

  function open(whether) {
    list.hidden = !whether;
    input.setAttribute('aria-expanded', String(whether));
  }

  function close() {
    open(false);
    active = -1;
    mark([...list.children]);
  }
}

function day(iso) {
  const [year, month, date] = iso.split('-').map(Number);
  if (!date) return iso;
  const vi = document.documentElement.lang === 'vi';
  return vi ? `${date}/${month}/${year}` : new Date(year, month - 1, date).toLocaleDateString('en-US', { dateStyle: 'long' });
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
