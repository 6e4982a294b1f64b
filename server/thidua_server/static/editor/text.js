// Words in the reader's language, and elements.

export const lang = document.documentElement.lang;
export const t = (vi, en) => (lang === 'vi' ? vi : en);
export const number = value => new Intl.NumberFormat(lang, { maximumFractionDigits: 6 }).format(value);
export const collator = new Intl.Collator('vi', { numeric: true });

/** Letters without marks, as people type them in a hurry. */
export const fold = text => text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd').toLowerCase();

/** An element; what is given as `on…` is listened to, undefined attributes are left out. */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== undefined && value !== false && value !== null) made.setAttribute(name, value);
  }
  made.append(...children.filter(child => child !== null && child !== undefined));
  return made;
}

/** A labelled choice: `options` are [value, text] pairs. */
export function choice(label, options, chosen, onchange) {
  const select = el('select', { onchange: () => onchange(select.value) },
    ...options.map(([value, text]) => el('option', { value, selected: value === chosen }, text)));
  return el('label', {}, label, select);
}

/** A long name with its middle left out: names of a kind begin alike. */
export const short = (text, most) => (text.length > most ? `${text.slice(0, most * 0.3).trim()}…${text.slice(-most * 0.65).trim()}` : text);
