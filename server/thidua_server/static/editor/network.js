// Things and what joins them: triples, or rows with two columns of IRIs.

import { t, el, choice, number, short } from './text.js';
import { iris, textOf } from './answer.js';
import { pageOf } from './terms.js';
import { d3, figureFor } from './drawing.js';

const MOST = 150;

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
    const size = Math.max(420, Math.sqrt(points.length) * 130);
    const width = size * 1.5, height = size;
    // Settled before it is shown: nothing moves unless a reader drags it.
    forceSimulation(points).force('link', forceLink(edges).distance(90)).force('charge', forceManyBody().strength(-320))
      .force('center', forceCenter(width / 2, height / 2)).force('x', forceX(width / 2).strength(0.04)).force('y', forceY(height / 2).strength(0.07))
      .force('collide', forceCollide(34)).stop().tick(300);
    for (const point of points) {
      point.x = Math.max(20, Math.min(width - 200, point.x));
      point.y = Math.max(16, Math.min(height - 16, point.y));
    }
    figure.replaceChildren();
    const svg = select(figure).append('svg').attr('viewBox', `0 0 ${width} ${height}`).attr('role', 'group')
      .attr('aria-label', t(`Mạng lưới: ${points.length} vật, ${edges.length} liên kết`, `Network: ${points.length} things, ${edges.length} links`));
    const lines = svg.append('g').selectAll('line').data(edges).join('line').attr('class', 'edge');
    lines.append('title').text(edge => [edge.source.text, [...edge.names].join(', '), edge.target.text].filter(Boolean).join(' → '));
    const marks = svg.append('g').selectAll('a').data(points).join('a').attr('href', point => pageOf(point.id, answer.pinned)).attr('class', 'mark node');
    marks.append('circle').attr('r', 7);
    marks.append('text').attr('x', 10).attr('y', 4).text(point => short(point.text, 28));
    marks.append('title').text(point => point.text);
    marks.call(drag().clickDistance(4).on('drag', (event, point) => { point.x = event.x; point.y = event.y; place(); }));
    place();
    function place() {
      lines.attr('x1', edge => edge.source.x).attr('y1', edge => edge.source.y).attr('x2', edge => edge.target.x).attr('y2', edge => edge.target.y);
      marks.attr('transform', point => `translate(${point.x},${point.y})`);
    }
    const all = new Set(joined.flatMap(row => [row[chosen.from].value, row[chosen.to].value])).size;
    figure.append(el('figcaption', { class: 'note' }, [
      all > points.length && t(`Vẽ ${number(points.length)} trong ${number(all)} vật.`, `${number(points.length)} of ${number(all)} things are drawn.`),
      t('Kéo một vật để dời nó; đủ cả ở trong bảng.', 'Drag a thing to move it; everything is in the table.'),
    ].filter(Boolean).join(' ')));
  }
}
