// Thumbs up or down, and a comment for whoever wants to say more.

import { button, el } from "./dom.js";
import { postJson } from "./http.js";
import { problemWords } from "./words.js";

const MOST_CHARS = 2000;

/** Return the two thumbs; the comment appears once one is chosen. */
export function feedback(question, filters, answer) {
  let rating = null;
  const note = el("span", { class: "feedback-note", role: "status" });
  const up = button(icon(), () => rate("up"), thumb("Helpful", "up"));
  const down = button(icon(), () => rate("down"), thumb("Not helpful", "down"));
  const box = el("div", { class: "feedback-comment", hidden: true });
  const whole = el("div", { class: "feedback" }, el("span", { class: "thumbs" }, up, down), note, box);

  async function send(comment) {
    try {
      await postJson("/v1/feedback", report(rating, comment));
      return true;
    } catch (error) {
      note.textContent = `Not saved. ${problemWords(error).detail}`;
      return false;
    }
  }

  function report(chosen, comment) {
    const given = Object.entries(filters).filter(([, value]) => value && value.length);
    return {
      answer_id: answer.id,
      rating: chosen,
      comment,
      question,
      rewritten_question: answer.rewritten_question,
      filters: given.length ? Object.fromEntries(given) : null,
      status: answer.status,
      answer: answer.answer,
      short_answer: answer.short_answer,
      citations: answer.citations.map(
        ({ document_id, document_version, char_start, char_end }) => ({
          document_id,
          document_version,
          char_start,
          char_end,
        }),
      ),
    };
  }

  async function rate(chosen) {
    rating = chosen;
    up.setAttribute("aria-pressed", String(chosen === "up"));
    down.setAttribute("aria-pressed", String(chosen === "down"));
    if (await send(null)) {
      note.textContent = "Thank you.";
      ask();
    }
  }

  function ask() {
    const text = el("textarea", {
      rows: "2",
      maxlength: String(MOST_CHARS),
      "aria-label": "Comment",
      placeholder: rating === "up" ? "What was good? (optional)" : "What was wrong? (optional)",
    });
    const submit = button("Send", async () => {
      if (text.value.trim() === "") return text.focus();
      if (!(await send(text.value.trim()))) return undefined;
      note.textContent = "Thank you, noted.";
      box.hidden = true;
      return (rating === "up" ? up : down).focus();
    });
    box.replaceChildren(text, submit);
    box.hidden = false;
  }

  return whole;
}

function thumb(label, look) {
  return { class: `quiet thumb ${look}`, "aria-label": label, title: label, "aria-pressed": "false" };
}

/** Return a thumb, drawn, since not every system has one among its letters. */
function icon() {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(namespace, "path");
  path.setAttribute("d", "M2.5 8.5h3.5v8.5h-3.5zM6 8.5l3.5-6c1.4 0 2.2 1 2 2.3l-.5 2.7h4.7a1.6 1.6 0 0 1 1.6 1.9l-1.1 6a2 2 0 0 1-2 1.6H6z");
  svg.append(path);
  return svg;
}
