// Suggestions while typing: terms by count and label, prefixes, variables, and things by name.

import { t, fold, number } from './text.js';
import { terms, shorten, written } from './terms.js';

const MOST = 40;
const LONGEST_WORD = 200;
const KEYWORDS = ['SELECT', 'DISTINCT', 'WHERE', 'FILTER', 'OPTIONAL', 'UNION', 'ORDER BY', 'GROUP BY', 'LIMIT', 'VALUES', 'CONSTRUCT', 'DESCRIBE', 'ASK', 'PREFIX', 'BIND', 'MINUS', 'GRAPH'];
let address = '';
let ready = Promise.resolve();

/** Where names are searched, empty where there are none; and when the terms are there. */
export function prepare(search, loaded) {
  address = search;
  ready = loaded;
}

/** Show suggestions at the cursor; `asked` if the reader wants them, rather than just typing on. */
export function complete(yasqe, asked = false) {
  const place = placeAt(yasqe);
  if (place.in === 'comment' || place.in === 'iri') return;
  const hint = async (_, callback) => {
    callback(await suggestions(yasqe, asked));
    yasqe.state.completionActive?.widget?.hints.setAttribute('aria-label', t('Gợi ý', 'Suggestions'));
  };
  hint.async = true;
  yasqe.showHint({ hint, completeSingle: false, closeCharacters: place.in === 'string' ? /[{}]/ : /[\s(){};,>]/ });
}

/** Called for each text typed: `skos:` brings its prefix, and suggestions come where they help. */
export function afterTyping(yasqe, change) {
  if (change.origin !== '+input' && change.origin !== '*compose') return;
  const place = placeAt(yasqe);
  if (place.in === 'code' && change.text.at(-1) === ':') {
    if (terms.loaded) declare(yasqe, place.word.slice(0, -1));
    else ready.then(() => declareLate(yasqe, place.word.slice(0, -1)));
  }
  if (yasqe.state.completionActive) return;
  const long = place.in === 'string' ? place.word.length > 1 : /[:?$]/.test(place.word);
  if (long && (place.in !== 'string' || address)) complete(yasqe);
}

/** Somebody was faster than the network: the prefix comes behind what is typed, and so do the suggestions for it. */
function declareLate(yasqe, prefix) {
  declare(yasqe, prefix);
  if (placeAt(yasqe).word.startsWith(`${prefix}:`)) complete(yasqe);
}

function declare(yasqe, prefix) {
  const namespace = terms.prefixes[prefix];
  const line = yasqe.getDoc().getLine(yasqe.getDoc().getCursor().line);
  if (!namespace || prefix in declaredIn(yasqe) || /^\s*PREFIX\b/i.test(line)) return;
  yasqe.closeHint();
  addPrefix(yasqe, prefix, namespace);
}

const addPrefix = (cm, prefix, namespace) => cm.replaceRange(`PREFIX ${prefix}: <${namespace}>\n`, { line: 0, ch: 0 });

/** The prefixes that a query declares; read from its text, since YASQE knows none of a query that does not parse. */
const declaredIn = cm => Object.fromEntries(
  [...cm.getValue().matchAll(/^[ \t]*PREFIX\s+([\w-]*):\s*<([^>]*)>/gim)].map(([, prefix, namespace]) => [prefix, namespace]));

