// The service counts Unicode code points, JavaScript counts UTF-16 units: 🎉 is one there, two here.

/** A text whose places are given in code points. */
export class CodePoints {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    // Where, in code points, the characters stand that take two units.
    this.wide = [];
    const surrogate = /[\ud800-\udbff][\udc00-\udfff]/g;
    for (let match = surrogate.exec(text); match; match = surrogate.exec(text)) {
      this.wide.push(match.index - this.wide.length);
    }
  }

  /** Return the UTF-16 index of a code point's place. */
  units(place) {
    let low = 0;
    let high = this.wide.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.wide[middle] < place) low = middle + 1;
      else high = middle;
    }
    return place + low;
  }

  /** Return the text between two places. */
  slice(start, end) {
    return this.text.slice(this.units(start), this.units(end));
  }
}
