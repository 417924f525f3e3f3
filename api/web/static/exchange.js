// One question and what comes of it: an answer, an abstention, a problem.

import { button, el, hidden, prose } from "./dom.js";
import { citationHref, questionHref } from "./links.js";
import { asMarkdown, asText, toClipboard } from "./copy.js";
import { feedback } from "./feedback.js";
import { metaLine } from "./transcript.js";
import {
  FIRM,
  confidenceWords,
  counted,
  degradedWords,
  filterWords,
  problemWords,
  reasonWords,
  remarks,
} from "./words.js";

// What makes two citations the same, whichever event brought them.
const ADDRESS = ["number", "document_id", "document_version", "char_start", "char_end"];

let made = 0;

const TIPS = {
  nothing_matches: "Or widen the filters below.",
  choose_transcripts: "Choose transcripts in the filters below.",
};

/** What an exchange shows, and what its buttons do. */
export class Exchange {
  #citations = [];

  /**
   * @param {string} question
   * @param {object} filters
   * @param {{open: Function, retry: Function, again: Function, titles: Map, names: Map}} actions `open` shows a
   *   citation, `retry` asks the same again, `again` asks with other filters
   */
  constructor(question, filters, actions) {
    this.question = question;
    this.filters = filters;
    this.actions = actions;
    this.answer = null;
    const id = `question-${(made += 1)}`;
    this.heading = el("h2", { class: "question", id }, question);
    this.status = el("div", { class: "verdict", role: "status" });
    this.statements = el("div", { class: "statements" });
    this.rest = el("div", { class: "rest" });
    const said = filterWords(filters, actions.titles, actions.names);
    this.element = el(
      "article",
      { class: "exchange", "aria-labelledby": id },
      this.heading,
      said.length ? el("p", { class: "only" }, `Only ${said.join(", ")}`) : null,
      this.status,
      this.statements,
      this.rest,
    );
  }

  /** Begin to show what comes; statements are read out as they are added. */
  start() {
    this.statements.setAttribute("aria-live", "polite");
    this.#say("Searching the transcripts…");
  }

  /** Say how much is read: everything was searched, and these passages came nearest. */
  found(hits) {
    const documents = new Set(hits.map((hit) => hit.document_id)).size;
    const passages = counted(hits.length, "nearest passage", "nearest passages");
    this.looked = hits.length
      ? `the ${passages}, in ${counted(documents, "transcript", "transcripts")}`
      : null;
    if (hits.length) this.#say(`Reading ${this.looked}…`);
  }

