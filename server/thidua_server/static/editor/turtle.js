// Triples as Turtle, to read.

import { el, t } from './text.js';
import { written } from './terms.js';

const RDF_TYPE = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';
const SHORT = /#(integer|decimal|boolean)$/;
const MOST = 5000;

export function turtle(answer, target) {
  const some = answer.triples.slice(0, MOST);
  if (some.length < answer.triples.length) target.append(el('p', { class: 'note' }, t(`${MOST} bộ ba đầu trong ${answer.triples.length}; bản tải về có đủ.`, `The first ${MOST} of ${answer.triples.length} triples; a download has them all.`)));
  target.append(el('pre', { tabindex: 0 }, el('code', {}, text(some))));
}

function text(triples) {
  const prefixes = {};
  const write = term => {
    if (term.type === 'bnode') return `_:${term.value}`;
    if (term.type === 'literal') return literal(term);
    const { text, prefix } = written(term.value, prefixes);
    Object.assign(prefixes, prefix);
    return text;
  };
  function literal(term) {
    if (SHORT.test(term.datatype ?? '') && /^[+-]?[\w.]+$/.test(term.value)) return term.value;
    const quoted = JSON.stringify(term.value);
    if (term['xml:lang']) return `${quoted}@${term['xml:lang']}`;
    return term.datatype ? `${quoted}^^${write({ type: 'uri', value: term.datatype })}` : quoted;
  }
  const blocks = new Map();
  for (const [s, p, o] of triples) {
    const name = write(s);
    if (!blocks.has(name)) blocks.set(name, []);
    blocks.get(name).push(`    ${p.value === RDF_TYPE ? 'a' : write(p)} ${write(o)}`);
  }
  const head = Object.entries(prefixes).sort().map(([prefix, namespace]) => `PREFIX ${prefix}: <${namespace}>\n`).join('');
  return `${head}\n${[...blocks].map(([name, lines]) => `${name}\n${lines.join(' ;\n')} .\n`).join('\n')}`;
}
