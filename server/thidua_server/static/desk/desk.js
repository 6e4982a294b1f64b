// The desk without reloading: the service renders, this puts what it renders in its place and keeps the token meanwhile.

import { setUpCards } from './cards.js';

let token = '';
let leave = () => {};

const desk = () => document.querySelector('#desk');

document.addEventListener('submit', (event) => {
  if (event.target.method !== 'post' || !event.target.closest('#desk')) return;
  event.preventDefault();
  const sure = event.submitter?.dataset.sure;
  if (!sure || confirm(sure)) send(event.target, event.submitter);
});

// A form as the service wants it: the token in a header, so that it is known before the rest is read.
function request(form, submitter, more = {}, accept = 'text/html') {
  const data = new FormData(form, submitter), headers = { Accept: accept };
  for (const [name, value] of Object.entries(more)) data.set(name, value);
  token = data.get('token') || token;
  if (/^[!-~]+$/.test(token)) {
    headers.Authorization = `Bearer ${token}`;
    data.delete('token');
  }
  const body = form.enctype === 'multipart/form-data' ? data : new URLSearchParams(data);
  return fetch(form.getAttribute('action'), { method: 'POST', body, headers });
}

async function send(form, submitter, more) {
  busy(form, true);
  try {
    const response = await request(form, submitter, more);
    if (response.redirected) {
      leave();
      return location.assign(response.url);
    }
    const page = parsed(await response.text()), fresh = page.querySelector('#desk');
    if (!fresh) throw new Error('not a page of ours'); // but of a proxy in between
    if (!response.ok && fresh.dataset.view === 'start') {
      if (response.status === 401 || response.status === 403) forget();
      return complain(page.querySelector('.problem'));
    }
    replace(fresh, page.title);
  } catch {
    complain(null);
  } finally {
    busy(form, false);
  }
}

function parsed(text) {
  return new DOMParser().parseFromString(text, 'text/html');
}

function busy(form, whether) {
  form.toggleAttribute('aria-busy', whether);
  for (const button of form.querySelectorAll('button')) button.inert = whether;
}

function forget() {
  token = '';
  desk().classList.remove('known');
  for (const field of document.querySelectorAll('#desk input[name=token]')) field.required = true;
}

// What was decided stays where it is; the problem stands above it.
function complain(problem) {
  document.querySelector('#desk > .problem')?.remove();
  let shown = problem;
  if (!shown) {
    shown = Object.assign(document.createElement('div'), { className: 'problem' });
    const vi = document.documentElement.lang === 'vi';
    const said = vi ? 'Dịch vụ không trả lời. Mọi thứ còn nguyên: thử lại sau.' : 'The service does not answer. Everything is still here: try again later.';
    shown.append(Object.assign(document.createElement('p'), { textContent: said }));
  }
  shown.setAttribute('role', 'alert');
  shown.tabIndex = -1;
  desk().prepend(shown);
  shown.scrollIntoView({ block: 'start' });
  shown.focus({ preventScroll: true });
}

function replace(fresh, title) {
  leave();
  desk().replaceWith(fresh);
  document.title = title;
  setUp(true);
}

function setUp(moved = false) {
  const now = desk();
  leave = () => {};
  now.classList.add('live');
  if (token) {
    now.classList.add('known');
    for (const field of now.querySelectorAll('input[name=token]')) field.required = false;
  }
  const form = now.querySelector('#work');
  if (form) leave = setUpCards(now, form, { request, send, parsed });
  else if (moved) {
    scrollTo(0, 0);
    now.querySelector('h1')?.focus({ preventScroll: true });
  }
}

setUp();
