// Cards by key and by pointer: one decision at a time, each of which can be undone, all of them kept by the service.

import { Text } from './text.js';

const WAIT = 500, AGAIN = 5000; // milliseconds after a decision, and after a failure

export function setUpCards(desk, form, { request, send, parsed }) {
  const text = new Text(desk.querySelector('#text'));
  const picker = desk.querySelector('#picker');
  const undo = desk.querySelector('#undo');
  const kept = desk.querySelector('#kept');
  const keys = desk.querySelector('#use-keys');
  const history = [];
  const known = new Map(); // by key, the state of a card as it was last seen
  let current = null, timer = 0, unsaved = false, over = false;
  let turn = Promise.resolve();

  const cards = () => [...desk.querySelectorAll('.card')];
  const card = (key) => desk.querySelector(`#card-${CSS.escape(key)}`);
  const fields = (each) => [...each.querySelectorAll('input, select')];
  const said = (each) => each.querySelector('.said input:checked')?.value ?? '';
  const state = (each) => fields(each).map((field) => (ticked(field) ? field.checked : field.value));

  function ticked(field) {
    return field.type === 'radio' || field.type === 'checkbox';
  }

  function spans(each) {
    return (each.dataset.spans ?? '').split(' ').filter(Boolean).map((span) => span.split('-').map(Number));
  }

  function paint() {
    text.paint(cards().map((each) => ({
      key: each.dataset.key, basis: each.classList.contains('implied') ? 'implied' : 'stated', spans: spans(each),
    })));
    tint();
  }

  // How far each passage is: the one at hand, those that are decided, those that are out.
  function tint() {
    const by = new Map(cards().map((each) => [each.dataset.key, said(each)]));
    for (const mark of text.element.querySelectorAll('mark')) {
      const over_ = mark.dataset.cards.split(' ').filter((key) => by.has(key));
      mark.classList.toggle('current', current !== null && over_.includes(current.dataset.key));
      mark.classList.toggle('decided', over_.every((key) => by.get(key)));
      mark.classList.toggle('rejected', over_.every((key) => by.get(key) === 'reject'));
    }
  }

  function count() {
    const all = cards(), done = all.filter(said).length;
    desk.querySelector('.bar progress').value = done;
    desk.querySelector('#count b').textContent = done;
    for (const button of desk.querySelectorAll('.rule')) {
      button.hidden = !all.some((each) => each.dataset.rule === button.dataset.rule && !said(each));
    }
    undo.disabled = !history.length;
  }

  function go(to, { focus = true } = {}) {
    if (!to) return;
    current?.removeAttribute('aria-current');
    current = to;
    current.setAttribute('aria-current', 'true');
    if (focus) {
      current.focus({ preventScroll: true });
      current.scrollIntoView({ block: 'nearest' });
    }
    text.show(current.dataset.key);
    tint();
  }

  function step(by) {
    const all = cards(), at = all.indexOf(current);
    go(all[Math.min(all.length - 1, Math.max(0, at + by))]);
  }

  // The next one that is not decided, or the one below.
  function onwards() {
    const all = cards(), at = all.indexOf(current);
    go(all.slice(at + 1).find((each) => !said(each)) ?? all.find((each) => !said(each)) ?? all[Math.min(at + 1, all.length - 1)]);
  }

  function remember(changed) {
    history.push(changed.map((each) => [each.dataset.key, known.get(each.dataset.key)]));
    for (const each of changed) known.set(each.dataset.key, state(each));
    count();
    tint();
    later();
  }

  function say(value, which = [current]) {
    const changed = which.filter((each) => each && said(each) !== value);
    for (const each of changed) each.querySelector(`.said input[value="${value}"]`).checked = true;
    if (changed.length) remember(changed);
  }

  function back() {
    const last = history.pop();
    if (!last) return;
    for (const [key, values] of last) {
      const each = card(key);
      fields(each).forEach((field, n) => {
        if (ticked(field)) field.checked = values[n];
        else field.value = values[n];
      });
      known.set(key, values);
      restored(each);
    }
    count();
    paint();
    later();
    go(card(last[0][0]));
    if (last.length === 1) refresh(card(last[0][0]));
  }

  function restored(each) {
    const positions = each.querySelector('input.spans');
    if (positions) each.dataset.spans = positions.value;
  }

  function rule() {
    const name = current?.dataset.rule;
    if (!name) return;
    say('accept', cards().filter((each) => each.dataset.rule === name && !said(each)));
    onwards();
  }

  function move(each, edge, by) {
    const now = spans(each), n = edge === 'start' ? 0 : now.length - 1;
    if (!now.length) return;
    now[n] = text.moved(now[n], edge, by);
    each.dataset.spans = now.map((span) => span.join('-')).join(' ');
    each.querySelector('input.spans').value = each.dataset.spans;
    remember([each]);
    paint();
    refresh(each);
  }

  // What is here, kept by the service. One after the other: an older state that arrived later would undo a newer one.
  function keep(accept) {
    const mine = turn.then(async () => {
      if (over) throw new Error('the cards are gone');
      const response = await request(form, null, { action: 'save' }, accept);
      return { ok: response.ok, text: await response.text() };
    });
    turn = mine.catch(() => {});
    return mine;
  }

  // A card as the service sees it now: its sentence, its passage, what the graph says of it.
  async function refresh(each) {
    const key = each.dataset.key;
    clearTimeout(timer);
    try {
      const reply = await keep();
      const fresh = parsed(reply.text).querySelector(`#card-${CSS.escape(key)}`), now = card(key);
      if (!reply.ok || !fresh) throw new Error('not kept');
      told(true);
      for (const part of ['header', 'h2']) now.querySelector(part).replaceWith(fresh.querySelector(part));
      for (const old of now.querySelectorAll('.quote, .warning, .claims')) old.remove();
      now.querySelector('h2').after(...fresh.querySelectorAll('.quote, .warning, .claims'));
      now.classList.toggle('implied', fresh.classList.contains('implied'));
      now.classList.toggle('stated', fresh.classList.contains('stated'));
      paint();
    } catch {
      told(false);
      later(AGAIN);
    }
  }

  function later(wait = WAIT) {
    unsaved = true;
    clearTimeout(timer);
    if (!over) timer = setTimeout(save, wait);
  }

  async function save() {
    try {
      const { ok } = await keep('application/json');
      told(ok);
      if (!ok) later(AGAIN);
    } catch {
      told(false);
      later(AGAIN);
    }
  }

  function told(well) {
    unsaved = !well;
    kept.textContent = well ? form.dataset.saved : form.dataset.unsaved;
  }

  function edit() {
    const details = current?.querySelector('.edit');
    if (!details) return;
    details.open = true;
    details.querySelector('.entries :is(select, input:not([type=hidden]))')?.focus();
    details.scrollIntoView({ block: 'nearest' });
  }

  const ACTS = {
    j: () => step(1), k: () => step(-1), u: back, e: edit, r: rule,
    a: () => { say('accept'); onwards(); }, x: () => { say('reject'); onwards(); }, s: () => { say('unsure'); onwards(); },
    '[': () => move(current, 'end', 1), ']': () => move(current, 'end', -1),
    '{': () => move(current, 'start', -1), '}': () => move(current, 'start', 1),
    '?': () => { const list = desk.querySelector('.keys'); list.open = !list.open; },
  };

  function pressed(event) {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    const typing = event.target.closest('select, textarea, input:not([type=radio], [type=checkbox])');
    if (typing) return inField(event, typing.closest('.card'));
    if (!keys.checked || event.target.closest('header, footer, .picker') && !event.target.closest('.card')) return;
    const act = ACTS[event.key];
    if (!act || (!current && event.key !== '?')) return;
    event.preventDefault();
    act();
  }

  // Enter accepts what was edited, Escape leaves it as it stands.
  function inField(event, of) {
    if (!of || (event.key !== 'Enter' && event.key !== 'Escape')) return;
    event.preventDefault();
    event.target.blur(); // which tells of a change
    of.querySelector('.edit').open = false;
    go(of);
    if (event.key === 'Escape') return;
    say('accept');
    refresh(of);
    onwards();
  }

  function changed(event) {
    const of = event.target.closest('.card');
    if (!of) {
      if (event.target.name?.startsWith('m.')) later();
      return;
    }
    restored(of);
    go(of, { focus: false });
    remember([of]);
    if (event.target.closest('.edit')) refresh(of);
  }

  function clicked(event) {
    const button = event.target.closest('button');
    const of = event.target.closest('.card');
    if (of && of !== current) go(of, { focus: false });
    if (button?.value.startsWith('span:')) {
      event.preventDefault();
      const [, , edge, by] = button.value.split(':');
      move(of, edge, Number(by));
    } else if (button?.classList.contains('rule')) {
      event.preventDefault();
      rule();
    }
  }

  function touched(event) {
    const mark = event.target.closest('mark[data-cards]');
    if (!mark || !getSelection().isCollapsed) return;
    const over_ = mark.dataset.cards.split(' ').filter((key) => card(key));
    const at = over_.indexOf(current?.dataset.key);
    if (over_.length) go(card(over_[(at + 1) % over_.length])); // again for the next one of the same passage
  }

  function offer() {
    picker.hidden = text.selected() === null;
  }

  function picked(event) {
    const kind = event.target.closest('button')?.dataset.kind, span = text.selected();
    if (!kind || !span) return;
    picker.hidden = true;
    clearTimeout(timer);
    send(form, null, { action: 'add', 'add.kind': kind, 'add.span': span.join('-') });
  }

  function leaving(event) {
    if (unsaved) event.preventDefault();
  }

  keys.checked = localStorage.getItem('desk-keys') !== 'off';
  keys.addEventListener('change', () => localStorage.setItem('desk-keys', keys.checked ? 'on' : 'off'));
  for (const each of cards()) known.set(each.dataset.key, state(each));
  document.addEventListener('keydown', pressed);
  document.addEventListener('selectionchange', offer);
  addEventListener('beforeunload', leaving);
  form.addEventListener('change', changed);
  form.addEventListener('click', clicked);
  text.element.addEventListener('click', touched);
  undo.addEventListener('click', back);
  picker.addEventListener('pointerdown', (event) => event.preventDefault()); // the selection stays
  picker.addEventListener('click', picked);
  count();
  paint();
  const at = desk.dataset.at ? card(desk.dataset.at) : null;
  go(at ?? cards().find((each) => !said(each)) ?? cards()[0]);
  if (at?.querySelector('.edit')?.open) edit();

  return () => {
    over = true;
    unsaved = false;
    clearTimeout(timer);
    document.removeEventListener('keydown', pressed);
    document.removeEventListener('selectionchange', offer);
    removeEventListener('beforeunload', leaving);
  };
}
