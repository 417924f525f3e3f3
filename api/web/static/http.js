// Requests to the service. What goes wrong becomes a Problem with the service's own code and words.

/** What went wrong, as the service says it (RFC 9457), or `unreachable` and `interrupted`. */
export class Problem extends Error {
  constructor({ status = 0, code, detail = "", ...rest }) {
    super(detail || code);
    Object.assign(this, { status, code, detail, rest });
  }
}

async function problemOf(response) {
  try {
    return new Problem(await response.json());
  } catch {
    return new Problem({
      status: response.status,
      code: "internal",
      detail: `The service answered with status ${response.status}.`,
    });
  }
}

async function request(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ code: "unreachable" });
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

export async function getJson(path) {
  return (await request(path, { headers: { Accept: "application/json" } })).json();
}

export async function getText(path) {
  return (await request(path, {})).text();
}

export async function postJson(path, body) {
  return (await request(path, jsonRequest(body))).json();
}

function jsonRequest(body, more = {}) {
  return {
    method: "POST",
    headers: { "Content-Type": "application/json", ...more.headers },
    body: JSON.stringify(body),
    signal: more.signal,
  };
}

/**
 * Ask, and yield `{event, data}` as the service sends them.
 *
 * Ends after `answer`; throws a Problem for the event `error` and for a stream that breaks off.
 */
export async function* ask(body, signal) {
  const headers = { Accept: "text/event-stream" };
  const response = await request("/v1/ask", jsonRequest(body, { headers, signal }));
  try {
    for await (const message of messages(response.body)) {
      const data = JSON.parse(message.data);
      if (message.event === "error") throw new Problem(data);
      yield { event: message.event, data };
      if (message.event === "answer") return;
    }
  } catch (error) {
    if (error instanceof Problem || error.name === "AbortError") throw error;
  }
  throw new Problem({ code: "interrupted" });
}

/** Yield the server-sent events of a body, as the HTML standard parses them. */
async function* messages(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let event = "message";
  let data = [];
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      rest += value;
      // A CR at the end may be half of CR LF: it waits for what follows.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      for (const line of lines) {
        if (line === "") {
          if (data.length) yield { event, data: data.join("\n") };
          event = "message";
          data = [];
          continue;
        }
        const [, field, content = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
        if (field === "event") event = content;
        if (field === "data") data.push(content);
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
