// Conversations, kept in this browser only. Whatever is wrong with the storage, asking goes on.

const KEY = "transcript-qa.conversations.1";
// Enough to find last week's question again; far below what browsers allow.
const MOST = 50;

function read() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter((each) => each?.id && each.exchanges?.length) : [];
  } catch {
    return [];
  }
}

function write(conversations) {
  let kept = conversations.slice(0, MOST);
  while (kept.length) {
    try {
      localStorage.setItem(KEY, JSON.stringify(kept));
      return;
    } catch {
      // Full: the oldest go first.
      kept = kept.slice(0, -1);
    }
  }
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Storage is switched off.
  }
}

/** Return every conversation, the latest first. */
export function conversations() {
  return read();
}

export function find(id) {
  return read().find((each) => each.id === id) ?? null;
}

export function save(conversation) {
  write([conversation, ...read().filter((each) => each.id !== conversation.id)]);
}

export function remove(id) {
  write(read().filter((each) => each.id !== id));
}

export function clear() {
  write([]);
}

export function newConversation() {
  return { id: crypto.randomUUID?.() ?? String(Math.random()).slice(2), exchanges: [], at: null };
}
