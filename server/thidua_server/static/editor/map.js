// Provincial units coloured by a column; outlines come from /borders.json.

import { t, el, choice, number } from './text.js';
import { columnsWhere, numeric, textOf, isYear, shown } from './answer.js';
import { d3, figureFor } from './drawing.js';

const IRI = /^https:\/\/w3id\.org\/thidua\/id\/province\//;
const STEPS = 5;

const places = answer => columnsWhere(answer, term => term.type === 'uri' && IRI.test(term.value));
const codes = answer => columnsWhere(answer, (term, name) => /code|gso|mã/i.test(name) && term.type === 'literal' && /^\d{2}$/.test(term.value));

export function reason(answer) {
  return places(answer).length || codes(answer).length ? '' : t('cần một cột chỉ gồm các tỉnh, hay mã GSO của tỉnh', 'needs a column of provinces, or of their GSO codes');
}

/** `borders` is the address of the outlines. */
export async function map(answer, target, borders) {
  const [{ select, scaleQuantize, group, max }, response] = await Promise.all([d3(), fetch(borders)]);
  if (!response.ok) {
    target.append(el('p', {}, t('Chưa có hình các tỉnh; xem bảng.', 'There are no outlines here; see the table.')));
    return;
  }
  const drawing = await response.json();
  const where = [...places(answer), ...codes(answer)];
  const values = numeric(answer).filter(name => !isYear(name));
  const chosen = { place: where[0], value: values[0] ?? '', time: 'since' };
  const figure = figureFor('drawing map');
  const when = choice(t('Mã là của', 'Codes are those'), [['since', t('đơn vị từ 7/2025', 'since July 2025')], ['before', t('đơn vị trước 7/2025', 'before July 2025')]], chosen.time, set('time'));
  target.append(
    el('div', { class: 'controls' },
      choice(t('Tỉnh', 'Province'), where.map(name => [name, name]), chosen.place, set('place')),
      choice(t('Tô theo', 'Colour by'), [['', t('số dòng', 'number of rows')], ...values.map(name => [name, name])], chosen.value, set('value')),
      when),
    figure);
  draw();

  function set(name) { return value => { chosen[name] = value; draw(); }; }

  function unitOf(row) {
    const term = row[chosen.place];
    if (term.type === 'uri') return term.value;
    const named = drawing.codes.filter(each => each.code === term.value);
    return named.find(each => (chosen.time === 'since' ? !each.end : !each.start || each.start < '2025-07-01'))?.unit;
  }

  function draw() {
    when.hidden = places(answer).includes(chosen.place);
    const there = answer.rows.filter(row => row[chosen.place] && (!chosen.value || row[chosen.value]));
    const units = [...group(there, unitOf)].map(([unit, rows]) => ({ unit, rows, outlines: outlinesOf(unit), value: chosen.value ? max(rows, row => +row[chosen.value].value) : rows.length }));
    const drawn = units.filter(each => each.outlines.length);
    const classes = classesOf(drawn.map(each => each.value));
    figure.replaceChildren();
    const svg = select(figure).append('svg').attr('viewBox', drawing.viewBox).attr('role', 'img')
      .attr('aria-label', t(`Bản đồ: ${drawn.length} đơn vị được tô`, `Map: ${drawn.length} units are coloured`));
    for (const { frame: [x, y, width, height], name, at } of drawing.insets) {
      svg.append('rect').attr('class', 'inset').attr('x', x).attr('y', y).attr('width', width).attr('height', height);
      svg.append('text').attr('class', 'inset').attr('lang', 'vi').attr('x', at[0]).attr('y', at[1]).text(name);
    }
    // An archipelago is drawn in its frame.
    const moved = new Map(drawing.insets.map(({ unit, part, transform }) => [drawing.paths[unit][part], transform]));
    const outline = (parent, d) => parent.append('path').attr('d', d).attr('transform', moved.get(d) ?? null);
    for (const d of Object.values(drawing.paths).flat()) outline(svg, d).attr('class', 'land');
    // Units of today lie over those that they were made of; the smaller ones are drawn last, to be seen.
    for (const each of drawn.sort((a, b) => b.outlines.length - a.outlines.length)) {
      const g = svg.append('g').attr('class', `mark unit ${classes.of(each.value)}`);
      for (const d of each.outlines) outline(g, d);
      const name = each.rows[0][chosen.place].type === 'uri' ? textOf(answer, each.rows[0], chosen.place) : `${each.rows[0][chosen.place].value}: ${answer.shorten(each.unit)}`;
      g.append('title').text(`${name}: ${number(each.value)}${chosen.value ? '' : ` ${t('dòng', 'rows')}`}`);
    }
    figure.append(el('figcaption', {}, legend(classes.ranges), el('p', { class: 'note' }, notes(units, drawn))));
  }

  function outlinesOf(unit) {
    return drawing.paths[unit] ?? (drawing.parts[unit] ?? []).flatMap(part => drawing.paths[part]);
  }

  /** Few values each have a colour; many are parted into ranges. */
  function classesOf(values) {
    const distinct = [...new Set(values)].sort((a, b) => a - b);
    if (distinct.length <= STEPS) {
      const name = value => `q${distinct.length > 1 ? Math.round(distinct.indexOf(value) * (STEPS - 1) / (distinct.length - 1)) : STEPS - 1}`;
      return { of: name, ranges: distinct.map(value => [name(value), number(value)]) };
    }
    const step = scaleQuantize([distinct[0], distinct.at(-1)], [...Array(STEPS).keys()]).nice();
    return { of: value => `q${step(value)}`, ranges: step.range().map(index => [`q${index}`, step.invertExtent(index).map(number).join(' – ')]) };
  }

  function legend(ranges) {
    const what = chosen.value || t('số dòng', 'number of rows');
    return el('ul', { class: 'legend', 'aria-label': what }, el('li', {}, el('b', {}, what)),
      ...ranges.map(([name, text]) => el('li', {}, el('span', { class: `swatch ${name}` }), text)),
      el('li', {}, el('span', { class: 'swatch' }), t('không có trong kết quả', 'not in the answer')));
  }

  function notes(units, drawn) {
    const missing = units.filter(each => !each.outlines.length);
    const several = drawn.some(each => each.rows.length > 1);
    return [
      chosen.value && several && t('Tỉnh có nhiều dòng được tô theo giá trị lớn nhất.', 'A unit of several rows has the colour of its largest value.'),
      missing.length && t(`${missing.length} đơn vị không có hình, chỉ ở trong bảng.`, `${missing.length} units have no outline and are only in the table.`),
      t('Hình phác, không phải căn cứ về địa giới. Đơn vị mới vẽ bằng các đơn vị cũ hợp thành.', 'A sketch, no statement about borders. A new unit is drawn as those it was made of.'),
      drawing.credit,
    ].filter(Boolean).join(' ');
  }
}
