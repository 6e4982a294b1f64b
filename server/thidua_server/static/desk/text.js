// The text with its passages: painted again when one is widened, and read when a reader selects words in it.
// Positions are code points, as everywhere; strings here count otherwise, so the text is kept as an array of them.

export class Text {
  constructor(element) {
    this.element = element;
    for (const ref of element.querySelectorAll('.ref')) ref.remove(); // a click on the passage does the same
    this.points = Array.from(element.textContent);
  }

  // Spans: [{ key, basis, spans: [[start, end], …] }, …].
  paint(cards) {
    const cuts = new Set([0, this.points.length]);
    for (const { spans } of cards) for (const [start, end] of spans) cuts.add(start).add(end);
    const ordered = [...cuts].filter((at) => at <= this.points.length).sort((a, b) => a - b);
    const made = [];
    for (let n = 0; n + 1 < ordered.length; n += 1) {
      const [first, last] = [ordered[n], ordered[n + 1]];
      const over = cards.filter(({ spans }) => spans.some(([start, end]) => start <= first && last <= end));
      const text = this.points.slice(first, last).join('');
      if (!over.length) {
        made.push(text);
        continue;
      }
      const mark = document.createElement('mark');
      mark.textContent = text;
      mark.className = over.some(({ basis }) => basis === 'stated') ? 'stated' : 'implied';
      mark.dataset.cards = over.map(({ key }) => key).join(' ');
      made.push(mark);
    }
    const scroll = this.element.scrollTop;
    this.element.replaceChildren(...made);
    this.element.scrollTop = scroll;
  }

  marks(key) {
    return [...this.element.querySelectorAll('mark')].filter((mark) => mark.dataset.cards.split(' ').includes(key));
  }

  // Bring a passage into the middle of the pane, without moving the page.
  show(key) {
    const [mark] = this.marks(key);
    if (!mark) return;
    const pane = this.element.getBoundingClientRect(), place = mark.getBoundingClientRect();
    if (place.top < pane.top + 20 || place.bottom > pane.bottom - 20) {
      this.element.scrollTop += place.top - pane.top - pane.height / 3;
    }
  }

  // What a reader has selected: [start, end], without white space at its edges; null for nothing.
  selected() {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    if (!this.element.contains(range.startContainer) || !this.element.contains(range.endContainer)) return null;
    const before = document.createRange();
    before.selectNodeContents(this.element);
    before.setEnd(range.startContainer, range.startOffset);
    let start = Array.from(before.toString()).length;
    let end = start + Array.from(range.toString()).length;
    while (start < end && !this.points[start].trim()) start += 1;
    while (end > start && !this.points[end - 1].trim()) end -= 1;
    return start < end ? [start, end] : null;
  }

  // A span with one edge moved by a word; it keeps a word at least.
  moved([start, end], edge, by) {
    const blank = (at) => !this.points[at]?.trim();
    const begins = (at) => !blank(at) && (at === 0 || blank(at - 1));
    const ends = (at) => at > 0 && !blank(at - 1) && (at === this.points.length || blank(at));
    const [fits, low, high] = edge === 'start'
      ? [begins, by < 0 ? 0 : start + 1, by < 0 ? start - 1 : end - 1]
      : [ends, by < 0 ? start + 1 : end + 1, by < 0 ? end - 1 : this.points.length];
    const upwards = by > 0;
    for (let at = upwards ? low : high; upwards ? at <= high : at >= low; at += upwards ? 1 : -1) {
      if (fits(at)) return edge === 'start' ? [at, end] : [start, at];
    }
    return [start, end];
  }
}
