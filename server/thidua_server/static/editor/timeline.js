// Rows along time, one lane for each value of a column.

import { t, el, choice, number, short } from './text.js';
import { temporal, shown, textOf, timeOf, isYear } from './answer.js';
import { d3, figureFor } from './drawing.js';
import { measure } from './saving.js';

const MOST = 400;
const LANES = 40;
const DEEPEST = 12;

export const reason = answer => (temporal(answer).length ? '' : t('cần một cột ngày hay năm', 'needs a column of days or years'));

export async function timeline(answer, target) {
  const { select, scaleUtc, axisTop, extent, group } = await d3();
  const times = temporal(answer);
  const lanes = shown(answer).filter(name => !times.includes(name));
  const find = pattern => times.find(name => pattern.test(name));
  const chosen = { from: find(/start|from|từ/i) ?? times[0], to: find(/end|until|đến/i) ?? '', lane: lanes[0] ?? times[0] };
  if (chosen.to === chosen.from) chosen.to = '';
  const figure = figureFor('drawing');
  const set = name => value => { chosen[name] = value; draw(); };
  target.append(
    el('div', { class: 'controls' },
      choice(t('Từ', 'From'), times.map(name => [name, name]), chosen.from, set('from')),
      choice(t('Đến', 'To'), [['', t('không có', 'none')], ...times.map(name => [name, name])], chosen.to, set('to')),
      choice(t('Mỗi hàng', 'A lane for each'), shown(answer).map(name => [name, name]), chosen.lane, set('lane'))),
    figure);
  draw();

  function draw() {
    const dated = answer.rows.filter(row => row[chosen.from]);
    const groups = [...group(dated.slice(0, MOST), row => textOf(answer, row, chosen.lane))];
    const some = groups.slice(0, LANES);
    const width = 760, left = 230, top = 30, step = 24;
    const begin = row => timeOf(row[chosen.from], true);
    const last = row => (chosen.to && row[chosen.to] ? chosen.to : chosen.from);
    // A year, and a month, lasts until its end; a day without another one is a point.
    const end = row => (row[last(row)].value.length > 7 && last(row) === chosen.from ? begin(row) : endOf(row[last(row)].value, timeOf(row[last(row)], true)));
    const [first, until] = extent(some.flatMap(([, rows]) => rows.flatMap(row => [begin(row), end(row)])));
    const x = scaleUtc([first, until === first ? first + 31 * 864e5 : until], [left + 10, width - 20]);
    const rowsOf = some.map(([name, rows]) => [name, stacked(rows)]);
    const height = top + rowsOf.reduce((sum, [, { depth }]) => sum + depth * step + 4, 0) + 10;
    const onlyYears = some.every(([, rows]) => rows.every(row => row[chosen.from].value.length === 4 && row[last(row)].value.length === 4));
    figure.replaceChildren();
    const svg = select(figure).append('svg').attr('viewBox', `0 0 ${width} ${height + 22}`).attr('role', 'img')
      .attr('aria-label', t(`Dòng thời gian theo ${chosen.from}`, `Timeline by ${chosen.from}`));
    if (onlyYears) years(svg, x, top, height);
    else svg.append('g').attr('transform', `translate(0,${top - 6})`).call(axisTop(x).ticks(7));
    const told = telling(some.flatMap(([, rows]) => rows));
    let y = top;
    for (const [name, { rows, depth }] of rowsOf) {
      svg.append('line').attr('class', 'lane').attr('x1', 0).attr('x2', width - 10).attr('y1', y + depth * step + 2).attr('y2', y + depth * step + 2);
      svg.append('text').attr('x', left - 8).attr('y', y + 17).attr('text-anchor', 'end').text(short(name, 32)).append('title').text(name);
      for (const [row, level] of rows) {
        const middle = y + level * step + step / 2;
        const mark = end(row) > begin(row)
          ? svg.append('rect').attr('x', x(begin(row)) + 1).attr('y', middle - 8).attr('height', 16).attr('rx', 2).attr('width', Math.max(3, x(end(row)) - x(begin(row)) - 2))
          : svg.append('circle').attr('cx', x(begin(row))).attr('cy', middle).attr('r', 6);
        mark.attr('class', 'mark').append('title').text(shown(answer).map(each => textOf(answer, row, each)).filter(Boolean).join(' · '));
        const text = told && textOf(answer, row, told);
        if (text && measure(text, 11) < x(end(row)) - x(begin(row)) - 8) {
          svg.append('text').attr('class', 'within').attr('x', (x(begin(row)) + x(end(row))) / 2).attr('y', middle + 4).attr('text-anchor', 'middle').text(text);
        }
      }
      y += depth * step + 4;
    }
    svg.append('text').attr('class', 'axis').attr('x', (left + width) / 2).attr('y', height + 14).attr('text-anchor', 'middle')
      .text(chosen.to ? `${chosen.from} – ${chosen.to}` : chosen.from);
    const drawn = some.reduce((sum, [, rows]) => sum + rows.length, 0);
    const undated = answer.rows.length - dated.length;
    const notes = [
      drawn < dated.length && t(`Vẽ ${number(drawn)} trong ${number(dated.length)} dòng có ngày.`, `${number(drawn)} of ${number(dated.length)} dated rows are drawn.`),
      undated && t(`${number(undated)} dòng không có ngày chỉ ở trong bảng.`, `${number(undated)} rows without a date are only in the table.`),
    ].filter(Boolean).join(' ');
    if (notes) figure.append(el('figcaption', { class: 'note' }, notes));
  }

  /** What tells a row from others of its lane: the first column that differs among them. */
  function telling(rows) {
    return shown(answer).find(name => ![chosen.lane, chosen.from, chosen.to].includes(name) && new Set(rows.map(row => textOf(answer, row, name))).size > 1);
  }

  /** Rows of a lane, one under another where they are of the same time. */
  function stacked(rows) {
    const begin = row => timeOf(row[chosen.from], true);
    const free = [];
    const placed = [...rows].sort((a, b) => begin(a) - begin(b)).map(row => {
      const from = begin(row), to = row[chosen.to || chosen.from] ?? row[chosen.from];
      let level = free.findIndex(until => until <= from);
      if (level < 0) level = free.length < DEEPEST ? free.length : DEEPEST - 1;
      free[level] = Math.max(from + 1, endOf(to.value, timeOf(to, true)));
      return [row, level];
    });
    return { rows: placed, depth: Math.max(1, free.length) };
  }

  /** Years as fields between lines, each with its number in its middle. */
  function years(svg, x, top, height) {
    const [from, to] = x.domain().map(day => day.getUTCFullYear());
    const every = Math.ceil((to - from) / 14);
    const at = year => x(Date.UTC(year, 0));
    for (let year = from; year <= to; year++) {
      svg.append('line').attr('class', 'lane').attr('x1', at(year)).attr('x2', at(year)).attr('y1', top - 6).attr('y2', height - 10);
      if (year < to && (year - from) % every === 0) svg.append('text').attr('class', 'year').attr('x', (at(year) + at(year + 1)) / 2).attr('y', top - 12).attr('text-anchor', 'middle').text(year);
    }
  }
}

/** The end of a year, a month or a day. */
function endOf(text, begin) {
  const day = new Date(begin);
  if (text.length === 4) return Date.UTC(day.getUTCFullYear() + 1, 0);
  return text.length === 7 ? Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1) : begin;
}
