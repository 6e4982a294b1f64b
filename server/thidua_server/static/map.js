// The slider of the map: another moment without another page. Every text comes from the server.

const atlas = document.getElementById('atlas');
const at = (id) => document.getElementById(id);
const range = at('slide').querySelector('input');
const panel = at('panel');
const SVG = 'http://www.w3.org/2000/svg';
const calm = matchMedia('(prefers-reduced-motion: reduce)');
const STEP = 1500; // milliseconds between two moments while it plays

let shown = null;
let looked = null; // the unit in the panel
let pinned = null; // the unit that a click keeps there
let asking = null;
let playing = 0;

const make = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);
const draw = (name, attributes = {}, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) if (value != null) element.setAttribute(name, value);
  element.append(...children.filter((child) => child != null));
  return element;
}

const linked = (href, text, more = {}) => (href ? make('a', { href, ...more }, text) : text);

function fact({ text, href, note, sources }) {
  const said = sources.flatMap((source) => [
    ' ', make('small', { class: 'source' }, linked(source.href, source.text, { rel: 'nofollow noopener' })),
  ]);
  return make('div', { class: 'fact' }, linked(href, text), ...(note ? [' ', make('small', {}, note)] : []), ...said);
}

function land(unit) {
  const layer = (attributes) => draw('g', attributes, ...unit.parts.map((part) => draw('use', { href: `${atlas.dataset.drawn}#${part}` })));
  const pattern = { unknown: 'hatch', conflict: 'cross' }[unit.kind];
  return draw('a', { href: unit.page, id: `unit-${unit.id}`, class: `unit ${unit.kind}`, 'aria-label': unit.label },
    draw('title', {}, unit.label), ...unit.insets.map((frame) => draw('rect', { ...frame, class: 'inset' })), layer({ class: 'edge' }), layer({ class: 'land' }),
    pattern ? layer({ fill: `url(#${pattern})` }) : null);
}

const number = (unit) => draw('text', { x: unit.x, y: unit.y, class: unit.kind }, unit.text);

const key = (row) => make('tr', {},
  make('td', { class: `key ${row.kind}` }, make('span', {}, row.number)),
  make('th', { scope: 'row' }, linked(row.page, row.name)),
  make('td', { class: 'number' }, String(row.count || '–')),
  make('td', {}, ...row.heads.map(fact)));

/** What the page calls the columns of the table below. */
const headers = [...(at('rows').rows[0]?.cells ?? [])].slice(1).map((cell) => cell.dataset.header);

const row = (unit) => make('tr', {},
  make('th', { scope: 'row' }, make('a', { href: unit.page, lang: 'vi' }, unit.name)),
  ...['cluster', 'head', 'land'].map((name, n) => make('td', { 'data-header': headers[n] }, ...unit.facts[name].map(fact))));

function look(id) {
  const unit = shown?.units.find((each) => each.id === id);
  looked = unit ? id : null;
  // A second time on top of its neighbours, for its outline to be seen whole.
  const focused = document.activeElement?.id === `unit-${id}` && document.activeElement.matches(':focus-visible');
  at('ring').replaceChildren(...(unit?.parts.length ? [draw('use', { href: `#unit-${id}`, class: focused ? 'focused' : null })] : []));
  if (!unit) return panel.replaceChildren(make('p', { class: 'note' }, panel.dataset.hint));
  const list = make('dl');
  for (const heading of document.querySelectorAll('[data-fact]')) {
    const facts = unit.facts[heading.dataset.fact];
    const told = facts.map((each) => {
      const said = fact(each);
      if (each.passages) said.append(' ', make('a', { class: 'source', href: each.passages, 'data-quote': '' }, panel.dataset.quote));
      return said;
    });
    if (facts.length) list.append(make('dt', {}, heading.textContent), make('dd', {}, ...told));
  }
  panel.replaceChildren(make('h3', {}, make('a', { href: unit.page, lang: 'vi' }, unit.name)), list);
}

/** The passages that a fact rests on, in the place of the link to them. */
async function quote(link) {
  try {
    const response = await fetch(link.href, { headers: { Accept: 'text/html' } });
    if (!response.ok) throw new Error(`${response.status}`);
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const found = [...page.querySelectorAll('[data-evidence]')];
    const each = new Map(found.map((one) => [one.dataset.evidence, document.adoptNode(one)]));
    if (!each.size) throw new Error('none');
    link.replaceWith(...each.values());
  } catch {
    location.assign(link.href); // the page tells why
  }
}

function pin(id) {
  pinned = id;
  look(id);
}

