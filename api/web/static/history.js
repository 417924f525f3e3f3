// Earlier conversations: a dialog that lists them, opens one, or forgets it.

import { button, el } from "./dom.js";
import * as store from "./store.js";
import { counted } from "./words.js";

/** Return the dialog; `open` is called with the conversation that was chosen. */
export function historyDialog(open) {
  const list = el("ul", { class: "history-list" });
  const clear = button("Delete all", () => {
    store.clear();
    fill();
  }, { class: "quiet danger" });
  const close = button("×", () => dialog.close(), { class: "quiet", "aria-label": "Close the history" });
  const dialog = el(
    "dialog",
    { class: "history", "aria-labelledby": "history-title" },
    el("header", {}, el("h2", { id: "history-title" }, "Earlier conversations"), close),
    el("p", { class: "soft" }, "Kept in this browser only."),
    list,
    clear,
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });

  function fill() {
    const found = store.conversations();
    clear.hidden = found.length === 0;
    list.replaceChildren(
      ...(found.length ? found.map(item) : [el("li", { class: "soft" }, "There are none yet.")]),
    );
  }

  function item(conversation) {
    const first = conversation.exchanges[0].question;
    const facts = [
      conversation.at ? new Date(conversation.at).toLocaleDateString("en-GB", { dateStyle: "medium" }) : "",
      counted(conversation.exchanges.length, "question", "questions"),
    ].filter(Boolean);
    const chosen = button("", () => {
      dialog.close();
      open(conversation);
    }, { class: "history-open" });
    chosen.append(el("span", {}, first), el("small", {}, facts.join(" · ")));
    const forget = button("×", () => {
      store.remove(conversation.id);
      fill();
      (list.querySelector("button") ?? close).focus();
    }, { class: "quiet", "aria-label": `Delete “${first}”` });
    return el("li", {}, chosen, forget);
  }

  return {
    element: dialog,
    show() {
      fill();
      dialog.showModal();
    },
  };
}
