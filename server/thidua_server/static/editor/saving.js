// A drawing as a file that stands alone: its title above it, its legend, its notes and where it is from below it.

import { t, el } from './text.js';

const SVG = 'http://www.w3.org/2000/svg';
const EDGE = 24;
/** What a style sheet gives a drawing, as attributes, which need no sheet. */
const LOOKS = ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-opacity', 'stroke-linejoin', 'paint-order', 'font-size', 'font-weight', 'text-anchor', 'opacity'];
const FACE = 'Be Vietnam Pro, system-ui, Noto Sans, DejaVu Sans, sans-serif';
/** Pixels of a PNG: twice the drawing's, where that is not too many. */
const SCALE = 2, MOST_PIXELS = 16e6;

/** The buttons that save what `figure` shows when they are pressed; `name` begins the file's name. */
export function saving(figure, answer, name) {
  const said = el('span', { role: 'status' });
  const button = (form, made) => el('button', { type: 'button', class: 'quiet', 'aria-label': t(`Lưu hình ${form}`, `Save the picture as ${form}`), onclick: async () => {
    said.textContent = '';
    try {
      keep(await made(picture(figure, answer)), `${name}_v${answer.version}.${form.toLowerCase()}`);
    } catch {
      said.textContent = t('Trình duyệt này không vẽ được hình ấy.', 'This browser cannot draw that picture.');
    }
  } }, form);
  return el('p', { class: 'downloads pictures' }, t('Lưu hình: ', 'Save the picture: '), button('SVG', file), button('PNG', png), said);
}

function keep(blob, download) {
  const link = el('a', { href: URL.createObjectURL(blob), download });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const file = svg => new Blob([new XMLSerializer().serializeToString(svg)], { type: 'image/svg+xml' });

async function png(svg) {
  const [width, height] = ['width', 'height'].map(each => +svg.getAttribute(each));
  const scale = Math.min(SCALE, Math.sqrt(MOST_PIXELS / (width * height)));
  const address = URL.createObjectURL(file(svg));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = el('canvas', { width: Math.round(width * scale), height: Math.round(height * scale) });
    canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => canvas.toBlob(blob => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png'));
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** All that is to be seen, as one SVG. */
function picture(figure, answer) {
  const shown = figure.querySelector('svg');
  const [, , inner, high] = shown.getAttribute('viewBox').split(/[\s,]+/).map(Number);
  const page = getComputedStyle(document.body);
  const paper = page.getPropertyValue('--paper').trim() || '#fff', ink = page.getPropertyValue('--ink').trim() || '#222', soft = page.getPropertyValue('--soft').trim() || ink;
  const width = Math.max(inner, 560) + 2 * EDGE; // no title is narrower than that
  const title = shown.getAttribute('aria-label');
  const svg = make('svg', { xmlns: SVG, role: 'img', 'font-family': FACE });
  const back = make('rect', { fill: paper });
  svg.append(make('title', {}, title), make('desc', {}, answer.asked.query), back);
  let y = 14;
  const write = (text, size, fill, bold) => {
    for (const line of wrapped(text, width - 2 * EDGE, size, bold)) {
      y += size * 1.4;
      svg.append(make('text', { x: EDGE, y, fill, 'font-size': size, ...(bold && { 'font-weight': 700 }) }, line));
    }
  };
  write(title, 20, ink, true);
  y += 16;
  svg.append(copied(shown, inner, high, y));
  y += high + 14;
  y = legend(svg, figure, width, y, ink);
  for (const note of figure.querySelectorAll('figcaption.note, figcaption .note:not(.hint)')) write(note.textContent, 12, soft);
  const address = new URL(`/versions/${answer.version}`, location.href).href;
  write(`Thi đua · ${t('phiên bản', 'version')} ${answer.version} · ${address} · CC BY 4.0`, 12, soft);
  const height = Math.ceil(y + EDGE);
  for (const each of [svg, back]) for (const [name, value] of [['width', width], ['height', height]]) each.setAttribute(name, value);
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  return svg;
}

/** The drawing itself, with its looks written on its parts, and links to whole addresses. */
function copied(shown, width, height, y) {
  const copy = shown.cloneNode(true);
  for (const name of ['role', 'aria-label', 'class']) copy.removeAttribute(name);
  for (const [name, value] of Object.entries({ x: EDGE, y, width, height, overflow: 'visible' })) copy.setAttribute(name, value);
  const from = [shown, ...shown.querySelectorAll('*')], to = [copy, ...copy.querySelectorAll('*')];
  from.forEach((element, at) => {
    to[at].removeAttribute('class');
    to[at].removeAttribute('style');
    to[at].removeAttribute('font-family');
    if (['title', 'defs'].includes(element.tagName)) return;
    const look = getComputedStyle(element), above = element === shown ? null : getComputedStyle(element.parentNode);
    for (const name of LOOKS) {
      const value = look.getPropertyValue(name);
      if (value && (!above || value !== above.getPropertyValue(name) || element.hasAttribute(name) || name === 'opacity')) to[at].setAttribute(name, colour(value));
    }
    if (element.tagName === 'a') to[at].setAttribute('href', new URL(element.getAttribute('href'), location.href).href);
  });
  return copy;
}

/** What other programs than browsers may not know, `color(srgb 0.5 0.5 0.5)`, as they all do. */
function colour(value) {
  const found = /^color\(srgb ([\d.]+) ([\d.]+) ([\d.]+)\)$/.exec(value);
  return found ? `rgb(${found.slice(1).map(part => Math.round(part * 255)).join(', ')})` : value;
}

/** The legend, which the page has beside the drawing; returns where it ends. */
function legend(svg, figure, width, y, ink) {
  let x = EDGE;
  for (const each of figure.querySelectorAll('figcaption .legend li')) {
    const swatch = each.querySelector('.swatch');
    const long = measure(each.textContent, 13) + (swatch ? 22 : 0);
    if (x > EDGE && x + long > width - EDGE) { x = EDGE; y += 22; }
    if (swatch) svg.append(make('rect', { x, y: y + 2, width: 15, height: 15, fill: colour(getComputedStyle(swatch).backgroundColor), stroke: colour(getComputedStyle(swatch).borderTopColor) }));
    svg.append(make('text', { x: x + (swatch ? 22 : 0), y: y + 14, fill: ink, 'font-size': 13, ...(!swatch && { 'font-weight': 700 }) }, each.textContent));
    x += long + 18;
  }
  return x > EDGE ? y + 26 : y;
}

let pen = null;

/** How wide a text is. */
export function measure(text, size, bold = false) {
  pen ??= el('canvas').getContext('2d');
  pen.font = `${bold ? 700 : 400} ${size}px ${getComputedStyle(document.body).fontFamily}`;
  return pen.measureText(text).width * 1.06; // the file may be shown in another font
}

/** A text in lines that are no wider than that; the last one ends in dots where there are more than `most`. */
export function wrapped(text, width, size, bold = false, most = 99) {
  const lines = [];
  for (const word of text.trim().split(/\s+/)) {
    if (lines.length && measure(`${lines.at(-1)} ${word}`, size, bold) <= width) lines[lines.length - 1] += ` ${word}`;
    else lines.push(word);
  }
  return lines.length > most ? [...lines.slice(0, most - 1), `${lines[most - 1]}…`] : lines;
}

function make(tag, attributes, text) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) if (name !== 'xmlns') made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}