function show(next) {
  shown = next;
  const focused = document.activeElement?.closest?.('.unit')?.id;
  document.title = `${atlas.dataset.name}: ${next.title} · Thi đua`;
  at('title').textContent = next.title;
  at('says').replaceChildren(make('span', { class: 'skip' }, `${next.title}:`), ` ${next.says}.`);
  at('notes').replaceChildren(...next.notes.map((note) => make('p', {}, note.text,
    ...note.links.flatMap((link, n) => [n ? '; ' : ' ', make('a', { href: link.href }, link.label)]))));
  at('head').textContent = next.head;
  const there = next.units.filter((unit) => unit.parts.length);
  at('units').replaceChildren(...there.map(land));
  at('numbers').replaceChildren(...there.filter((unit) => unit.text).map(number));
  at('legend').replaceChildren(...next.legend.map(key));
  at('rows').replaceChildren(...next.units.map(row));
  for (const side of ['before', 'after']) {
    const link = at(side);
    link.querySelector('span').textContent = next[side]?.label ?? '';
    if (next[side]) link.href = next[side].href;
    else link.removeAttribute('href');
  }
  for (const link of at('years').querySelectorAll('a')) {
    if (Number(link.dataset.at) === next.at) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
  slideTo(next.at);
  document.querySelector('[name=on]').value = next.day;
  at('json').href = json(next.href);
  for (const picture of document.querySelectorAll('a.picture')) picture.search = withLanguage(next.href);
  for (const link of document.querySelectorAll('header a[hreflang]')) {
    const url = new URL(next.href, location);
    url.searchParams.set('lang', link.hreflang);
    link.href = url;
  }
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  pin(next.units.some((unit) => unit.id === pinned) ? pinned : null);
  if (!pinned && focused) look(focused.slice(5));
}

function slideTo(stop) {
  range.value = stop;
  range.setAttribute('aria-valuetext', shown.stops[stop].label);
}

// A picture is in the language of its address alone.
function withLanguage(href) {
  const asked = new URL(href, location).searchParams;
  if (!asked.has('lang')) asked.set('lang', document.documentElement.lang);
  return asked;
}

function json(href) {
  return atlas.dataset.json + new URL(href, location).search;
}

async function ask(href) {
  asking?.abort();
  const mine = (asking = new AbortController());
  try {
    const reply = await fetch(json(href), { signal: mine.signal });
    if (!reply.ok) throw new Error(reply.statusText);
    return await reply.json();
  } catch (error) {
    if (error.name === 'AbortError') return null;
    throw error;
  }
}

async function go(href) {
  let next = null;
  try {
    next = await ask(href);
  } catch {
    location.assign(href); // the page itself says what is wrong
  }
  if (!next) return;
  show(next);
  history.replaceState(null, '', next.href);
}

function stop() {
  clearTimeout(playing);
  if (playing) [at('play').textContent, at('play').dataset.stop] = [at('play').dataset.stop, at('play').textContent];
  playing = 0;
}

async function advance() {
  await go(shown.stops[shown.at + 1].href);
  if (!playing) return;
  if (shown.at + 1 < shown.stops.length) playing = setTimeout(advance, STEP);
  else stop();
}

async function play() {
  if (playing) return stop();
  [at('play').textContent, at('play').dataset.stop] = [at('play').dataset.stop, at('play').textContent];
  playing = setTimeout(advance, STEP);
  if (shown.at + 1 >= shown.stops.length) await go(shown.stops[0].href);
}

const unitOf = (event) => event.target.closest?.('.unit')?.id.slice(5);

function listen() {
  range.addEventListener('input', () => {
    stop();
    range.setAttribute('aria-valuetext', shown.stops[range.value].label);
    go(shown.stops[range.value].href);
  });
  at('play').addEventListener('click', play);
  document.querySelector('[name=on]').form.addEventListener('submit', (event) => {
    event.preventDefault();
    stop();
    const url = new URL(shown.href, location);
    url.searchParams.delete('year');
    url.searchParams.set('on', event.target.elements.on.value);
    go(url.href);
  });
  for (const place of [at('when'), at('years'), at('notes')]) {
    place.addEventListener('click', (event) => {
      const link = event.target.closest('a[href]');
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      stop();
      go(link.href);
    });
  }
  at('units').addEventListener('pointerover', (event) => {
    if (event.pointerType === 'mouse' && !pinned) look(unitOf(event) ?? looked);
  });
  panel.addEventListener('click', (event) => {
    const link = event.target.closest('a[data-quote]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    pinned = looked; // the panel stays while one reads
    quote(link);
  });
  // Not on the drawing itself: Chromium would make what listens for the focus there a stop of the Tab key.
  atlas.addEventListener('focusin', (event) => {
    const id = unitOf(event);
    if (!id) return;
    if (event.target.matches(':focus-visible')) pin(null);
    look(id);
  });
  // The first click or touch keeps the unit in the panel; the second, or the Enter key, opens its page.
  at('units').addEventListener('click', (event) => {
    const id = unitOf(event);
    if (event.detail === 0 || event.ctrlKey || event.metaKey || event.shiftKey || id === pinned) return;
    event.preventDefault();
    pin(id);
  });
  atlas.querySelector('svg').addEventListener('click', (event) => {
    if (!unitOf(event)) pin(null); // sea or neighbours
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && (pinned || playing)) {
      stop();
      pin(null);
    }
  });
  const motion = () => {
    at('play').hidden = calm.matches;
    if (calm.matches) stop();
  };
  calm.addEventListener('change', motion);
  motion();
}

shown = await ask(location.href);
if (shown) {
  at('slide').hidden = false;
  panel.hidden = false;
  look(null);
  listen();
}
