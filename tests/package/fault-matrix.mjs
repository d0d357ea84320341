// What becomes of an answer at each fault, fixed by hand: see fault-matrix.test.mjs.

/** @type {Record<string, { meaning: string, isShort?: boolean }>} the words of the table; `isShort`: the answer is not whole, and says so */
export const ENDS = {
  "whole": { meaning: "the same server's answer arrives whole" },
  "next": { meaning: "nothing was shown yet: the next model answers" },
  "goes on": { meaning: "the next model carries on from what was shown" },
};

/** @type {Record<string, Record<string, string>>} by fault: `all`, or by provider */
export const EXPECTED = {};
