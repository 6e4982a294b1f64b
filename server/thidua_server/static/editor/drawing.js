// What the drawings share.

import { t, el } from './text.js';

let loading = null;

/** d3, fetched when the first drawing wants it. */
export function d3() {
  loading ??= import('../vendor/d3.min.js').then(() => globalThis.d3);
  return loading;
}

/** The place of a drawing; on a phone it scrolls sideways, also by keyboard. */
export const figureFor = name => el('figure', { class: name, tabindex: 0, role: 'region', 'aria-label': t('Hình vẽ', 'Drawing') });
