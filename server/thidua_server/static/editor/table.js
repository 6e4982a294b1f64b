// The answer as a table: sortable, with labels that lead to pages.

import { t, el, number, collator } from './text.js';
import { isNumber, isYear, numeric, shown, textOf } from './answer.js';
import { pageOf, shorten } from './terms.js';

const MOST = 1000;

/** Draw the first rows; a click on a header sorts all of them. */
export function table(answer, target) {
  const names = shown(answer);
  let order = null;
  const body = el('tbody');
  const numbers = new Set(numeric(answer).filter(name => !isYear(name)));
  const heads = names.map(name => el('th', { scope: 'col', class: numbers.has(name) ? 'number' : undefined }, el('button', { type: 'button', onclick: () => sortBy(name) }, name)));
  target.append(
    el('p', { class: 'note' }, answer.rows.length > MOST
      ? t(`Chỉ hiện ${number(MOST)} dòng đầu trong ${number(answer.rows.length)}; bản tải về có đủ.`, `The first ${number(MOST)} of ${number(answer.rows.length)} rows; a download has them all.`)
      : t('Bấm tên cột để sắp xếp.', 'Press a column’s name to sort.')),
    el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('Bảng kết quả', 'Table of results') },
      el('table', {}, el('thead', {}, el('tr', {}, ...heads)), body)));
  fill(answer.rows);

  function sortBy(name) {
    order = { name, falls: order?.name === name && !order.falls };
    heads.forEach((head, at) => {
      if (names[at] === name) head.setAttribute('aria-sort', order.falls ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    });
    const sign = order.falls ? -1 : 1;
    fill([...answer.rows].sort((a, b) => compared(a, b, name, sign)));
  }

  function compared(a, b, name, sign) {
    if (!a[name] || !b[name]) return !a[name] - !b[name]; // what is missing comes last, either way
    if (isNumber(a[name]) && isNumber(b[name])) return sign * (a[name].value - b[name].value);
    return sign * collator.compare(textOf(answer, a, name), textOf(answer, b, name));
  }

  function fill(rows) {
    body.replaceChildren(...rows.slice(0, MOST).map(row => el('tr', {}, ...names.map(name => cell(answer, row, name)))));
  }
}

function cell(answer, row, name) {
  const term = row[name];
  const text = textOf(answer, row, name);
  const language = (row[`${name}Label`] ?? term)?.['xml:lang'];
  if (term?.type !== 'uri') return el('td', { class: isNumber(term) && !isYear(name) ? 'number' : undefined, lang: language }, text);
  const href = pageOf(term.value, answer.pinned);
  const about = { title: shorten(term.value), lang: language };
  return el('td', {}, href ? el('a', { href, rel: href.startsWith('/') ? undefined : 'nofollow noopener', ...about }, text) : el('span', about, text));
}
