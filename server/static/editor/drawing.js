// d3, fetched when the first drawing wants it.

let loading = null;

export function d3() {
  loading ??= import('../vendor/d3.min.js').then(() => globalThis.d3);
  return loading;
}
