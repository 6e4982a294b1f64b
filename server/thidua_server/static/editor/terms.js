// What the graph calls things: prefixes, addresses of pages, labels.

const known = { loaded: false, base: '', prefixes: {}, classes: [], properties: [] };
let places = {};

/** Load what /editor/terms.json says; an editor without it still runs queries. */
export async function load(form) {
  places = form.dataset;
  try {
    const response = await fetch(places.terms);
    if (response.ok) Object.assign(known, await response.json(), { loaded: true });
  } catch { /* offline: suggestions are a comfort, not a need */ }
  return known;
}

export const terms = known;

const LOCAL = /^[A-Za-z0-9_]([\w-]*)$/;

/** An IRI by the longest prefix that fits: [prefix, local name]; null where none does. */
function parted(iri, prefixes) {
  let best = null;
  for (const [prefix, namespace] of Object.entries(prefixes)) {
    if (iri.startsWith(namespace) && LOCAL.test(iri.slice(namespace.length)) && namespace.length > (best ? prefixes[best[0]].length : 0)) {
      best = [prefix, iri.slice(namespace.length)];
    }
  }
  return best;
}

/** An IRI as people read it. */
export function shorten(iri) {
  return parted(iri, known.prefixes)?.join(':') ?? iri;
}

/** An IRI as it is written in a query that declares some prefixes: the text, and the prefix to be declared. */
export function written(iri, declared) {
  const own = parted(iri, declared);
  if (own) return { text: own.join(':') };
  const found = parted(iri, known.prefixes);
  if (!found || found[0] in declared) return { text: `<${iri}>` };
  return { text: found.join(':'), prefix: { [found[0]]: known.prefixes[found[0]] } };
}

/** Where a thing has its page: here if it is ours, else on the web; null for what is no web address. */
export function pageOf(iri, version) {
  const kept = new URLSearchParams();
  const lang = new URLSearchParams(location.search).get('lang');
  if (lang) kept.set('lang', lang);
  if (version) kept.set('version', version);
  const query = kept.size ? `?${kept}` : '';
  if (known.base && iri.startsWith(known.base)) {
    const path = iri.slice(known.base.length);
    if (path.startsWith('ontology#')) return places.ontology + query + path.slice('ontology'.length);
    if (/^(id\/[a-z]+|concept|graph)\/[\w-]+$/.test(path)) return places.things + path.replace(/^id\//, '') + query;
    return null;
  }
  return /^https?:\/\/\S+$/.test(iri) ? iri : null;
}
