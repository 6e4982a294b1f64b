// Bars or lines of chosen columns.

import { t, el, choice, number, short } from './text.js';
import { numeric, shown, textOf, temporal, timeOf, isNumber, isYear, unitOf } from './answer.js';
import { d3, figureFor } from './drawing.js';

const MOST = 60;

export const reason = answer => (numeric(answer).some(name => !isYear(name)) ? '' : t('cần một cột toàn số, ngoài năm', 'needs a column of numbers other than years'));

export async function chart(answer, target) {
  const { select, scaleLinear, scalePoint, scaleUtc, extent, max, min, line, group, axisBottom, axisLeft } = await d3();
  const numbers = numeric(answer);
  const others = shown(answer).filter(name => !numbers.includes(name) || isYear(name));
  const values = numbers.filter(name => !isYear(name));
  const times = temporal(answer);
  const chosen = {
    kind: times.length && values.length ? 'lines' : 'bars',
    x: times.find(name => others.includes(name)) ?? others.at(-1) ?? numbers[0],
    y: values[0] ?? numbers[0],
    by: '',
  };
  if (chosen.kind === 'bars') chosen.x = others.find(name => !isYear(name)) ?? chosen.x;
  const series = () => [['', t('không', 'none')], ...shown(answer).filter(name => name !== chosen.x && name !== chosen.y).map(name => [name, name])];
  const figure = figureFor('drawing');
  const controls = el('div', { class: 'controls' });
  const set = name => value => { chosen[name] = value; draw(); };
  controls.append(
    choice(t('Kiểu', 'Kind'), [['bars', t('cột', 'bars')], ['lines', t('đường', 'lines')]], chosen.kind, set('kind')),
    choice(t('Theo', 'Along'), shown(answer).map(name => [name, name]), chosen.x, set('x')),
    choice(t('Giá trị', 'Value'), numbers.map(name => [name, name]), chosen.y, set('y')),
    choice(t('Chia theo', 'Split by'), series(), chosen.by, set('by')));
  target.append(controls, figure);
  draw();

  function draw() {
    const rows = answer.rows.filter(row => row[chosen.y]);
    figure.replaceChildren();
    (chosen.kind === 'bars' ? bars : lines)(rows);
  }

  function bars(rows) {
    const some = rows.slice(0, MOST);
    const width = 640, left = 240, step = 26;
    const names = some.map(row => [textOf(answer, row, chosen.x), chosen.by && textOf(answer, row, chosen.by)].filter(Boolean).join(' · '));
    const zero = Math.min(0, min(some, row => +row[chosen.y].value));
    const x = scaleLinear([zero, Math.max(0, max(some, row => +row[chosen.y].value))], [left, width - 70]).nice();
    const bottom = some.length * step + 8;
    const svg = canvas(width, bottom + 44, t(`Biểu đồ cột: ${chosen.y} theo ${chosen.x}`, `Bars: ${chosen.y} by ${chosen.x}`));
    svg.append('g').attr('transform', `translate(0,${bottom})`).call(axisBottom(x).ticks(countOf(x.domain())).tickFormat(number));
    axisName(svg, (left + width - 70) / 2, bottom + 38, `${chosen.y}${unitOf(answer)}`);
    some.forEach((row, at) => {
      const value = +row[chosen.y].value, y = at * step + 4;
      svg.append('text').attr('x', left - 8).attr('y', y + 14).attr('text-anchor', 'end').text(short(names[at], 30)).append('title').text(names[at]);
      svg.append('rect').attr('class', 'mark').attr('x', Math.min(x(0), x(value))).attr('y', y).attr('height', step - 8).attr('width', Math.max(1, Math.abs(x(value) - x(0))));
      svg.append('text').attr('class', 'value').attr('x', Math.max(x(0), x(value)) + 5).attr('y', y + 14).text(number(value));
    });
    note(rows.length > MOST ? t(`${number(MOST)} dòng đầu trong ${number(rows.length)}.`, `The first ${number(MOST)} of ${number(rows.length)} rows.`) : '');
  }

  function lines(rows) {
    const width = 720, height = 384, left = 84, right = 150;
    const isTime = times.includes(chosen.x);
    const isScale = isTime || rows.every(row => isNumber(row[chosen.x]));
    const at = row => (isTime ? timeOf(row[chosen.x], true) : isScale ? +row[chosen.x].value : textOf(answer, row, chosen.x));
    const there = rows.filter(row => row[chosen.x]);
    const x = isTime ? scaleUtc(extent(there, at), [left, width - right]) : isScale ? scaleLinear(extent(there, at), [left, width - right]) : scalePoint([...new Set(there.map(at))], [left, width - right]);
    const y = scaleLinear([Math.min(0, min(there, row => +row[chosen.y].value)), max(there, row => +row[chosen.y].value)], [height - 58, 12]).nice();
    const svg = canvas(width, height, t(`Biểu đồ đường: ${chosen.y} theo ${chosen.x}`, `Lines: ${chosen.y} along ${chosen.x}`));
    const years = isTime && there.every(row => row[chosen.x].value.length === 4);
    const ticks = years ? axisBottom(x).tickValues(yearsOf(x.domain())).tickFormat(day => day.getUTCFullYear()) : isTime ? axisBottom(x).ticks(6) : isScale ? axisBottom(x).ticks(6) : axisBottom(x).tickFormat(text => short(text, 12));
    svg.append('g').attr('transform', `translate(0,${height - 58})`).call(ticks);
    svg.append('g').attr('transform', `translate(${left},0)`).call(axisLeft(y).ticks(countOf(y.domain())).tickFormat(number));
    axisName(svg, (left + width - right) / 2, height - 12, chosen.x);
    axisName(svg, 0, 0, `${chosen.y}${unitOf(answer)}`).attr('transform', `translate(14,${(height - 46) / 2}) rotate(-90)`);
    const groups = [...group(there, row => (chosen.by ? textOf(answer, row, chosen.by) : ''))].slice(0, 12);
    groups.forEach(([name, own], index) => {
      if (isScale) own.sort((a, b) => at(a) - at(b));
      const g = svg.append('g').attr('class', `series s${index % 6}`);
      g.append('path').attr('class', 'line').attr('d', line(row => x(at(row)), row => y(+row[chosen.y].value))(own));
      for (const row of own) {
        const mark = g.append('circle').attr('class', 'mark').attr('r', 4).attr('cx', x(at(row))).attr('cy', y(+row[chosen.y].value));
        mark.append('title').text(`${[name, textOf(answer, row, chosen.x)].filter(Boolean).join(' · ')}: ${number(+row[chosen.y].value)}`);
      }
      const last = own.at(-1);
      g.append('text').attr('x', x(at(last)) + 8).attr('y', y(+last[chosen.y].value) + 4).text(short(name, 20));
    });
  }

  /** Ticks that whole numbers have room for. */
  function countOf([low, high]) {
    return Math.max(1, Math.min(6, Math.ceil(high - low)));
  }

  /** Every year, or every second, third one where there are many. */
  function yearsOf([first, last]) {
    const [from, to] = [first.getUTCFullYear(), last.getUTCFullYear()];
    const step = Math.ceil((to - from + 1) / 12);
    return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, at) => new Date(Date.UTC(from + at * step, 0)));
  }

  function axisName(svg, x, y, text) {
    return svg.append('text').attr('class', 'axis').attr('x', x).attr('y', y).attr('text-anchor', 'middle').text(text);
  }

  function canvas(width, height, label) {
    return select(figure).append('svg').attr('viewBox', `0 0 ${width} ${height}`).attr('role', 'img').attr('aria-label', label);
  }

  function note(text) {
    if (text) figure.append(el('figcaption', { class: 'note' }, text));
  }
}
