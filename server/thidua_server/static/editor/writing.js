// The editor: YASQE, set up to ask no other host, to let the keyboard out, and to mark what is wrong.

import { t } from './text.js';
import { complete, afterTyping } from './completion.js';

/** Put YASQE in the place of a textarea. `run` is called by Ctrl+Enter, `leave` by Escape. */
export function editorFor(textarea, { run, leave }) {
  const Yasqe = globalThis.Yasqe;
  // Defaults and options are merged, lists too: emptied here, the completers that fetch from elsewhere are gone.
  Yasqe.defaults.autocompleters = [];
  const box = document.createElement('div');
  textarea.after(box);
  textarea.hidden = true;
  textarea.required = false;
  const yasqe = new Yasqe(box, {
    value: textarea.value,
    autocompleters: [],
    prefixCcApi: null,
    createShareableLink: null,
    createShortLink: null,
    consumeShareLink: null,
    persistenceId: null,
    showQueryButton: false,
    resizeable: false,
    editorHeight: 'auto',
    viewportMargin: Infinity,
    screenReaderLabel: t('Câu truy vấn SPARQL', 'SPARQL query'),
    // Its own check writes style attributes, and dragging makes a data: image, both against our content policy.
    syntaxErrorCheck: false,
    dragDrop: false,
    extraKeys: {
      'Ctrl-Space': () => complete(yasqe, true),
      'Ctrl-Enter': run,
      'Cmd-Enter': run,
      'Esc': leave,
      'Shift-Tab': false,
      'Ctrl-S': false,
    },
  });
  const field = yasqe.getInputField();
  field.setAttribute('aria-describedby', 'keys');
  // A long query scrolls; it is also scrolled by the keyboard, from without.
  const scroller = yasqe.getScrollerElement();
  for (const [name, value] of [['tabindex', 0], ['role', 'region'], ['aria-label', t('Câu truy vấn, để cuộn', 'Query, to scroll')]]) scroller.setAttribute(name, value);
  document.querySelector('label[for=query]').addEventListener('click', () => yasqe.focus());
  yasqe.on('inputRead', (_, change) => afterTyping(yasqe, change));
  yasqe.on('change', () => { unmark(yasqe); textarea.value = yasqe.getValue(); check(yasqe); });
  check(yasqe);
  return yasqe;
}

/** A quiet mark beside the first line that cannot be right, while it is being written. */
function check(yasqe) {
  const doc = yasqe.getDoc();
  yasqe.clearGutter('gutterErrorBar');
  for (let line = 0; line < doc.lineCount(); line++) {
    if (yasqe.getTokenAt({ line, ch: doc.getLine(line).length }, true).state.OK === false) {
      sign(yasqe, line, t('Dòng này chưa đúng cú pháp', 'This line does not parse yet'), 'doubtful');
      return;
    }
  }
}

/** Mark where the service found a mistake; `line` and `column` count from 1. */
export function mark(yasqe, line, column, text) {
  const doc = yasqe.getDoc();
  const at = doc.clipPos({ line: line - 1, ch: column - 1 });
  unmark(yasqe);
  yasqe.wrong = { line: doc.addLineClass(at.line, 'background', 'wrong-line'), token: doc.markText(...spanAt(doc, at), { className: 'wrong-place' }) };
  sign(yasqe, at.line, text, 'wrong');
  yasqe.scrollIntoView(at);
  return () => { doc.setCursor(at); yasqe.focus(); };
}

function spanAt(doc, at) {
  const length = doc.getLine(at.line).length;
  const from = Math.max(0, Math.min(at.ch, length - 1));
  return [{ line: at.line, ch: from }, { line: at.line, ch: Math.max(from + 1, /^\S*/.exec(doc.getLine(at.line).slice(from))[0].length + from) }];
}

function unmark(yasqe) {
  if (!yasqe.wrong) return;
  yasqe.getDoc().removeLineClass(yasqe.wrong.line, 'background', 'wrong-line');
  yasqe.wrong.token.clear();
  yasqe.wrong = null;
}

function sign(yasqe, line, text, className) {
  const made = document.createElement('span');
  made.className = className;
  made.title = text;
  made.textContent = '!';
  yasqe.setGutterMarker(line, 'gutterErrorBar', made);
}
