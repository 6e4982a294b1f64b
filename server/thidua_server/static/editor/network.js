// Things and what joins them: triples, or rows with two columns of IRIs.

import { t, el, choice, number } from './text.js';
import { iris, textOf } from './answer.js';
import { pageOf } from './terms.js';
import { d3, figureFor } from './drawing.js';
import { measure, wrapped } from './saving.js';

const MOST = 150;
/** Of labels: size and height of a line, and how wide they may be. */
const SIZE = 13, LINE = 15, WIDEST = 190;

export function reason(answer) {
  const fits = answer.form === 'GRAPH' ? answer.triples.some(([, , object]) => object.type !== 'literal') : iris(answer).length > 1;
  return fits ? '' : t('cần bộ ba giữa hai vật, hay hai cột IRI', 'needs triples between things, or two columns of IRIs');
}

export async function network(answer, target) {
  const { select, forceSimulation, forceLink, forceManyBody, forceCenter, forceCollide, forceX, forceY, drag } = await d3();
  const columns = answer.form === 'GRAPH' ? [answer.columns[0], answer.columns[2]] : iris(answer);
  const chosen = { from: columns[0], to: columns[1] };
  const figure = figureFor('drawing');
  if (answer.form !== 'GRAPH') {
    const set = name => value => { chosen[name] = value; draw(); };
    const options = columns.map(name => [name, name]);
    target.append(el('div', { class: 'controls' }, choice(t('Từ', 'From'), options, chosen.from, set('from')), choice(t('Tới', 'To'), options, chosen.to, set('to'))));
  }
  target.append(figure);
  draw();

  function draw() {
    const joined = answer.rows.filter(row => row[chosen.from] && row[chosen.to] && row[chosen.to].type !== 'literal');
    const nodes = new Map();
    const links = new Map();
    const nodeOf = (row, name) => nodes.get(row[name].value) ?? (nodes.size < MOST && nodes.set(row[name].value, { id: row[name].value, text: textOf(answer, row, name) }).get(row[name].value));
    for (const row of joined) {
      const source = nodeOf(row, chosen.from), target = nodeOf(row, chosen.to);
      if (!source || !target) continue;
      const key = `${source.id} ${target.id}`;
      const link = links.get(key) ?? { source, target, names: new Set() };
      if (answer.form === 'GRAPH') link.names.add(textOf(answer, row, answer.columns[1]));
      links.set(key, link);
    }
    const points = [...nodes.values()], edges = [...links.values()];
    // In its own size where there is room, so that a label is no larger than the page's text.
    const width = Math.max(figure.clientWidth || 0, 640, Math.sqrt(points.length) * 170), height = width * 0.6;
    // Settled before it is shown: nothing moves unless a reader drags it.
    forceSimulation(points).force('link', forceLink(edges).distance(120)).force('charge', forceManyBody().strength(-420))
      .force('center', forceCenter(width / 2, height / 2)).force('x', forceX(width / 2).strength(0.04)).force('y', forceY(height / 2).strength(0.08))
      .force('collide', forceCollide(34)).stop().tick(300);
    for (const point of points) {
      point.lines = wrapped(point.text, WIDEST, SIZE, false, 3);
      point.wide = Math.max(...point.lines.map(line => measure(line, SIZE)));
    }
    apart(points);
    const box = points.map(boxOf);
    const [x0, y0, x1, y1] = [Math.min(...box.map(each => each[0])), Math.min(...box.map(each => each[1])), Math.max(...box.map(each => each[2])), Math.max(...box.map(each => each[3]))];
    // As wide as its place, so that its letters are no larger than they say.
    const wide = Math.max(x1 - x0 + 24, Math.min(figure.clientWidth, 1100));
    figure.replaceChildren();
    const svg = select(figure).append('svg').attr('viewBox', `${[(x0 + x1 - wide) / 2, y0 - 12, wide, y1 - y0 + 24].map(Math.round).join(' ')}`).attr('role', 'group')
      .attr('aria-label', t(`Mạng lưới: ${points.length} vật, ${edges.length} liên kết`, `Network: ${points.length} things, ${edges.length} links`));
    const lines = svg.append('g').selectAll('line').data(edges).join('line').attr('class', 'edge');
    lines.append('title').text(edge => [edge.source.text, [...edge.names].join(', '), edge.target.text].filter(Boolean).join(' → '));
    const marks = svg.append('g').selectAll('a').data(points).join('a').attr('href', point => pageOf(point.id, answer.pinned)).attr('class', 'mark node');
    marks.append('circle').attr('r', 7);
    marks.append('text').selectAll('tspan').data(point => point.lines.map((line, at) => [line, at, point.lines.length])).join('tspan')
      .attr('x', 11).attr('y', ([, at, of]) => 4.5 + (at - (of - 1) / 2) * LINE).text(([line, at, of]) => line + (at + 1 < of ? ' ' : ''));
    marks.append('title').text(point => point.text);
    marks.call(drag().clickDistance(4).on('drag', (event, point) => { point.x = event.x; point.y = event.y; place(); }));
    place();
    function place() {
      lines.attr('x1', edge => edge.source.x).attr('y1', edge => edge.source.y).attr('x2', edge => edge.target.x).attr('y2', edge => edge.target.y);
      marks.attr('transform', point => `translate(${point.x},${point.y})`);
    }
    const all = new Set(joined.flatMap(row => [row[chosen.from].value, row[chosen.to].value])).size;
    figure.append(el('figcaption', {},
      all > points.length ? el('p', { class: 'note' }, t(`Vẽ ${number(points.length)} trong ${number(all)} vật.`, `${number(points.length)} of ${number(all)} things are drawn.`)) : null,
      el('p', { class: 'note hint' }, t('Kéo một vật để dời nó; đủ cả ở trong bảng.', 'Drag a thing to move it; everything is in the table.'))));
  }
}

/** What a thing takes up with its label: left, top, right, bottom. */
function boxOf({ x, y, wide, lines }) {
  const half = Math.max(9, lines.length * LINE / 2 + 1);
  return [x - 9, y - half, x + 14 + wide, y + half];
}

/** Move things until no label lies over another one. */
function apart(points) {
  for (let turn = 0, moved = true; moved && turn < 500; turn++) {
    moved = false;
    for (let a = 0; a < points.length; a++) {
      for (let b = a + 1; b < points.length; b++) {
        const one = boxOf(points[a]), other = boxOf(points[b]);
        const across = Math.min(one[2], other[2]) - Math.max(one[0], other[0]), down = Math.min(one[3], other[3]) - Math.max(one[1], other[1]);
        if (across <= 0 || down <= 0) continue;
        moved = true;
        const [name, by] = down < across ? ['y', down] : ['x', across];
        const sign = points[a][name] <= points[b][name] ? 1 : -1;
        points[a][name] -= sign * (by / 2 + 0.5);
        points[b][name] += sign * (by / 2 + 0.5);
      }
    }
  }
}
