// A citation → its transcript beside the answer, the cited words highlighted to the character.

import { announce, button, el, hidden, prose } from "./dom.js";
import { getJson, getText } from "./http.js";
import { citationHref, webAddress } from "./links.js";
import { Transcript, metaLine } from "./transcript.js";
import { problemWords } from "./words.js";

// Transcripts kept in memory: those that one conversation goes back and forth between.
const KEPT = 8;

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
    this.#point(citationHref(citation));
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
    this.#point(null);
    this.element.replaceChildren(...this.placeholder);
    this.#fit();
  }

  /** Mark the links whose source is shown. */
  #point(href) {
    for (const link of document.querySelectorAll(".chip[href], .source")) {
      if (link.getAttribute("href") === href) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
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
    const mark = transcript.open(citation.char_start, citation.char_end);
    if (this.body.lastChild !== transcript.later) this.body.replaceChildren(...transcript.nodes);
    this.#scrollTo(mark);
    transcript.watch(this.body);
  }

  /** Put the cited words a third down. */
  #scrollTo(mark) {
    if (!mark) return;
    const box = this.body.getBoundingClientRect();
    this.body.scrollTop += mark.getBoundingClientRect().top - box.top - box.height / 3;
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
