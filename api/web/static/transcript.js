// A transcript as a list of turns around the cited words; more turns come as one scrolls towards them.

import { CodePoints } from "./codepoints.js";
import { button, el } from "./dom.js";
import { clock, longDate } from "./words.js";

// Colours that tell speakers apart; the style sheet has as many.
const COLOURS = 6;
// Turns on either side of the cited one at first, and how many come at a time: several screens.
const AROUND = 60;
const MORE = 100;
// How near to the end of what is there the next turns are added, so that scrolling never stops.
const AHEAD = "1200px";

/** Return the name of a speaker as it is shown everywhere. */
export function speakerName(name) {
  return name === null || name === undefined
    ? el("span", { class: "nameless" }, "Speaker not named")
    : el("span", { class: "speaker" }, name);
}

/** Return the name that the source states for a label, to stand beside it. */
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

/** Turns of which one stretch at a time is highlighted. */
export class Transcript {
  #range = [0, 0];
  #marked = [];
  #items = [];
  #from = 0;
  #to = 0;

  /**
   * @param {string} text the canonical text
   * @param {object[]} turns its turns, in the order of the source
   */
  constructor(text, turns) {
    this.points = new CodePoints(text);
    this.turns = turns;
    const colours = new Map();
    this.looks = turns.map(({ speaker }) => {
      if (speaker === null) return "unnamed";
      if (!colours.has(speaker)) colours.set(speaker, colours.size % COLOURS);
      return `s${colours.get(speaker)}`;
    });
    this.list = el("ol", { class: "turns" });
    this.earlier = button("Earlier turns", () => this.#more(-1), { class: "quiet" });
    this.later = button("Later turns", () => this.#more(1), { class: "quiet" });
    this.nodes = [this.earlier, this.list, this.later];
  }

  /** Highlight a range of code points and show the turns around it; return the first mark. */
  open(start, end) {
    this.#range = [start, end];
    for (const index of this.#marked) this.#fill(index);
    const overlaps = (turn) => turn.char_start < end && start < turn.char_end;
    const first = Math.max(0, this.turns.findIndex(overlaps));
    this.#marked = [];
    for (let index = first; index < this.turns.length && overlaps(this.turns[index]); index += 1) {
      this.#marked.push(index);
      this.#fill(index);
    }
    if (first < this.#from || first >= this.#to) {
      this.#from = Math.max(0, first - AROUND);
      this.#to = Math.min(this.turns.length, first + AROUND);
      this.list.replaceChildren(...this.#span(this.#from, this.#to));
    }
    this.#ends();
    return this.list.querySelector("mark");
  }

  /** Add turns by themselves as one scrolls towards them. */
  watch(scroller) {
    this.scroller = scroller;
    this.observer?.disconnect();
    this.observer = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) {
          if (isIntersecting) this.#more(target === this.earlier ? -1 : 1);
        }
      },
      { root: scroller, rootMargin: `${AHEAD} 0px` },
    );
    this.#look();
  }

  /** Observe the ends anew, so that one that is still near is told of again. */
  #look() {
    for (const end of [this.earlier, this.later]) {
      this.observer.unobserve(end);
      this.observer.observe(end);
    }
  }

  #more(direction) {
    if (direction > 0) {
      const to = Math.min(this.turns.length, this.#to + MORE);
      this.list.append(...this.#span(this.#to, to));
      this.#to = to;
    } else {
      const from = Math.max(0, this.#from - MORE);
      const anchor = this.list.firstElementChild;
      const before = anchor.getBoundingClientRect().top;
      this.list.prepend(...this.#span(from, this.#from));
      this.#from = from;
      this.#ends();
      // What one reads stays where it is, whatever comes above it.
      this.scroller.scrollTop += anchor.getBoundingClientRect().top - before;
    }
    this.#ends();
    this.#look();
  }

  #ends() {
    this.earlier.hidden = this.#from === 0;
    this.later.hidden = this.#to === this.turns.length;
  }

  #span(from, to) {
    return this.turns.slice(from, to).map((_, at) => this.#item(from + at));
  }

  #item(index) {
    if (!this.#items[index]) {
      const turn = this.turns[index];
      const who = el("div", { class: "who" }, speakerName(turn.speaker), ...aliasOf(turn));
      if (turn.start_ms !== null) {
        who.append(" ", el("span", { class: "when" }, clock(turn.start_ms)));
      }
      this.#items[index] = el("li", { class: `turn ${this.looks[index]}` }, who, el("p"));
      this.#fill(index);
    }
    return this.#items[index];
  }

  /** Write what was said in a turn, with what is highlighted in it, if it has been drawn. */
  #fill(index) {
    const said = this.#items[index]?.lastElementChild;
    if (!said) return;
    const { char_start: start, char_end: end } = this.turns[index];
    const from = Math.min(end, Math.max(start, this.#range[0]));
    const to = Math.min(end, Math.max(from, this.#range[1]));
    const cited = this.points.slice(from, to);
    said.replaceChildren(
      this.points.slice(start, from),
      cited ? el("mark", {}, cited) : "",
      this.points.slice(to, end),
    );
  }
}
