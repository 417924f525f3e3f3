// The list of transcripts and uploads: files dropped or chosen, each with its own progress and verdict.

import { announce, byId, button, el } from "./dom.js";
import { getJson } from "./http.js";
import { counted, longDate, shownSpeakers } from "./words.js";

const STATUS = {
  new: "Added",
  replaced: "Replaced",
  unchanged: "Already here",
  duplicate: "Same as another",
};
// Metadata that goes with the transcript of its name, and so in the same request.
const SIDECAR = /\.meta\.(?:json|ya?ml)$/i;
// Speakers that a card names.
const NAMED = 4;

const form = byId("upload-form");
const input = byId("files");
const zone = byId("upload");
const outcomes = byId("outcomes");
const report = byId("report");
const most = Number(form.dataset.maxFileBytes);

let queue = [];
let sending = false;

/** Take files: those that go together are sent together, one group after the other. */
function take(files) {
  const groups = new Map();
  for (const file of files) {
    const stem = SIDECAR.test(file.name)
      ? file.name.replace(SIDECAR, "")
      : file.name.replace(/\.[^.]*$/, "");
    groups.set(stem, [...(groups.get(stem) ?? []), file]);
  }
  report.hidden = false;
  for (const group of groups.values()) {
    const item = new Item(group);
    outcomes.append(item.element);
    if (group.some((file) => file.size > most)) item.tooLarge();
    else queue.push(item);
  }
  work();
}

async function work() {
  if (sending) return;
  sending = true;
  while (queue.length) {
    const item = queue.shift();
    await item.send();
  }
  sending = false;
  announce("All files are done.");
}

/** One file, or one with its metadata, on its way. */
class Item {
  constructor(files, replace = false) {
    this.files = files;
    this.replace = replace;
    this.name = files.map((file) => file.name).join(" and ");
    this.outcome = el("span", { class: "outcome" }, "Waiting");
    this.words = el("span", {}, this.name);
    this.progress = el("progress", { max: "1", value: "0", "aria-label": `Upload of ${this.name}` });
    this.element = el("li", { class: "waiting" }, this.outcome, " ", this.words, this.progress);
  }

  send() {
    const body = new FormData();
    for (const file of this.files) body.append("files", file);
    const request = new XMLHttpRequest();
    request.open("POST", this.replace ? "/v1/documents?replace=true" : "/v1/documents");
    request.responseType = "json";
    this.outcome.textContent = "Sending";
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      this.progress.value = event.loaded / event.total;
      if (event.loaded === event.total) {
        this.outcome.textContent = "Reading";
        this.progress.removeAttribute("value");
      }
    });
    return new Promise((done) => {
      request.addEventListener("loadend", async () => {
        await this.#finish(request.status, request.response);
        done();
      });
      request.send(body);
    });
  }

  tooLarge() {
    this.#refuse(`larger than ${counted(Math.floor(most / 2 ** 20), "MB", "MB")}; split it.`);
  }

  async #finish(status, answer) {
    const documents = answer?.documents ?? [];
    const refused = answer?.refused ?? [];
    if (status === 0) this.#refuse("the service can’t be reached; check that it is running.", true);
    else if (refused.length) this.#refuse(refused.map((each) => each.detail).join(" "), false, refused);
    else if (!documents.length) this.#refuse(answer?.detail ?? `status ${status}`, status >= 500);
    for (const accepted of documents) await this.#accept(accepted, refused.length > 0);
  }

  #refuse(why, again = false, refused = []) {
    this.element.className = "bad";
    this.outcome.textContent = "Not taken";
    this.progress.remove();
    this.words.replaceChildren(el("strong", {}, this.name), `: ${why} `);
    if (again) this.words.append(button("Try again", () => this.#again(), { class: "quiet" }));
    const there = refused.find((each) => each.code === "document_exists");
    if (there) {
      const href = `/documents/${encodeURIComponent(there.document_id)}`;
      this.words.append(
        el("a", { href }, "What is there now"),
        " ",
        button("Replace it", () => this.#again(true), { class: "quiet" }),
      );
    }
    announce(`${this.name} was not taken: ${why}`);
  }

  #again(replace = this.replace) {
    const item = new Item(this.files, replace);
    this.element.replaceWith(item.element);
    queue.push(item);
    work();
  }

  async #accept(accepted, beside) {
    const id = accepted.document_id;
    if (!beside) {
      this.element.className = "fine";
      this.outcome.textContent = STATUS[accepted.status] ?? "Added";
      this.progress.remove();
      this.words.replaceChildren(
        el("a", { href: `/documents/${encodeURIComponent(id)}` }, this.name),
        " · ",
        el("a", { href: `/?document=${encodeURIComponent(id)}` }, "Ask about it"),
      );
      announce(`${this.name}: ${this.outcome.textContent}`);
    }
    try {
      list(await getJson(`/v1/documents/${encodeURIComponent(id)}`));
    } catch {
      // It is stored; the list shows it after a reload.
    }
  }
}

/** Put a transcript on top of the list. */
function list(info) {
  const id = encodeURIComponent(info.document_id);
  const meta = el("p", { class: "meta" });
  if (info.date) meta.append(el("time", { datetime: info.date }, longDate(info.date)));
  meta.append(el("span", {}, counted(info.turns, "turn", "turns")));
  const more = info.speakers.length - NAMED;
  if (info.speakers.length) {
    const named = shownSpeakers(info.speakers.slice(0, NAMED), info.aliases).join(", ");
    meta.append(el("span", {}, more > 0 ? `${named} and ${more} more` : named));
  }
  const card = el(
    "li",
    { class: "card", "data-id": info.document_id },
    el("h2", {}, el("a", { href: `/documents/${id}` }, info.title)),
    meta,
    el("a", { class: "ask-about", href: `/?document=${id}` }, "Ask about it"),
  );
  const library = byId("library");
  library.querySelector(`[data-id="${CSS.escape(info.document_id)}"]`)?.remove();
  library.prepend(card);
  byId("none")?.remove();
}

function takeChosen() {
  if (!input.files.length) return;
  take(input.files);
  form.reset();
}
input.addEventListener("change", takeChosen);
// Files chosen while this script was still on its way.
takeChosen();

// A file may be dropped anywhere on the page; the zone shows that it will be taken.
let inside = 0;
const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
window.addEventListener("dragenter", (event) => {
  if (!carriesFiles(event)) return;
  inside += 1;
  zone.classList.add("over");
});
window.addEventListener("dragleave", (event) => {
  if (!carriesFiles(event)) return;
  inside -= 1;
  if (inside <= 0) zone.classList.remove("over");
});
window.addEventListener("dragover", (event) => {
  if (carriesFiles(event)) event.preventDefault();
});
window.addEventListener("drop", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  inside = 0;
  zone.classList.remove("over");
  take(event.dataTransfer.files);
});

const search = byId("find");
search.addEventListener("input", () => {
  const wanted = search.value.trim().toLowerCase();
  let left = 0;
  for (const card of byId("library").children) {
    card.hidden = !card.textContent.toLowerCase().includes(wanted);
    left += card.hidden ? 0 : 1;
  }
  announce(counted(left, "transcript", "transcripts"));
});
