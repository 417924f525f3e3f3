// A citation → its transcript beside the answer, the cited words highlighted to the character.

import { announce, button, el, hidden, prose } from "./dom.js";
import { CodePoints } from "./codepoints.js";
import { getJson, getText } from "./http.js";
import { citationHref, webAddress } from "./links.js";
import { clock, longDate, problemWords } from "./words.js";

// Colours that tell speakers apart; the style sheet has as many.
const COLOURS = 6;
// Transcripts kept in memory: those that one conversation goes back and forth between.
const KEPT = 8;

/** Return the name of a speaker as it is shown everywhere. */
export function speakerName(name) {
  return name === null || name === undefined
    ? el("span", { class: "nameless" }, "Speaker not named")
    : el("span", { class: "speaker" }, name);
}

/** Return the alias of the speaker of a citation or turn, to stand beside the label. */
function aliasOf(said) {
  return said.speaker_name ? [" ", el("span", { class: "alias" }, said.speaker_name)] : [];
}

/** Return the line that says who, when and at which time of the recording. */
export function metaLine(citation) {
  const meta = el("p", { class: "meta" }, speakerName(citation.speaker), ...aliasOf(citation));
  if (citation.date) meta.append(el("time", { datetime: citation.date }, longDate(citation.date)));
  if (citation.start_ms !== null && citation.start_ms !== undefined) {
    meta.append(el("span", { class: "when" }, clock(citation.start_ms)));
  }
  return meta;
}

/** A transcript as a list of turns of which one stretch at a time is highlighted. */
class Transcript {
  constructor(text, turns) {
    this.points = new CodePoints(text);
    this.turns = turns;
    this.marked = [];
    const colours = new Map();
    this.items = turns.map((turn) => this.#item(turn, colours));
    this.list = el("ol", { class: "turns" }, ...this.items);
  }

  #item(turn, colours) {
    let look = "unnamed";
    if (turn.speaker !== null) {
      if (!colours.has(turn.speaker)) colours.set(turn.speaker, colours.size % COLOURS);
      look = `s${colours.get(turn.speaker)}`;
    }
    const who = el("div", { class: "who" }, speakerName(turn.speaker), ...aliasOf(turn));
    if (turn.start_ms !== null) who.append(" ", el("span", { class: "when" }, clock(turn.start_ms)));
    const said = el("p", {}, this.points.slice(turn.char_start, turn.char_end));
    return el("li", { class: `turn ${look}` }, who, said);
  }

  /** Highlight a range of code points; return the first mark, or null. */
  mark(start, end) {
    for (const index of this.marked) this.#fill(index, [[this.turns[index], false]]);
    this.marked = [];
    let first = null;
    this.turns.forEach((turn, index) => {
      if (start >= turn.char_end || end <= turn.char_start) return;
      const from = Math.max(start, turn.char_start);
      const to = Math.min(end, turn.char_end);
      const marks = this.#fill(index, [
        [{ char_start: turn.char_start, char_end: from }, false],
        [{ char_start: from, char_end: to }, true],
        [{ char_start: to, char_end: turn.char_end }, false],
      ]);
      this.marked.push(index);
      first ??= marks;
    });
    return first;
  }

  #fill(index, parts) {
    const said = this.items[index].lastElementChild;
    const nodes = parts
      .filter(([range]) => range.char_end > range.char_start)
      .map(([range, cited]) => {
        const text = this.points.slice(range.char_start, range.char_end);
        return cited ? el("mark", {}, text) : text;
      });
    said.replaceChildren(...nodes);
    return said.querySelector("mark");
  }
}

/** The panel: one citation of an answer at a time, with the way to the others. */
export class SourcePanel {
  #cache = new Map();
  #citations = [];
  #index = 0;
  #opener = null;
  #ticket = 0;

