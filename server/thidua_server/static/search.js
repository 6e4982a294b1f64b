// Things offered while a name is searched for; choosing one opens its page. Without it the form works.

import { about, combobox, dates, element } from './combobox.js';

const BASE = 'https://w3id.org/thidua/';

for (const form of document.querySelectorAll('form[data-words]')) offer(form);

function offer(form) {
  const words = JSON.parse(form.dataset.words);
  const input = form.elements.q;
  const parts = combobox(input, { name: 'offer', words, address, option, choose: ({ page }) => location.assign(page) });
  input.closest('.finder').append(...parts);

  function address() {
    const query = new URLSearchParams([...new FormData(form)].filter(([name, value]) => value && name !== 'lang'));
    query.set('limit', 8);
    return `${form.action}?${query}`;
  }

  function option(found, data) {
    data.page = page(found.iri);
    const why = found.spelling === found.label ? words.how[found.how] : `${words.how[found.how]}: ${found.spelling}`;
    const more = [words.kinds[found.kind], dates(found, words), about(found, words), why, found.marks === 'different' ? words.marks : ''];
    const textContent = more.filter(Boolean).join(' · ');
    return [element('b', { textContent: found.label }), ' ', element('span', { textContent })];
  }

  function page(iri) {
    const kept = new URLSearchParams([...new FormData(form)].filter(([name]) => ['lang', 'version'].includes(name)));
    const path = iri.replace(BASE, '').replace(/^id\//, '');
    return `${form.action.replace(/search$/, 'doc/')}${path}${kept.size ? `?${kept}` : ''}`;
  }
}
