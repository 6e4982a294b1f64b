// The ways to look at an answer: each offered where it fits, with the reason why where it does not.

import { t, el } from './text.js';
import { table } from './table.js';
import { turtle } from './turtle.js';
import { saving } from './saving.js';
import * as chart from './chart.js';
import * as timeline from './timeline.js';
import * as map from './map.js';
import * as network from './network.js';

const VIEWS = [
  { id: 'turtle', name: 'Turtle', draw: turtle, reason: answer => (answer.form === 'GRAPH' ? '' : t('chỉ cho CONSTRUCT và DESCRIBE', 'only for CONSTRUCT and DESCRIBE')) },
  { id: 'table', name: t('Bảng', 'Table'), draw: table, reason: () => '' },
  { id: 'chart', name: t('Biểu đồ', 'Chart'), draw: chart.chart, reason: chart.reason },
  { id: 'timeline', name: t('Dòng thời gian', 'Timeline'), draw: timeline.timeline, reason: timeline.reason },
  { id: 'map', name: t('Bản đồ', 'Map'), draw: map.map, reason: map.reason },
  { id: 'network', name: t('Mạng lưới', 'Network'), draw: network.network, reason: network.reason },
];

/** Show an answer in `target`: the choice of views, and the one that is chosen. `chose` is told which. */
export function show(answer, target, { borders, view, chose, plain }) {
  const picture = el('div', { class: 'view', id: 'view' });
  const offered = VIEWS.filter(each => !(plain && each.id === 'map')).map(each => ({ ...each, not: each.reason(answer) }));
  const fitting = offered.filter(each => !each.not);
  const others = offered.filter(each => each.not && each.id !== 'turtle');
  const chosen = fitting.find(each => each.id === view) ?? fitting[0];
  target.append(el('fieldset', { class: 'views' }, el('legend', {}, t('Xem thành', 'View as')),
    ...fitting.map(each => el('label', {}, el('input', { type: 'radio', name: 'view', value: each.id, checked: each === chosen, onchange: () => draw(each) }), each.name))));
  if (others.length) {
    target.append(el('p', { class: 'note', id: 'unfit' }, t('Không hợp với kết quả này: ', 'Not for this answer: '),
      others.map(each => `${each.name.toLowerCase()} (${each.not})`).join('; '), '.'));
  }
  target.append(picture);
  return draw(chosen);

  async function draw(each) {
    chose(each.id);
    const fresh = el('div', {});
    picture.replaceChildren(fresh);
    picture.dataset.view = each.id;
    await each.draw(answer, fresh, borders);
    const figure = fresh.querySelector('figure.drawing');
    if (figure) fresh.append(saving(figure, answer, each.id));
  }
}