  /** @param {HTMLElement} element the empty panel of the page */
  constructor(element) {
    this.element = element;
    this.wide = matchMedia("(min-width: 70rem)");
    this.placeholder = [...element.childNodes];
    this.#build();
    element.addEventListener("keydown", (event) => this.#key(event));
    this.wide.addEventListener("change", () => this.#fit());
  }

  #build() {
    this.title = el("h2", { class: "panel-title", id: "panel-title", tabindex: "-1" });
    this.meta = el("div", { class: "panel-meta" });
    this.links = el("p", { class: "links" });
    this.count = el("span", { class: "count" });
    this.previous = button("‹", () => this.step(-1), { class: "quiet", "aria-label": "Previous citation", title: "Previous citation (←)" });
    this.next = button("›", () => this.step(1), { class: "quiet", "aria-label": "Next citation", title: "Next citation (→)" });
    this.close = button("×", () => this.hide(), { class: "quiet", "aria-label": "Close the source", title: "Close (Esc)" });
    this.body = el("div", { class: "panel-body", tabindex: "0", role: "group", "aria-label": "Transcript" });
    this.head = el(
      "header",
      { class: "panel-head" },
      el("div", { class: "panel-bar" }, this.previous, this.count, this.next, this.close),
      this.title,
      this.meta,
      this.links,
    );
  }

  /** Fetch a transcript before anybody asks for it. */
  warm(citation) {
    this.#load(citation).catch(() => {});
  }

  /**
   * Show a citation in its transcript.
   *
   * @param {object[]} citations the citations to go through
   * @param {number} index the one to show
   * @param {{opener?: HTMLElement|null, focus?: boolean}} how where the focus comes from and whether
   *   it moves here
   */
  async show(citations, index, { opener = null, focus = true } = {}) {
    this.#citations = citations;
    this.#index = index;
    if (opener) this.#opener = opener;
    const citation = citations[index];
    this.#head(citation);
    if (this.element.firstChild !== this.head) this.element.replaceChildren(this.head, this.body);
    this.element.classList.add("open");
    this.#fit();
    if (focus) this.title.focus({ preventScroll: true });
    await this.#fill(citation);
  }

  get shown() {
    return this.element.classList.contains("open");
  }

  /** Go to another citation of the same answer. */
  step(by) {
    const index = this.#index + by;
    if (index < 0 || index >= this.#citations.length) return;
    this.show(this.#citations, index, { focus: false });
    const citation = this.#citations[index];
    announce(`Source ${index + 1} of ${this.#citations.length}: ${citation.speaker ?? "speaker not named"}, “${citation.quote}”`);
    if (document.activeElement?.disabled) this.title.focus({ preventScroll: true });
  }

  /** Close, and give the focus back to what opened it. */
  hide() {
    this.reset();
    if (this.#opener?.isConnected) this.#opener.focus();
  }

  /** Empty the panel. */
  reset() {
    this.#ticket += 1;
    this.element.classList.remove("open");
    this.element.replaceChildren(...this.placeholder);
    this.#fit();
  }

  /** On a small screen the panel covers the page: what lies beneath is out of reach. */
  #fit() {
    const covers = this.shown && !this.wide.matches;
    for (const other of document.querySelectorAll(".top, .chat, .skip")) other.inert = covers;
    document.documentElement.classList.toggle("covered", covers);
  }

  #head(citation) {
    const many = this.#citations.length;
    this.title.replaceChildren(hidden("Source: "), citation.title);
    this.meta.replaceChildren(metaLine(citation));
    this.count.textContent = many > 1 ? `Source ${this.#index + 1} of ${many}` : "Source";
    this.previous.disabled = this.#index === 0;
    this.next.disabled = this.#index === many - 1;
    this.previous.hidden = this.next.hidden = many < 2;
    this.links.replaceChildren(el("a", { href: citationHref(citation) }, "Full page"));
    const address = webAddress(citation.link ?? citation.url);
    if (address) {
      this.links.append(
        el(
          "a",
          { href: address, rel: "noopener noreferrer external", target: "_blank" },
          "Original page",
          hidden(" (opens in a new tab)"),
        ),
      );
    }
  }

  async #fill(citation) {
    this.#ticket += 1;
    const ticket = this.#ticket;
    let transcript;
    try {
      transcript = await this.#load(citation);
    } catch (error) {
      if (ticket === this.#ticket) this.#fail(error, citation);
      return;
    }
    if (ticket !== this.#ticket) return;
    const mark = transcript.mark(citation.char_start, citation.char_end);
    if (this.body.firstChild !== transcript.list) this.body.replaceChildren(transcript.list);
    this.#scrollTo(mark);
  }

  /** Put the mark a third down; what is above it is measured only once it is near, so do it twice. */
  #scrollTo(mark) {
    if (!mark) return;
    const place = () => {
      const box = this.body.getBoundingClientRect();
      const gap = mark.getBoundingClientRect().top - box.top;
      this.body.scrollTop += gap - box.height / 3;
    };
    place();
    place();
    requestAnimationFrame(place);
  }

  #fail(error, citation) {
    const words = problemWords(error);
    this.body.replaceChildren(
      el(
        "div",
        { class: "notice bad", role: "alert" },
        el("h3", {}, "The transcript can’t be shown"),
        el("p", {}, ...prose(words.detail)),
        button("Try again", () => this.#fill(citation)),
      ),
    );
  }

  #load({ document_id: id, document_version: version }) {
    const key = `${id} ${version}`;
    if (!this.#cache.has(key)) {
      const path = `/v1/documents/${encodeURIComponent(id)}`;
      const query = `?version=${encodeURIComponent(version)}`;
      const loaded = Promise.all([getText(`${path}/text${query}`), getJson(`${path}/turns${query}`)])
        .then(([text, { turns }]) => new Transcript(text, turns));
      loaded.catch(() => this.#cache.delete(key));
      if (this.#cache.size >= KEPT) this.#cache.delete(this.#cache.keys().next().value);
      this.#cache.set(key, loaded);
    }
    return this.#cache.get(key);
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") this.hide();
    else if (by) this.step(by);
    else return;
    event.preventDefault();
  }
}
