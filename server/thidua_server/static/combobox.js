// Things offered while a name is typed: the combobox pattern of the ARIA Authoring Practices.

const WAIT = 120; // milliseconds of rest after a key

// Make a combobox of a text field. Returns its list and its status line, for the page to place.
// - name: what the ids of its parts begin with
// - words: what is said, in the reader's language
// - address(): where to ask for what is typed
// - option(found): the nodes that show one thing, after `dataset` of the item is filled
// - choose(item): one of them was chosen
export function combobox(input, { name, words, address, option, choose }) {
  const list = element('ul', { id: `${name}-list`, hidden: true });
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', input.labels[0].firstChild.textContent.trim());
  const said = element('span', { className: 'unseen' });
  said.setAttribute('role', 'status');
  for (const [attribute, value] of Object.entries({
    role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': list.id,
  })) input.setAttribute(attribute, value);

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
  list.addEventListener('click', (event) => take(event.target.closest('[role=option]')));

  async function ask() {
    const mine = asking = new AbortController();
    try {
      const reply = await fetch(address(), { headers: { Accept: 'application/json' }, signal: mine.signal });
      const found = reply.ok ? (await reply.json()).results : [];
      if (!mine.signal.aborted) show(found);
    } catch (problem) {
      if (problem.name !== 'AbortError') close(); // the form still works
    }
  }

  function show(results) {
    list.replaceChildren(...results.map((found, number) => {
      const item = element('li', { id: `${name}-${number}` });
      item.setAttribute('role', 'option');
      item.setAttribute('aria-selected', 'false');
      item.append(...option(found, item.dataset));
      return item;
    }));
    said.textContent = results.length ? `${results.length} ${words.offers}` : words.nothing;
    open(results.length > 0);
  }

  function pressed(event) {
    if (event.isComposing) return; // an input method is writing a letter with its marks
    const options = [...list.children];
    if (event.key === 'Escape' && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === 'Enter' && active >= 0 && !list.hidden) {
      event.preventDefault();
      take(options[active]);
    } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && options.length) {
      event.preventDefault();
      open(true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      // From the field down to the first one or up to the last, and from either end back into the field.
      active = ((active + 1 + step + options.length + 1) % (options.length + 1)) - 1;
      mark(options);
    }
  }

  function take(item) {
    if (!item) return;
    choose(item.dataset);
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

  return [list, said];
}

// An element with properties.
export function element(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

// From when until when, in words.
export function dates({ start, end }, words) {
  return [start && `${words.from} ${day(start)}`, end && `${words.until} ${day(end)}`].filter(Boolean).join(' ');
}

// What tells a thing from its namesakes: of a person the newest post, and when it was seen.
export function about(found, words) {
  const told = vi() ? found.about : found.about_en;
  return [told, found.seen && `${words.seen} ${day(found.seen)}`].filter(Boolean).join(' · ');
}

function vi() {
  return document.documentElement.lang === 'vi';
}

function day(iso) {
  const [year, month, date] = iso.split('-').map(Number);
  if (!month) return iso;
  if (!date) return vi() ? `${month}/${year}` : new Date(year, month - 1).toLocaleDateString('en-US', { month: 'long', year: 'numeric' });
  return vi() ? `${date}/${month}/${year}` : new Date(year, month - 1, date).toLocaleDateString('en-US', { dateStyle: 'long' });
}
