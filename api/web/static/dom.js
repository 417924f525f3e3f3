// Elements from data. Strings become text nodes: nothing that is shown can turn into markup.

/** Return an element. Attributes that are null, undefined or false are left out. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Return a button that does something. */
export function button(label, action, attributes = {}) {
  const element = el("button", { type: "button", ...attributes }, label);
  element.addEventListener("click", action);
  return element;
}

/** Return text that only screen readers get. */
export function hidden(text) {
  return el("span", { class: "visually-hidden" }, text);
}

/** Return a message of the service: text between backticks is code. */
export function prose(text) {
  return text.split("`").map((part, index) => (index % 2 ? el("code", {}, part) : part));
}

/** Return the element with that id. */
export function byId(id) {
  return document.getElementById(id);
}

/** Say something to screen readers without moving the focus. */
export function announce(text) {
  byId("announcer").textContent = text;
}