/** What the cursor stands in, the word before it, and the columns that the word takes up. */
function placeAt(yasqe) {
  const { line, ch } = yasqe.getDoc().getCursor();
  const text = yasqe.getDoc().getLine(line);
  let quote = null;
  for (let at = 0; at < ch; at++) {
    const char = text[at];
    if (quote) {
      if (char === '\\') at++;
      else if (char === quote.char) quote = null;
    } else if (char === '"' || char === "'") quote = { char, at };
    else if (char === '#') return { in: 'comment', word: '' };
    else if (char === '<') {
      const iri = /^<[^\s<>"{}|\\^`]*>?/.exec(text.slice(at, ch))[0];
      if (at + iri.length >= ch && !iri.endsWith('>') && iri.length > 1) return { in: 'iri', word: '' };
      if (iri.endsWith('>')) at += iri.length - 1;
    }
  }
  if (quote) {
    const end = text.indexOf(quote.char, ch);
    const closed = end >= 0 && !/\S\s|[.;{}?]/.test(text.slice(ch, end));
    return { in: 'string', word: text.slice(quote.at + 1, ch), line, from: quote.at, to: closed ? end + 1 : ch, before: '' };
  }
  const word = /[?$]?[\p{L}\d_-]*(?::[\p{L}\d_-]*)?$/u.exec(text.slice(Math.max(0, ch - LONGEST_WORD), ch))[0];
  return { in: 'code', word, line, from: ch - word.length, to: ch, before: text.slice(0, ch - word.length) };
}

async function suggestions(yasqe, asked) {
  await ready;
  const place = placeAt(yasqe);
  const at = { from: { line: place.line, ch: place.from }, to: { line: place.line, ch: place.to } };
  const { word } = place;
  if (place.in === 'string') return { list: await named(yasqe, word), ...at };
  if (place.in !== 'code') return { list: [], ...at };
  if (/^[?$]/.test(word)) return { list: variables(yasqe, word), ...at };
  if (/\bPREFIX\s+$/i.test(place.before)) return { list: prefixLines(word), ...at };
  const classes = /(^|[\s;{}.])(a|rdf:type)\s+$/.test(place.before);
  const list = known(yasqe, word, classes);
  if (asked && !word.includes(':')) {
    list.push(...prefixes(yasqe, word), ...KEYWORDS.filter(each => word && each.startsWith(word.toUpperCase())).map(text => item(text, '')));
    // A thing is what one mostly means, but of `a` it is a class.
    if (word.length > 1) list.splice(classes ? list.length : 0, 0, ...(await named(yasqe, word)).slice(0, 8));
  }
  return { list, ...at };
}

/** Classes and properties whose name or label begins like the word, most used first. */
function known(yasqe, word, classesOnly) {
  const declared = declaredIn(yasqe);
  const typed = fold(word);
  const found = [];
  for (const [kind, list] of [[t('thuộc tính', 'property'), classesOnly ? [] : terms.properties], [t('lớp', 'class'), terms.classes]]) {
    for (const term of list) {
      const { text, prefix } = written(term.iri, declared);
      const local = term.iri.split(/[#/]/).at(-1);
      const labels = Object.values(term.label);
      let rank = -1;
      if (fold(text).startsWith(typed) || (!word.includes(':') && fold(local).startsWith(typed))) rank = 0;
      else if (!word.includes(':') && labels.some(label => ` ${fold(label)}`.includes(` ${typed}`))) rank = 1;
      else if (word.includes(':') && typed.split(':')[0] === fold(text).split(':')[0] && labels.some(label => ` ${fold(label)}`.includes(` ${typed.split(':')[1]}`))) rank = 2;
      if (rank >= 0) found.push({ rank, count: term.count, item: item(text, [term.label[document.documentElement.lang], kind, number(term.count)].filter(Boolean).join(' · '), prefix) });
    }
  }
  return found.sort((a, b) => a.rank - b.rank || b.count - a.count).slice(0, MOST).map(each => each.item);
}

let latest = 0;
const remembered = new Map();

/** Things whose name is like the text, by /search. */
async function named(yasqe, text) {
  if (!address || text.trim().length < 2) return [];
  const mine = ++latest;
  await new Promise(resolve => setTimeout(resolve, 120));
  if (mine !== latest) return [];
  const url = `${address}?${new URLSearchParams({ q: text.slice(0, 100), limit: 12 })}`;
  if (!remembered.has(url)) {
    const response = await fetch(url, { headers: { Accept: 'application/json' } }).catch(() => null);
    if (!response?.ok) return [];
    remembered.set(url, (await response.json()).results);
  }
  const declared = declaredIn(yasqe);
  return remembered.get(url).map(({ iri, label, start, end }) => {
    const when = start || end ? `${start?.slice(0, 4) ?? '…'}–${end?.slice(0, 4) ?? ''}` : '';
    const { text: own, prefix } = written(iri, declared);
    return item(own, [label, when].filter(Boolean).join(' · '), prefix);
  });
}

function variables(yasqe, word) {
  const all = new Set(yasqe.getValue().match(/[?$][\p{L}_][\p{L}\d_]*/gu) ?? []);
  all.delete(word);
  return [...all].filter(each => each.startsWith(word)).sort().map(text => item(text, ''));
}

const prefixLines = word => Object.entries(terms.prefixes)
  .filter(([prefix]) => prefix.startsWith(word.split(':')[0]))
  .map(([prefix, namespace]) => item(`${prefix}: <${namespace}>`, ''));

const prefixes = (yasqe, word) => Object.entries(terms.prefixes)
  .filter(([prefix]) => word && prefix.startsWith(word))
  .map(([prefix, namespace]) => item(`${prefix}:`, namespace, prefix in declaredIn(yasqe) ? undefined : { [prefix]: namespace }));

function item(text, about, prefix) {
  return {
    text,
    render: element => {
      const name = document.createElement('b');
      name.textContent = text.startsWith('<') ? shorten(text.slice(1, -1)) : text;
      element.append(name, ...(about ? [` ${about}`] : []));
    },
    hint: (cm, data) => {
      cm.replaceRange(text, data.from, data.to, 'complete');
      if (prefix) addPrefix(cm, ...Object.entries(prefix)[0]);
    },
  };
}
