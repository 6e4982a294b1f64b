// Things offered while a name is typed: the combobox pattern of the ARIA Authoring Practices. Without it the form works.

const WAIT = 120; // milliseconds of rest after a key
const BASE = 'https://w3id.org/thidua/';

for (const form of document.querySelectorAll('form[data-words]')) offer(form);

function offer(form) {
  const words = JSON.parse(form.dataset.words);
  const input = form.elements.q;
  const list = Object.assign(document.createElement('ul'), { id: 'offers', hidden: true });
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', input.labels[0].textContent.trim());
  const said = Object.assign(document.createElement('p'), { className: 'unseen' });
  said.setAttribute('role', 'status');
  input.closest('.finder').append(list, said);
  for (const [name, value] of Object.entries({
    role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': list.id,
  })) input.setAttribute(name, value);

  let timer, asking, active = -1;

  input.addEventListener('input', () => {
    clearTimeout(timer);
    asking?.abort();
    close();
    if (input.value.trim()) timer = setTimeout(ask, WAIT);
  });
  input.addEventListener('keydown', pressed);
  input.addEventListener('blur', close);
  // Before the field loses the focus, which would take the list away.
  list.addEventListener('pointerdown', (event) => event.preventDefault());
  list.addEventListener('click', (event) => go(event.target.closest('[role=option]')));

  async function ask() {
    const mine = asking = new AbortController();
    const fields = new FormData(form);
    const query = new URLSearchParams([...fields].filter(([name, value]) => value && name !== 'lang'));
    query.set('limit', 8);
    try {
      const reply = await fetch(`${form.action}?${query}`, { headers: { Accept: 'application/json' }, signal: mine.signal });
      const found = reply.ok ? (await reply.json()).results : [];
      if (!mine.signal.aborted) show(found);
    } catch (problem) {
      if (problem.name !== 'AbortError') close(); // the form still works
    }
  }

  function show(results) {
    list.replaceChildren(...results.map(option));
    said.textContent = results.length ? `${results.length} ${words.offers}` : words.nothing;
    open(results.length > 0);
  }

  function option(found, number) {
    const item = Object.assign(document.createElement('li'), { id: `offer-${number}` });
    item.setAttribute('role', 'option');
    item.setAttribute('aria-selected', 'false');
    item.dataset.page = page(found.iri);
    const why = found.spelling === found.label ? words.how[found.how] : `${words.how[found.how]}: ${found.spelling}`;
    const more = [words.kinds[found.kind], dates(found), why, found.marks === 'different' ? words.marks : ''];
    item.append(text('b', found.label), ' ', text('span', more.filter(Boolean).join(' · ')));
    return item;
  }

  function dates({ start, end }) {
    return [start && `${words.from} ${day(start)}`, end && `${words.until} ${day(end)}`].filter(Boolean).join(' ');
  }

  function page(iri) {
    const kept = new URLSearchParams([...new FormData(form)].filter(([name]) => ['lang', 'version'].includes(name)));
    const path = iri.replace(BASE, '').replace(/^id\//, '');
    return `${form.action.replace(/search$/, 'doc/')}${path}${kept.size ? `?${kept}` : ''}`;
  }

  function pressed(event) {
    if (event.isComposing) return; // an input method is writing a letter with its marks
    const options = [...list.children];
    if (event.key === 'Escape' && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === 'Enter' && active >= 0 && !list.hidden) {
      event.preventDefault();
      go(options[active]);
    } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && options.length) {
      event.preventDefault();
      open(true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      // From the field down to the first one or up to the last, and from either end back into the field.
      active = ((active + 1 + step + options.length + 1) % (options.length + 1)) - 1;
      mark(options);
    }
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

  function go(chosen) {
    if (chosen) location.assign(chosen.dataset.page);
  }
}

function text(tag, content) {
  const made = document.createElement(tag);
  made.textContent = content;
  return made;
}

function day(iso) {
  const [year, month, date] = iso.split('-').map(Number);
  if (!date) return iso;
  const vi = document.documentElement.lang === 'vi';
  return vi ? `${date}/${month}/${year}` : new Date(year, month - 1, date).toLocaleDateString('en-US', { dateStyle: 'long' });
}
