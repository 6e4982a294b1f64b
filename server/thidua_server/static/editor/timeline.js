// Rows along time, one lane for each value of a column.

import { t, el, choice, number, short } from './text.js';
import { temporal, shown, textOf, timeOf, isYear } from './answer.js';
import { d3, figureFor } from './drawing.js';

const MOST = 400;
const LANES = 40;
const YEAR = 365.25 * 864e5;

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
    const width = 760, left = 230, top = 30, step = 26;
    const begin = row => timeOf(row[chosen.from], true);
    // A year lasts until its end; without an end a mark stands for its day.
    const end = row => (chosen.to && row[chosen.to] ? timeOf(row[chosen.to], true) + (row[chosen.to].value.length === 4 ? YEAR : 0) : null);
    const [first, last] = extent(some.flatMap(([, rows]) => rows.flatMap(row => [begin(row), end(row) ?? begin(row)])));
    const x = scaleUtc([first, last === first ? last + YEAR : last], [left + 10, width - 20]);
    figure.replaceChildren();
    const svg = select(figure).append('svg').attr('viewBox', `0 0 ${width} ${top + some.length * step + 10}`).attr('role', 'img')
      .attr('aria-label', t(`Dòng thời gian theo ${chosen.from}`, `Timeline by ${chosen.from}`));
    svg.append('g').attr('transform', `translate(0,${top - 6})`).call(axisTop(x).ticks(7));
    some.forEach(([name, rows], at) => {
      const y = top + at * step + step / 2;
      svg.append('line').attr('class', 'lane').attr('x1', left).attr('x2', width - 10).attr('y1', y).attr('y2', y);
      svg.append('text').attr('x', left - 8).attr('y', y + 5).attr('text-anchor', 'end').text(short(name, 32)).append('title').text(name);
      for (const row of rows) {
        const until = end(row);
        const mark = until !== null && until > begin(row)
          ? svg.append('rect').attr('x', x(begin(row))).attr('y', y - 6).attr('height', 12).attr('width', Math.max(3, x(until) - x(begin(row))))
          : svg.append('circle').attr('cx', x(begin(row))).attr('cy', y).attr('r', 6);
        mark.attr('class', 'mark').append('title').text(shown(answer).map(each => textOf(answer, row, each)).filter(Boolean).join(' · '));
      }
    });
    const drawn = some.reduce((sum, [, rows]) => sum + rows.length, 0);
    const undated = answer.rows.length - dated.length;
    const notes = [
      drawn < dated.length && t(`Vẽ ${number(drawn)} trong ${number(dated.length)} dòng có ngày.`, `${number(drawn)} of ${number(dated.length)} dated rows are drawn.`),
      undated && t(`${number(undated)} dòng không có ngày chỉ ở trong bảng.`, `${number(undated)} rows without a date are only in the table.`),
    ].filter(Boolean).join(' ');
    if (notes) figure.append(el('figcaption', { class: 'note' }, notes));
  }
}