  #say(text) {
    this.status.replaceChildren(el("p", { class: "working" }, text));
  }

  /** Append one verified statement. */
  state(statement, citations) {
    for (const citation of citations) {
      if (!this.#citations.some((each) => each.number === citation.number)) {
        this.#citations.push(citation);
      }
    }
    const quoted = statement.origin === "quoted";
    const paragraph = el(
      "p",
      { class: `statement ${quoted ? "quoted" : "generated"}` },
      quoted ? el("q", {}, statement.text) : statement.text,
    );
    for (const number of statement.citations) paragraph.append(this.#chip(number));
    const speaker = citations[0]?.speaker;
    const words = statement.origin === "counted" ? "counted" : "in the model’s words";
    paragraph.append(
      el("span", { class: "by" }, quoted ? (speaker ?? "Speaker not named") : words),
    );
    this.statements.append(paragraph);
  }

  #chip(number) {
    const citation = this.#citations.find((each) => each.number === number);
    if (!citation) return el("span", { class: "chip" }, String(number));
    const chip = el(
      "a",
      {
        class: "chip",
        href: citationHref(citation),
        title: `${citation.speaker ?? "Speaker not named"}, ${citation.title}`,
      },
      hidden("Source "),
      String(number),
    );
    this.#opens(chip, () => this.#citations, citation);
    return chip;
  }

  /** A plain click opens the panel; with a modifier a link stays a link. */
  #opens(link, list, citation) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      const citations = list();
      const same = (each) => ADDRESS.every((part) => each[part] === citation[part]);
      this.actions.open(citations, citations.findIndex(same), link);
    });
  }

  /** Show the finished answer. */
  finish(answer) {
    this.answer = answer;
    if (answer.status === "abstained") this.#abstained(answer);
    else this.#answered(answer);
  }

  #answered(answer) {
    const shown = this.statements.childElementCount;
    this.#citations = [...answer.citations];
    const numbered = new Map(answer.citations.map((each) => [each.number, each]));
    for (const statement of answer.statements.slice(shown)) {
      this.state(statement, statement.citations.map((number) => numbered.get(number)));
    }
    const firm = answer.confidence >= FIRM ? "firm" : "loose";
    this.status.replaceChildren(
      answer.short_answer ? el("p", { class: "short" }, answer.short_answer) : "",
      ...remarks(answer).map((line) => el("p", { class: "looked" }, line)),
      el("p", { class: `confidence ${firm}` }, confidenceWords(answer.confidence)),
    );
    this.rest.replaceChildren(
      ...answer.degraded.map((code) => el("p", { class: "notice" }, degradedWords(code))),
      this.#understood(answer),
      this.#sources(answer),
      this.#bar(answer),
    );
  }

  /** A follow-up was asked on its own: say as what. */
  #understood(answer) {
    return answer.rewritten_question
      ? el("p", { class: "understood" }, `Understood as: ${answer.rewritten_question}`)
      : "";
  }

  #sources(answer) {
    const generated = new Set(
      answer.statements
        .filter((statement) => statement.origin !== "quoted")
        .flatMap((statement) => statement.citations),
    );
    const items = answer.citations.map((citation) =>
      this.#source(citation, answer.citations, {
        number: String(citation.number),
        quote: generated.has(citation.number),
      }),
    );
    return el(
      "section",
      { class: "sources" },
      el("h3", {}, items.length === 1 ? "Source" : "Sources"),
      el("ol", { class: "source-list" }, ...items),
    );
  }

  #source(citation, list, { number = null, quote = true }) {
    const link = el(
      "a",
      { class: "source", href: citationHref(citation) },
      number ? el("span", { class: "number", "aria-hidden": "true" }, number) : null,
      el(
        "span",
        { class: "source-words" },
        metaLine(citation),
        quote ? el("q", {}, citation.quote) : null,
        el("cite", {}, citation.title),
      ),
    );
    this.#opens(link, () => list, citation);
    return el("li", {}, link);
  }

  #abstained(answer) {
    // Conversations kept by an older page have no closest passage.
    const { reason, nearest, closest = [] } = answer.abstention;
    const close = closest.length > 0;
    const plain = close || reason === "not_a_question";
    this.status.replaceChildren(
      el("p", { class: plain ? "unsure" : "short none" }, ...prose(answer.answer)),
    );
    const why = reasonWords(reason, close);
    this.rest.replaceChildren(
      this.#near("The closest passage", closest, nearest, "sources near closest"),
      why
        ? el(
            "section",
            { class: "why" },
            el("h3", {}, "Why there is no answer"),
            el("p", {}, this.looked ? `Looked at ${this.looked}. ${why}` : why),
            el("ul", { class: "tips" }, ...this.#tips(reason)),
          )
        : "",
      this.#understood(answer),
      this.#near(
        close ? "Also near" : "The nearest they come",
        nearest.slice(closest.length),
        nearest,
        "sources near",
      ),
      this.#bar(answer),
    );
  }

  /** Show some of the nearest passages; nothing for none. */
  #near(title, some, nearest, names) {
    if (!some.length) return "";
    return el(
      "section",
      { class: names },
      el("h3", {}, title),
      el("ul", { class: "source-list" }, ...some.map((each) => this.#source(each, nearest, {}))),
    );
  }

  /** Say what to do about it. */
  #tips(reason) {
    const upload = (words) => el("a", { href: "/documents#upload" }, words);
    if (reason === "empty_library") {
      return [el("li", {}, upload("Add the first transcript"), ", then ask again.")];
    }
    if (reason === "needs_model") return [];
    const said = filterWords(this.filters, this.actions.titles, this.actions.names);
    const tips = [];
    if (said.length) {
      const link = el("a", { href: questionHref(this.question) }, "ask without filters");
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.actions.again(this.question, {});
      });
      tips.push(el("li", {}, `You asked only for what was ${said.join(", ")}: `, link, "."));
    }
    tips.push(
      el(
        "li",
        {},
        TIPS[reason] ?? "Name the person, place or event that you mean.",
      ),
      el("li", {}, "If the recording isn’t here yet, ", upload("add its transcript"), "."),
    );
    return tips;
  }

  #bar(answer) {
    const bar = el("div", { class: "actions", role: "group", "aria-label": "This answer" });
    const asked = answer.rewritten_question ?? this.question;
    if (answer.status === "answered") {
      bar.append(
        copier("Copy", "Copy the answer with its citations", () => asText(asked, answer)),
        copier("Copy Markdown", "Copy Markdown with citations", () => asMarkdown(asked, answer)),
      );
    }
    bar.append(
      copier("Copy link", "Copy link to share", () => location.origin + questionHref(asked, this.filters)),
      button("Ask again", () => this.actions.retry(this), { class: "quiet" }),
      feedback(this.question, this.filters, answer),
    );
    return bar;
  }

  /** Show what went wrong and what to do about it. */
  fail(problem) {
    const words = problemWords(problem);
    this.status.replaceChildren();
    this.status.hidden = true;
    this.rest.replaceChildren(
      el(
        "section",
        { class: "notice bad", role: "alert" },
        el("h3", {}, words.title),
        el("p", {}, ...prose(words.detail)),
        words.retry ? button("Try again", () => this.actions.retry(this)) : "",
      ),
    );
  }

  /** Say that the person stopped it. */
  stopped() {
    this.status.replaceChildren(el("p", { class: "working done" }, "Stopped."));
    const bar = el("div", { class: "actions" });
    bar.append(button("Ask again", () => this.actions.retry(this), { class: "quiet" }));
    this.rest.replaceChildren(bar);
  }

  /** Later statements belong to a later exchange: this one falls silent. */
  settle() {
    this.statements.removeAttribute("aria-live");
  }

  get citations() {
    return this.#citations;
  }
}

// How long a button says that it has copied.
const SAID_MS = 1600;

function copier(label, title, text) {
  const done = el("span", { class: "done", role: "status" });
  const copy = button(label, async () => {
    const copied = await toClipboard(text());
    done.textContent = copied ? "Copied" : "Not allowed here";
    copy.classList.add("copied");
    setTimeout(() => {
      copy.classList.remove("copied");
      done.textContent = "";
    }, SAID_MS);
  }, { class: "quiet copy", title, "aria-label": title });
  return el("span", { class: "copier" }, copy, done);
}
