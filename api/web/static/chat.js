// The page at `/` as a conversation: asks, streams, remembers. Without this file it is a plain form.

import { announce, byId } from "./dom.js";
import { ask } from "./http.js";
import { Exchange } from "./exchange.js";
import { Filters } from "./filters.js";
import { historyDialog } from "./history.js";
import { questionHref } from "./links.js";
import { SourcePanel } from "./panel.js";
import * as store from "./store.js";

// Exchanges sent along, so that a follow-up is understood; and the most of an answer among them.
const REMEMBERED = 6;
const MOST_CHARS = 20_000;
const CURRENT = "transcript-qa.current";

const workspace = byId("workspace");
const thread = byId("thread");
const form = workspace.querySelector("form.ask");
const box = form.elements.question;
const submit = form.querySelector('button[type="submit"]');
const stop = byId("stop");
const filters = new Filters(form);
const panel = new SourcePanel(byId("panel"));
const history_ = historyDialog(open);

const calm = matchMedia("(prefers-reduced-motion: reduce)");

let conversation = store.newConversation();
let running = null;
// What of the address the page shows.
let address = location.search;

const actions = {
  titles: filters.titles,
  names: filters.names,
  open: (citations, index, opener) => panel.show(citations, index, { opener }),
  retry: (exchange) => run(exchange.question, exchange.filters, exchange),
  again: (question, wanted) => {
    filters.set(wanted);
    run(question, wanted);
  },
};

/** Ask, in a new exchange or in the place of an earlier one. */
async function run(question, wanted, instead = null) {
  if (running) return;
  const exchange = new Exchange(question, wanted, actions);
  if (instead) {
    forget(instead);
    instead.element.replaceWith(exchange.element);
  } else {
    thread.append(exchange.element);
  }
  begin(exchange);
  const controller = new AbortController();
  running = controller;
  busy(true);
  const history = sent(exchange);
  try {
    const body = { question, history, filters: Object.keys(wanted).length ? wanted : null };
    for await (const { event, data } of ask(body, controller.signal)) {
      if (event === "retrieval") exchange.found(data.hits);
      if (event === "statement") exchange.state(data.statement, data.citations);
      // The likely source is fetched while the answer is still being made.
      const likely = data.hits?.[0] ?? data.citations?.[0];
      if (likely) panel.warm(likely);
      if (event === "answer") exchange.finish(data);
    }
    remember(exchange);
    beside(exchange);
  } catch (error) {
    if (controller.signal.aborted) exchange.stopped();
    else exchange.fail(error);
    // What can't be answered as it stands is there to be changed.
    if (error.status >= 400 && error.status < 500 && box.value === "") box.value = question;
  } finally {
    running = null;
    busy(false);
  }
}

function begin(exchange) {
  for (const other of thread.querySelectorAll("[aria-live]")) other.removeAttribute("aria-live");
  enter();
  form.querySelector("details").open = false;
  exchange.start();
  exchange.element.record = exchange;
  if (exchange.element !== thread.firstElementChild) {
    exchange.element.scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
  }
  panel.reset();
}

/** Leave the first page: from here on it is a conversation. */
function enter() {
  workspace.classList.remove("start");
  workspace.classList.add("asked");
  byId("title").textContent = "Conversation";
  byId("title").className = "visually-hidden";
}

function busy(is) {
  submit.hidden = is;
  stop.hidden = !is;
  thread.setAttribute("aria-busy", String(is));
  if (is && document.activeElement === submit) stop.focus();
  if (!is && document.activeElement === document.body) box.focus({ preventScroll: true });
}

/** Where there is room beside the answer, its first source is there at once. */
function beside(exchange) {
  const [first] = exchange.citations;
  if (!first) return;
  panel.warm(first);
  if (panel.wide.matches) panel.show(exchange.citations, 0, { focus: false });
}

