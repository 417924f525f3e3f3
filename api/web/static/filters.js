// The form's filters → what the service is asked with; several speakers and transcripts at once.

import { announce, button, el } from "./dom.js";

/** The filters of the form, shown as chips that can be taken off. */
export class Filters {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.chosen = form.querySelector(".chosen");
    this.speakers = this.#select("speaker");
    this.documents = this.#select("document");
    this.names = new Map(
      [...this.speakers.options].map(({ value, dataset }) => [value.toLowerCase(), dataset.shown ?? value]),
    );
    this.titles = new Map([...this.documents.options].map((option) => [option.value, option.text]));
    this.values = { speakers: [], document_ids: [], since: null, until: null, collection: null };
    for (const [select, kind] of [
      [this.speakers, "speakers"],
      [this.documents, "document_ids"],
    ]) {
      select.addEventListener("change", () => this.#add(kind, select));
    }
    for (const name of ["since", "until"]) {
      form.querySelector(`input[name="${name}"]`).addEventListener("change", (event) => {
        this.#set({ ...this.values, [name]: event.target.value || null });
      });
    }
  }

  #select(name) {
    return this.form.querySelector(`select[name="${name}"]`);
  }

  #add(kind, select) {
    const value = select.value;
    const label = select.selectedOptions[0].text;
    select.value = "";
    if (value === "" || this.values[kind].includes(value)) return;
    this.#set({ ...this.values, [kind]: [...this.values[kind], value] });
    announce(`Filter added: ${label}`);
  }

  /** Return what is set, without what isn't. */
  get active() {
    return Object.fromEntries(
      Object.entries(this.values).filter(([, value]) => value && value.length),
    );
  }

  /** Set every filter anew. */
  set(filters) {
    this.#set({
      speakers: [...(filters.speakers ?? [])],
      document_ids: [...(filters.document_ids ?? [])],
      since: filters.since ?? null,
      until: filters.until ?? null,
      collection: filters.collection ?? null,
    });
  }

  #set(values) {
    this.values = values;
    this.speakers.value = "";
    this.documents.value = "";
    for (const name of ["since", "until"]) {
      this.form.querySelector(`input[name="${name}"]`).value = values[name] ?? "";
    }
    for (const input of this.form.querySelectorAll('input[type="hidden"]')) input.remove();
    const chips = [
      ...values.speakers.map((each) => this.#chip(this.names.get(each.toLowerCase()) ?? each, "speakers", each)),
      ...values.document_ids.map((each) => this.#chip(this.titles.get(each) ?? each, "document_ids", each)),
      values.since ? this.#chip(`from ${values.since}`, "since") : null,
      values.until ? this.#chip(`until ${values.until}`, "until") : null,
      values.collection ? this.#chip(values.collection, "collection") : null,
    ].filter(Boolean);
    this.chosen.replaceChildren(...chips);
    this.chosen.hidden = chips.length === 0;
  }

  #chip(label, kind, value = null) {
    const remove = button("×", () => {
      const next = value === null ? null : this.values[kind].filter((each) => each !== value);
      this.#set({ ...this.values, [kind]: next });
      announce(`Filter removed: ${label}`);
      this.form.elements.question.focus();
    }, { "aria-label": `Remove the filter ${label}` });
    return el("li", { class: "filter-chip" }, el("span", {}, label), remove);
  }
}
