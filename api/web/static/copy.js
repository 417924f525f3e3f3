// An answer → plain text or Markdown with its citations, and onto the clipboard.

import { longDate, clock } from "./words.js";
import { webAddress } from "./links.js";

function where(citation) {
  return [
    citation.speaker ?? "Speaker not named",
    citation.title,
    longDate(citation.date),
    clock(citation.start_ms),
  ]
    .filter(Boolean)
    .join(", ");
}

function markers(statement) {
  return statement.citations.map((number) => `[${number}]`).join("");
}

/** Return the answer as plain text. */
export function asText(question, answer) {
  const lines = [question, ""];
  if (answer.short_answer) lines.push(answer.short_answer, "");
  for (const statement of answer.statements) {
    const text = statement.origin === "quoted" ? `“${statement.text}”` : statement.text;
    lines.push(`${text} ${markers(statement)}`);
  }
  lines.push("");
  for (const citation of answer.citations) {
    lines.push(`[${citation.number}] ${where(citation)}: “${citation.quote}”`);
    const address = webAddress(citation.link ?? citation.url);
    if (address) lines.push(`    ${address}`);
  }
  return `${lines.join("\n").trim()}\n`;
}

/** Return text that Markdown shows as it stands. */
function plain(text) {
  return text.replace(/[\\`*_{}[\]<>()#+\-.!|~&:@]/g, "\\$&").replace(/\s*[\r\n]+\s*/g, " ");
}

/** Return the answer as Markdown. */
export function asMarkdown(question, answer) {
  const lines = [`**${plain(question)}**`, ""];
  if (answer.short_answer) lines.push(plain(answer.short_answer), "");
  for (const statement of answer.statements) {
    const text = plain(statement.text);
    const marked = statement.citations.map((number) => ` \\[${number}\\]`).join("");
    lines.push(statement.origin === "quoted" ? `> “${text}”${marked}` : `${text}${marked}`, "");
  }
  for (const citation of answer.citations) {
    const address = webAddress(citation.link ?? citation.url);
    const source = plain(where(citation));
    // Angle brackets and round ones would end the address early.
    const safe = address?.replace(/[<>()\s]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
    const linked = safe ? `[${source}](<${safe}>)` : source;
    lines.push(`${citation.number}. ${linked}: “${plain(citation.quote)}”`);
  }
  return `${lines.join("\n").trim()}\n`;
}

/** Put text on the clipboard; tells whether that worked. */
export async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return byHand(text);
  }
}

/** The way that also works on addresses without HTTPS. */
function byHand(text) {
  const box = document.createElement("textarea");
  box.value = text;
  box.className = "visually-hidden";
  const before = document.activeElement;
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  before?.focus();
  return done;
}