function sent(exchange) {
  const earlier = [];
  for (const element of thread.children) {
    if (element === exchange.element) break;
    if (element.record?.answer) earlier.push(element.record);
  }
  return earlier.slice(-REMEMBERED).map(({ question, answer }) => ({
    question,
    answer: answer.answer.slice(0, MOST_CHARS),
    citations: shown(answer).map(({ document_id, document_version, char_start, char_end }) => ({
      document_id,
      document_version,
      char_start,
      char_end,
    })),
  }));
}

/** Return what "who said that?" may ask about: what is cited, or comes close. */
function shown(answer) {
  return answer.citations.length ? answer.citations : (answer.abstention?.closest ?? []);
}

function remember(exchange) {
  conversation.exchanges = [...thread.children]
    .map((element) => element.record)
    .filter((record) => record?.answer)
    .map(({ question, filters: asked, answer }) => ({ question, filters: asked, answer }));
  conversation.at = new Date().toISOString();
  store.save(conversation);
  locate();
  if (exchange.answer) announce("The answer is complete.");
}

/** Let the address name the first question, so that it can be shared, and the way back lead here. */
function locate() {
  const { id, exchanges } = conversation;
  const known = history.state?.id === id;
  const href = questionHref(exchanges[0].question, exchanges[0].filters);
  history[known ? "replaceState" : "pushState"]({ id }, "", href);
  address = location.search;
  document.title = `${exchanges[0].question} · transcript-qa`;
  keepCurrent(id);
}

function forget(exchange) {
  exchange.answer = null;
}

function keepCurrent(id) {
  try {
    sessionStorage.setItem(CURRENT, id);
  } catch {
    // Without storage a reload asks the first question again.
  }
}

function current() {
  try {
    return store.find(sessionStorage.getItem(CURRENT));
  } catch {
    return null;
  }
}

/** Show a conversation from the history. */
function open(chosen) {
  running?.abort();
  conversation = chosen;
  enter();
  const shown = chosen.exchanges.map(({ question, filters: asked, answer }) => {
    const exchange = new Exchange(question, asked, actions);
    exchange.element.record = exchange;
    exchange.finish(answer);
    return exchange;
  });
  thread.replaceChildren(...shown.map((exchange) => exchange.element));
  // It goes on as it was left.
  filters.set(shown.at(-1).filters);
  locate();
  panel.reset();
  beside(shown.at(-1));
  box.focus({ preventScroll: true });
}

/** Take over what the server has rendered, so that it works like what is asked from here on. */
function adopt() {
  const rendered = thread.querySelector("[data-exchange]");
  if (!rendered) return;
  const { question, filters: asked, answer, problem } = JSON.parse(rendered.dataset.exchange);
  const kept = current();
  const first = kept?.exchanges[0];
  if (first && questionHref(first.question, first.filters) === questionHref(question, asked)) {
    history.replaceState({ id: kept.id }, "");
    open(kept);
    return;
  }
  const exchange = new Exchange(question, asked, actions);
  exchange.element.record = exchange;
  if (answer) exchange.finish(answer);
  else exchange.fail(problem);
  thread.replaceChildren(exchange.element);
  if (!answer) return;
  history.replaceState({ id: conversation.id }, "");
  remember(exchange);
  beside(exchange);
  box.value = "";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const question = box.value.trim();
  if (question === "" || running) return;
  box.value = "";
  run(question, filters.active);
});
stop.addEventListener("click", () => {
  running?.abort();
  box.focus({ preventScroll: true });
});
form.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && running) running.abort();
});
for (const link of document.querySelectorAll(".examples a")) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    box.focus({ preventScroll: true });
    run(link.textContent, filters.active);
  });
}
byId("history-open").addEventListener("click", () => history_.show());
window.addEventListener("popstate", (event) => {
  // A jump within the page, to #main for one, is no other conversation.
  if (location.search === address) return;
  const found = event.state?.id ? store.find(event.state.id) : null;
  if (found) open(found);
  else location.reload();
});

filters.set(JSON.parse(form.dataset.filters));
document.body.append(history_.element);
adopt();
