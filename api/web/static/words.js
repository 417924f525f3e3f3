// Values → the words that people read. The server's pages say the same in the same words.

// Confidence is a calibrated probability; words say what to make of it.
const CONFIDENCE = [
  [0.85, "Well supported"],
  [0.65, "Likely"],
  [0, "Uncertain: check the source"],
];
export const FIRM = 0.65;

const DEGRADED = {
  llm_unavailable:
    "The language model is out of reach, so the answer is quoted instead of phrased.",
  vectors_pending: "Some new transcripts aren’t fully searchable yet; ask again in a moment.",
};

const REASONS = {
  no_evidence: "Nothing in them answers this well enough to be quoted.",
  unsupported:
    "Passages were found, but what could be said from them didn’t pass the check against their words.",
  nothing_matches: "Nothing matches the filters.",
  empty_library: "Answers are quoted from transcripts, and none has been added.",
  needs_model: "It takes a language model, and the service has none.",
  not_a_question: "",
  choose_transcripts: "An overview, or a count of who spoke, goes through whole transcripts.",
};
const CLOSE =
  "It comes close, but not close enough to be called an answer: check it in its transcript.";

export function confidenceWords(confidence) {
  return CONFIDENCE.find(([least]) => confidence >= least)[1];
}

export function degradedWords(code) {
  return DEGRADED[code] ?? "Part of the service is out of order; the answer may lack something.";
}

/** Return why there is no answer; nothing where the answer says all. */
export function reasonWords(reason, close) {
  return close ? CLOSE : (REASONS[reason] ?? REASONS.no_evidence);
}

/** Return the lines of an answer's text that hold no statement: what it says of itself. */
export function remarks(answer) {
  let start = 0;
  return answer.answer.split("\n").filter((line) => {
    const from = start;
    const end = from + [...line].length;
    start = end + 1;
    return line && !answer.statements.some((each) => each.char_start < end && each.char_end > from);
  });
}

/** Return an ISO date written out; anything else unchanged. */
export function longDate(value) {
  if (!value) return "";
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  if (!match) return value;
  const day = new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])));
  return day.toLocaleDateString("en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
}

/** Return milliseconds as mm:ss, or h:mm:ss from an hour on. */
export function clock(ms) {
  if (ms === null || ms === undefined) return "";
  const seconds = Math.floor(ms / 1000);
  const two = (number) => String(number).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const rest = `${two(minutes % 60)}:${two(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

export function counted(number, one, many) {
  return `${number.toLocaleString("en-GB")} ${number === 1 ? one : many}`;
}

/** Return labels as a list shows them: the name up to its first comma, the label after it. */
export function shownSpeakers(labels, aliases) {
  const names = new Map(
    Object.entries(aliases).map(([label, name]) => [label.toLowerCase(), name.split(",")[0].trim()]),
  );
  return labels.map((label) => {
    const name = names.get(label.toLowerCase());
    return name ? `${name} (${label})` : label;
  });
}

/** Return the active filters in words; titles are given by id, what speakers are called by label. */
export function filterWords(filters, titles, names) {
  const said = (filters.speakers ?? []).map((each) => `said by ${names.get(each.toLowerCase()) ?? each}`);
  said.push(...(filters.document_ids ?? []).map((id) => `in “${titles.get(id) ?? id}”`));
  if (filters.since) said.push(`from ${longDate(filters.since)}`);
  if (filters.until) said.push(`until ${longDate(filters.until)}`);
  if (filters.collection) said.push(`in the collection ${filters.collection}`);
  return said;
}

/** Return what to tell a person about a problem: a heading, what happened, and what to do. */
export function problemWords(problem) {
  if (problem.code === "unreachable") {
    return {
      title: "The service can’t be reached",
      detail: "Check that it is running and that you are online, then try again.",
      retry: true,
    };
  }
  if (problem.code === "interrupted") {
    return {
      title: "The connection broke before the answer was complete",
      detail: "What is shown above is verified, but there may be more. Try again.",
      retry: true,
    };
  }
  if (problem.status === 429) {
    return { title: "Too many questions at once", detail: problem.detail, retry: true };
  }
  if (problem.status >= 500) {
    return {
      title: "That didn’t work, and it isn’t your question",
      detail: problem.detail,
      retry: true,
    };
  }
  return {
    title: "That question can’t be answered as it stands",
    detail: problem.detail,
    retry: false,
  };
}
