// An answer as rows: a table of terms, a truth value, or triples.

import { t, number } from './text.js';

const XSD = 'http://www.w3.org/2001/XMLSchema#';
const NUMBERS = ['integer', 'decimal', 'double', 'float', 'int', 'long', 'nonNegativeInteger'].map(name => XSD + name);
const TIMES = ['date', 'dateTime', 'gYear', 'gYearMonth'].map(name => XSD + name);

/** Read a response of /sparql to a query: SPARQL results in JSON, or N-Triples. */
export async function read(response, query) {
  if ((response.headers.get('Content-Type') ?? '').startsWith('application/n-triples')) {
    const columns = [t('chủ thể', 'subject'), t('thuộc tính', 'predicate'), t('giá trị', 'object')];
    const triples = parsed(await response.text());
    return { form: 'GRAPH', triples, columns, rows: triples.map(triple => Object.fromEntries(triple.map((term, i) => [columns[i], term]))) };
  }
  const results = await response.json();
  if ('boolean' in results) return { form: 'ASK', boolean: results.boolean, columns: [], rows: [] };
  return { form: 'SELECT', columns: inOrder(results.head.vars, query), rows: results.results.bindings };
}

/** Columns as a person wrote them: of a `SELECT *` as the query first mentions them. */
function inOrder(names, query) {
  if (!/select\s+(distinct\s+|reduced\s+)?\*/i.test(query)) return names;
  const place = name => {
    const at = query.search(new RegExp(`[?$]${name}(?![\\p{L}\\p{N}_])`, 'u'));
    return at < 0 ? query.length : at;
  };
  return [...names].sort((one, other) => place(one) - place(other));
}

const TERM = /^\s*(?:<([^>]*)>|(_:[^\s]+)|"((?:[^"\\]|\\.)*)"(?:\^\^<([^>]*)>|@([A-Za-z0-9-]+))?)/;

function parsed(text) {
  const triples = [];
  for (const line of text.split('\n')) {
    const triple = [];
    let rest = line;
    for (let found; triple.length < 3 && (found = TERM.exec(rest)); rest = rest.slice(found[0].length)) triple.push(termOf(found));
    if (triple.length === 3) triples.push(triple);
  }
  return triples;
}

function termOf([, iri, blank, literal, datatype, language]) {
  if (iri !== undefined) return { type: 'uri', value: unescaped(iri) };
  if (blank !== undefined) return { type: 'bnode', value: blank.slice(2) };
  return { type: 'literal', value: unescaped(literal), ...(datatype && { datatype }), ...(language && { 'xml:lang': language }) };
}

const ESCAPES = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
const unescaped = text => text.replace(/\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|\\(.)/g,
  (_, short, long, char) => (char ? ESCAPES[char] ?? char : String.fromCodePoint(parseInt(short ?? long, 16))));

export const isNumber = term => term?.type === 'literal' && NUMBERS.includes(term.datatype);

/** A moment as [days since 1970 as milliseconds, how exactly it is known]; null for what is none. */
export function timeOf(term, isYear = false) {
  if (term?.type !== 'literal') return null;
  const found = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?(?:T.*)?$/.exec(term.value);
  if (!found || !(TIMES.includes(term.datatype) || isYear || (found[2] && isText(term)))) return null;
  return Date.UTC(+found[1], (found[2] ?? 1) - 1, +(found[3] ?? 1));
}

const isText = term => !term.datatype || term.datatype === `${XSD}string`;

/** Columns in which every value there is passes a test, and at least one is there. */
export function columnsWhere(answer, test) {
  return answer.columns.filter(name => {
    const there = answer.rows.filter(row => row[name]);
    return there.length > 0 && there.every(row => test(row[name], name));
  });
}

export const numeric = answer => columnsWhere(answer, isNumber);
export const iris = answer => columnsWhere(answer, term => term.type === 'uri');
/** Columns of days, and whole numbers between 1000 and 2999 whose column is called a year. */
export const temporal = answer => columnsWhere(answer, (term, name) => timeOf(term, isYear(name)) !== null);
export const isYear = name => /(^|[a-z_])(year|năm|nam)$/i.test(name);

/** What a column's numbers count, where every row says the same: in brackets, to stand behind its name. */
export function unitOf(answer) {
  const names = answer.columns.filter(name => /(^|_)(unit|đơn_vị|donvi)$/i.test(name) || /[a-z]Unit$/.test(name));
  const said = new Set(names.length === 1 ? answer.rows.map(row => textOf(answer, row, names[0])) : []);
  return said.size === 1 && [...said][0] ? ` (${[...said][0]})` : '';
}

/** Columns to show: not those whose text stands in the place of another's IRI. */
export const shown = answer => answer.columns.filter(name => !(name.endsWith('Label') && answer.columns.includes(name.slice(0, -5))));

/** What a cell says to a reader. */
export function textOf(answer, row, name) {
  const label = row[`${name}Label`];
  if (label) return label.value;
  const term = row[name];
  if (!term) return '';
  if (term.type === 'uri') return answer.labels?.get(term.value) ?? answer.shorten(term.value);
  if (isNumber(term) && !isYear(name)) return number(+term.value);
  return term.type === 'bnode' ? `_:${term.value}` : term.value;
}
