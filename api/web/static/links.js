// Citations, questions and filters → addresses.

/** Return the address that opens a citation highlighted in its transcript. */
export function citationHref(citation) {
  const query = new URLSearchParams({
    version: citation.document_version,
    start: citation.char_start,
    end: citation.char_end,
  });
  return `/documents/${encodeURIComponent(citation.document_id)}?${query}#cite`;
}

/** Return an address when a browser may open it: http and https, nothing that runs. */
export function webAddress(address) {
  if (!address) return null;
  try {
    const parsed = new URL(address);
    return ["http:", "https:"].includes(parsed.protocol) ? address : null;
  } catch {
    return null;
  }
}

/** Return the address that asks a question again: a link to share. */
export function questionHref(question, filters = {}) {
  const query = new URLSearchParams({ question });
  for (const speaker of filters.speakers ?? []) query.append("speaker", speaker);
  for (const id of filters.document_ids ?? []) query.append("document", id);
  for (const name of ["since", "until", "collection"]) {
    if (filters[name]) query.append(name, filters[name]);
  }
  return `/?${query}`;
}
