// JSON that is still being written: what of it can be shown already.

type State = "before" | "value" | "name" | "in-name" | "colon" | "in-string" | "in-word" | "comma" | "over";

const SPACE = /\s/;

/**
 * Reads a text as it grows and gives what stands there so far. A string counts as far as it is written; a number or a word
 * only once something stands behind it, for half of a number is another number.
 */
export class PartialJson {
  /** From the outermost bracket on: models talk before it, or fence it. */
  #text = "";
  #seen = 0;
  #state: State = "before";
  /** What closes each array and object that is open, the innermost first. */
  #closers = "";
  /** Up to here it is valid once all that is open is closed. */
  #whole = 0;
  /** Where the escape that is being read begins. */
  #escape = -1;
  #shown = "";

  add(text: string): void {
    const start = this.#state === "before" ? text.search(/[[{]/) : 0;
    if (start < 0) return;
    if (this.#state === "before") this.#state = "value";
    this.#text += text.slice(start);
    while (this.#seen < this.#text.length && this.#state !== "over") {
      this.#read(this.#text.charAt(this.#seen));
      this.#seen += 1;
    }
  }

  /** Undefined where there is nothing that was not given before. */
  next(): unknown {
    if (this.#closers === "" && this.#state !== "over") return undefined;
    const json = this.#text.slice(0, this.#whole) + (this.#state === "in-string" ? "\"" : "") + this.#closers;
    if (json === this.#shown) return undefined;
    this.#shown = json;
    try {
      return JSON.parse(json) as unknown;
    } catch {
      // No JSON after all: the end says so.
      return undefined;
    }
  }

  #read(letter: string): void {
    switch (this.#state) {
      case "in-string": case "in-name": this.#readString(letter); break;
      case "in-word":
        if (!",]}".includes(letter) && !SPACE.test(letter)) break;
        this.#whole = this.#seen;
        this.#state = "comma";
        this.#readBetween(letter);
        break;
      default: if (!SPACE.test(letter)) this.#readBetween(letter);
    }
  }

  #readBetween(letter: string): void {
    if (letter === "}" || letter === "]") this.#close();
    else if (this.#state === "value") this.#beginValue(letter);
    else if (this.#state === "name") this.#state = "in-name";
    else if (this.#state === "colon") this.#state = "value";
    else if (letter === ",") this.#state = this.#closers.startsWith("}") ? "name" : "value";
  }

  #beginValue(letter: string): void {
    if (letter === "{" || letter === "[") {
      this.#closers = (letter === "{" ? "}" : "]") + this.#closers;
      this.#state = letter === "{" ? "name" : "value";
    } else if (letter === "\"") {
      this.#state = "in-string";
    } else {
      this.#state = "in-word";
      return;
    }
    this.#whole = this.#seen + 1;
  }

  #close(): void {
    this.#closers = this.#closers.slice(1);
    this.#whole = this.#seen + 1;
    this.#state = this.#closers === "" ? "over" : "comma";
  }

  #readString(letter: string): void {
    if (this.#escape >= 0) {
      const escape = this.#text.slice(this.#escape, this.#seen + 1);
      if (escape.length < (escape[1] === "u" ? 6 : 2)) return;
      this.#escape = -1;
      // The first half of a character is none.
      if (/^\\ud[89ab]/i.test(escape)) return;
    } else if (letter === "\\") {
      this.#escape = this.#seen;
      return;
    } else if (letter === "\"") {
      if (this.#state === "in-string") this.#whole = this.#seen + 1;
      this.#state = this.#state === "in-string" ? "comma" : "colon";
      return;
    }
    if (this.#state === "in-string") this.#whole = this.#seen + 1;
  }
}
