// The list of questions grows shorter while one types. Without it the form does the same.

const form = document.querySelector('main form[role=search]');
const fold = (text) => text.toLowerCase().normalize('NFD').replace(/[\u0300-\u036f]/g, '').replaceAll('đ', 'd');

form?.elements.q.addEventListener('input', () => {
  const words = fold(form.elements.q.value).split(/\s+/).filter(Boolean);
  for (const section of document.querySelectorAll('main section')) {
    const items = [...section.querySelectorAll('li')];
    for (const item of items) item.hidden = !words.every((word) => fold(item.dataset.told).includes(word));
    section.hidden = items.every((item) => item.hidden);
  }
});
